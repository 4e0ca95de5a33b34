"""Records the tabular variational autoencoder in float64 with PyTorch's own distributions.

    pip install torch==2.13.0 numpy==2.4.6
    python test/oracle/tabular.py > test/oracle/recorded/tabular.json

From Xu et al., "Modeling tabular data using conditional GAN" (2019), sections 4.2 and 4.5: numbers
are mixtures of Gaussians by torch's MixtureSameFamily, z has a standard normal prior. Rows are
drawn by a masked network of Germain et al., "MADE" (2015), here written as a loop over variables, each
of which sees only those before it. Read by test/oracle/tabular.test.ts.
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


UNITS, KEPT = 128, 0.8
# In the user's order: the category, the first number with its flag, the second number.
SIZES = [3, 3 + 1, 2]
FIRST = [(-4.0, -0.6), (-0.4, -0.4), (0.1, 4.0)]
SECOND = [(-4.0, 0.0), (0.2, 5.0)]


def row_weights():
    slots = sum(SIZES)
    shapes = {
        "in.weight": (slots, UNITS),
        "out.weight": (UNITS, slots),
        "context.weight": (LATENT, UNITS),
        "context.bias": (UNITS,),
        "base.weight": (LATENT, slots),
        "base.bias": (slots,),
    }
    return {f"row.{name}": (0.3 * torch.randn(*shape)).requires_grad_() for name, shape in shapes.items()}


def bin_of(value, bins):
    """The bin nearest to a value."""
    away = [max(low - value, value - high, 0.0) for low, high in bins]
    return away.index(min(away))


def row_loss(weights, z, clean, uniform):
    """-log p of each row; what the network learns is not told to the code."""
    z = z.detach()
    values = torch.zeros(ROWS, sum(SIZES))
    chosen = torch.zeros(ROWS, len(SIZES), dtype=torch.long)
    for row in range(ROWS):
        first, second, flag = clean[row, 0].item(), clean[row, 1].item(), clean[row, 2].item()
        chosen[row, 0] = clean[row, 3:].argmax()
        chosen[row, 1] = len(FIRST) if flag == 1 else bin_of(first, FIRST)
        chosen[row, 2] = bin_of(second, SECOND)
    starts = [sum(SIZES[:i]) for i in range(len(SIZES))]
    for i, start in enumerate(starts):
        values[torch.arange(ROWS), start + chosen[:, i]] = 1
    sees = [unit * len(SIZES) // UNITS for unit in range(UNITS)]
    hidden = []
    for unit, count in enumerate(sees):
        seen = sum(SIZES[:count])
        total = values[:, :seen] @ weights["row.in.weight"][:seen, unit]
        total = total + z @ weights["row.context.weight"][:, unit] + weights["row.context.bias"][unit]
        hidden.append(torch.nn.functional.silu(total))
    hidden = torch.stack(hidden, 1) * (uniform > 1 - KEPT) / KEPT
    loss = torch.zeros(ROWS)
    for i, (start, size) in enumerate(zip(starts, SIZES)):
        units = [unit for unit, count in enumerate(sees) if count <= i]
        here = slice(start, start + size)
        logits = z @ weights["row.base.weight"][:, here] + weights["row.base.bias"][here]
        logits = logits + hidden[:, units] @ weights["row.out.weight"][units, here]
        loss = loss - Categorical(logits=logits).log_prob(chosen[:, i])
    return loss


def table(modes, beta, observed, target=None, rows=False):
    weights = {
        **network(6, 2 * 3 * modes + 1 + 3),
        **shared(2, modes, 0, 1),
        **(row_weights() if rows else {}),
    }
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
    row = (lambda z, uniform: row_loss(weights, z, clean, uniform)) if rows else None
    return whole(weights, MIXED, beta, losses, means, extra, row)


def pictures(modes):
    """Numbers in [0, 1] with axes: each channel has modes of its own, which all places share."""
    weights = {**network(6, 6 * 3 * modes), **shared(2, modes, 0.5, 0.3)}

    def at(z):
        output = run(weights, "decoder", "output", z).reshape(ROWS, 3, 2 * 3 * modes)
        return mixture(weights, output, 2, modes, 0.02)

    def losses(z):
        return -at(z).log_prob(PICTURES).flatten(1)

    return whole(weights, PICTURES, 1.0, losses, lambda z: at(z).mean.clamp(0, 1), {"observed": None})


def whole(weights, x, beta, losses, means, extra, row=None):
    mu, log_var = run(weights, "encoder", "code", x.flatten(1)).split(LATENT, 1)
    noise = torch.randn(ROWS, LATENT)
    posterior = Normal(mu, torch.exp(log_var / 2))
    prior = Normal(0.0, 1.0)
    z = mu + torch.exp(log_var / 2) * noise
    kl = kl_divergence(posterior, prior).sum(1)
    reconstruction = losses(z).sum(1)
    parts = losses(mu)
    uniform = None if row is None else torch.rand(ROWS, UNITS)
    drawn = torch.zeros(()) if row is None else row(z, uniform)
    return record(
        weights,
        {"reconstruction": reconstruction, "kl": kl, "row": drawn},
        reconstruction + beta * kl + drawn,
        {
            "x": x,
            "draws": [noise] if row is None else [noise, uniform],
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
        "tabular.rows": table(3, 1.0, OBSERVED, rows=True),
        "tabular.rows.pairs": table(3, 0.5, None, CLEAN, rows=True),
    }
)
