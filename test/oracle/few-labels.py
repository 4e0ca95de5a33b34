"""Records what learning from few labels is made of, by scikit-learn, scipy and plain numpy.

    cd test/oracle && python3 few-labels.py > recorded/few-labels.json

Read by test/oracle/few-labels.test.ts.
"""

import numpy as np
import scipy
import sklearn
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss

from shared import write

random = np.random.default_rng(7)
PENALTIES = [1e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1, 3, 10]


def single(values):
    return np.asarray(values, np.float32).astype(float)


# Linear heads: three classes that overlap, columns of different sizes.
rows, columns, classes = 45, 5, 3
kind = np.arange(rows) % classes
x = single(random.normal(size=(rows, columns)) * [3, 1, 1, 0.5, 2] + 7 + 1.2 * random.normal(size=(classes, columns))[kind])
number = single(x @ random.normal(size=columns) * 0.4 + random.normal(size=rows))
number = single((number - number.mean()) / number.std())
folds = (np.arange(rows) // classes) % 5
standard = x - x.mean(0)
standard /= np.sqrt((standard**2).mean())


def logistic(seen, penalty):
    own = LogisticRegression(C=1 / (penalty * seen.sum()), tol=1e-10, max_iter=10_000)
    return own.fit(standard[seen], kind[seen])


def ridge(seen, penalty):
    return Ridge(alpha=penalty * seen.sum(), tol=1e-12).fit(standard[seen], number[seen])


def heads(fit, outputs, loss):
    losses, out_of_fold = [], []
    for penalty in PENALTIES:
        held = np.zeros((rows, len(np.atleast_2d(outputs(fit(folds >= 0, 1))[0]).ravel())))
        for fold in range(5):
            held[folds == fold] = outputs(fit(folds != fold, penalty))[folds == fold]
        losses.append(loss(held))
        out_of_fold.append(held)
    best = int(np.argmin(losses))
    return {
        "penalty": PENALTIES[best],
        "outOfFold": out_of_fold[best],
        "all": outputs(fit(folds >= 0, PENALTIES[best])),
    }


def chances(model):
    return model.predict_proba(standard)


linear = {
    "classes": heads(logistic, chances, lambda held: log_loss(kind, held)),
    "numbers": heads(
        ridge, lambda model: model.predict(standard)[:, None], lambda held: ((held[:, 0] - number) ** 2).mean()
    ),
}

# Labels spread over neighbours: the state that turns lead to, by solving for it.
codes = single(random.normal(size=(40, 3)) + 2 * (np.arange(40) % 2)[:, None])
squares = ((codes[:, None] - codes[None]) ** 2).sum(2)
order = np.argsort(squares, axis=1, kind="stable")[:, 1:]
scale = np.sqrt(np.take_along_axis(squares, order[:, 6:7], 1)[:, 0])
edges = np.zeros((40, 40))
for row in range(40):
    for other in order[row, :10]:
        edges[row, other] = edges[other, row] = np.exp(-squares[row, other] / (scale[row] * scale[other]))
# Rows that many others are near to keep their 16 strongest.
strongest = np.sort(edges, axis=1)[:, -16:-15]
edges = np.where(edges >= strongest, edges, 0)
degree = edges.sum(1)
smooth = edges / np.sqrt(degree[:, None] * degree[None])
seeds = np.zeros((40, 2))
seeds[0, 0] = seeds[1, 1] = seeds[2, 0] = 1
spread = {
    str(alpha): (1 - alpha) * np.linalg.solve(np.eye(40) - alpha * smooth, seeds) for alpha in (0.5, 0.8)
}

# Edges of images, pixel by pixel.
height, width, channels, bins = 9, 10, 2, 8
images = single(random.uniform(size=(3, height, width, channels)))
images[2] = 0.5
described = np.zeros((3, bins, 2, 2))
for i in range(3):
    # Two cells a side of 4 and 5 pixels; the last of nine rows is in no cell.
    for row in range(1, 8):
        for column in range(1, 9):
            for channel in range(channels):
                down = images[i, row + 1, column, channel] - images[i, row - 1, column, channel]
                right = images[i, row, column + 1, channel] - images[i, row, column - 1, channel]
                for one in range(bins):
                    angle = np.pi * one / bins
                    along = abs(right * np.cos(angle) + down * np.sin(angle))
                    over = along - np.hypot(down, right) * np.cos(np.pi / bins)
                    described[i, one, row // 4, column // 5] += max(0, over)
described = described.reshape(3, -1)
described /= np.linalg.norm(described, axis=1, keepdims=True) + 1e-3

# Half whitened: what matters are distances.
points = single(random.normal(size=(30, 6)) @ np.diag([5, 3, 1, 1, 0.3, 0.1]) @ random.normal(size=(6, 6)) + 4)
free = points - points.mean(0)
values, vectors = np.linalg.eigh(free.T @ free / 30)
values, vectors = values[::-1][:4], vectors[:, ::-1][:, :4]
whitened = free @ vectors / values**0.25
whitened /= np.sqrt((whitened**2).sum(1).mean())

# Weights of members of a sum of log-chances.
truth = kind[:30]
members = [
    single(random.normal(size=(30, classes)) + strength * np.eye(classes)[truth]) for strength in (2.5, 1.5, 0)
]


def loss(weights):
    total = sum(w * m for w, m in zip(weights, members))
    norm = np.log(np.exp(total).sum(1))
    return (norm - total[np.arange(30), truth]).mean() + 0.5 / 30 * ((np.array(weights) - 1 / 3) ** 2).sum()


weights = minimize(loss, [1 / 3] * 3, bounds=[(0, 4)] * 3, tol=1e-12).x

write(
    {},
    sklearn=sklearn.__version__,
    scipy=scipy.__version__,
    linear={"x": x, "kind": np.eye(classes)[kind], "number": number[:, None], "folds": folds, **linear},
    spread={"codes": codes, "seeds": seeds, **spread},
    edges={"images": images, "described": described},
    whitened={"points": points, "distances": ((whitened[:, None] - whitened[None]) ** 2).sum(2)},
    members={"outputs": np.stack(members), "truth": np.eye(classes)[truth], "weights": weights},
)
