"""Records what PyTorch computes in float64: ops, layers, losses and optimizers.

    pip install torch==2.13.0
    python test/oracle/torch_values.py > test/oracle/recorded/torch-values.json

Each case has inputs, the output, and the gradients of sum(output * weights) with respect to
every input that has one. Read by test/oracle/torch-values.test.ts.
"""

import json
import math
import sys

import torch
import torch.nn.functional as F

torch.manual_seed(1)
torch.set_default_dtype(torch.float64)


def plain(x):
    """Numbers as JSON knows them; the others as the text JavaScript reads back."""
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(value) for value in x]
    if isinstance(x, torch.Tensor):
        return {"shape": list(x.shape), "data": plain(x.detach().reshape(-1).tolist())}
    if isinstance(x, float) and not math.isfinite(x):
        return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
    return x


def case(compute, inputs, fixed=()):
    """`fixed` are the places of inputs that are not differentiated."""
    inputs = [x.clone() for x in inputs]
    for i, x in enumerate(inputs):
        x.requires_grad_(i not in fixed)
    output = compute(*inputs)
    weights = torch.cos(torch.arange(output.numel()) + 0.5).reshape(output.shape)
    (output * weights).sum().backward()
    gradients = [None if x.grad is None else x.grad for x in inputs]
    return {
        "inputs": list(inputs),
        "output": output,
        "weights": weights,
        "gradients": gradients,
    }


def draw(*shape):
    return torch.randn(*shape)


def listed(*values):
    return torch.tensor(values)


# Kinks and ends: where a gradient is a convention, ours is PyTorch's.
EDGES = listed(0.0, 1.0, -1.0, 30.0, -30.0, 700.0, -700.0, 1e-12)

ops = {}
POINTWISE = {
    "exp": torch.exp,
    "abs": torch.abs,
    "sin": torch.sin,
    "cos": torch.cos,
    "sinh": torch.sinh,
    "asinh": torch.asinh,
    "erf": torch.erf,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softplus": F.softplus,
    "relu": torch.relu,
    "leakyRelu": F.leaky_relu,
    "elu": F.elu,
    "silu": F.silu,
    "gelu": F.gelu,
    "square": torch.square,
    "clip": lambda x: torch.clamp(x, -1.0, 1.0),
    "squarePower": lambda x: x**2,
}
# F.softplus turns linear above 20, by 2e-9.
FINITE = {"exp": 5, "sinh": 5, "softplus": 3}
for name, f in POINTWISE.items():
    ops[name] = case(f, [draw(2, 3)])
    edges = EDGES[: FINITE.get(name, len(EDGES))]
    if name == "softplus":
        ops[name + "Edges"] = case(torch.nn.Softplus(threshold=1e9), [edges])
    else:
        ops[name + "Edges"] = case(f, [edges])
for name, f in {"log": torch.log, "sqrt": torch.sqrt, "reciprocal": torch.reciprocal}.items():
    ops[name] = case(f, [draw(2, 3).abs() + 0.1])
ops["sqrtEdges"] = case(torch.sqrt, [listed(0.0, 1e-12, 1e12)])
ops["add"] = case(torch.add, [draw(2, 3), draw(3)])
ops["sub"] = case(torch.sub, [draw(2, 1), draw(3)])
ops["mul"] = case(torch.mul, [draw(2, 3), draw(2, 1)])
ops["div"] = case(torch.div, [draw(2, 3), draw(3).abs() + 0.5])
ops["pow"] = case(torch.pow, [draw(2, 3).abs() + 0.1, draw(3)])
ops["powEdges"] = case(torch.pow, [listed(0.0, 0.0, 1.0, 4.0), listed(2.0, 1.5, -3.0, 0.5)])
TIES = [listed(1.0, 2.0, 0.0, -3.0), listed(1.0, 1.0, 0.0, 3.0)]
ops["max"] = case(torch.maximum, [draw(2, 3), draw(3)])
ops["maxTies"] = case(torch.maximum, TIES)
ops["min"] = case(torch.minimum, [draw(2, 3), draw(3)])
ops["minTies"] = case(torch.minimum, TIES)
ops["sum"] = case(lambda x: x.sum(1), [draw(2, 3, 2)])
ops["mean"] = case(lambda x: x.mean((0, 2), keepdim=True), [draw(2, 3, 2)])
ops["sumOfSquares"] = case(lambda x: (x**2).sum(1), [draw(2, 3)])
ops["largest"] = case(lambda x: x.amax(1), [draw(2, 3)])
ops["largestTies"] = case(lambda x: x.amax(0), [listed(2.0, 1.0, 2.0, 2.0)])
ops["smallest"] = case(lambda x: x.amin(1), [draw(2, 3)])
ops["softmax"] = case(lambda x: F.softmax(x, 1), [draw(2, 3, 2)])
ops["softmaxEdges"] = case(lambda x: F.softmax(x, 0), [EDGES])
ops["logSoftmax"] = case(lambda x: F.log_softmax(x, 1), [draw(2, 3, 2)])
ops["logSoftmaxEdges"] = case(lambda x: F.log_softmax(x, 0), [EDGES])
ops["logSumExp"] = case(lambda x: torch.logsumexp(x, 1), [draw(2, 4)])
ops["logSumExpEdges"] = case(lambda x: torch.logsumexp(x, 0), [EDGES])
ops["matMul"] = case(torch.matmul, [draw(2, 2, 3), draw(3, 2)])
ops["gemm"] = case(lambda a, b, c: 0.5 * a.T @ b.T + 2 * c, [draw(3, 2), draw(4, 3), draw(4)])
ops["topK"] = case(lambda x: torch.topk(x, 2).values, [draw(2, 5)])
ops["gather"] = case(lambda x: x[:, [2, 0, 2]], [draw(2, 3)])
ops["transpose"] = case(lambda x: x.permute(2, 0, 1), [draw(2, 3, 2)])
ops["pad"] = case(lambda x: F.pad(x, (1, 2)), [draw(2, 3)])
ops["slice"] = case(lambda x: x[:, 1:6:2], [draw(2, 6)])
ops["where"] = case(lambda a, b: torch.where(a > 0, a, b), [draw(2, 3), draw(3)])


def dropout(x, u):
    return x * (u > 0.3) / (1 - 0.3)


layers = {
    "linear": case(lambda x, w, b: x @ w + b, [draw(3, 4), draw(4, 2), draw(2)]),
    "linearRank3": case(lambda x, w, b: F.linear(x, w.T, b), [draw(2, 3, 4), draw(4, 2), draw(2)]),
    "layerNorm": case(lambda x, g, b: F.layer_norm(x, (4,), g, b), [draw(3, 4), draw(4), draw(4)]),
    "layerNormConstant": case(
        lambda x, g, b: F.layer_norm(x, (3,), g, b), [torch.ones(2, 3), draw(3), draw(3)]
    ),
    "dropout": case(dropout, [draw(3, 4), torch.rand(3, 4)], fixed=(1,)),
}

normal = torch.distributions.Normal


def variational_kl(mu, log_var):
    posterior = normal(mu, torch.exp(log_var / 2))
    return torch.distributions.kl_divergence(posterior, normal(0.0, 1.0))


def mixed(x, output, observed):
    """Two numbers with some missing, one flag, a category of three: summed a sample."""
    numbers = ((x[:, :2] - output[:, :2]) ** 2 * observed).sum(1)
    flag = F.binary_cross_entropy_with_logits(output[:, 2], x[:, 2], reduction="none")
    category = F.cross_entropy(output[:, 3:], x[:, 3:], reduction="none")
    return numbers + flag + category


def one_hot(*places):
    return F.one_hot(torch.tensor(places), 3).double()


MIXED = torch.cat([draw(3, 2), torch.tensor([[0.0], [1.0], [0.25]]), one_hot(2, 0, 1)], 1)
OBSERVED = torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]])

losses = {
    "squared": case(
        lambda t, y: F.mse_loss(y, t, reduction="none"), [draw(2, 3), draw(2, 3)], fixed=(0,)
    ),
    "bernoulli": case(
        lambda t, y: F.binary_cross_entropy_with_logits(y, t, reduction="none"),
        [torch.rand(2, 8), torch.stack([draw(8), EDGES])],
        fixed=(0,),
    ),
    "gaussian": case(
        lambda t, m, v: -normal(m, torch.exp(v / 2)).log_prob(t),
        [draw(2, 3), draw(2, 3), draw(3)],
        fixed=(0,),
    ),
    "gaussianFixed": case(
        lambda t, m: -normal(m, 0.3).log_prob(t), [draw(2, 3), draw(2, 3)], fixed=(0,)
    ),
    "categorical": case(
        lambda t, y: F.cross_entropy(y, t, reduction="none")[:, None],
        [one_hot(0, 2, 2), draw(3, 3) * 3],
        fixed=(0,),
    ),
    "kl": case(variational_kl, [draw(2, 3), draw(2, 3)]),
    "reconstruction": case(mixed, [MIXED, draw(3, 6), OBSERVED], fixed=(0, 2)),
}

X, T = draw(5, 3), draw(5, 2)
START = torch.cat([draw(6), draw(2)])
STEPS, KEPT = 50, (1, 2, 3, 5, 10, 20, 30, 40, 50)


def trajectory(make, clip=None):
    """Parameters after some steps on mean((tanh(x w + b) - t)²); weights first, then biases."""
    w = START[:6].reshape(3, 2).clone().requires_grad_()
    b = START[6:].clone().requires_grad_()
    optimizer = make(w, b)
    kept = []
    for step in range(1, STEPS + 1):
        optimizer.zero_grad()
        ((torch.tanh(X @ w + b) - T) ** 2).mean().backward()
        if clip is not None:
            # clip_grad_norm_ adds 1e-6 to the norm; the paper does not.
            norm = torch.cat([w.grad.reshape(-1), b.grad]).norm()
            for p in (w, b):
                p.grad.mul_(torch.clamp(clip / norm, max=1.0))
        optimizer.step()
        if step in KEPT:
            kept.append(torch.cat([w.reshape(-1), b]).detach())
    return torch.stack(kept)


def sgd(**options):
    return lambda w, b: torch.optim.SGD([w, b], lr=0.1, **options)


def adam(**options):
    return lambda w, b: torch.optim.Adam([w, b], lr=0.05, **options)


def adam_w(w, b):
    groups = [{"params": [w], "weight_decay": 0.1}, {"params": [b], "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=0.05)


def cosine_rates():
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.02)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20, eta_min=0.0002)
    rates = []
    for _ in range(20):
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    return rates


optimizers = {
    "x": X,
    "t": T,
    "start": START,
    "kept": KEPT,
    "cosine": cosine_rates(),
    "trajectories": {
        "sgd": trajectory(sgd()),
        "momentum": trajectory(sgd(momentum=0.9)),
        "nesterov": trajectory(sgd(momentum=0.8, nesterov=True)),
        "adam": trajectory(adam()),
        "adamOptions": trajectory(adam(betas=(0.8, 0.95), eps=1e-3)),
        "adamW": trajectory(adam_w),
        "clippedSgd": trajectory(sgd(momentum=0.9), clip=0.05),
        "clippedAdam": trajectory(adam(), clip=0.3),
    },
}

json.dump(
    plain({"torch": torch.__version__, "ops": ops, "layers": layers, "losses": losses, "optimizers": optimizers}),
    sys.stdout,
    separators=(",", ":"),
    allow_nan=False,
)
print()
