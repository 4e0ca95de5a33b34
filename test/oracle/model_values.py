"""Records whole models in float64: family losses with their gradients by PyTorch, PCA by numpy.

    pip install torch==2.13.0 numpy==2.4.6
    python test/oracle/model_values.py > test/oracle/recorded/model-values.json

The network is tanh(x w0 + b0) w1 + b1 on the way in and its mirror image on the way out, with
the likelihoods of torch.distributions and the noise of the posterior fixed. Read by
test/oracle/model-values.test.ts.
"""

import json
import math
import sys

import numpy as np
import torch
from torch.distributions import Bernoulli, Categorical, Normal, kl_divergence

torch.manual_seed(3)
torch.set_default_dtype(torch.float64)
ROWS, LATENT, HIDDEN = 5, 2, 4


def plain(x):
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(value) for value in x]
    if isinstance(x, np.ndarray):
        return {"shape": list(x.shape), "data": plain(x.reshape(-1).tolist())}
    if isinstance(x, torch.Tensor):
        return {"shape": list(x.shape), "data": plain(x.detach().reshape(-1).tolist())}
    if isinstance(x, float) and not math.isfinite(x):
        return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
    return x


def one_hot(places, size):
    return torch.nn.functional.one_hot(torch.tensor(places), size).double()


def layer(name, inputs, outputs):
    return {
        f"{name}.weight": torch.randn(inputs, outputs, requires_grad=True),
        f"{name}.bias": torch.randn(outputs, requires_grad=True),
    }


def network(features, codes):
    return {
        **layer("encoder.0", features, HIDDEN),
        **layer("encoder.code", HIDDEN, codes),
        **layer("decoder.0", LATENT, HIDDEN),
        **layer("decoder.output", HIDDEN, features),
    }


def run(weights, part, last, x):
    hidden = torch.tanh(x @ weights[f"{part}.0.weight"] + weights[f"{part}.0.bias"])
    return hidden @ weights[f"{part}.{last}.weight"] + weights[f"{part}.{last}.bias"]


# Mixed rows: two numbers (some missing), one flag, a category of three.
MIXED = torch.cat(
    [torch.randn(ROWS, 2), torch.tensor([[0.0], [1.0], [1.0], [0.0], [1.0]]), one_hot([2, 0, 1, 1, 0], 3)],
    1,
)
OBSERVED = torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
PIXELS = torch.rand(ROWS, 6)


def parts_mixed(numbers, x, output, observed):
    """Loss of each part: two numbers, the flag, the category."""
    flag = -Bernoulli(logits=output[:, 2]).log_prob(x[:, 2])
    category = -Categorical(logits=output[:, 3:]).log_prob(x[:, 3:].argmax(1))
    return torch.cat(
        [numbers(x[:, :2], output[:, :2]) * observed, flag[:, None], category[:, None]], 1
    )


def means_mixed(output):
    return torch.cat(
        [output[:, :2], torch.sigmoid(output[:, 2:3]), torch.softmax(output[:, 3:], 1)], 1
    )


def grey(x, output):
    """Bernoulli with grey targets: cross entropy (torch's own log_prob wants 0 or 1)."""
    p = torch.sigmoid(output)
    return -(x * torch.log(p) + (1 - x) * torch.log1p(-p))


def record(weights, terms, weighted, extra):
    total = weighted.mean()
    gradients = torch.autograd.grad(total, list(weights.values()))
    return {
        "weights": weights,
        "terms": terms,
        "loss": total.reshape(1),
        "gradients": dict(zip(weights, gradients)),
        **extra,
    }


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
            "noise": noise,
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

versions = {"torch": torch.__version__, "numpy": np.__version__}
json.dump(
    plain({**versions, "families": families, "pca": pca}),
    sys.stdout,
    separators=(",", ":"),
    allow_nan=False,
)
print()
