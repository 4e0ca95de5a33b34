"""The model and the training loop that a PyTorch user writes, held-out rows included."""

import copy
import math

import torch
from torch import nn


def prepare(threads):
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(0)


def network(features, hidden, latent):
    def layers(sizes):
        for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
            yield nn.Linear(inputs, outputs)
            if i < len(sizes) - 2:
                yield nn.SiLU()

    inwards = [features, *hidden, latent]
    return nn.Sequential(*layers(inwards), *layers(inwards[::-1]))


def fit(model, rows, loss, options):
    """Adam with a cosine schedule; the weights of the epoch that is best on held-out rows stay."""
    order = torch.randperm(len(rows))
    held = len(rows) // 10
    validation, training = rows[order[:held]], rows[order[held:]]
    adam = torch.optim.Adam(model.parameters(), lr=options.rate, fused=True)
    steps = options.epochs * math.ceil(len(training) / options.batch)
    warm_up = min(500, 0.05 * steps)

    def share(step):
        if step < warm_up:
            return (step + 1) / warm_up
        done = (step - warm_up) / (steps - warm_up)
        return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done))

    schedule = torch.optim.lr_scheduler.LambdaLR(adam, share)
    patience = max(10, math.ceil(options.epochs / 5))
    compute = torch.compile(loss) if options.compile else loss
    best, best_epoch, kept = math.inf, 0, None
    for epoch in range(options.epochs):
        model.train()
        for places in torch.randperm(len(training)).split(options.batch):
            value = compute(model, training[places])
            adam.zero_grad(set_to_none=True)
            value.backward()
            adam.step()
            schedule.step()
        model.eval()
        with torch.inference_mode():
            held_loss = sum(
                loss(model, part).item() * len(part) for part in validation.split(8192)
            ) / len(validation)
        if held_loss < best:
            best, best_epoch, kept = held_loss, epoch, copy.deepcopy(model.state_dict())
        elif epoch - best_epoch >= patience:
            break
    model.load_state_dict(kept)
    return best


def squared_error(model, x):
    return (model(x) - x).square().sum(1).mean()
