"""Records the multinomial variational autoencoder, in float64 by PyTorch.

    python test/oracle/mult-vae.py > test/oracle/recorded/mult-vae.json

Liang et al. (2018): the likelihood is torch.distributions.Multinomial without the part that counts
orders, the KL torch's own. Read by test/oracle/mult-vae.test.ts.
"""

import torch
from torch.distributions import Normal, kl_divergence

from shared import LATENT, ROWS, network, record, run, write

COUNTS = torch.tensor(
    [
        [1.0, 0.0, 1.0, 0.0, 0.0, 1.0],
        [0.0, 1.0, 0.0, 0.0, 0.0, 0.0],
        [1.0, 1.0, 1.0, 1.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, 1.0, 1.0],
        [3.0, 0.0, 0.5, 0.0, 0.0, 2.0],
    ]
)
TARGET = COUNTS.flip(1)


def shares(counts, logits):
    return -counts * torch.nn.functional.log_softmax(logits, 1)


def mult_vae(beta, target):
    weights = network(6, 2 * LATENT)
    mu, log_var = run(
        weights, "encoder", "code", 10 * torch.nn.functional.normalize(COUNTS, dim=1)
    ).split(LATENT, 1)
    noise = torch.randn(ROWS, LATENT)
    kl = kl_divergence(Normal(mu, torch.exp(log_var / 2)), Normal(0.0, 1.0)).sum(1)
    wanted = COUNTS if target is None else target
    drawn = run(weights, "decoder", "output", mu + torch.exp(log_var / 2) * noise)
    reconstruction = shares(wanted, drawn).sum(1)
    at_mean = run(weights, "decoder", "output", mu)
    parts = shares(wanted, at_mean)
    return record(
        weights,
        {"reconstruction": reconstruction, "kl": kl},
        reconstruction + beta * kl,
        {
            "x": COUNTS,
            **({} if target is None else {"target": target}),
            "draws": [noise],
            "code": mu,
            "decoded": torch.log_softmax(at_mean, 1),
            "score": parts.sum(1) + beta * kl,
            "parts": parts,
            "divergence": kl,
        },
    )


if __name__ == "__main__":
    write({"default": mult_vae(0.2, None), "beta": mult_vae(1.5, None), "held out": mult_vae(0.2, TARGET)})
