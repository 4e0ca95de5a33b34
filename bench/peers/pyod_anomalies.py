"""PyOD's AutoEncoder on a table with labels that only judge: our sizes, epochs, batch and rate; it has
no SiLU, and keeps what is its own: ReLU, batch normalization, dropout."""

import json

from jobs import check, missing, words

try:
    import numpy as np
    import pyod.version
    import torch
    from pyod.models.auto_encoder import AutoEncoder
    from sklearn.metrics import roc_auc_score
except ImportError as error:
    missing(error)

check(f"PyOD {pyod.version.__version__}, torch {torch.__version__}")
options = words()
torch.set_num_threads(options.threads)
held = np.load(options.data)
model = AutoEncoder(
    hidden_neuron_list=[*options.hidden, options.latent],
    epoch_num=options.epochs,
    batch_size=options.batch,
    lr=options.rate,
    random_state=0,
    verbose=0,
)
model.fit(held["X"].astype(np.float32))
print(json.dumps({"area": roc_auc_score(held["y"], model.decision_scores_)}))
