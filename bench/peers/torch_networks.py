"""The networks of the training cases, as functions of their weights: what torch trains eagerly is
then, operator by operator, what it compiles. Each entry gives the ways to write one network; the
peer measures them and takes the fastest.

A way is (name, weights, buffers, loss): loss(weights, buffers, x) → (loss, buffers of the next step).
"""

import math

import torch
import torch.nn.functional as F

ACTIVATIONS = {"silu": F.silu, "relu": F.relu}


def linear(weights, name, inputs, outputs, gain=1.0):
    weights[f"{name}.weight"] = torch.randn(outputs, inputs) * (gain / math.sqrt(inputs))
    weights[f"{name}.bias"] = torch.zeros(outputs)


def apply_linear(weights, name, x):
    return F.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])


def stack(weights, prefix, x, layers, activate):
    """`layers` linear layers, each but the last with its activation."""
    for i in range(layers):
        x = apply_linear(weights, f"{prefix}{i}", x)
        if i < layers - 1:
            x = activate(x)
    return x


def make_stack(weights, prefix, sizes):
    for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        linear(weights, f"{prefix}{i}", inputs, outputs)


def squared_error(output, x):
    return (output - x).square().flatten(1).sum(1).mean()


def dense(spec):
    sizes, activate = spec["sizes"], ACTIVATIONS[spec["activation"]]
    half = len(sizes) // 2
    weights = {}
    make_stack(weights, "encoder", sizes[: half + 1])
    make_stack(weights, "decoder", sizes[half:])

    def loss(w, buffers, x):
        code = stack(w, "encoder", x, half, activate)
        return squared_error(stack(w, "decoder", code, half, activate), x), buffers

    return [("", weights, {}, loss)]


def variational(spec):
    features, hidden, latent = spec["features"], spec["hidden"], spec["latent"]
    activate = ACTIVATIONS[spec["activation"]]
    weights = {}
    make_stack(weights, "encoder", [features, *hidden, 2 * latent])
    make_stack(weights, "decoder", [latent, *reversed(hidden), features])
    layers = len(hidden) + 1

    def loss(w, buffers, x):
        mu, log_var = stack(w, "encoder", x, layers, activate).chunk(2, 1)
        log_var = log_var.clamp(-20, 10)
        code = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
        logits = stack(w, "decoder", code, layers, activate)
        nats = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        kl = 0.5 * (mu.square() + log_var.exp() - log_var - 1).sum()
        return (nats + kl) / len(x), buffers

    return [("", weights, {}, loss)]


def conv(spec):
    """Kernel 3, stride 2, and the mirror image with transposed convolutions; ReLU."""
    (height, width, depth), channels = spec["image"], spec["channels"]
    counts = [depth, *channels]
    sizes = [(height, width)]
    for _ in channels:
        sizes.append(tuple((n + 1) // 2 for n in sizes[-1]))
    flat = channels[-1] * sizes[-1][0] * sizes[-1][1]

    def make(memory):
        weights = {}
        for i, (inputs, outputs) in enumerate(zip(counts, counts[1:])):
            scale = 1 / math.sqrt(9 * inputs)
            kernel = torch.randn(outputs, inputs, 3, 3) * scale
            weights[f"down{i}.weight"] = kernel.contiguous(memory_format=memory)
            weights[f"down{i}.bias"] = torch.zeros(outputs)
            kernel = torch.randn(outputs, inputs, 3, 3) * scale
            weights[f"up{i}.weight"] = kernel.contiguous(memory_format=memory)
            weights[f"up{i}.bias"] = torch.zeros(inputs)
        linear(weights, "code", flat, spec["latent"])
        linear(weights, "start", spec["latent"], flat)

        def loss(w, buffers, x):
            # Rows are kept with channels last, as torch likes them best; otherwise they are turned.
            image = x.permute(0, 3, 1, 2).contiguous(memory_format=memory)
            y = image
            for i in range(len(channels)):
                weight, bias = w[f"down{i}.weight"], w[f"down{i}.bias"]
                y = F.relu(F.conv2d(y, weight, bias, stride=2, padding=1))
            code = apply_linear(w, "code", y.flatten(1))
            y = F.relu(apply_linear(w, "start", code)).view(y.shape)
            for i in reversed(range(len(channels))):
                extra = [1 - size % 2 for size in sizes[i]]
                y = F.conv_transpose2d(
                    y, w[f"up{i}.weight"], w[f"up{i}.bias"], stride=2, padding=1, output_padding=extra
                )
                if i > 0:
                    y = F.relu(y)
            return squared_error(y, image), buffers

        return weights, {}, loss

    return [
        ("channels last", *make(torch.channels_last)),
        ("channels first", *make(torch.contiguous_format)),
    ]


def sequence(spec):
    """Places of `span` steps, dilated convolutions over them added to their inputs, and the mirror
    image; SiLU. The convolutions as conv1d, as conv2d of images one pixel wide with channels last,
    and as a matrix product on the shifted places side by side."""
    span, widths, taps = spec["span"], spec["widths"], spec["kernel"]
    size = span * spec["channels"]
    count = spec["window"] // span
    last = widths[-1]

    def conv1d(x, weight, bias, dilation):
        return F.conv1d(x, weight, bias, padding=dilation * (taps // 2), dilation=dilation)

    def conv2d(x, weight, bias, dilation):
        return F.conv2d(x, weight, bias, padding=(dilation * (taps // 2), 0), dilation=(dilation, 1))

    def product(x, weight, bias, dilation):
        reach = dilation * (taps // 2)
        padded = F.pad(x, (0, 0, reach, reach))
        shifted = [padded[:, k * dilation : k * dilation + count] for k in range(taps)]
        return F.linear(torch.cat(shifted, 2), weight, bias)

    # How places × width become what the convolution takes, and how they come back.
    ways = {
        "conv1d": (conv1d, lambda x: x.transpose(1, 2), lambda x: x.transpose(1, 2)),
        "conv2d, channels last": (
            conv2d,
            lambda x: x.transpose(1, 2).unsqueeze(3),
            lambda x: x.squeeze(3).transpose(1, 2),
        ),
        "matrix product": (product, lambda x: x, lambda x: x),
    }

    def kernel(weights, name, inputs, outputs, way):
        values = torch.randn(outputs, inputs, taps) / math.sqrt(taps * inputs)
        if way == "conv2d, channels last":
            values = values.unsqueeze(3).contiguous(memory_format=torch.channels_last)
        if way == "matrix product":
            values = values.transpose(1, 2).reshape(outputs, taps * inputs)
        weights[f"{name}.weight"] = values
        weights[f"{name}.bias"] = torch.zeros(outputs)

    def make(way):
        convolve, turn, turn_back = ways[way]
        weights = {}
        inwards = [widths[0], *widths]
        outwards = [last, *reversed(widths)]
        linear(weights, "encoder.start", size, widths[0])
        linear(weights, "encoder.code", count * last, spec["latent"])
        linear(weights, "decoder.start", spec["latent"], count * last)
        linear(weights, "decoder.output", widths[0], size, 0.1)
        for part, sizes in (("encoder", inwards), ("decoder", outwards)):
            for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
                kernel(weights, f"{part}.{i}", inputs, outputs, way)
        reaches = [2**i for i in range(len(widths))]

        def convolved(w, part, x, sizes, dilations):
            x = turn(x)
            for i, dilation in enumerate(dilations):
                y = F.silu(convolve(x, w[f"{part}.{i}.weight"], w[f"{part}.{i}.bias"], dilation))
                x = x + y if sizes[i] == sizes[i + 1] else y
            return turn_back(x)

        def loss(w, buffers, x):
            start = apply_linear(w, "encoder.start", x.view(-1, count, size))
            seen = convolved(w, "encoder", start, inwards, reaches)
            code = apply_linear(w, "encoder.code", seen.flatten(1))
            start = F.silu(apply_linear(w, "decoder.start", code)).view(-1, count, last)
            seen = convolved(w, "decoder", start, outwards, reaches[::-1])
            return squared_error(apply_linear(w, "decoder.output", seen).flatten(1), x), buffers

        return weights, {}, loss

    return [(way, *make(way)) for way in ways]


def topk(spec):
    """The k largest of many units, rows of length 1, and dead units taught to mend the rest."""
    features, units, k = spec["features"], spec["units"], spec["k"]
    silent, menders = spec["silent"], spec["menders"]

    def make(decode_code):
        weights = {}
        linear(weights, "encoder", features, units)
        decoder = torch.randn(units, features)
        weights["decoder.weight"] = decoder / decoder.norm(dim=1, keepdim=True)
        weights["decoder.bias"] = torch.zeros(features)
        buffers = {
            "center": torch.zeros(features),
            "steps": torch.zeros(()),
            "idle": torch.zeros(units),
        }

        def loss(w, b, x):
            steps = (b["steps"] + 1).clamp(max=100)
            center = b["center"] + (x.mean(0) - b["center"]) / steps
            active = F.relu(apply_linear(w, "encoder", x - center))
            rows = w["decoder.weight"]
            rows = rows / rows.square().sum(1, keepdim=True).clamp(min=1e-12).sqrt()
            values, places = active.topk(k, dim=1, sorted=False)
            output = decode_code(values, places, rows) + w["decoder.bias"]
            with torch.no_grad():
                fired = torch.zeros(units).scatter_reduce(
                    0, places.flatten(), values.flatten(), "amax"
                )
                idle = torch.where(fired > 0, 0.0, b["idle"] + len(x))
                dead = (b["idle"] >= silent).to(x.dtype)
            value = squared_error(output, x)
            next_buffers = {"center": center.detach(), "steps": steps, "idle": idle}
            return value, next_buffers, (active, dead, rows, output)

        def revival(x, active, dead, rows, output):
            values, places = (active * dead).topk(menders, dim=1, sorted=False)
            mended = output.detach() + decode_code(values, places, rows)
            return squared_error(mended, x)

        def both(w, b, x):
            value, next_buffers, rest = loss(w, b, x)
            # Nothing to mend while every unit lives: eager code may look, compiled code may not.
            if torch.compiler.is_compiling() or bool(rest[1].any()):
                value = value + rest[1].max() * revival(x, *rest)
            return value, next_buffers

        return weights, buffers, both

    def by_rows(values, places, rows):
        return F.embedding_bag(places, rows, per_sample_weights=values, mode="sum")

    def by_product(values, places, rows):
        return torch.zeros(len(values), units).scatter(1, places, values) @ rows

    return [("sum of rows", *make(by_rows)), ("matrix product", *make(by_product))]


def mult_vae(spec):
    """Histories are places of items, filled up with the number of items, which is none of them."""
    items, hidden, latent = spec["items"], spec["hidden"], spec["latent"]
    drop, beta = spec["dropout"], spec["beta"]

    def make(code_of, likelihood):
        weights = {}
        # A row an item, and one that is never read.
        weights["input.weight"] = torch.randn(items + 1, hidden) / math.sqrt(items)
        weights["input.bias"] = torch.zeros(hidden)
        linear(weights, "code", hidden, 2 * latent)
        linear(weights, "decoder", latent, hidden)
        linear(weights, "output", hidden, items)

        def loss(w, buffers, places):
            mask = (places < items).float()
            count = mask.sum(1)
            h = torch.tanh(code_of(w, places, mask, count) + w["input.bias"])
            mu, log_var = apply_linear(w, "code", h).chunk(2, 1)
            code = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
            logits = apply_linear(w, "output", torch.tanh(apply_linear(w, "decoder", code)))
            kl = 0.5 * (mu.square() + log_var.exp() - log_var - 1).sum(1)
            return (beta * kl - likelihood(logits, places, mask, count)).mean(), buffers

        return weights, {}, loss

    def chosen(places):
        """Ones where a row holds an item, [batch, items]."""
        wide = torch.zeros(len(places), items + 1, device=places.device)
        return wide.scatter(1, places, 1.0)[:, :items]

    def by_product(w, places, mask, count):
        x = F.dropout(chosen(places) / count.sqrt()[:, None], drop)
        return x @ w["input.weight"][:items]

    def by_rows(w, places, mask, count):
        shares = F.dropout(mask / count.sqrt()[:, None], drop)
        return F.embedding_bag(places, w["input.weight"], per_sample_weights=shares, mode="sum")

    def of_all(logits, places, mask, count):
        return (F.log_softmax(logits, 1) * chosen(places)).sum(1)

    def of_few(logits, places, mask, count):
        few = logits.gather(1, places.clamp(max=items - 1))
        return (few * mask).sum(1) - count * logits.logsumexp(1)

    return [
        ("matrix products", *make(by_product, of_all)),
        ("matrix products, few logits", *make(by_product, of_few)),
        ("sum of rows, few logits", *make(by_rows, of_few)),
    ]


NETWORKS = {
    "dense": dense,
    "variational": variational,
    "conv": conv,
    "sequence": sequence,
    "topk": topk,
    "mult-vae": mult_vae,
}
