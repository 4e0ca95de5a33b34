"""Records the vector-quantized autoencoder in float64, by PyTorch.

    cd test/oracle && python3 vector-quantized.py > recorded/vector-quantized.json

The book is a list of entries with their moving averages (van den Oord et al., 2017, appendix A.1);
nearest entries are found by measuring every distance. Read by test/oracle/vector-quantized.test.ts.
"""

import torch

from shared import LATENT, MIXED, OBSERVED, PIXELS, ROWS, means_mixed, network, parts_mixed, record, run, write

SMOOTHING = 1e-5


def entries(counts, sums):
    total = counts.sum()
    smoothed = (counts + SMOOTHING) / (total + len(counts) * SMOOTHING) * total
    return sums / smoothed[:, None]


def nearest(vectors, book):
    return torch.cdist(vectors, book, compute_mode="donot_use_mm_for_euclid_dist").argmin(1)


def vector_quantized(x, counts, sums, losses, means, commitment=0.25, decay=0.99, restart=0.05, observed=None):
    weights = network(6, LATENT)
    codes, dimension = sums.shape
    draws = torch.rand(codes)
    z = run(weights, "encoder", "code", x).reshape(-1, dimension)

    # What the loss sees: a book whose dead entries stand at vectors of the batch.
    live_counts, live_sums = counts.clone(), sums.clone()
    for k in range(codes):
        if counts[k] <= restart:
            pick = int(draws[k] * len(z))
            live_counts[k] = restart
            live_sums[k] = restart * z[pick].detach()
    book = entries(live_counts, live_sums)
    choice = nearest(z.detach(), book)
    e = book[choice]
    passed = (z + (e - z).detach()).reshape(ROWS, LATENT)
    reconstruction = losses(x, run(weights, "decoder", "output", passed)).sum(1)
    distance = ((z - e) ** 2).reshape(ROWS, LATENT).sum(1)

    # An even use of all entries counts 1.
    even = codes / len(z)
    next_counts, next_sums = decay * live_counts, decay * live_sums
    for vector, k in zip(z.detach(), choice):
        next_counts[k] += (1 - decay) * even
        next_sums[k] += (1 - decay) * even * vector

    known = entries(counts, sums)
    symbols = nearest(z.detach(), known)
    code = known[symbols].reshape(ROWS, LATENT)
    output = run(weights, "decoder", "output", code)
    parts = losses(x, output)
    return record(
        weights,
        {"reconstruction": reconstruction, "commitment": distance},
        reconstruction + commitment * distance,
        {
            "x": x,
            "observed": observed,
            "draws": [draws],
            "buffers": {"book.counts": counts, "book.sums": sums},
            "updates": {"book.counts": next_counts, "book.sums": next_sums},
            "code": code,
            "decoded": means(output),
            "score": parts.sum(1),
            "parts": parts,
            "symbols": symbols.reshape(ROWS, -1),
            "size": codes,
        },
    )


def mixed(x, output):
    return parts_mixed(lambda t, y: (t - y) ** 2, x, output, OBSERVED)


def book(counts, dimension):
    counts = torch.tensor(counts)
    return counts, counts[:, None] * 1.5 * torch.randn(len(counts), dimension)


def pixels(x, output):
    return (x - output) ** 2


def within(output):
    return output.clamp(0, 1)


FULL, SINGLE = ([0.7, 1.4, 0.3, 1.6], LATENT), ([0.5, 1.2, 0.9, 1.4, 1.0], 1)

families = {
    "vectors": vector_quantized(MIXED, *book(*FULL), mixed, means_mixed, observed=OBSERVED),
    "restarts": vector_quantized(MIXED, *book([1.9, 0.01, 1.4, 0.05], LATENT), mixed, means_mixed, observed=OBSERVED),
    "dimension": vector_quantized(PIXELS, *book(*SINGLE), pixels, within),
    "commitment": vector_quantized(PIXELS, *book(*SINGLE), pixels, within, commitment=0.6),
    "decay": vector_quantized(PIXELS, *book(*SINGLE), pixels, within, decay=0.8),
    "restart": vector_quantized(PIXELS, *book(*SINGLE), pixels, within, restart=0.95),
}

write(families)
