"""Records PyTorch's convolutions, gradients and second derivatives in float64.

    python test/oracle/conv.py > test/oracle/recorded/conv.json

Inputs are sines of a counter, which the test makes again. Images are [batch, height,
width, channels] and kernels [height, width, large channels, small channels] as in
src/ops/conv.ts; PyTorch wants the channels first.
"""

import json
import math

import torch
import torch.nn.functional as F

CASES = [
    # height, width, large channels, small channels, kernel, stride
    (4, 5, 2, 3, 3, 1),
    (5, 5, 1, 2, 3, 2),
    (7, 4, 2, 1, 4, 2),
    (6, 7, 1, 2, 5, 3),
    (3, 4, 3, 2, 1, 1),
    (4, 4, 2, 2, 2, 2),
]
BATCH = 2


def waves(shape, phase):
    count = math.prod(shape)
    flat = torch.sin(torch.arange(count, dtype=torch.float64) * 0.7 + phase)
    return flat.reshape(shape).requires_grad_()


def padding(size, kernel, stride):
    small = -(-size // stride)
    zeros = max(0, (small - 1) * stride + kernel - size)
    return zeros // 2, zeros - zeros // 2


def conv(x, w, b, stride):
    top, bottom = padding(x.shape[1], w.shape[0], stride)
    left, right = padding(x.shape[2], w.shape[1], stride)
    padded = F.pad(x.permute(0, 3, 1, 2), (left, right, top, bottom))
    return F.conv2d(padded, w.permute(3, 2, 0, 1).contiguous(), b, stride=stride).permute(0, 2, 3, 1)


def transposed(y, w, b, stride, size):
    """F.conv_transpose2d in full, cut to the size."""
    top, _ = padding(size[0], w.shape[0], stride)
    left, _ = padding(size[1], w.shape[1], stride)
    full = F.conv_transpose2d(y.permute(0, 3, 1, 2), w.permute(3, 2, 0, 1).contiguous(), None, stride=stride)
    full = F.pad(full, (0, size[1], 0, size[0]))
    cut = full[:, :, top : top + size[0], left : left + size[1]]
    return cut.permute(0, 2, 3, 1) + b


def flat(t):
    return t.detach().contiguous().reshape(-1).tolist()


def record(value, inputs):
    """loss = Σ tanh(value) · waves; penalty = Σ gradients², differentiated again."""
    loss = (torch.tanh(value) * waves(value.shape, 0.4).detach()).sum()
    first = torch.autograd.grad(loss, inputs, create_graph=True)
    second = torch.autograd.grad(sum((g * g).sum() for g in first), inputs)
    return {
        "value": flat(value),
        "first": [flat(g) for g in first],
        "second": [flat(g) for g in second],
    }


cases = []
for height, width, large, small, kernel, stride in CASES:
    w = waves((kernel, kernel, large, small), 0.2)
    x = waves((BATCH, height, width, large), 0.1)
    y = waves((BATCH, -(-height // stride), -(-width // stride), small), 0.1)
    to_small, to_large = waves((small,), 0.3), waves((large,), 0.3)
    cases.append(
        {
            "height": height,
            "width": width,
            "large": large,
            "small": small,
            "kernel": kernel,
            "stride": stride,
            "conv2d": record(conv(x, w, to_small, stride), [x, w, to_small]),
            "convTranspose2d": record(
                transposed(y, w, to_large, stride, (height, width)), [y, w, to_large]
            ),
        }
    )
print(json.dumps({"batch": BATCH, "torch": torch.__version__, "cases": cases}))
