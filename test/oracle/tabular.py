"""Records the tabular variational autoencoder in float64 with PyTorch's own distributions.

    pip install torch==2.13.0 numpy==2.4.6
    python test/oracle/tabular.py > test/oracle/recorded/tabular.json

From Xu et al., "Modeling tabular data using conditional GAN" (2019), sections 4.2 and 4.5: numbers
are mixtures of Gaussians by torch's MixtureSameFamily, z has a standard normal prior. Read by
test/oracle/tabular.test.ts.
"""

import torch
from torch.distributions import Bernoulli, Categorical, MixtureSameFamily, Normal, kl_divergence

from shared import HIDDEN, LATENT, MIXED, OBSERVED, ROWS, layer, record, run, write

PICTURES = torch.rand(ROWS, 3, 2)


def network(features, outputs):
    return {
        **layer("encoder.0", features, HIDDEN),
        **layer("encoder.code", HIDDEN, 2 * LATENT),
        **layer("decoder.0", LATENT, HIDDEN),
        **layer("decoder.output", HIDDEN, outputs),
    }


def shared(columns, modes, middle, spread):
    """Centres and log-widths of every column's modes, moved off where they start."""
    return {
        "modes.0.center": (middle + spread * torch.randn(columns, modes)).requires_grad_(),
        "modes.0.logWidth": (-1 + 0.5 * torch.randn(columns, modes)).requires_grad_(),
    }


def mixture(weights, raw, columns, modes, blur):
    """raw [..., 3 · columns · modes]: all weights, then all offsets, then all stretches."""
    logits, offset, stretch = raw.unflatten(-1, (3, columns, modes)).unbind(-3)
    width = torch.exp(weights["modes.0.logWidth"] + stretch / 2)
    mean = weights["modes.0.center"] + width * offset
    return MixtureSameFamily(Categorical(logits=logits), Normal(mean, torch.sqrt(width**2 + blur**2)))


def table(modes, beta, observed, target=None):
    weights = {**network(6, 2 * 3 * modes + 1 + 3), **shared(2, modes, 0, 1)}
    clean = MIXED if target is None else target

    def at(z):
        output = run(weights, "decoder", "output", z)
        numbers, flag, category = output.split([6 * modes, 1, 3], 1)
        return mixture(weights, numbers, 2, modes, 0.01), Bernoulli(logits=flag), Categorical(logits=category)

    def losses(z):
        numbers, flag, category = at(z)
        lost = -numbers.log_prob(clean[:, :2])
        return torch.cat(
            [
                lost if observed is None else lost * observed,
                -flag.log_prob(clean[:, 2:3]),
                -category.log_prob(clean[:, 3:].argmax(1))[:, None],
            ],
            1,
        )

    def means(z):
        numbers, flag, category = at(z)
        return torch.cat([numbers.mean, flag.probs, category.probs], 1)

    extra = {"observed": observed, **({} if target is None else {"target": target})}
    return whole(weights, MIXED, beta, losses, means, extra)


def pictures(modes):
    """Numbers in [0, 1] with axes: each channel has modes of its own, which all places share."""
    weights = {**network(6, 6 * 3 * modes), **shared(2, modes, 0.5, 0.3)}

    def at(z):
        output = run(weights, "decoder", "output", z).reshape(ROWS, 3, 2 * 3 * modes)
        return mixture(weights, output, 2, modes, 0.02)

    def losses(z):
        return -at(z).log_prob(PICTURES).flatten(1)

    return whole(weights, PICTURES, 1.0, losses, lambda z: at(z).mean.clamp(0, 1), {"observed": None})


def whole(weights, x, beta, losses, means, extra):
    mu, log_var = run(weights, "encoder", "code", x.flatten(1)).split(LATENT, 1)
    noise = torch.randn(ROWS, LATENT)
    posterior = Normal(mu, torch.exp(log_var / 2))
    prior = Normal(0.0, 1.0)
    z = mu + torch.exp(log_var / 2) * noise
    kl = kl_divergence(posterior, prior).sum(1)
    reconstruction = losses(z).sum(1)
    parts = losses(mu)
    return record(
        weights,
        {"reconstruction": reconstruction, "kl": kl},
        reconstruction + beta * kl,
        {
            "x": x,
            "draws": [noise],
            "divergence": kl,
            "logWeight": -reconstruction + (prior.log_prob(z) - posterior.log_prob(z)).sum(1),
            "code": mu,
            "decoded": means(mu),
            "score": parts.sum(1) + kl,
            "parts": parts,
            **extra,
        },
    )


CLEAN = torch.cat([MIXED[:, :2] + 0.3, 1 - MIXED[:, 2:3], MIXED[:, 3:].roll(1, 1)], 1)

write(
    {
        "tabular": table(10, 1.0, OBSERVED),
        "tabular.complete": table(10, 1.0, None),
        "tabular.modes": table(3, 1.0, OBSERVED),
        "tabular.one-mode": table(1, 1.0, OBSERVED),
        "tabular.beta": table(3, 0.5, OBSERVED),
        "tabular.pairs": table(3, 1.0, OBSERVED, CLEAN),
        "tabular.pictures": pictures(3),
    }
)
