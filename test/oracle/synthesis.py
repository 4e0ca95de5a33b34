"""Records judgements of samples by scipy, numpy and scikit-learn.

    cd test/oracle && python3 synthesis.py > recorded/synthesis.json

Distances of columns (total variation by counting, scipy's Kolmogorov-Smirnov), associations
(scipy's Spearman and Cramer's V, the correlation ratio by its definition), normal quantiles, the
latent correlations of a Gaussian copula, nearest records by scipy, gradient boosting by
scikit-learn. Read by test/oracle/synthesis.test.ts.
"""

import json
import sys

import numpy as np
import scipy
import sklearn
from scipy import stats
from scipy.spatial.distance import cdist
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import r2_score, roc_auc_score

random = np.random.default_rng(11)


def numbers(values, digits=4):
    """JSON has no NaN: a missing number is null."""
    return [None if np.isnan(x) else round(float(x), digits) for x in values]


def rounded(values, digits=4):
    return np.round(np.asarray(values, dtype=float), digits)


# --- two small tables with all there is --------------------------------------------------------


def table(rows, shift):
    base = random.normal(size=rows)
    amount = rounded(np.exp(0.7 * base + shift), 2)
    amount[random.random(rows) < 0.1 + 0.2 * shift] = np.nan
    age = np.round(40 + 12 * (0.6 * base + 0.8 * random.normal(size=rows)))
    colour = np.digitize(base + 0.8 * random.normal(size=rows), [-1, 0, 0.9 + shift]).astype(int)
    colour[random.random(rows) < 0.08] = -1
    shape = ((colour + 1 + random.integers(0, 2 + int(4 * shift), rows)) % 3).astype(int)
    return {"amount": amount, "age": age, "colour": colour, "shape": shape}


WORDS = {"colour": 4, "shape": 3}


def total_variation(a, b, words):
    p, q = ([np.mean(x == k) for k in range(-1, words)] for x in (a, b))
    return float(np.abs(np.subtract(p, q)).sum() / 2)


def smirnov(a, b):
    low = [np.where(np.isnan(x), -1e9, x) for x in (a, b)]
    return float(stats.ks_2samp(*low).statistic)


def ranked(x):
    out = np.full(len(x), np.nan)
    here = ~np.isnan(x)
    out[here] = stats.rankdata(x[here])
    return out


def numeric_pair(a, b):
    a, b = ranked(a), ranked(b)
    both = ~np.isnan(a) & ~np.isnan(b)
    return stats.pearsonr(a[both], b[both]).statistic


def ratio(values, codes):
    y = ranked(values)
    here = ~np.isnan(y)
    y, k = y[here], codes[here]
    between = sum((k == c).sum() * (y[k == c].mean() - y.mean()) ** 2 for c in np.unique(k))
    return np.sqrt(between / ((y - y.mean()) ** 2).sum())


def cramer(a, b):
    cells = np.zeros((len(np.unique(a)), len(np.unique(b))), dtype=int)
    for i, x in enumerate(np.unique(a)):
        for j, y in enumerate(np.unique(b)):
            cells[i, j] = np.sum((a == x) & (b == y))
    return stats.contingency.association(cells, method="cramer")


def associations(t):
    names = list(t)
    out = np.eye(len(names))
    for i, one in enumerate(names):
        for j, other in enumerate(names[:i]):
            words = (one in WORDS, other in WORDS)
            if words == (True, True):
                value = cramer(t[one], t[other])
            elif words == (False, False):
                value = numeric_pair(t[one], t[other])
            elif words == (True, False):
                value = ratio(t[other], t[one])
            else:
                value = ratio(t[one], t[other])
            out[i, j] = out[j, i] = value
    return out


def recorded_table(t):
    return {k: [int(x) for x in v] if k in WORDS else numbers(v) for k, v in t.items()}


real, made = table(160, 0.0), table(120, 0.4)
tables = {
    "words": WORDS,
    "real": recorded_table(real),
    "made": recorded_table(made),
    "distances": [
        total_variation(real[k], made[k], WORDS[k]) if k in WORDS else smirnov(real[k], made[k])
        for k in real
    ],
    "associations": {
        "real": associations(real).ravel().tolist(),
        "made": associations(made).ravel().tolist(),
    },
}

# Without missing values the ranks are Spearman's own.
whole = np.nan_to_num(real["amount"])
assert np.isclose(numeric_pair(real["age"], whole), stats.spearmanr(real["age"], whole).statistic)

# --- the Gaussian copula -----------------------------------------------------------------------

LATENT = np.array([[1, 0.7, -0.5], [0.7, 1, -0.2], [-0.5, -0.2, 1]])
z = random.multivariate_normal(np.zeros(3), LATENT, size=4000)
cuts = stats.norm.ppf([0.15, 0.55, 0.8])
copula = {
    "x": rounded(np.exp(z[:, 0])).tolist(),
    "y": rounded(z[:, 1] ** 3).tolist(),
    "k": [int(v) for v in np.digitize(z[:, 2], cuts)],
    # What draws of it must have, within their own chance.
    "spearman": stats.spearmanr(z[:, 0], z[:, 1]).statistic,
    "ratios": [
        ratio(np.exp(z[:, 0]), np.digitize(z[:, 2], cuts)),
        ratio(z[:, 1], np.digitize(z[:, 2], cuts)),
    ],
}

# --- nearest records ---------------------------------------------------------------------------

train, held, near = (random.normal(size=(n, 3)) for n in (60, 40, 50))
train, held = rounded(train, 3), rounded(held, 3)
near = rounded(np.where(np.arange(50)[:, None] < 20, train[:50], near), 3)
to_train, to_held = cdist(near, train).min(1), cdist(near, held).min(1)
usual = cdist(held, train).min(1)
chance = 60 / 100
p = np.mean(np.where(to_train == to_held, chance, to_train < to_held))

# The same figure where rows are called training rows by lot, again and again.
both = np.vstack([train, held])
whose = cdist(near, both).argmin(1)
lot = np.random.default_rng(12)
lots = [np.isin(whose, lot.permutation(100)[:60]).mean() for _ in range(20000)]

nearest = {
    "chance": float(np.std(lots) / (1 - chance)),
    "train": train.ravel().tolist(),
    "heldOut": held.ravel().tolist(),
    "samples": near.ravel().tolist(),
    "distances": to_train.tolist(),
    "nearest": np.median(to_train) / np.median(usual),
    "near": float(np.mean(to_train <= np.quantile(usual, 0.05))),
    "remembered": (p - chance) / (1 - chance),
}

# --- gradient boosting -------------------------------------------------------------------------


def problem(rows):
    """Interactions, a category, missing values that tell something."""
    x = random.normal(size=(rows, 4))
    k = random.integers(0, 6, rows)
    effect = np.array([1.2, -1, 0.3, -1.4, 0.8, 0])[k]
    signal = 1.5 * np.sign(x[:, 0] * x[:, 1]) + effect * (x[:, 2] > 0) + 0.4 * x[:, 2]
    gone = random.random(rows) < 0.05 + 0.25 * (signal > 1)
    x[gone, 3] = np.nan
    return rounded(x, 2), k, signal


def boosting():
    (x, k, s), (tx, tk, ts) = problem(1500), problem(1500)
    noise = random.logistic(size=3000) * 0.5
    y, ty = (s + noise[:1500] > 0).astype(int), (ts + noise[1500:] > 0).astype(int)
    many = np.digitize(s + noise[:1500], [-1, 0.8])
    tmany = np.digitize(ts + noise[1500:], [-1, 0.8])
    fit, test = np.column_stack([x, k]), np.column_stack([tx, tk])
    kind = {"categorical_features": [4], "early_stopping": False}
    two = HistGradientBoostingClassifier(**kind).fit(fit, y)
    three = HistGradientBoostingClassifier(**kind).fit(fit, many)
    line = HistGradientBoostingRegressor(**kind).fit(fit, s + noise[:1500])
    return {
        "fit": {"x": [numbers(c, 2) for c in x.T], "k": [int(v) for v in k]},
        "test": {"x": [numbers(c, 2) for c in tx.T], "k": [int(v) for v in tk]},
        "two": {
            "fit": y.tolist(),
            "test": ty.tolist(),
            "auroc": roc_auc_score(ty, two.predict_proba(test)[:, 1]),
        },
        "three": {
            "fit": many.tolist(),
            "test": tmany.tolist(),
            "auroc": roc_auc_score(tmany, three.predict_proba(test), multi_class="ovr"),
        },
        "number": {
            "fit": numbers(s + noise[:1500]),
            "test": numbers(ts + noise[1500:]),
            "r2": r2_score(ts + noise[1500:], line.predict(test)),
        },
    }


json.dump(
    {
        "versions": {"scipy": scipy.__version__, "sklearn": sklearn.__version__},
        "quantiles": [
            [p, float(stats.norm.ppf(p))]
            for p in [1e-300, 1e-12, 1e-5, 0.02425, 0.07, 0.3, 0.5, 0.6, 0.925, 0.99, 1 - 1e-9]
        ],
        "tables": tables,
        "copula": copula,
        "nearest": nearest,
        "boosting": boosting(),
    },
    sys.stdout,
)
sys.stdout.write("\n")
