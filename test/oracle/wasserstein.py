"""Records Wasserstein autoencoders in float64, their MMD pair by pair.

    cd test/oracle && python3 wasserstein.py > recorded/wasserstein.json

The kernel and its scales are those of the authors' code (tolstikhin/wae, wae.py, mmd_penalty).
"""

import torch
from torch.distributions import Normal, kl_divergence

from shared import LATENT, MIXED, OBSERVED, PIXELS, means_mixed, network, parts_mixed, record, run, write


def kernel(a, b):
    distance = ((a - b) ** 2).sum()
    scales = [2 * LATENT * scale for scale in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)]
    return sum(c / (c + distance) for c in scales)


def mmd(x, y):
    n = len(x)
    within = sum(
        (kernel(x[i], x[j]) + kernel(y[i], y[j]) for i in range(n) for j in range(n) if i != j),
        torch.tensor(0.0),
    )
    across = sum(kernel(x[i], y[j]) for i in range(n) for j in range(n))
    return within / max(n * (n - 1), 1) - 2 * across / n**2


def squared_mixed(observed):
    return lambda x, output: parts_mixed(lambda t, y: (t - y) ** 2, x, output, observed)


def squared_pixels(x, output):
    return (x - output) ** 2


def case(x, observed, parts_of, means, weight, gaussian=None):
    weights = network(6, LATENT if gaussian is None else 2 * LATENT)
    encoded = run(weights, "encoder", "code", x)
    draws = []
    if gaussian is None:
        center, code = encoded, encoded
    else:
        center, log_var = encoded.split(LATENT, 1)
        draws.append(torch.randn(len(x), LATENT))
        code = center + torch.exp(log_var / 2) * draws[0]
    draws.append(torch.randn(len(x), LATENT))
    distance = mmd(code, draws[-1])
    reconstruction = parts_of(x, run(weights, "decoder", "output", code)).sum(1)
    terms = {"reconstruction": reconstruction, "mmd": distance}
    weighted = reconstruction + weight * distance
    extra = {}
    if gaussian is not None:
        posterior = Normal(center, torch.exp(log_var / 2))
        kl = kl_divergence(posterior, Normal(0.0, 1.0)).sum(1)
        terms["kl"] = kl
        weighted = weighted + gaussian * kl
        extra["divergence"] = kl
    output = run(weights, "decoder", "output", center)
    parts = parts_of(x, output)
    return record(
        weights,
        terms,
        weighted,
        {
            "x": x,
            "observed": observed,
            "draws": draws,
            "code": center,
            "decoded": means(output),
            "score": parts.sum(1),
            "parts": parts,
            **extra,
        },
    )


def clipped(output):
    return torch.clamp(output, 0, 1)


families = {
    "deterministic": case(MIXED, OBSERVED, squared_mixed(OBSERVED), means_mixed, 7.0),
    "default": case(PIXELS, None, squared_pixels, clipped, 10.0),
    "gaussian": case(MIXED, OBSERVED, squared_mixed(OBSERVED), means_mixed, 30.0, 0.0),
    "gaussian.kl": case(PIXELS, None, squared_pixels, clipped, 20.0, 0.4),
    # A batch of one row has no pairs.
    "one": case(PIXELS[:1], None, squared_pixels, clipped, 5.0),
}

write(families)
