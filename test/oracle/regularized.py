"""Records the regularized deterministic autoencoder in float64, by PyTorch.

    cd test/oracle && python3 regularized.py > recorded/regularized.json

`slope` is the squared Frobenius norm of the decoder's whole Jacobian, of which the penalty is an
estimate. Read by test/oracle/regularized.test.ts.
"""

import torch

from shared import LATENT, MIXED, OBSERVED, PIXELS, ROWS, means_mixed, network, parts_mixed, record, run, write


def l2(weights, _z, _output, _draw):
    return sum((weights[name] ** 2).sum() for name in ["decoder.0.weight", "decoder.output.weight"])


def gradient(_weights, z, output, draw):
    rows = [
        torch.autograd.grad((output[i] * draw[i]).sum(), z, create_graph=True)[0][i] for i in range(ROWS)
    ]
    return (torch.stack(rows) ** 2).sum(1)


def none(_weights, _z, _output, _draw):
    return torch.zeros(())


def slope(weights, z):
    """‖∂D(z)/∂z‖²_F a row, from the Jacobian itself."""
    decode = lambda code: run(weights, "decoder", "output", code)
    return torch.stack([(torch.autograd.functional.jacobian(decode, row) ** 2).sum() for row in z.detach()])


def regularized(x, losses, means, penalty, beta, weight, observed=None):
    weights = network(6, LATENT)
    z = run(weights, "encoder", "code", x)
    output = run(weights, "decoder", "output", z)
    draw = torch.randn(ROWS, 6)
    parts = losses(x, output)
    reconstruction = parts.sum(1)
    length = (z**2).sum(1) / 2
    smooth = penalty(weights, z, output, draw)
    return record(
        weights,
        {"reconstruction": reconstruction, "latent": length, "penalty": smooth},
        reconstruction + beta * length + weight * smooth,
        {
            "x": x,
            "observed": observed,
            "draws": [draw] if penalty is gradient else [],
            "code": z,
            "decoded": means(output),
            "score": reconstruction + beta * length,
            "parts": parts,
            "slope": slope(weights, z),
        },
    )


def mixed(x, output):
    return parts_mixed(lambda t, y: (t - y) ** 2, x, output, OBSERVED)


def pixels(x, output):
    return (x - output) ** 2


def within(output):
    return output.clamp(0, 1)


families = {
    "l2": regularized(MIXED, mixed, means_mixed, l2, 0.01, 1e-3, observed=OBSERVED),
    "gradient": regularized(MIXED, mixed, means_mixed, gradient, 0.01, 1e-2, observed=OBSERVED),
    "none": regularized(PIXELS, pixels, within, none, 0.01, 0.0),
    "weighed": regularized(PIXELS, pixels, within, gradient, 0.5, 0.7),
}

write(families)
