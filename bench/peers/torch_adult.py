"""adult.csv to saved weights: numbers standardized, words one-hot, gaps as a word of their own."""

from jobs import check, missing, words

try:
    import pandas as pd
    import torch
    import torch.nn.functional as F
except ImportError as error:
    missing(error)

check(f"torch {torch.__version__}, pandas {pd.__version__}")
from torch_jobs import fit, network, prepare

options = words()
prepare(options.threads)
table = pd.read_csv(options.data).drop(columns=[options.label])
numbers = table.select_dtypes("number")
texts = table.select_dtypes(exclude="number").fillna("missing")
deviation = numbers.std(ddof=0).replace(0, 1)
scaled = torch.tensor(((numbers - numbers.mean()) / deviation).fillna(0).to_numpy("float32"))
codes = [pd.Categorical(texts[name]) for name in texts]
sizes = [len(column.categories) for column in codes]
hot = [F.one_hot(torch.tensor(c.codes, dtype=torch.long), n).float() for c, n in zip(codes, sizes)]
rows = torch.cat([scaled, *hot], 1)
width = scaled.shape[1]


def loss(model, x):
    output = model(x)
    total = (output[:, :width] - x[:, :width]).square().sum(1)
    start = width
    for size in sizes:
        logits, target = output[:, start : start + size], x[:, start : start + size]
        total = total - (target * F.log_softmax(logits, 1)).sum(1)
        start += size
    return total.mean()


model = network(rows.shape[1], options.hidden, options.latent)
fit(model, rows, loss, options)
torch.save(model.state_dict(), "torch_adult.pt")
