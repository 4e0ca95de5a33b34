"""scikit-learn's PCA: fitted on images and saved, or as a judge of anomalies by what it leaves over."""

import json

from jobs import check, missing, words

try:
    import gzip
    import pickle

    import numpy as np
    import sklearn
    from sklearn.decomposition import PCA
    from sklearn.metrics import roc_auc_score
    from sklearn.preprocessing import StandardScaler
except ImportError as error:
    missing(error)

check(f"scikit-learn {sklearn.__version__}")
options = words()
if options.anomalies:
    held = np.load(options.data)
    rows = StandardScaler().fit_transform(held["X"].astype(np.float64))
    pca = PCA(options.latent, random_state=0).fit(rows)
    left = ((rows - pca.inverse_transform(pca.transform(rows))) ** 2).sum(1)
    print(json.dumps({"area": roc_auc_score(held["y"], left)}))
else:
    with gzip.open(options.data) as file:
        pixels = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784)
    pca = PCA(options.latent, random_state=0).fit(pixels.astype(np.float32) / 255)
    with open("sklearn_pca.pickle", "wb") as file:
        pickle.dump(pca, file)
