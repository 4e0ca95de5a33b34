/** What a head is learned from: labelled rows, others beside them, and what is known of each. */
import type { Matrix, Tensor } from "../../base/tensor.ts";
import { tensor } from "../../base/tensor.ts";
import { featuresOf } from "../../losses/layout.ts";
import { edgeCount, edgesOf } from "../../evaluate/few-labels/edges.ts";
import type { LinearHead } from "../../evaluate/few-labels/linear.ts";
import { halfWhitened } from "../../evaluate/few-labels/whiten.ts";
import { exportModel } from "../../graph/export.ts";
import type { Value } from "../../graph/value.ts";
import { constant, input } from "../../graph/value.ts";
import { writeModel } from "../../onnx/write.ts";
import { concat, flatten, gemm } from "../../ops/index.ts";
import type { Engine } from "../../runtime/engine.ts";
import type { Network } from "../../train/network.ts";
import { batchFrom, partsIn } from "../../train/network.ts";
import type { Weights } from "../../train/weights.ts";
import { weightedScope } from "../../train/weights.ts";

export type Compact = Readonly<Record<string, Tensor>>;

const BLOCK = 1024;

/** Some rows of compact values. */
export function takeCompact(compact: Compact, rows: Int32Array): Compact {
  return Object.fromEntries(
    Object.entries(compact).map(([name, { dtype, shape, data }]) => {
      if (dtype === "string") throw new Error("compact values are numbers");
      const size = shape.slice(1).reduce((a, b) => a * b, 1);
      const picked = (data as Float32Array).slice(0, 0);
      const made = new (picked.constructor as Float32ArrayConstructor)(rows.length * size);
      for (const [i, row] of rows.entries())
        made.set((data as Float32Array).subarray(row * size, (row + 1) * size), i * size);
      return [name, tensor(dtype as "float32", made, [rows.length, ...shape.slice(1)])];
    }),
  );
}

/** Axes of codes, and of edges, that rows are compared along. */
const MOST_AXES = 64;

/**
 * What rows are compared by: their codes, and of images also their edges, each half whitened and
 * both of the same weight. `[rows, axes]`, of mean square 1.
 */
export async function likenessOf(
  engine: Engine,
  network: Network,
  weights: Weights,
  compact: Compact,
): Promise<Matrix> {
  const inputs = compactInputs(network);
  const batch = batchFrom(network, inputs, { complete: false });
  const parts = partsIn(weightedScope(weights), network);
  const edges = edgeCount(network.preprocessing.layout.shape);
  const seen = {
    code: flatten(network.family.encode(parts, batch)),
    ...(edges === 0 ? {} : { edges: edgesOf(batch.x) }),
  };
  const widths: Record<string, number> = {
    code: network.latent,
    ...(edges === 0 ? {} : { edges }),
  };
  const found = await rowsThrough(engine, inputs, seen as Record<string, Value>, compact, widths);
  const parted: Matrix[] = [];
  for (const one of Object.values(found)) parted.push(await halfWhitened(engine, one, MOST_AXES));
  return besideEachOther(parted);
}

function besideEachOther(parts: readonly Matrix[]): Matrix {
  const rows = parts[0]?.rows ?? 0;
  const columns = parts.reduce((total, part) => total + part.columns, 0);
  const data = new Float32Array(rows * columns);
  // Each part has rows of mean squared length 1.
  const scale = Math.sqrt(columns / parts.length);
  let first = 0;
  for (const part of parts) {
    for (let row = 0; row < rows; row += 1) {
      const own = part.data.subarray(row * part.columns, (row + 1) * part.columns);
      for (let i = 0; i < own.length; i += 1)
        data[row * columns + first + i] = scale * (own[i] as number);
    }
    first += part.columns;
  }
  return { rows, columns, data };
}

/** What linear heads on features give of each row; the features of all rows need not be held. */
export async function judged(
  engine: Engine,
  network: Network,
  compact: Compact,
  heads: readonly LinearHead[],
): Promise<readonly Float32Array[]> {
  const inputs = compactInputs(network);
  const x = flatten(batchFrom(network, inputs, { complete: false }).x);
  const outputs = concat(
    heads.map((head) => linearIn(x, head)),
    1,
  );
  const width = heads.reduce((total, { bias }) => total + bias.length, 0);
  const found = await rowsThrough(engine, inputs, { outputs }, compact, { outputs: width });
  return columnsOf(found.outputs, heads);
}

/** The features of each row alone. */
export async function featuresIn(
  engine: Engine,
  network: Network,
  compact: Compact,
): Promise<Matrix> {
  const columns = featuresOf(network.preprocessing.layout);
  const inputs = compactInputs(network);
  const { x } = batchFrom(network, inputs, { complete: false });
  const { features } = await rowsThrough(engine, inputs, { features: flatten(x) }, compact, {
    features: columns,
  });
  return features;
}

/** What a linear head gives of rows that are at hand. */
export async function linearOutputs(
  engine: Engine,
  { data, rows, columns }: Matrix,
  head: LinearHead,
): Promise<Matrix> {
  const x = input("x", "float32", ["batch", columns]);
  const widths = { outputs: head.bias.length };
  const made = { outputs: linearIn(x, head) };
  const { outputs } = await rowsThrough(
    engine,
    { x },
    made,
    { x: tensor("float32", data, [rows, columns]) },
    widths,
  );
  return outputs;
}

/** A linear head in the graph, `[batch, outputs]`. */
export function linearIn(x: Value, { center, scale, weights, bias }: LinearHead): Value {
  const outputs = bias.length;
  const scaled = weights.map((w) => w / scale);
  const offset = bias.map((b, i) =>
    center.reduce((left, c, row) => left - c * (scaled[row * outputs + i] as number), b),
  );
  const shape = [center.length, outputs];
  return gemm(
    x,
    constant(tensor("float32", scaled, shape)),
    {},
    constant(tensor("float32", offset)),
  );
}

function columnsOf({ data, rows, columns }: Matrix, heads: readonly LinearHead[]): Float32Array[] {
  let first = 0;
  return heads.map(({ bias }) => {
    const width = bias.length;
    const own = new Float32Array(rows * width);
    for (let row = 0; row < rows; row += 1) {
      const from = row * columns + first;
      own.set(data.subarray(from, from + width), row * width);
    }
    first += width;
    return own;
  });
}

/** Compact values as inputs of a program over rows. */
export function compactInputs({ preprocessing }: Network): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(preprocessing.compact).map(([name, { dtype, shape }]) => [
      name,
      input(name, dtype, ["batch", ...shape]),
    ]),
  );
}

/** Rows through a graph, a block at a time. */
export async function rowsThrough<K extends string>(
  engine: Engine,
  inputs: Readonly<Record<string, Value>>,
  outputs: Readonly<Record<K, Value>>,
  values: Compact,
  widths: Readonly<Record<K, number>>,
): Promise<Readonly<Record<K, Matrix>>> {
  const model = exportModel({ name: "rows", inputs: Object.values(inputs), outputs });
  const session = await engine.open(writeModel(model));
  const [first] = Object.values(values);
  const rows = first?.shape[0] ?? 0;
  const found = Object.fromEntries(
    Object.entries<number>(widths).map(([name, columns]) => [
      name,
      { rows, columns, data: new Float32Array(rows * columns) },
    ]),
  ) as Record<K, Matrix>;
  for (let row = 0; row < rows; row += BLOCK) {
    const some = Int32Array.from({ length: Math.min(BLOCK, rows - row) }, (_, i) => row + i);
    const out = await session.run(takeCompact(values, some));
    for (const [name, { data, columns }] of Object.entries<Matrix>(found))
      data.set((out[name] as Tensor<"float32">).data, row * columns);
  }
  await session.release();
  return found;
}
