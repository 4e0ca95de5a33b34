"""Figures of recommendation lists by scikit-learn; item neighbours by scipy; EASE column by column as
the ridge regression that it is: each item from all others, by scikit-learn.

    cd test/oracle && python3 recommendation.py > recorded/recommendation.json
"""

import json
import sys

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import Ridge
from sklearn.metrics import ndcg_score

random = np.random.default_rng(5)


def histories(rows):
    return [np.flatnonzero(row).tolist() for row in rows]


def choices(users, items):
    """Tastes of two kinds over items that few and many take."""
    popularity = np.linspace(0.05, 0.5, items)
    taste = random.uniform(size=(users, 2)) @ random.uniform(size=(2, items))
    rows = (random.uniform(size=(users, items)) < popularity * taste).astype(float)
    rows[np.arange(users), random.integers(0, items, users)] = 1
    # Nobody's item would have no likeness, which scipy calls NaN.
    rows[random.integers(0, users, items), np.arange(items)] = 1
    return rows


def lists():
    """Some of the histories given, some asked for; scores without ties."""
    users, items = 6, 130
    rows = choices(users, items)
    given = rows * (random.uniform(size=rows.shape) < 0.6)
    asked = rows - given
    scores = np.round(random.permutation(users * items).reshape(users, items) / 100 - 3, 2)
    # The last user wants hardly anything, the one before more than a list of 20 can hold.
    asked[-1] = 0
    asked[-1, 77] = 1
    asked[-2] = 0
    asked[-2, 20:75] = 1
    given[-2:] = 0
    given[-2, :9] = 1
    masked = np.where(given > 0, scores.min() - 1, scores)
    counts = random.integers(1, 50, items)
    train_users = 60
    order = np.argsort(-masked, axis=1)

    def recall(k):
        hits = np.take_along_axis(asked, order[:, :k], axis=1).sum(1)
        return (hits / np.minimum(k, asked.sum(1))).tolist()

    shown = order[:, :20]
    return {
        "scores": scores.tolist(),
        "given": histories(given),
        "asked": histories(asked),
        "counts": counts.tolist(),
        "trainUsers": train_users,
        "ndcg100": [
            ndcg_score(asked[i : i + 1], masked[i : i + 1], k=100) for i in range(users)
        ],
        "recall20": recall(20),
        "recall50": recall(50),
        "novelty20": (-np.log2(counts / train_users))[shown].mean(1).tolist(),
        "coverage20": len(np.unique(shown)) / items,
    }


def ease(users, items, penalty):
    rows = choices(users, items)
    some = rows[:3].copy()
    some[2, :] = 0
    some[2, [1, 4]] = 1
    weights = np.zeros((items, items))
    for j in range(items):
        others = np.arange(items) != j
        model = Ridge(alpha=penalty, fit_intercept=False, solver="cholesky")
        weights[others, j] = model.fit(rows[:, others], rows[:, j]).coef_
    return {
        "lambda": penalty,
        "train": histories(rows),
        "items": items,
        "given": histories(some),
        "scores": np.round(some @ weights, 9).tolist(),
    }


def neighbours(users, items, kept, shrinkage):
    rows = choices(users, items)
    x = csr_matrix(rows)
    both = (x.T @ x).toarray()
    counts = np.diag(both)
    likeness = both / (np.sqrt(np.outer(counts, counts)) + shrinkage)
    np.fill_diagonal(likeness, 0)
    # Those as alike are told apart by their number, as far as float32 sees them alike.
    order = np.argsort(-likeness.astype(np.float32), axis=0, kind="stable")
    sparse = np.zeros_like(likeness)
    for j in range(items):
        sparse[order[:kept, j], j] = likeness[order[:kept, j], j]
    some = rows[:3]
    return {
        "neighbours": kept,
        "shrinkage": shrinkage,
        "train": histories(rows),
        "items": items,
        "given": histories(some),
        "scores": np.round(some @ sparse, 9).tolist(),
    }


json.dump(
    {
        "lists": lists(),
        "ease": {
            "more users than items": ease(40, 12, 3.0),
            "more items than users": ease(14, 33, 0.7),
            "items beyond a small block": ease(210, 150, 20.0),
            "users beyond a small block": ease(140, 170, 20.0),
        },
        "neighbours": {
            "without shrinkage": neighbours(40, 25, 5, 0),
            "with shrinkage": neighbours(40, 25, 6, 7),
            "more neighbours than items": neighbours(20, 9, 100, 2),
        },
    },
    sys.stdout,
    separators=(",", ":"),
)
