"""Records scores of ranking, volumes under the surface, and simple detectors.

    cd test/oracle && python3 detection.py > recorded/detection.json

Area under the ROC curve, average precision, isolation forest, nearest neighbours, PCA and the
minimum covariance determinant are scikit-learn's. VUS-PR is written from its paper (and, as form
"tsb-ad", from the definition of the TSB-AD benchmark), straight and slow: every threshold and
buffer by itself, on whole arrays. Read by test/oracle/detection.test.ts.
"""

import json
import math
import sys

import numpy as np
import sklearn
from scipy.signal import argrelextrema
from scipy.spatial.distance import cdist
from scipy.stats import chi2
from sklearn.covariance import MinCovDet
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from shared import plain

random = np.random.default_rng(5)


def single(x):
    """As float32 holds it: what our detectors are given."""
    return np.asarray(x, dtype=np.float32).astype(float)


def short(x):
    return np.round(np.asarray(x, dtype=float), 3)


# --- ranking ---------------------------------------------------------------------------------


def ranking(rows, anomalies, ties):
    labels = np.zeros(rows, dtype=int)
    labels[random.choice(rows, anomalies, replace=False)] = 1
    scores = random.normal(size=rows) + 1.3 * labels
    if ties:
        scores = np.round(scores)
    scores = short(scores)
    return {
        "scores": scores.tolist(),
        "labels": labels.tolist(),
        "auroc": roc_auc_score(labels, scores),
        "averagePrecision": average_precision_score(labels, scores),
    }


# --- VUS-PR ----------------------------------------------------------------------------------


def stretches(mask):
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
    return list(zip(edges[::2], edges[1::2] - 1))


def ramped(labels, buffer):
    out = labels.astype(float)
    for first, last in stretches(labels):
        for d in range(1, buffer // 2 + 1):
            for at in (first - d, last + d):
                if 0 <= at < len(labels):
                    out[at] += np.sqrt(1 - d / buffer)
    return np.minimum(out, 1)


def reached(labels, reach):
    """Intervals with their ramps; those whose ramps share a point count as one."""
    groups = []
    for first, last in stretches(labels):
        first, last = max(0, first - reach), min(len(labels) - 1, last + reach)
        if groups and groups[-1][1] >= first:
            first = groups.pop()[0]
        groups.append((first, last))
    return groups


def volume(scores, labels, largest, form, thresholds=250):
    falling = np.sort(scores)[::-1]
    levels = falling[np.linspace(0, len(scores) - 1, thresholds).astype(int)]
    areas = []
    for buffer in range(largest + 1):
        soft = ramped(labels, buffer)
        groups = reached(labels, buffer // 2)
        recalls, precisions = [0], [1]
        for level in levels:
            alarm = scores >= level
            hits = (soft * alarm).sum()
            found = np.mean([alarm[a : b + 1].any() for a, b in groups])
            counted = soft if form == "paper" else np.where(labels == 1, 1, soft * alarm)
            positives = (labels.sum() + counted.sum()) / 2
            recalls.append(min(hits / positives, 1) * found)
            precisions.append(hits / alarm.sum())
        recalls, precisions = np.array(recalls), np.array(precisions)
        heights = precisions[1:]
        if form == "paper":
            heights = (heights + precisions[:-1]) / 2
        areas.append((np.diff(recalls) * heights).sum())
    return float(np.mean(areas))


def series(points, intervals, largest, ties=False, late=0):
    labels = np.zeros(points, dtype=int)
    for first, last in intervals:
        labels[first : last + 1] = 1
    scores = random.normal(size=points).cumsum() / 10 + random.normal(size=points)
    scores += 2 * np.roll(labels, late) * (random.random(points) < 0.6)
    scores = np.round(scores) if ties else short(scores)
    return {
        "scores": scores.tolist(),
        "labels": labels.tolist(),
        "buffer": largest,
        "paper": volume(scores, labels, largest, "paper"),
        "tsb-ad": volume(scores, labels, largest, "tsb-ad"),
    }


# --- detectors -------------------------------------------------------------------------------


def blobs(rows, columns, anomalies):
    """Normal rows from two clouds, anomalies from a wide one; then a test set of the same kind."""
    mixing = random.normal(size=(2, columns, columns)) / np.sqrt(columns)
    centers = random.normal(size=(2, columns)) * 2

    def draw(normal, strange):
        side = random.integers(0, 2, normal)
        x = np.einsum("ni,nij->nj", random.normal(size=(normal, columns)), mixing[side]) + centers[side]
        wide = random.normal(size=(strange, columns)) * 1.8
        return single(short(np.concatenate([x, wide]))), np.r_[np.zeros(normal), np.ones(strange)]

    return draw(rows, 0)[0], *draw(rows - anomalies, anomalies)


def detectors():
    train, test, labels = blobs(400, 6, 60)
    forests = [
        roc_auc_score(labels, -IsolationForest(n_estimators=100, max_samples=256, random_state=s).fit(train).score_samples(test))
        for s in range(20)
    ]
    near = NearestNeighbors(n_neighbors=6, algorithm="brute").fit(train)
    pca = PCA(n_components=0.9, svd_solver="full").fit(train)
    error = ((test - pca.inverse_transform(pca.transform(test))) ** 2).sum(1)
    return {
        "train": train,
        "test": test,
        "labels": labels.astype(int).tolist(),
        "forest": {"mean": float(np.mean(forests)), "deviation": float(np.std(forests))},
        "neighbours": near.kneighbors(test)[0][:, 4],
        # Of the rows themselves: each is its own nearest.
        "ownNeighbours": near.kneighbors(train)[0][:, 5],
        "pca": {"components": int(pca.n_components_), "error": error},
    }


def robust(rows, columns, anomalies):
    mixing = random.normal(size=(columns, columns))
    x = random.normal(size=(rows, columns)) @ mixing
    x[:anomalies] += 12 * mixing.std() * np.sign(random.normal(size=columns)) * np.sqrt(columns)
    x = single(short(x))
    best = min(
        (MinCovDet(random_state=seed).fit(x) for seed in range(10)),
        key=lambda model: np.linalg.slogdet(model.raw_covariance_)[1],
    )
    return {"rows": x, "anomalies": anomalies, "distances": best.dist_}


# --- sub-sequence PCA ------------------------------------------------------------------------


def period(x):
    """As TSB-AD finds the length of a window."""
    off = x[:20000] - x[:20000].mean()
    alike = np.array([(off[: len(off) - k] * off[k:]).sum() for k in range(min(401, len(x)))]) / (off**2).sum()
    peaks = argrelextrema(alike[3:], np.greater)[0]
    if len(peaks) == 0:
        return 125
    highest = peaks[np.argmax(alike[3:][peaks])]
    return 125 if highest < 3 or highest > 300 else int(highest + 3)


def wave(length):
    t = np.arange(3 * length + 200)
    return short(np.sin(2 * np.pi * t / length) + 0.1 * random.normal(size=len(t)))


def folded(values, window, points):
    total, covering = np.zeros(points), np.zeros(points)
    for at, value in enumerate(values):
        total[at : at + window] += value
        covering[at : at + window] += 1
    return total / covering


def subsequences(points, channels, length, window=None):
    t = np.arange(points)
    x = np.stack([np.sin(2 * np.pi * t / length + c) + 0.3 * (c + 1) * random.normal(size=points) for c in range(channels)], 1)
    x[points // 2 : points // 2 + 15] += 1.5
    x = single(short(x))
    found = window or period(x[:, 0])
    windows = np.stack([x[at : at + found].ravel() for at in range(points - found + 1)])
    scaled = StandardScaler().fit_transform(windows)
    pca = PCA(svd_solver="full").fit(scaled)
    shares = pca.explained_variance_ratio_
    axes = pca.components_
    # The distance to an axis depends on its sign: its largest entry is positive.
    axes = axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(1)])[:, None]
    near = cdist(scaled, axes) / shares
    before, after = math.ceil((found - 1) / 2), (found - 1) // 2
    along = scaled @ axes.T
    kept = int(np.searchsorted(np.cumsum(shares), 0.9, side="right") + 1)
    return {
        "series": x,
        "window": found,
        "distances": np.pad(near.sum(1), (before, after), mode="edge"),
        "variances": folded((along**2 / shares).sum(1), found, points),
        "error": folded((along[:, kept:] ** 2).sum(1), found, points),
    }


json.dump(
    plain(
        {
            "sklearn": sklearn.__version__,
            "ranking": {
                "plain": ranking(60, 9, False),
                "ties": ranking(80, 20, True),
                "few": ranking(50, 1, False),
            },
            "series": {
                "apart": series(700, [(100, 140), (400, 420), (600, 600)], 20),
                "ramps that meet": series(400, [(50, 60), (75, 80), (84, 90), (300, 330)], 30, late=5),
                "at the ends": series(300, [(0, 9), (290, 299)], 25),
                "ties": series(350, [(120, 160)], 16, ties=True, late=12),
                "shorter than thresholds": series(120, [(30, 34), (90, 99)], 9),
            },
            "detectors": detectors(),
            "robust": {"small": robust(500, 3, 60), "nested": robust(900, 5, 90)},
            "subsequences": {
                "one channel": subsequences(500, 1, 24),
                "two channels": subsequences(300, 2, 17, window=10),
            },
            "periods": [
                {"length": length, "values": (values := wave(length)).tolist(), "period": period(values)}
                for length in (4, 37, 290, 350)
            ],
            "chiSquare": [
                {"freedom": p, "chance": c, "point": float(chi2.ppf(c, p))}
                for p in (1, 2, 7, 40, 300)
                for c in (0.1, 0.5, 0.975)
            ],
        }
    ),
    sys.stdout,
    separators=(",", ":"),
    allow_nan=False,
)
print()
