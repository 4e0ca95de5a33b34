"""Fashion-MNIST to saved weights."""

from jobs import check, missing, words

try:
    import gzip

    import numpy as np
    import torch
except ImportError as error:
    missing(error)

check(f"torch {torch.__version__}")
from torch_jobs import fit, network, prepare, squared_error

options = words()
prepare(options.threads)
with gzip.open(options.data) as file:
    pixels = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784)
rows = torch.from_numpy(pixels.astype(np.float32) / 255)
model = network(784, options.hidden, options.latent)
fit(model, rows, squared_error, options)
torch.save(model.state_dict(), "torch_fashion.pt")
