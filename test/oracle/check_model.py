"""Runs models in Python's onnxruntime, after onnx's own checker, and compares with what Node gave.

    python3 check_model.py CASE.json ...

A case: {"model": path, "inputs": {name: {"dtype", "shape", "data"}}, "outputs": {…}}; NaN is
"NaN". Prints one JSON object a case: {"opset": n, "worst": {output: number}, "texts": {output:
number of texts that differ}}.

`worst` is the largest |got − expected| / max(|expected|, scale) over an output, where scale is
the root mean square of the expected output: numbers that come out small only because large ones
cancelled are judged by the size of the whole output. Missing values must be missing on both sides.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime


def array(held):
    dtype, shape = held["dtype"], held["shape"]
    if dtype == "string":
        return np.array(held["data"], dtype=object).reshape(shape)
    return np.array([float(x) for x in held["data"]]).astype(dtype).reshape(shape)


def largest_difference(got, expected):
    got, expected = got.astype(np.float64), expected.astype(np.float64)
    if got.shape != expected.shape or (np.isnan(got) != np.isnan(expected)).any():
        return float("inf")
    there = ~np.isnan(expected)
    got, expected = got[there], expected[there]
    if got.size == 0:
        return 0.0
    scale = np.sqrt(np.mean(expected**2))
    size = np.maximum(np.abs(expected), scale)
    return float(np.max(np.abs(got - expected) / np.where(size == 0, 1, size)))


def check(case):
    model = onnx.load(case["model"])
    onnx.checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        case["model"], options, providers=["CPUExecutionProvider"]
    )
    feeds = {name: array(held) for name, held in case["inputs"].items()}
    names = [output.name for output in session.get_outputs()]
    expected = {name: array(held) for name, held in case["outputs"].items()}
    if sorted(names) != sorted(expected):
        raise SystemExit(f"outputs {names}, expected {list(expected)}")
    worst, texts = {}, {}
    for name, got in zip(names, session.run(names, feeds)):
        if got.dtype == object:
            texts[name] = int((got != expected[name]).sum())
        else:
            worst[name] = largest_difference(got, expected[name])
    return {
        "opset": {entry.domain: entry.version for entry in model.opset_import},
        "worst": worst,
        "texts": texts,
    }


for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        print(json.dumps(check(json.load(file))))
