"""PyTorch: `python torch_train.py CASE.json eager|compile`. Data resident as float32, a permutation an
epoch and a gather a step; every way to write the step is tried first and the fastest kept."""

import sys

from turns import missing, read_case, take_turns, tell, timed

case = read_case()
mode = sys.argv[2]
try:
    import numpy as np
    import torch
except ImportError as error:
    missing(error)

from torch_networks import NETWORKS

torch.set_num_threads(case["threads"])
torch.set_flush_denormal(True)
torch.manual_seed(0)
RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-8


def read_data():
    data = case["data"]
    values = np.fromfile(data["file"], dtype=data["type"]).reshape(data["rows"], *data["shape"])
    if data["type"] == "int32":
        return torch.from_numpy(values.astype(np.int64))
    scale = 255 if data["type"] == "uint8" else 1
    return torch.from_numpy(values.astype(np.float32) / scale)


rows = read_data()
if case["network"]["name"] != "conv":
    rows = rows.flatten(1)


def with_backward(weights, buffers, loss, optimizer, compiled):
    """The usual step: loss.backward() and an optimizer of torch's."""
    parameters = {name: value.clone().requires_grad_() for name, value in weights.items()}
    adam = torch.optim.Adam(parameters.values(), lr=RATE, **optimizer)
    state = {"buffers": buffers}
    compute = torch.compile(loss) if compiled else loss

    def step(places):
        value, state["buffers"] = compute(parameters, state["buffers"], rows[places])
        adam.zero_grad(set_to_none=True)
        value.backward()
        adam.step()
        return value

    return step


def whole_step(weights, buffers, loss):
    """Gather, loss, gradients and Adam as one compiled function: the least that torch can do."""
    parameters = {name: value.clone() for name, value in weights.items()}
    first = {name: torch.zeros_like(value) for name, value in weights.items()}
    second = {name: torch.zeros_like(value) for name, value in weights.items()}
    state = {"buffers": buffers}
    count = torch.zeros(())
    differentiate = torch.func.grad_and_value(loss, has_aux=True)

    def update(places, held):
        gradients, (value, next_buffers) = differentiate(parameters, held, rows[places])
        count.add_(1)
        correction1, correction2 = 1 - BETA1**count, 1 - BETA2**count
        for name, gradient in gradients.items():
            first[name].lerp_(gradient, 1 - BETA1)
            second[name].lerp_(gradient * gradient, 1 - BETA2)
            root = (second[name] / correction2).sqrt() + EPSILON
            parameters[name].sub_(RATE * (first[name] / correction1) / root)
        return value, next_buffers

    compiled = torch.compile(update)

    def step(places):
        value, state["buffers"] = compiled(places, state["buffers"])
        return value

    return step


def epoch_of(step):
    batch = case["batch"]

    def epoch():
        order = torch.randperm(len(rows))
        for places in order.split(batch):
            value = step(places)
        assert torch.isfinite(value).item(), "the loss is not finite"
        return len(rows) // batch

    return epoch


def ways():
    for name, weights, buffers, loss in NETWORKS[case["network"]["name"]](case["network"]):
        if mode == "eager":
            for kind in ("foreach", "fused"):
                yield (name, kind), lambda: with_backward(weights, buffers, loss, {kind: True}, False)
        else:
            yield (name, "fused"), lambda: with_backward(weights, buffers, loss, {"fused": True}, True)
            yield (name, "whole step"), lambda: whole_step(weights, buffers, loss)


def speed(epoch):
    epoch()
    turn = timed(epoch, case["probe"])
    return turn["steps"] / turn["seconds"]


found = []
failed = []
for words, make in ways():
    label = ", ".join(word for word in words if word)
    try:
        epoch = epoch_of(make())
        # Small products may be faster without a second thread's company.
        for threads in sorted({1, case["threads"]}, reverse=True):
            torch.set_num_threads(threads)
            found.append((speed(epoch), f"{label}, {threads} threads", threads, epoch))
    except Exception as error:  # What one way cannot do, another may.
        failed.append(f"{label}: {type(error).__name__}: {str(error).splitlines()[0][:150]}")
    torch.set_num_threads(case["threads"])

if not found:
    compiler = all("CxxCompiler" in why for why in failed)
    tell(missing="no C++ compiler for torch.compile: install g++" if compiler else "; ".join(failed))
    sys.exit()
_, label, threads, epoch = max(found, key=lambda entry: entry[0])
torch.set_num_threads(threads)
tried = {name: round(rate, 1) for rate, name, *_ in found}
take_turns(
    epoch, case["seconds"], version=f"torch {torch.__version__}", way=label, tried=tried, failed=failed
)
