"""Records the denoising family in float64, each corruption at fixed draws.

    pip install torch==2.13.0 numpy==2.4.6
    cd test/oracle && python3 denoising.py > recorded/denoising.json

Rows are damaged cell by cell in plain loops. Read by test/oracle/denoising.test.ts.
"""

import torch

from shared import LATENT, MIXED, OBSERVED, PIXELS, ROWS, means_mixed, network, one_hot, parts_mixed, record, run, write

# Mixed rows have 4 parts: two numbers, a flag, a category in features 3 to 5.
CATEGORY = 3


def mask(x, hits, mixed):
    damaged = x.clone()
    for row in range(ROWS):
        for part in range(hits.shape[1]):
            if hits[row, part]:
                if mixed and part == CATEGORY:
                    damaged[row, CATEGORY:] = 0
                else:
                    damaged[row, part] = 0
    return damaged


def salt_and_pepper(x, hits, coins, mixed):
    damaged = x.clone()
    for row in range(ROWS):
        for part in range(hits.shape[1]):
            if not hits[row, part]:
                continue
            coin = coins[row, part].item()
            if mixed and part == CATEGORY:
                now = int(x[row, CATEGORY:].argmax())
                others = [(now + step) % 3 for step in (1, 2)]
                damaged[row, CATEGORY:] = one_hot([others[int(coin * 2)]], 3)[0]
            elif mixed and part == 2:
                damaged[row, part] = 1 - x[row, part]
            elif mixed:
                damaged[row, part] = 2.0 if coin > 0.5 else -2.0
            else:
                damaged[row, part] = 1.0 if coin > 0.5 else 0.0
    return damaged


def errors(clean, output, mixed):
    if mixed:
        return parts_mixed(lambda t, y: (t - y) ** 2, clean, output, OBSERVED)
    return (clean - output) ** 2


def case(x, damaged, draws, target=None):
    mixed = x is not PIXELS
    clean = x if target is None else target
    weights = network(6, LATENT)
    rebuild = lambda rows: run(weights, "decoder", "output", run(weights, "encoder", "code", rows))
    loss = errors(clean, rebuild(damaged), mixed).sum(1)
    plain = rebuild(x)
    parts = errors(clean, plain, mixed)
    return record(
        weights,
        {"reconstruction": loss},
        loss,
        {
            "x": x,
            "observed": OBSERVED if mixed else None,
            **({} if target is None else {"target": target}),
            "draws": draws,
            "code": run(weights, "encoder", "code", x),
            "decoded": means_mixed(plain) if mixed else plain.clamp(0, 1),
            "score": parts.sum(1),
            "parts": parts,
        },
    )


def masking(x, level):
    draws = torch.rand(ROWS, 4 if x is not PIXELS else 6)
    return case(x, mask(x, draws < level, x is not PIXELS), [draws])


def gaussian(x, level, target=None):
    noise = torch.randn(ROWS, 6)
    noisy = x + level * noise
    return case(x, noisy.clamp(0, 1) if x is PIXELS else noisy, [noise], target)


def extremes(x, level):
    mixed = x is not PIXELS
    draws, coins = torch.rand(2, ROWS, 4 if mixed else 6)
    return case(x, salt_and_pepper(x, draws < level, coins, mixed), [draws, coins])


NOISY = torch.cat([MIXED[:, :2] + 0.5 * torch.randn(ROWS, 2), MIXED[:, 2:]], 1)

families = {
    "masking": masking(MIXED, 0.25),
    "masking.level": masking(MIXED, 0.6),
    "masking.pixels": masking(PIXELS, 0.25),
    "gaussian": gaussian(MIXED, 0.3),
    "gaussian.level": gaussian(PIXELS, 1.2),
    "salt-and-pepper": extremes(MIXED, 0.1),
    "salt-and-pepper.level": extremes(MIXED, 0.7),
    "salt-and-pepper.pixels": extremes(PIXELS, 0.5),
    "none": case(MIXED, MIXED, []),
    "pairs": case(NOISY, NOISY, [], MIXED),
    "pairs.gaussian": gaussian(NOISY, 0.3, MIXED),
}

write(families)
