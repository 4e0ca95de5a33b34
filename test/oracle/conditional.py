"""Records conditional variational autoencoders in float64.

    cd test/oracle && python3 conditional.py > recorded/conditional.json

Encoder and decoder read the one-hot label after the features and the code. Samples with positions
have a further channel instead, a learned plane for each label.
"""

import torch
from torch.distributions import Normal, kl_divergence

from shared import HIDDEN, LATENT, MIXED, OBSERVED, PIXELS, ROWS, grey, layer, means_mixed, one_hot, parts_mixed, record, run, write

LABEL = one_hot([1, 0, 2, 2, 1], 3)
CLASSES = 3


def beside(weights, x):
    """What the encoder reads, flat."""
    if x.dim() == 2:
        return torch.cat([x, LABEL], 1)
    plane = (LABEL @ weights["label.weight"]).reshape(*x.shape[:-1], 1)
    return torch.cat([x, plane], -1).reshape(ROWS, -1)


def case(x, observed, beta, losses, means, extra_weights):
    features = x[0].numel()
    read = beside(extra_weights, x)
    weights = {
        **layer("encoder.0", read.shape[1], HIDDEN),
        **layer("encoder.code", HIDDEN, 2 * LATENT),
        **layer("decoder.0", LATENT + CLASSES, HIDDEN),
        **layer("decoder.output", HIDDEN, features),
        **extra_weights,
    }
    flat = x.reshape(ROWS, features)
    mu, log_var = run(weights, "encoder", "code", read).split(LATENT, 1)
    noise = torch.randn(ROWS, LATENT)
    posterior = Normal(mu, torch.exp(log_var / 2))
    z = mu + torch.exp(log_var / 2) * noise
    kl = kl_divergence(posterior, Normal(0.0, 1.0)).sum(1)

    def decode(code):
        return run(weights, "decoder", "output", torch.cat([code, LABEL], 1))

    reconstruction = losses(weights, flat, decode(z)).sum(1)
    parts = losses(weights, flat, decode(mu))
    prior = Normal(0.0, 1.0).log_prob(z).sum(1)
    return record(
        weights,
        {"reconstruction": reconstruction, "kl": kl},
        reconstruction + beta * kl,
        {
            "x": x,
            "observed": observed,
            "label": LABEL,
            "draws": [noise],
            "divergence": kl,
            "logWeight": -reconstruction + prior - posterior.log_prob(z).sum(1),
            "code": mu,
            "decoded": means(decode(mu)).reshape(x.shape),
            "score": parts.sum(1) + kl,
            "parts": parts,
        },
    )


def learned(weights, x, output):
    deviation = torch.exp(weights["variance.log"] * 20 / 2)
    return parts_mixed(lambda t, y: -Normal(y, deviation).log_prob(t), x, output, OBSERVED)


def fixed(_weights, x, output):
    return parts_mixed(lambda t, y: -Normal(y, 0.4).log_prob(t), x, output, OBSERVED)


def bernoulli(_weights, x, output):
    return grey(x, output)


families = {
    "learned": case(
        MIXED, OBSERVED, 1.0, learned, means_mixed, {"variance.log": torch.tensor([0.02, -0.03], requires_grad=True)}
    ),
    "fixed": case(MIXED, OBSERVED, 0.5, fixed, means_mixed, {}),
    "bernoulli": case(PIXELS, None, 1.0, bernoulli, torch.sigmoid, {}),
    "positions": case(PIXELS.reshape(ROWS, 2, 3), None, 1.0, bernoulli, torch.sigmoid, {"label.weight": torch.randn(CLASSES, 2, requires_grad=True)}),
}

write(families)
