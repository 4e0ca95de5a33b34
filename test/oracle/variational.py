"""Records the options of the variational family in float64; its plain forms are in model_values.py.

    cd test/oracle && python3 variational.py > recorded/variational.json

Written from the papers that src/families/variational.ts names. The importance-weighted bound is
differentiated as it stands; the terms it is shown as are computed beside it.
"""

import math

import torch
from torch.distributions import Normal, kl_divergence

from shared import LATENT, MIXED, OBSERVED, PIXELS, ROWS, grey, means_mixed, network, parts_mixed, record, run, write

SIGMA = 0.7


def mixed(x, output, observed=OBSERVED):
    return parts_mixed(lambda t, y: -Normal(y, SIGMA).log_prob(t), x, output, observed)


class Model:
    """A network, one draw of noise for each row and sample, and what follows from them."""

    def __init__(self, x, parts, means, samples=1, target=None):
        self.x, self.parts_of, self.means, self.samples = x, parts, means, samples
        self.target = x if target is None else target
        self.weights = network(6, 2 * LATENT)
        self.mu, self.log_var = run(self.weights, "encoder", "code", x).split(LATENT, 1)
        self.posterior = Normal(self.mu, torch.exp(self.log_var / 2))
        self.noise = torch.randn(samples, ROWS, LATENT)
        self.z = self.mu + torch.exp(self.log_var / 2) * self.noise
        self.kl = kl_divergence(self.posterior, Normal(0.0, 1.0))

    def errors(self, z):
        """−log p(x | z), a row."""
        return self.parts_of(self.target, run(self.weights, "decoder", "output", z)).sum(1)

    def rest(self):
        at_mean = run(self.weights, "decoder", "output", self.mu)
        parts = self.parts_of(self.target, at_mean)
        return {
            "x": self.x,
            "observed": OBSERVED if self.x is MIXED else None,
            "draws": [self.noise.reshape(-1, LATENT)],
            "divergence": self.kl.sum(1),
            "code": self.mu,
            "decoded": self.means(at_mean),
            "score": parts.sum(1) + self.kl.sum(1),
            "parts": parts,
        }

    def log_weights(self):
        """log p(x | z) + log p(z) − log q(z | x) for every sample and row."""
        prior = Normal(0.0, 1.0).log_prob(self.z).sum(2)
        drawn = self.posterior.log_prob(self.z).sum(2)
        return torch.stack([-self.errors(z) for z in self.z]) + prior - drawn


def plain_case(model, extra_terms, weighted):
    reconstruction = model.errors(model.z[0])
    return record(
        model.weights,
        {"reconstruction": reconstruction, "kl": model.kl.sum(1), **extra_terms},
        reconstruction + weighted,
        {**model.rest(), "logWeight": model.log_weights()[0]},
    )


def beta(value):
    model = Model(MIXED, mixed, means_mixed)
    return plain_case(model, {}, value * model.kl.sum(1))


def capacity(gamma, nats):
    model = Model(MIXED, mixed, means_mixed)
    away = torch.abs(model.kl.sum(1).mean() - nats)
    return plain_case(model, {"capacity": away}, gamma * away)


def free_bits(value, beta):
    model = Model(PIXELS, grey, torch.sigmoid)
    means = model.kl.mean(0)
    assert means.min() < value < means.max(), means
    counted = torch.maximum(torch.tensor(value), means).sum()
    return plain_case(model, {"freeBits": counted - means.sum()}, beta * counted)


def total_correlation(weight, beta):
    model = Model(MIXED, mixed, means_mixed)
    z = model.z[0]
    rows = []
    for i in range(ROWS):
        each = torch.stack(
            [Normal(model.mu[k], torch.exp(model.log_var[k] / 2)).log_prob(z[i]) for k in range(ROWS)]
        )
        joint = torch.logsumexp(each.sum(1), 0) - math.log(ROWS)
        marginals = (torch.logsumexp(each, 0) - math.log(ROWS)).sum()
        rows.append(joint - marginals)
    correlation = torch.stack(rows)
    return plain_case(
        model, {"totalCorrelation": correlation}, beta * model.kl.sum(1) + weight * correlation
    )


def importance(samples, x, parts, means, target=None):
    model = Model(x, parts, means, samples, target)
    log_weights = model.log_weights()
    bound = torch.logsumexp(log_weights, 0) - math.log(samples)
    shares = torch.softmax(log_weights, 0).detach()
    errors = torch.stack([model.errors(z) for z in model.z])
    reconstruction = (shares * errors).sum(0)
    kl = (shares * (-log_weights - errors)).sum(0)
    return record(
        model.weights,
        {
            "reconstruction": reconstruction,
            "kl": kl,
            "importance": -bound - reconstruction - kl,
        },
        -bound,
        {**model.rest(), **({} if target is None else {"target": target})},
    )


families = {
    "beta": beta(0.5),
    "capacity.above": capacity(30.0, 0.25),
    "capacity.below": capacity(100.0, 50.0),
    "freeBits": free_bits(3.0, 0.5),
    "totalCorrelation": total_correlation(1.7, 2.0),
    "samples": importance(3, MIXED, mixed, means_mixed),
    "samples.bernoulli": importance(4, PIXELS, grey, torch.sigmoid, torch.rand(ROWS, 6)),
}

write(families)
