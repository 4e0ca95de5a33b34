"""Records the autoencoder with finite scalar quantization in float64, by PyTorch.

    cd test/oracle && python3 finite-scalar.py > recorded/finite-scalar.json

After the code of Mentzer et al. (2023), appendix A.1, number by number. Read by
test/oracle/finite-scalar.test.ts.
"""

import math

import torch

from shared import HIDDEN, MIXED, OBSERVED, PIXELS, layer, means_mixed, parts_mixed, record, run, write


def bound(z, count):
    half = (count - 1) * (1 - 1e-3) / 2
    offset = 0.0 if count % 2 == 1 else 0.5
    return torch.tanh(z + math.tan(offset / half)) * half - offset


def quantize(z, counts):
    """The code with the gradient passed straight through, and its digits from 0."""
    code, digits = [], []
    for i in range(z.shape[1]):
        count = counts[i % len(counts)]
        limited = bound(z[:, i], count)
        whole = limited + (torch.round(limited) - limited).detach()
        code.append(whole / (count // 2))
        digits.append(torch.round(limited).detach() + count // 2)
    return torch.stack(code, 1), torch.stack(digits, 1).long()


def symbols_of(digits, counts):
    symbols = []
    for group in digits.split(len(counts), 1):
        total = torch.zeros(len(group), dtype=torch.long)
        for i in reversed(range(group.shape[1])):
            total = total * counts[i] + group[:, i]
        symbols.append(total)
    return torch.stack(symbols, 1)


def finite_scalar(x, latent, counts, losses, means, observed=None):
    weights = {
        **layer("encoder.0", 6, HIDDEN),
        **layer("encoder.code", HIDDEN, latent),
        **layer("decoder.0", latent, HIDDEN),
        **layer("decoder.output", HIDDEN, 6),
    }
    code, digits = quantize(run(weights, "encoder", "code", x), counts)
    output = run(weights, "decoder", "output", code)
    parts = losses(x, output)
    loss = parts.sum(1)
    return record(
        weights,
        {"reconstruction": loss},
        loss,
        {
            "x": x,
            "observed": observed,
            "code": code,
            "decoded": means(output),
            "score": loss,
            "parts": parts,
            "symbols": symbols_of(digits, counts),
            "size": math.prod(counts[:latent]),
        },
    )


def mixed(x, output):
    return parts_mixed(lambda t, y: (t - y) ** 2, x, output, OBSERVED)


def pixels(x, output):
    return (x - output) ** 2


def within(output):
    return output.clamp(0, 1)


families = {
    # Fewer numbers than levels, several whole symbols, a last symbol of fewer numbers.
    "short": finite_scalar(MIXED, 3, [8, 5, 5, 5], mixed, means_mixed, observed=OBSERVED),
    "whole": finite_scalar(PIXELS, 6, [4, 3, 2], pixels, within),
    "uneven": finite_scalar(PIXELS, 5, [7, 6], pixels, within),
}

write(families)
