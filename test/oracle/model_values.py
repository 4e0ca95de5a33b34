"""Records whole models in float64: family losses with their gradients by PyTorch, PCA by numpy.

    pip install torch==2.13.0 numpy==2.4.6
    python test/oracle/model_values.py > test/oracle/recorded/model-values.json

The likelihoods are those of torch.distributions, the noise of the posterior is fixed. Read by
test/oracle/model-values.test.ts.
"""

import numpy as np
import torch
from torch.distributions import Normal, kl_divergence

from shared import LATENT, MIXED, OBSERVED, PIXELS, ROWS, grey, means_mixed, network, parts_mixed, record, run, write


def vanilla():
    weights = network(6, LATENT)
    code = run(weights, "encoder", "code", MIXED)
    output = run(weights, "decoder", "output", code)
    parts = parts_mixed(lambda t, y: (t - y) ** 2, MIXED, output, OBSERVED)
    loss = parts.sum(1)
    return record(
        weights,
        {"reconstruction": loss},
        loss,
        {
            "x": MIXED,
            "observed": OBSERVED,
            "code": code,
            "decoded": means_mixed(output),
            "score": loss,
            "parts": parts,
        },
    )


def variational(x, observed, beta, losses, means, extra_weights):
    weights = {**network(6, 2 * LATENT), **extra_weights}
    mu, log_var = run(weights, "encoder", "code", x).split(LATENT, 1)
    noise = torch.randn(ROWS, LATENT)
    posterior = Normal(mu, torch.exp(log_var / 2))
    z = mu + torch.exp(log_var / 2) * noise
    kl = kl_divergence(posterior, Normal(0.0, 1.0)).sum(1)
    reconstruction = losses(weights, x, run(weights, "decoder", "output", z)).sum(1)
    at_mean = run(weights, "decoder", "output", mu)
    parts = losses(weights, x, at_mean)
    return record(
        weights,
        {"reconstruction": reconstruction, "kl": kl},
        reconstruction + beta * kl,
        {
            "x": x,
            "observed": observed,
            "draws": [noise],
            "divergence": kl,
            "code": mu,
            "decoded": means(at_mean),
            "score": parts.sum(1) + kl,
            "parts": parts,
        },
    )


def learned(weights, x, output):
    deviation = torch.exp(weights["variance.log"] * 20 / 2)
    return parts_mixed(lambda t, y: -Normal(y, deviation).log_prob(t), x, output, OBSERVED)


def fixed(_weights, x, output):
    return parts_mixed(lambda t, y: -Normal(y, 0.4).log_prob(t), x, output, OBSERVED)


families = {
    "vanilla": vanilla(),
    "variational.learned": variational(
        MIXED, OBSERVED, 1.0, learned, means_mixed, {"variance.log": torch.tensor([0.02, -0.03], requires_grad=True)}
    ),
    "variational.fixed": variational(MIXED, OBSERVED, 0.5, fixed, means_mixed, {}),
    "variational.bernoulli": variational(
        PIXELS, None, 1.0, lambda _w, x, output: grey(x, output), torch.sigmoid, {}
    ),
}

random = np.random.default_rng(5)
basis = random.normal(size=(8, 8))
rows = random.normal(size=(60, 8)) * np.array([9, 5, 3, 2, 1.5, 1, 0.5, 0.1]) @ basis + 7
centre = rows.mean(0)
_, spread, axes = np.linalg.svd(rows - centre, full_matrices=False)
back = (rows - centre) @ axes[:3].T @ axes[:3] + centre
pca = {
    "rows": rows,
    "mean": centre,
    "axes": axes[:3],
    "mse": float(((rows - back) ** 2).mean()),
}

write(families, pca=pca)
