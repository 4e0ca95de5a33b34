"""Records a vanilla autoencoder with the sequence body in float64, by PyTorch's Conv1d and GRU.

    python test/oracle/sequence.py > test/oracle/recorded/sequence.json

Read by test/oracle/sequence.test.ts.
"""

import torch
import torch.nn.functional as F
from torch.func import functional_call

from shared import LATENT, ROWS, layer, record, write

WINDOW, CHANNELS = 11, 2
x = torch.randn(ROWS, WINDOW, CHANNELS)
observed = (torch.rand(ROWS, WINDOW, CHANNELS) > 0.2).double()


def kernel(name, taps, inputs, outputs):
    return {
        f"{name}.weight": (torch.randn(taps, inputs, outputs) / 2).requires_grad_(),
        f"{name}.bias": torch.randn(outputs, requires_grad=True),
    }


def unit(name, inputs, outputs):
    return {
        f"{name}.input.weight": (torch.randn(inputs, 3 * outputs) / 2).requires_grad_(),
        f"{name}.input.bias": torch.randn(3 * outputs, requires_grad=True),
        f"{name}.state.weight": (torch.randn(outputs, 3 * outputs) / 2).requires_grad_(),
        f"{name}.state.bias": torch.randn(3 * outputs, requires_grad=True),
    }


def linear(weights, name, x):
    return F.linear(x, weights[f"{name}.weight"].T, weights[f"{name}.bias"])


def conv(weights, name, x, dilation):
    w = weights[f"{name}.weight"].permute(2, 1, 0)
    padding = dilation * (w.shape[2] - 1) // 2
    y = F.conv1d(x.transpose(1, 2), w, weights[f"{name}.bias"], padding=padding, dilation=dilation)
    return y.transpose(1, 2)


def gru(weights, name, x, start):
    inputs, units = x.shape[2], start.shape[1]
    module = torch.nn.GRU(inputs, units, batch_first=True)
    given = {
        "weight_ih_l0": weights[f"{name}.input.weight"].T,
        "weight_hh_l0": weights[f"{name}.state.weight"].T,
        "bias_ih_l0": weights[f"{name}.input.bias"],
        "bias_hh_l0": weights[f"{name}.state.bias"],
    }
    return functional_call(module, given, (x, start[None]))[0]


def places(x, span):
    count = -(-WINDOW // span)
    return F.pad(x, (0, 0, 0, count * span - WINDOW)).reshape(ROWS, count, span * CHANNELS)


def result(weights, output, code):
    parts = ((x - output) ** 2 * observed).flatten(1)
    loss = parts.sum(1)
    return record(
        weights,
        {"reconstruction": loss},
        loss,
        {"x": x, "observed": observed, "code": code, "decoded": output, "score": loss, "parts": parts},
    )


def convolutions(widths, span, taps, activation):
    count = -(-WINDOW // span)
    last = widths[-1]
    back = widths[::-1]
    weights = layer("encoder.start", span * CHANNELS, widths[0])
    for i, (a, b) in enumerate(zip([widths[0], *widths], widths)):
        weights |= kernel(f"encoder.{i}", taps, a, b)
    weights |= layer("encoder.code", count * last, LATENT)
    weights |= layer("decoder.start", LATENT, count * last)
    for i, (a, b) in enumerate(zip([last, *back], back)):
        weights |= kernel(f"decoder.{i}", taps, a, b)
    weights |= layer("decoder.output", widths[0], span * CHANNELS)

    def stack(part, at, dilations):
        for i, dilation in enumerate(dilations):
            y = activation(conv(weights, f"{part}.{i}", at, dilation))
            at = at + y if y.shape == at.shape else y
        return at

    dilations = [2**i for i in range(len(widths))]
    seen = stack("encoder", linear(weights, "encoder.start", places(x, span)), dilations)
    code = linear(weights, "encoder.code", seen.flatten(1))
    start = activation(linear(weights, "decoder.start", code)).reshape(ROWS, count, last)
    again = linear(weights, "decoder.output", stack("decoder", start, dilations[::-1]))
    output = again.reshape(ROWS, count * span, CHANNELS)[:, :WINDOW]
    return result(weights, output, code)


def recurrent(widths, span):
    count = -(-WINDOW // span)
    back = widths[::-1]
    weights = layer("encoder.start", span * CHANNELS, widths[0])
    for i, (a, b) in enumerate(zip([widths[0], *widths], widths)):
        weights |= unit(f"encoder.{i}", a, b)
    weights |= layer("encoder.code", widths[-1], LATENT)
    for i, (a, b) in enumerate(zip([LATENT, *back], back)):
        weights |= layer(f"decoder.{i}.start", LATENT, b)
        weights |= unit(f"decoder.{i}", a, b)
    weights |= layer("decoder.output", back[-1], span * CHANNELS)

    at = linear(weights, "encoder.start", places(x, span))
    for i, width in enumerate(widths):
        at = gru(weights, f"encoder.{i}", at, torch.zeros(ROWS, width))
    code = linear(weights, "encoder.code", at[:, -1])
    at = code[:, None].expand(ROWS, count, LATENT)
    for i in range(len(back)):
        start = torch.tanh(linear(weights, f"decoder.{i}.start", code))
        at = gru(weights, f"decoder.{i}", at, start)
    output = linear(weights, "decoder.output", at).reshape(ROWS, count * span, CHANNELS)[:, :WINDOW]
    return result(weights, output, code)


write(
    {
        # Six places, of which a dilation of 4 makes two lines that are not full.
        "conv": convolutions([3, 3, 4], 2, 3, F.silu),
        "conv.steps": convolutions([2], 1, 5, torch.tanh),
        "gru": recurrent([3, 2], 2),
        "gru.steps": recurrent([2], 1),
    }
)
