"""Metrics of an evaluation, from their papers by numpy, scipy and scikit-learn.

    cd test/oracle && python3 evaluation.py > recorded/evaluation.json

Structural similarity is computed window by window; scikit-image's, where it is installed, must agree.
"""

import json
import sys

import numpy as np
from scipy.linalg import sqrtm
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import mutual_info_score, r2_score
from sklearn.preprocessing import StandardScaler

random = np.random.default_rng(5)


def recorded(x):
    x = np.asarray(x)
    return {"shape": list(x.shape), "data": x.reshape(-1).tolist()}


def rounded(x):
    """Numbers short enough to write down, and the same in float32 for all that is tested."""
    return np.round(np.asarray(x, dtype=np.float64), 4)


def ssim(x, y):
    """Wang et al. 2004, equation 13, with weighted moments about every place a window fits."""
    height, width, channels = x.shape
    down, across = (min(5, (size - 1) // 2) for size in (height, width))

    def bell(radius):
        values = np.exp(-(np.arange(-radius, radius + 1) ** 2) / (2 * 1.5**2))
        return values / values.sum()

    weights = np.outer(bell(down), bell(across))
    found = []
    for channel in range(channels):
        for row in range(down, height - down):
            for column in range(across, width - across):
                place = np.s_[row - down : row + down + 1, column - across : column + across + 1, channel]
                a, b = x[place], y[place]
                mean_a, mean_b = (weights * a).sum(), (weights * b).sum()
                var_a = (weights * (a - mean_a) ** 2).sum()
                var_b = (weights * (b - mean_b) ** 2).sum()
                both = (weights * (a - mean_a) * (b - mean_b)).sum()
                c1, c2 = 0.01**2, 0.03**2
                top = (2 * mean_a * mean_b + c1) * (2 * both + c2)
                found.append(top / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2)))
    return np.mean(found)


def picture_pairs(height, width, channels):
    rows = np.linspace(0, 3, height)[:, None, None]
    columns = np.linspace(0, 2, width)[None, :, None]
    base = 0.5 + 0.5 * np.sin(rows * (1 + np.arange(channels)) + columns**2)
    x = rounded(np.stack([np.clip(base * f, 0, 1) for f in (1, 0.6, 0.2)]))
    y = rounded(np.clip(x + random.normal(0, 0.1, x.shape), 0, 1))
    values = [ssim(a, b) for a, b in zip(x, y)]
    try:
        from skimage.metrics import structural_similarity
    except ImportError:
        print("scikit-image is not installed: its values were not compared", file=sys.stderr)
    else:
        if min(height, width) >= 11:
            for a, b, value in zip(x, y, values):
                other = structural_similarity(
                    a, b, data_range=1, channel_axis=2, gaussian_weights=True, sigma=1.5,
                    use_sample_covariance=False,
                )
                assert abs(other - value) < 1e-12, (other, value)
    return {"x": recorded(x), "y": recorded(y), "ssim": recorded(values)}


def clouds(rows, columns):
    mixing = random.normal(0, 1, (columns, columns))
    real = rounded(random.normal(0, 1, (rows, columns)) @ mixing)
    fake = rounded(random.normal(0, 0.7, (rows - 20, columns)) @ mixing + 0.3)
    covariances = [np.cov(one, rowvar=False) for one in (real, fake)]
    root = sqrtm(covariances[0] @ covariances[1]).real
    shift = ((real.mean(0) - fake.mean(0)) ** 2).sum()
    frechet = shift + np.trace(covariances[0] + covariances[1] - 2 * root)

    def distances(a, b):
        return np.sqrt(((a[:, None, :] - b[None, :, :]) ** 2).sum(-1))

    k = 5
    radii = np.sort(distances(real, real), axis=1)[:, k]
    inside = distances(real, fake) <= radii[:, None]
    return {
        "real": recorded(real),
        "fake": recorded(fake),
        "frechet": frechet,
        "density": inside.sum() / (k * len(fake)),
        "coverage": inside.any(axis=1).mean(),
    }


def probe():
    """Classes whose clouds overlap, so that no fit finds all."""
    columns, classes, rows = 6, 5, 300
    centers = random.normal(0, 1.2, (classes, columns))
    scales = np.array([1, 10, 0.1, 1, 5, 1])

    def some():
        y = random.integers(0, classes, rows)
        return rounded((centers[y] + random.normal(0, 1, (rows, columns))) * scales), y

    (fit, fit_y), (test, test_y) = some(), some()
    scaler = StandardScaler().fit(fit)
    model = LogisticRegression(C=1, max_iter=5000, tol=1e-10).fit(scaler.transform(fit), fit_y)
    slopes = random.normal(0, 1, columns)

    def number(x):
        return rounded(np.sin(x @ (slopes / scales)) + x[:, 0] + random.normal(0, 0.3, rows))

    fit_number, test_number = number(fit), number(test)
    line = Ridge(alpha=1).fit(scaler.transform(fit), fit_number)
    return {
        "fit": recorded(fit),
        "test": recorded(test),
        "fitLabels": fit_y.tolist(),
        "testLabels": test_y.tolist(),
        "accuracy": model.score(scaler.transform(test), test_y),
        "guesses": model.predict(scaler.transform(test)).tolist(),
        "fitNumbers": fit_number.tolist(),
        "testNumbers": test_number.tolist(),
        "r2": r2_score(test_number, line.predict(scaler.transform(test))),
    }


def information_gap():
    rows = 400
    shape = random.integers(0, 3, rows)
    size = random.integers(0, 6, rows)
    codes = rounded(
        np.stack(
            [
                shape + random.normal(0, 0.3, rows),
                size + 0.5 * shape + random.normal(0, 0.5, rows),
                size + random.normal(0, 1.5, rows),
                random.normal(0, 1, rows),
            ],
            axis=1,
        )
    )

    def cut(values):
        # As numpy's histogram bins: the last range holds its upper end.
        edges = np.histogram(values, 20)[1]
        return np.clip(np.digitize(values, edges[:-1]) - 1, 0, 19)

    gaps = []
    for factor in (shape, size):
        shared = sorted(mutual_info_score(cut(column), factor) for column in codes.T)
        gaps.append((shared[-1] - shared[-2]) / mutual_info_score(factor, factor))
    return {
        "codes": recorded(codes),
        "factors": {"shape": shape.tolist(), "size": size.tolist()},
        "mig": float(np.mean(gaps)),
    }


result = {
    "ssim": {
        "plain": picture_pairs(28, 28, 1),
        "coloured": picture_pairs(14, 19, 3),
        "tiny": picture_pairs(8, 8, 1),
        "narrow": picture_pairs(5, 13, 2),
    },
    "samples": {"few": clouds(80, 3), "wide": clouds(60, 8)},
    "probe": probe(),
    "informationGap": information_gap(),
}
json.dump(result, sys.stdout, separators=(",", ":"))
