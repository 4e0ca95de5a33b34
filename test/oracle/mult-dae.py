"""Records the multinomial denoising autoencoder, in float64 by PyTorch.

    python test/oracle/mult-dae.py > test/oracle/recorded/mult-dae.json

Read by test/oracle/mult-dae.test.ts.
"""

import importlib

import torch

from shared import LATENT, network, record, run, write

vae = importlib.import_module("mult-vae")


def mult_dae():
    weights = network(6, LATENT)
    x = vae.COUNTS
    code = run(weights, "encoder", "code", 10 * torch.nn.functional.normalize(x, dim=1))
    logits = run(weights, "decoder", "output", code)
    parts = vae.shares(x, logits)
    loss = parts.sum(1)
    return record(
        weights,
        {"reconstruction": loss},
        loss,
        {"x": x, "code": code, "decoded": torch.log_softmax(logits, 1), "score": loss, "parts": parts},
    )


if __name__ == "__main__":
    write({"default": mult_dae()})
