"""scikit-learn's MLPRegressor, which is given the same rows as inputs and targets. It has no SiLU and
puts its activation on the code too, so this is the nearest it has: ReLU, squared error, Adam."""

import warnings

from turns import missing, read_case, take_turns

case = read_case()
try:
    import numpy as np
    import sklearn
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPRegressor
except ImportError as error:
    missing(error)

warnings.filterwarnings("ignore", category=ConvergenceWarning)
data = case["data"]
rows = np.fromfile(data["file"], dtype=data["type"]).reshape(data["rows"], -1).astype(np.float32)
if data["type"] == "uint8":
    rows /= 255
model = MLPRegressor(
    hidden_layer_sizes=case["network"]["sizes"][1:-1],
    batch_size=case["batch"],
    max_iter=1,
    warm_start=True,
    alpha=0,
    random_state=0,
)


def epoch():
    model.fit(rows, rows)
    return len(rows) // case["batch"]


epoch()
take_turns(epoch, case["seconds"], version=f"scikit-learn {sklearn.__version__}", way="ReLU, also on the code")
