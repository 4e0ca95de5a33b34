/** Rows of numbers of any kind as a matrix; of tables see `table-space.ts`. */
import type { Matrix } from "../../base/tensor.ts";
import { windowValues } from "../../data/series-windows.ts";
import type { Images, NumericArray, SeriesWindows } from "../../data/source.ts";

/** Images as shares of full brightness, all else as it is; `[rows, numbers a row]`. */
export function rowMatrix(rows: Images | NumericArray | SeriesWindows): Matrix {
  const data =
    rows.kind === "images"
      ? Float32Array.from(rows.data, (x) => x / 255)
      : Float32Array.from(rows.kind === "series" ? windowValues(rows) : rows.data);
  return { rows: rows.rows, columns: rows.rows === 0 ? 0 : data.length / rows.rows, data };
}

/** Each column by its mean and deviation among the training rows; missing at the mean. */
export function scaledBy(train: Matrix): (matrix: Matrix) => Matrix {
  const { data, columns } = train;
  const [counts, mean, squares] = [0, 0, 0].map(() => new Float64Array(columns)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (const [at, x] of data.entries()) {
    const i = at % columns;
    if (Number.isNaN(x)) continue;
    counts[i] = (counts[i] as number) + 1;
    const off = x - (mean[i] as number);
    mean[i] = (mean[i] as number) + off / (counts[i] as number);
    squares[i] = (squares[i] as number) + off * (x - (mean[i] as number));
  }
  const deviation = squares.map((sum, i) => Math.sqrt(sum / Math.max(1, counts[i] as number)));
  return (matrix) => ({
    ...matrix,
    data: matrix.data.map((x, at) => {
      const i = at % columns;
      const spread = deviation[i] as number;
      if (Number.isNaN(x)) return 0;
      // What never changes in training keeps its own unit, so that another value still counts.
      return (x - (mean[i] as number)) / (spread > 1e-12 ? spread : 1);
    }),
  });
}

/** Some rows, in the order given. */
export function takeMatrix({ data, columns }: Matrix, rows: Int32Array): Matrix {
  const out = new Float32Array(rows.length * columns);
  for (const [to, from] of rows.entries())
    out.set(data.subarray(from * columns, (from + 1) * columns), to * columns);
  return { rows: rows.length, columns, data: out };
}

/** Each column within what the training rows show: no control is punished for pixels below black. */
export function rangeLimited(train: Matrix): (matrix: Matrix) => Matrix {
  const { data, columns } = train;
  const low = new Float64Array(columns).fill(Infinity);
  const high = new Float64Array(columns).fill(-Infinity);
  for (const [at, x] of data.entries()) {
    const i = at % columns;
    if (x < (low[i] as number)) low[i] = x;
    if (x > (high[i] as number)) high[i] = x;
  }
  return (matrix) => ({
    ...matrix,
    data: matrix.data.map((x, at) => {
      const i = at % columns;
      return Math.max(low[i] as number, Math.min(high[i] as number, x));
    }),
  });
}
