"""Records the sparse family in float64, each penalty with its terms, gradients and buffers.

    pip install torch==2.13.0 numpy==2.4.6
    cd test/oracle && python3 sparse.py > recorded/sparse.json

Largest units by torch.topk over the activations, unit rows by torch.nn.functional.normalize, the
divergence by torch.distributions. Read by test/oracle/sparse.test.ts.
"""

import torch
from torch.distributions import Bernoulli, kl_divergence
from torch.nn.functional import normalize

from shared import HIDDEN, MIXED, OBSERVED, PIXELS, ROWS, layer, means_mixed, parts_mixed, record, run, write

UNITS = 6


def network():
    return {
        **layer("encoder.0", 6, HIDDEN),
        **layer("encoder.code", HIDDEN, UNITS),
        **layer("decoder.0", UNITS, HIDDEN),
        **layer("decoder.output", HIDDEN, 6),
    }

# Menders a row, in units of k.
MENDERS = 4


def activations_of(weights, x, center, steps, squash):
    """Rows less the running mean, which has just met this batch; and what the buffers become."""
    seen = min(steps + 1, 100)
    moved = center + (x.mean(0) - center) / seen
    code = squash(run(weights, "encoder", "code", x - moved))
    return code, {"units.center": moved, "units.steps": torch.tensor([float(seen)])}


def decode(weights, code, unit_rows=True):
    first = weights["decoder.0.weight"]
    rows = normalize(first, dim=1) if unit_rows else first
    return run({**weights, "decoder.0.weight": rows}, "decoder", "output", code)


def errors_mixed(output):
    return parts_mixed(lambda t, y: (t - y) ** 2, MIXED, output, OBSERVED)


def errors_pixels(output):
    return (PIXELS - output) ** 2


def kept(activations, k):
    """Each row's k largest by torch.topk, others zero."""
    values, places = torch.topk(activations, k, dim=1)
    return torch.zeros_like(activations).scatter(1, places, values)


def kept_in_batch(activations, count):
    values, places = torch.topk(activations.reshape(-1), count)
    return torch.zeros(activations.numel()).scatter(0, places, values).reshape(activations.shape), values.min()


def revival(weights, activations, output, idle, dead, k, errors):
    """Gao et al., appendix A.2: dead units alone rebuild what is left, which passes no gradient."""
    sleeping = (idle >= dead).double()
    if sleeping.sum() == 0:
        return torch.zeros(ROWS)
    code = kept(activations * sleeping, min(UNITS, MENDERS * k))
    help_given = decode(weights, code) - decode(weights, torch.zeros(1, UNITS))
    return errors(output.detach() + help_given).sum(1)


def top_k(x, observed, errors, means, k, dead, idle):
    weights = network()
    activations, updates = activations_of(weights, x, CENTER, STEPS, torch.relu)
    code = kept(activations, k)
    output = decode(weights, code)
    loss = errors(output).sum(1)
    mending = revival(weights, activations, output, idle, dead, k, errors)
    fired = (code > 0).any(0)
    return record(
        weights,
        {"reconstruction": loss, "revival": mending},
        loss + mending,
        {
            "x": x,
            "observed": observed,
            "buffers": {"units.center": CENTER, "units.steps": torch.tensor([STEPS]), "units.idle": idle},
            "updates": {**updates, "units.idle": torch.where(fired, 0.0, idle + ROWS)},
            "code": code,
            "decoded": means(output),
            "score": loss,
            "parts": errors(output),
        },
    )


def batch_top_k(k, dead, idle, threshold, steps):
    weights = network()
    activations, updates = activations_of(weights, MIXED, CENTER, steps, torch.relu)
    code, least = kept_in_batch(activations, k * ROWS)
    output = decode(weights, code)
    loss = errors_mixed(output).sum(1)
    mending = revival(weights, activations, output, idle, dead, k, errors_mixed)
    fired = (code > 0).any(0)
    moved = threshold + (least - threshold) / updates["units.steps"]
    return record(
        weights,
        {"reconstruction": loss, "revival": mending},
        loss + mending,
        {
            "x": MIXED,
            "observed": OBSERVED,
            "buffers": {
                "units.center": CENTER,
                "units.steps": torch.tensor([steps]),
                "units.idle": idle,
                "units.threshold": torch.tensor([threshold]),
            },
            "updates": {**updates, "units.idle": torch.where(fired, 0.0, idle + ROWS), "units.threshold": moved},
        },
    )


def absolute(weight):
    weights = network()
    code, updates = activations_of(weights, MIXED, CENTER, STEPS, torch.relu)
    output = decode(weights, code)
    loss = errors_mixed(output).sum(1)
    penalty = code.abs().sum(1)
    return record(
        weights,
        {"reconstruction": loss, "sparsity": penalty},
        loss + weight * penalty,
        {
            "x": MIXED,
            "observed": OBSERVED,
            "buffers": {"units.center": CENTER, "units.steps": torch.tensor([STEPS])},
            "updates": updates,
            "code": code,
            "decoded": means_mixed(output),
            "score": loss,
            "parts": errors_mixed(output),
        },
    )


def activity(weight, rho):
    weights = network()
    code, updates = activations_of(weights, MIXED, CENTER, STEPS, torch.sigmoid)
    output = decode(weights, code, unit_rows=False)
    loss = errors_mixed(output).sum(1)
    penalty = kl_divergence(Bernoulli(torch.full((UNITS,), rho)), Bernoulli(code.mean(0))).sum()
    return record(
        weights,
        {"reconstruction": loss, "sparsity": penalty},
        loss + weight * penalty,
        {
            "x": MIXED,
            "observed": OBSERVED,
            "buffers": {"units.center": CENTER, "units.steps": torch.tensor([STEPS])},
            "updates": updates,
            "code": code,
            "decoded": means_mixed(output),
            "score": loss,
            "parts": errors_mixed(output),
        },
    )


CENTER, STEPS = torch.linspace(-0.4, 0.6, 6), 100.0
IDLE = torch.tensor([0.0, 800.0, 20.0, 200.0, 199.0, 500.0])

families = {
    "topk": top_k(MIXED, OBSERVED, errors_mixed, means_mixed, 1, 200, IDLE),
    "topk.awake": top_k(MIXED, OBSERVED, errors_mixed, means_mixed, 2, 5000, IDLE),
    "topk.pixels": top_k(
        PIXELS, None, errors_pixels, lambda output: output.clamp(0, 1), 3, 30, torch.tensor([0.0, 31.0, 29.0, 30.0, 45.0, 60.0])
    ),
    "batchtopk": batch_top_k(1, 200, IDLE, 0.3, 7.0),
    "batchtopk.first": batch_top_k(2, 200, IDLE * 0, 0.0, 0.0),
    "l1": absolute(0.1),
    "l1.lambda": absolute(0.7),
    "kl": activity(1.0, 0.05),
    "kl.rho": activity(2.5, 0.2),
}

write(families)
