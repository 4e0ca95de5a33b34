"""Records filters of pictures and measures of likeness by scikit-image and SciPy.

    pip install scikit-image==0.26.0 scipy==1.17.1 numpy
    cd test/oracle && python3 filters.py > recorded/filters.json

Read by test/oracle/filters.test.ts.
"""

import json
import sys

import numpy as np
import scipy
import skimage
from scipy import ndimage
from scipy.special import erf
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from skimage.restoration import denoise_nl_means

random = np.random.default_rng(11)
NOISE = 0.15
SETTINGS = ((3, 0.4), (5, 0.1), (7, 0.15))


def picture(height, width, channels):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    return 0.5 + 0.3 * np.sin(x / 2.5 + c) + 0.2 * (y > height / 2)


def each(filter_, image):
    return np.stack([filter_(image[..., c]) for c in range(image.shape[2])], -1)


def slow_means(image, patch, reach, h):
    """The definition, pixel by pixel: scikit-image's own exponentials are good to some per cent only."""
    height, width, channels = image.shape
    radius = patch // 2
    padded = np.pad(image, ((radius, radius), (radius, radius), (0, 0)), mode="reflect")
    at = np.arange(-radius, radius + 1)
    kernel = np.exp(-(at[:, None] ** 2 + at[None] ** 2) / (2 * ((patch - 1) / 4) ** 2))
    kernel /= kernel.sum()
    cut = lambda y, x: padded[y : y + patch, x : x + patch]
    result = np.empty_like(image)
    for y in range(height):
        for x in range(width):
            total, weights = np.zeros(channels), 0.0
            for v in range(max(0, y - reach), min(height, y + reach + 1)):
                for u in range(max(0, x - reach), min(width, x + reach + 1)):
                    apart = (kernel[..., None] * (cut(y, x) - cut(v, u)) ** 2).sum() / channels
                    distance = max(0, apart - 2 * NOISE**2) / h**2
                    if distance <= 5:
                        weights += np.exp(-distance)
                        total += np.exp(-distance) * image[v, u]
            result[y, x] = total / weights
    return result


def record(height, width, channels):
    clean = picture(height, width, channels)
    noisy = np.round(clean + NOISE * random.standard_normal(clean.shape), 6)
    clean = np.round(clean, 6)
    means = lambda patch, h: denoise_nl_means(
        noisy, patch, 4, h=h, sigma=NOISE, fast_mode=False, preserve_range=True, channel_axis=-1
    )
    return {
        "shape": [height, width, channels],
        "clean": clean.ravel().tolist(),
        "noisy": noisy.ravel().tolist(),
        "gaussian": {str(s): each(lambda p: ndimage.gaussian_filter(p, s), noisy).ravel().tolist() for s in (0.5, 1.2)},
        "median": {str(s): each(lambda p: ndimage.median_filter(p, s), noisy).ravel().tolist() for s in (3, 5)},
        "means": {f"{p},{h}": means(p, h).ravel().tolist() for p, h in SETTINGS},
        "meansByDefinition": {f"{p},{h}": slow_means(noisy, p, 4, h).ravel().tolist() for p, h in SETTINGS},
        "psnr": peak_signal_noise_ratio(clean, noisy, data_range=1),
        "ssim": structural_similarity(
            clean, noisy, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1, channel_axis=-1
        ),
    }


def clipped_mean(x, sigma):
    z = np.linspace(-12, 12, 2_000_001)
    density = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    return float(np.trapezoid(np.clip(x + sigma * z, 0, 1) * density, z))


json.dump(
    {
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "skimage": skimage.__version__},
        "noise": NOISE,
        "pictures": [record(16, 16, 1), record(13, 17, 3)],
        "erf": [[x, float(erf(x))] for x in (-3.0, -1.0, -0.2, 0.0, 1e-3, 0.5, 1.5, 4.0)],
        "clipped": [[x, s, clipped_mean(x, s)] for x in (0.0, 0.1, 0.5, 1.0) for s in (0.05, 0.3, 1.0)],
    },
    sys.stdout,
)
