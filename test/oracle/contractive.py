"""Records the contractive family in float64: Jacobians by torch.func.jacrev, row by row.

    pip install torch==2.13.0 numpy==2.4.6
    cd test/oracle && python3 contractive.py > recorded/contractive.json

Two dense networks (tanh, and ReLU) and a convolutional one with its own padding rule: odd sizes,
of which a stride of 2 keeps the larger half, with zeros around as evenly as can be and the odd
one last. Read by test/oracle/contractive.test.ts.
"""

import torch
import torch.nn.functional as F
from torch.func import jacrev

from shared import LATENT, MIXED, OBSERVED, ROWS, layer, means_mixed, network, parts_mixed, record, write


def squared_slopes(encode, x):
    """‖J‖² a row, from each row's own Jacobian."""
    return torch.stack([(jacrev(lambda row: encode(row[None])[0])(row) ** 2).sum() for row in x])


def dense(weight, activation):
    weights = network(6, LATENT)

    def through(part, last, x):
        hidden = activation(x @ weights[f"{part}.0.weight"] + weights[f"{part}.0.bias"])
        return hidden @ weights[f"{part}.{last}.weight"] + weights[f"{part}.{last}.bias"]

    code = through("encoder", "code", MIXED)
    output = through("decoder", "output", code)
    parts = parts_mixed(lambda t, y: (t - y) ** 2, MIXED, output, OBSERVED)
    slopes = squared_slopes(lambda x: through("encoder", "code", x), MIXED)
    return record(
        weights,
        {"reconstruction": parts.sum(1), "contraction": slopes},
        parts.sum(1) + weight * slopes,
        {
            "x": MIXED,
            "observed": OBSERVED,
            "code": code,
            "decoded": means_mixed(output),
            "score": parts.sum(1),
            "parts": parts,
        },
    )


HEIGHT, WIDTH, CHANNELS, KERNEL = 5, 4, 2, 3


def before(size):
    """Zeros before a row or column of a given size: half of what is missing, rounded down."""
    return ((-(-size // 2) - 1) * 2 + KERNEL - size) // 2


def around(height, width):
    """Padding as F.pad wants it: left, right, top, bottom."""
    total = lambda size: (-(-size // 2) - 1) * 2 + KERNEL - size
    return (before(width), total(width) - before(width), before(height), total(height) - before(height))


def kernel(weights, name):
    # Ours are [height, width, in, out]; torch's are [out, in, height, width].
    return weights[f"{name}.weight"].permute(3, 2, 0, 1)


def convolutional(weight):
    """One convolution to 3 × 2 × 3, a linear layer to the code, and back."""
    weights = {
        "encoder.0.weight": torch.randn(KERNEL, KERNEL, 1, CHANNELS, requires_grad=True),
        "encoder.0.bias": torch.randn(CHANNELS, requires_grad=True),
        **layer("encoder.code", 3 * 2 * CHANNELS, LATENT),
        **layer("decoder.start", LATENT, 3 * 2 * CHANNELS),
        "decoder.output.weight": torch.randn(KERNEL, KERNEL, 1, CHANNELS, requires_grad=True),
        "decoder.output.bias": torch.randn(1, requires_grad=True),
    }
    x = torch.rand(ROWS, HEIGHT, WIDTH, 1)

    def encode(x):
        image = F.pad(x.permute(0, 3, 1, 2), around(HEIGHT, WIDTH))
        maps = torch.tanh(F.conv2d(image, kernel(weights, "encoder.0"), weights["encoder.0.bias"], stride=2))
        flat = maps.permute(0, 2, 3, 1).reshape(len(x), -1)
        return flat @ weights["encoder.code.weight"] + weights["encoder.code.bias"]

    def decode(z):
        start = torch.tanh(z @ weights["decoder.start.weight"] + weights["decoder.start.bias"])
        maps = start.reshape(-1, 3, 2, CHANNELS).permute(0, 3, 1, 2)
        # [height, width, large side, small side], as the convolution it mirrors.
        full = F.conv_transpose2d(maps, kernel(weights, "decoder.output"), stride=2)
        top, left = before(HEIGHT), before(WIDTH)
        image = full[:, :, top : top + HEIGHT, left : left + WIDTH]
        return (image + weights["decoder.output.bias"][:, None, None]).permute(0, 2, 3, 1)

    code = encode(x)
    output = decode(code)
    parts = ((x - output) ** 2).reshape(ROWS, -1)
    slopes = squared_slopes(encode, x)
    return record(
        weights,
        {"reconstruction": parts.sum(1), "contraction": slopes},
        parts.sum(1) + weight * slopes,
        {
            "x": x,
            "code": code,
            "decoded": output.clamp(0, 1),
            "score": parts.sum(1),
            "parts": parts,
        },
    )


families = {
    "tanh": dense(0.1, torch.tanh),
    "relu": dense(0.8, torch.relu),
    "conv": convolutional(0.3),
}

write(families)
