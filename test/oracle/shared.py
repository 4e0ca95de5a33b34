"""What the recorders of families share: a small network, rows, likelihoods, and how to write.

The network is tanh(x w0 + b0) w1 + b1 on the way in and its mirror image on the way out;
test/support/family-oracle.ts builds the same and compares.
"""

import json
import math
import sys

import numpy as np
import torch
from torch.distributions import Bernoulli, Categorical

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


def write(families, **others):
    """One JSON object on standard output."""
    versions = {"torch": torch.__version__, "numpy": np.__version__}
    json.dump(
        plain({**versions, "families": families, **others}),
        sys.stdout,
        separators=(",", ":"),
        allow_nan=False,
    )
    print()
