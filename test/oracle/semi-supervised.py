"""Records semi-supervised variational autoencoders (M2) in float64, row by row and label by label.

    cd test/oracle && python3 semi-supervised.py > recorded/semi-supervised.json

Kingma et al. (2014): rows with a label by equation 6, the others by equation 7, and the loss is
equation 9 divided by the number of rows.
"""

import math

import torch
from torch.distributions import Categorical, Normal, kl_divergence

from shared import HIDDEN, LATENT, MIXED, OBSERVED, PIXELS, ROWS, grey, layer, means_mixed, one_hot, parts_mixed, record, run, write

CLASSES = 3
KNOWN = [1, None, 2, None, 0]
LABEL = torch.stack([torch.zeros(CLASSES) if y is None else one_hot([y], CLASSES)[0] for y in KNOWN])


def case(x, observed, beta, alpha, losses, means, extra_weights, label=LABEL, known=KNOWN):
    weights = {
        **layer("encoder.0", 6 + CLASSES, HIDDEN),
        **layer("encoder.code", HIDDEN, 2 * LATENT),
        **layer("decoder.0", LATENT + CLASSES, HIDDEN),
        **layer("decoder.output", HIDDEN, 6),
        **layer("classifier.0", 6, HIDDEN),
        **layer("classifier.code", HIDDEN, CLASSES),
        **extra_weights,
    }
    noise = torch.randn(CLASSES, ROWS, LATENT)
    guess = Categorical(logits=run(weights, "classifier", "code", x))
    named = [i for i in range(ROWS) if known[i] is not None]

    def at(y):
        """Everything about all rows if their label were y."""
        labels = one_hot([y] * ROWS, CLASSES)
        mu, log_var = run(weights, "encoder", "code", torch.cat([x, labels], 1)).split(LATENT, 1)
        posterior = Normal(mu, torch.exp(log_var / 2))
        z = mu + torch.exp(log_var / 2) * noise[y]

        def decode(code):
            return run(weights, "decoder", "output", torch.cat([code, labels], 1))

        kl = kl_divergence(posterior, Normal(0.0, 1.0))
        error = losses(weights, x, decode(z)).sum(1)
        prior = Normal(0.0, 1.0).log_prob(z).sum(1)
        return {
            "mu": mu,
            "error": error,
            "kl": kl,
            "decoded": decode(mu),
            "parts": losses(weights, x, decode(mu)),
            "logWeight": -error + prior - posterior.log_prob(z).sum(1) - math.log(CLASSES),
        }

    every = [at(y) for y in range(CLASSES)]

    def mixed(name, i):
        """What counts for row i: its label's, or the mean under q(y | x)."""
        if known[i] is not None:
            return every[known[i]][name][i]
        return sum(guess.probs[i, y] * every[y][name][i] for y in range(CLASSES))

    def rows(f):
        return torch.stack([f(i) for i in range(ROWS)])

    reconstruction = rows(lambda i: mixed("error", i))
    kl = rows(lambda i: mixed("kl", i))
    entropy = rows(lambda i: guess.entropy()[i] if known[i] is None else torch.tensor(0.0))
    label_term = math.log(CLASSES) - entropy
    wrong = [-guess.logits[i, known[i]] for i in named]
    classification = torch.stack(wrong).mean() if wrong else torch.tensor(0.0)
    parts = rows(lambda i: mixed("parts", i))
    likeliest = [guess.probs[i].argmax().item() if known[i] is None else known[i] for i in range(ROWS)]
    code = rows(lambda i: every[likeliest[i]]["mu"][i])
    read = run(weights, "decoder", "output", torch.cat([code, label], 1))
    log_weight = rows(
        lambda i: torch.logsumexp(torch.stack([every[y]["logWeight"][i] for y in range(CLASSES)]), 0)
        if known[i] is None
        else every[known[i]]["logWeight"][i]
    )
    return record(
        weights,
        {
            "reconstruction": reconstruction,
            "kl": kl.sum(1),
            "label": label_term,
            "classification": classification,
        },
        reconstruction + beta * kl.sum(1) + label_term + alpha * classification,
        {
            "x": x,
            "observed": observed,
            "label": label,
            "draws": [noise.reshape(-1, LATENT)],
            "divergence": kl.sum(1),
            "logWeight": log_weight,
            "classes": guess.probs,
            "code": code,
            # The code is read with the label as it was given: all zeros where it was not.
            "decoded": means(read),
            "score": parts.sum(1) + kl.sum(1) + label_term,
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


ALL = [1, 0, 2, 2, 0]
families = {
    "learned": case(
        MIXED, OBSERVED, 1.0, ALPHA := 10.0, learned, means_mixed,
        {"variance.log": torch.tensor([0.02, -0.03], requires_grad=True)},
    ),
    "fixed": case(MIXED, OBSERVED, 0.5, 3.0, fixed, means_mixed, {}),
    "bernoulli": case(PIXELS, None, 1.0, ALPHA, bernoulli, torch.sigmoid, {}),
    "labelled": case(PIXELS, None, 1.0, 2.0, bernoulli, torch.sigmoid, {}, one_hot(ALL, CLASSES), ALL),
    "unlabelled": case(
        PIXELS, None, 1.0, ALPHA, bernoulli, torch.sigmoid, {}, torch.zeros(ROWS, CLASSES), [None] * ROWS
    ),
}

write(families)
