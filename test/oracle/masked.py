"""Records the masked family in float64, at fixed draws.

    pip install torch==2.13.0 numpy==2.4.6
    cd test/oracle && python3 masked.py > recorded/masked.json

Units are hidden row by row: those with the largest draws. For scores every unit is hidden in turn;
which are hidden together is the choice of the TypeScript (a shuffle by its own random numbers), so
the groups are written here as it makes them, and what is made of them is computed in plain loops.
Read by test/oracle/masked.test.ts.
"""

import torch

from shared import HIDDEN, LATENT, MIXED, OBSERVED, ROWS, layer, means_mixed, parts_mixed, record, run, write

GROUPS = {
    "columns": [[1], [2], [0]],
    "columns.ratio": [[1], [2], [0]],
    "patches": [[1], [4], [3], [0], [2], [5]],
    "patches.ratio": [[0, 1], [2, 4], [3, 5]],
    "patches.size": [[1], [2], [3], [0]],
}

# Mixed rows: the flag tells whether the second number is missing, so the two are one column.
MIXED_UNITS = [[0], [1, 2], [3, 4, 5]]
MIXED_PARTS = [[0], [1, 2], [3]]


def patches(height, width, channels, side):
    """Features of each patch, rows of patches first, those at the edge smaller."""
    return [
        [(y * width + x) * channels + c
         for y in range(top, min(top + side, height))
         for x in range(left, min(left + side, width))
         for c in range(channels)]
        for top in range(0, height, side)
        for left in range(0, width, side)
    ]


def case(x, observed, units, parts_of, hidden, groups, errors, means, shape=None):
    """`units`: the features of each; `parts_of`: the loss parts of each; `groups`: of the score."""
    features, count = x[0].numel(), len(units)
    # What tells the hidden: one number a unit, or a channel of the image.
    signs = count if shape is None else shape[0] * shape[1]
    weights = {
        **layer("encoder.0", features + signs, HIDDEN),
        **layer("encoder.code", HIDDEN, LATENT),
        **layer("decoder.0", LATENT, HIDDEN),
        **layer("decoder.output", HIDDEN, features),
    }
    flat = x.reshape(ROWS, features)

    def read(seen, shown):
        """What the encoder sees: features, and beside them how much each unit is shown, less 1."""
        if shape is None:
            return torch.cat([seen, shown - 1], 1)
        image = seen.reshape(-1, *shape)
        sign = torch.zeros(len(seen), shape[0], shape[1], 1)
        for unit, places in enumerate(units):
            for place in places:
                pixel = place // shape[2]
                sign[:, pixel // shape[1], pixel % shape[1], 0] = shown[:, unit] - 1
        return torch.cat([image, sign], 3).reshape(len(seen), -1)

    def rebuild(hide):
        """`hide` [rows, units], 1 for hidden."""
        seen, shown = flat.clone(), torch.zeros(ROWS, count)
        for row in range(ROWS):
            boost = count / (count - int(hide[row].sum()))
            for unit, places in enumerate(units):
                shown[row, unit] = 0.0 if hide[row, unit] else boost
                seen[row, places] = seen[row, places] * shown[row, unit]
        return run(weights, "decoder", "output", run(weights, "encoder", "code", read(seen, shown)))

    draws = torch.rand(ROWS, count)
    hide = torch.zeros(ROWS, count)
    for row in range(ROWS):
        hide[row, torch.argsort(draws[row], descending=True)[:hidden]] = 1
    each = errors(rebuild(hide))
    loss = torch.stack(
        [sum(each[row, parts_of[unit]].sum() for unit in range(count) if hide[row, unit]) for row in range(ROWS)]
    ) * (count / hidden)

    # The score: a group is hidden at a time, or all others where most are hidden.
    few = min(hidden, count - hidden)
    total, times = torch.zeros_like(each), torch.zeros(each.shape[1])
    for group in groups:
        away = group if hidden == few else [unit for unit in range(count) if unit not in group]
        turn = torch.zeros(ROWS, count)
        turn[:, away] = 1
        found = errors(rebuild(turn))
        for unit in away:
            total[:, parts_of[unit]] += found[:, parts_of[unit]]
            times[parts_of[unit]] += 1
    shares = total / times

    whole = read(flat, torch.ones(ROWS, count))
    code = run(weights, "encoder", "code", whole)
    return record(
        weights,
        {"reconstruction": loss},
        loss,
        {
            "x": x,
            "observed": observed,
            "draws": [draws],
            "code": code,
            "decoded": means(run(weights, "decoder", "output", code)).reshape(x.shape),
            "score": shares.sum(1),
            "parts": shares,
        },
    )


def table(hidden, groups):
    errors = lambda output: parts_mixed(lambda t, y: (t - y) ** 2, MIXED, output, OBSERVED)
    return case(MIXED, OBSERVED, MIXED_UNITS, MIXED_PARTS, hidden, groups, errors, means_mixed)


def image(height, width, channels, side, hidden, groups):
    x = torch.rand(ROWS, height, width, channels)
    units = patches(height, width, channels, side)
    errors = lambda output: (x.reshape(ROWS, -1) - output) ** 2
    return case(
        x, None, units, units, hidden, groups, errors, lambda output: output.clamp(0, 1), (height, width, channels)
    )


families = {
    # 0.3 of 3 columns is 1.
    "columns": table(1, GROUPS["columns"]),
    "columns.ratio": table(2, GROUPS["columns.ratio"]),
    # 2 × 3 patches of 2 × 2 in 4 × 5 pixels of 2 channels, of which 0.75 are 4 or 5; round(4.5) is 5.
    "patches": image(4, 5, 2, 2, 5, GROUPS["patches"]),
    "patches.ratio": image(4, 5, 2, 2, 2, GROUPS["patches.ratio"]),
    "patches.size": image(4, 5, 1, 3, 3, GROUPS["patches.size"]),
}

write(families)
