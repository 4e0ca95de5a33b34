/** What a head is learned from: labelled rows, others beside them, and what is known of each. */
import type { Matrix, Tensor } from "../../base/tensor.ts";
import { tensor } from "../../base/tensor.ts";
import { featuresOf } from "../../losses/layout.ts";
import type { LinearHead } from "../../evaluate/few-labels/linear.ts";
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

/** What linear heads read: the row's own features, or its code. */
export type View = "features" | "code";

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

/** Of each row its features and its code. */
export function viewsOf(
  engine: Engine,
  network: Network,
  weights: Weights,
  compact: Compact,
): Promise<Readonly<Record<View, Matrix>>> {
  const features = featuresOf(network.preprocessing.layout);
  return walked(
    engine,
    network,
    weights,
    compact,
    { features, code: network.latent },
    (seen) => seen,
  );
}

/** Of each row its code, and what each linear head gives of it. */
export async function judged(
  engine: Engine,
  network: Network,
  weights: Weights,
  compact: Compact,
  heads: readonly { readonly view: View; readonly heads: readonly LinearHead[] }[],
): Promise<{ readonly code: Matrix; readonly outputs: readonly (readonly Float32Array[])[] }> {
  const widths: Record<string, number> = { code: network.latent };
  for (const [i, { heads: own }] of heads.entries())
    widths[`head.${i}`] = own.reduce((total, { bias }) => total + bias.length, 0);
  const found = await walked(engine, network, weights, compact, widths, (seen) => ({
    code: seen.code,
    ...Object.fromEntries(
      heads.map(({ view, heads: own }, i) => [
        `head.${i}`,
        concat(
          own.map((head) => linearIn(seen[view], head)),
          1,
        ),
      ]),
    ),
  }));
  return {
    code: found["code"] as Matrix,
    outputs: heads.map(({ heads: own }, i) => columnsOf(found[`head.${i}`] as Matrix, own)),
  };
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

function walked<K extends string>(
  engine: Engine,
  network: Network,
  weights: Weights,
  compact: Compact,
  widths: Readonly<Record<K, number>>,
  make: (seen: Readonly<Record<View, Value>>) => Readonly<Record<K, Value>>,
): Promise<Readonly<Record<K, Matrix>>> {
  const inputs = compactInputs(network);
  const batch = batchFrom(network, inputs, { complete: false });
  const parts = partsIn(weightedScope(weights), network);
  const seen = { features: flatten(batch.x), code: flatten(network.family.encode(parts, batch)) };
  return rowsThrough(engine, inputs, make(seen), compact, widths);
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
