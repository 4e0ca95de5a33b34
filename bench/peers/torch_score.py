"""Scores from a Parquet file to a Parquet file, read and written group by group."""

from jobs import check, missing, words

try:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
    import torch
except ImportError as error:
    missing(error)

check(f"torch {torch.__version__}, pyarrow {pa.__version__}")
from torch_jobs import network, prepare

ROWS = 65_536
options = words()
prepare(options.threads)
file = pq.ParquetFile(options.data)
model = network(len(file.schema_arrow), options.hidden, options.latent).eval()
mean, deviation = None, None
schema = pa.schema([("row", pa.int64()), ("score", pa.float32())])
with torch.inference_mode(), pq.ParquetWriter(options.out, schema) as writer:
    row = 1
    for part in file.iter_batches(batch_size=ROWS):
        values = np.column_stack([column.to_numpy() for column in part.columns])
        if mean is None:
            # A model brings these along; they are taken from the first rows here.
            mean, deviation = values.mean(0), values.std(0)
        x = torch.from_numpy(((values - mean) / deviation).astype(np.float32))
        scores = (model(x) - x).square().sum(1).numpy()
        places = np.arange(row, row + len(scores))
        writer.write_batch(pa.record_batch([pa.array(places), pa.array(scores)], schema=schema))
        row += len(scores)
