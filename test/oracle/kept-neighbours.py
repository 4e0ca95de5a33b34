"""Trustworthiness by scikit-learn; continuity is the same with the spaces exchanged.

    cd test/oracle && python3 kept-neighbours.py > recorded/kept-neighbours.json
"""

import json
import sys

import numpy as np
from sklearn.manifold import trustworthiness

random = np.random.default_rng(11)
NEIGHBOURS = 5


def recorded(x):
    return {"shape": list(x.shape), "data": x.reshape(-1).tolist()}


def case(rows, view):
    # Short enough to write down, and no two distances the same.
    rows, view = (np.round(x, 4) for x in (rows, view))
    return {
        "rows": recorded(rows),
        "view": recorded(view),
        "trustworthiness": trustworthiness(rows, view, n_neighbors=NEIGHBOURS),
        "continuity": trustworthiness(view, rows, n_neighbors=NEIGHBOURS),
    }


def main():
    # More rows than a block of the program holds.
    rows = random.normal(size=(300, 6)) * [3, 2, 1, 1, 0.5, 0.5]
    cluster = np.repeat(random.normal(size=(6, 8)) * 4, 10, axis=0) + random.normal(size=(60, 8))
    json.dump(
        {
            "two of six": case(rows, rows[:, :2]),
            "chance": case(rows[:80], random.normal(size=(80, 2))),
            "far from zero": case(cluster + 500, cluster[:, :3] - 90),
        },
        sys.stdout,
    )


main()
