"""Records Gaussian mixtures fitted by scikit-learn: the best of many starts.

    cd test/oracle && python3 mixture.py > recorded/mixture.json

`likelihood` is the mean log-likelihood of a row in nats. Read by test/oracle/mixture.test.ts.
"""

import numpy as np
import sklearn
from sklearn.mixture import GaussianMixture

from shared import write

random = np.random.default_rng(8)


def cluster(count, center, spread):
    spread = np.array(spread)
    return random.normal(size=(count, len(center))) @ spread + np.array(center)


def turned(size):
    return np.linalg.qr(random.normal(size=(size, size)))[0]


# Far apart, of different sizes, shapes and units.
apart = np.concatenate(
    [
        cluster(120, [0, 0, 500], np.diag([1, 0.2, 100]) @ np.eye(3)),
        cluster(60, [12, 2, 900], [[1, 0.5, 30], [0, 0.3, 20], [0, 0, 50]]),
        cluster(40, [-9, -3, 100], [[0.5, -0.4, 0], [0, 0.2, 10], [0, 0, 20]]),
    ]
)
# Overlapping, so that which component a row belongs to is a matter of shares.
mixed = np.concatenate(
    [cluster(150, random.normal(size=4) * 1.5, np.diag([1.5, 1, 0.6, 0.3]) @ turned(4)) for _ in range(4)]
)


def fitted(rows, components):
    # A small start each, then the best: 40 random starts by k-means.
    model = GaussianMixture(components, n_init=40, tol=1e-6, max_iter=500, random_state=0).fit(rows)
    order = np.argsort(-model.weights_)
    return {
        "components": components,
        "likelihood": float(model.score(rows)),
        "weights": model.weights_[order],
        "means": model.means_[order],
        "covariances": model.covariances_[order],
    }


# Rows as float32 holds them: what our fit is given.
data = {"apart": apart.astype(np.float32).astype(float), "mixed": mixed.astype(np.float32).astype(float)}
write(
    {},
    sklearn=sklearn.__version__,
    rows=data,
    fits={
        "apart": [fitted(data["apart"], 1), fitted(data["apart"], 3)],
        "mixed": [fitted(data["mixed"], 1), fitted(data["mixed"], 4)],
    },
)
