/**
 * What each dimension of a code does. With z_i the code of row i, q_a and q_b the 5 % and 95 %
 * quantiles of dimension d, and D the decoder, over n rows
 *
 *   low_d = 1/n Σ_i D(z_i with z_id = q_a)         high_d = 1/n Σ_i D(z_i with z_id = q_b)
 *   change_d² = 1/n Σ_i (D(… q_b) − D(… q_a))²     for each feature
 *   swing_d = 1/n Σ_i |D(… q_b) − D(… q_a)|        which sums over the words of a category
 *   error_d = 1/n Σ_i ‖x_i − D(z_i with z_id = its mean)‖²
 *
 * so the other dimensions stand where real rows have them, and not at a mean that no row has. The
 * error counts numbers that were there, and chances of words against 0 and 1.
 */
import type { Matrix, Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import { exportModel } from "../graph/export.ts";
import type { Value } from "../graph/value.ts";
import { input } from "../graph/value.ts";
import { featuresOf } from "../losses/layout.ts";
import type { Batch } from "../losses/reconstruction.ts";
import { writeModel } from "../onnx/write.ts";
import { abs, add, concat, flatten, mul, reshape, split, square, sub, sum } from "../ops/index.ts";
import type { Engine, Feeds, Session } from "../runtime/engine.ts";
import type { Network } from "../train/network.ts";
import { batchFromRaw, completeLabel, partsIn, rawInputs } from "../train/network.ts";
import type { Weights } from "../train/weights.ts";
import { weightedScope } from "../train/weights.ts";

/** Rows ready to be decoded with a dimension changed: tensors by name, a block each. */
export interface CodedBlock {
  readonly rows: number;
  readonly feeds: Readonly<Record<string, Tensor>>;
}

/** Where a dimension is moved between, and where it is held. */
export interface Travel {
  readonly low: number;
  readonly high: number;
  readonly mean: number;
}

export interface Moved {
  /** Mean features with the dimension at either end, `[features]`. */
  readonly low: Float32Array;
  readonly high: Float32Array;
  /** Root mean square of the change, and its mean size, `[features]`. */
  readonly change: Float32Array;
  readonly swing: Float32Array;
  /** Mean squared error a row, summed over features, with the dimension held at its mean. */
  readonly error: number;
}

/** Feeds of rows → code, features, and what else decoding and judging takes. */
export async function codedBlocks(
  engine: Engine,
  network: Network,
  weights: Weights,
  blocks: AsyncIterable<{
    readonly rows: { readonly rows: number };
    readonly feeds: Readonly<Record<string, Tensor>>;
  }>,
): Promise<readonly CodedBlock[]> {
  const inputs = rawInputs(network);
  const batch = batchFromRaw(network, inputs);
  const parts = partsIn(weightedScope(weights), network);
  const label = completeLabel(network, parts, batch);
  const program = exportModel({
    name: "codes",
    inputs: Object.values(inputs),
    outputs: {
      codes: network.family.encode(parts, label === undefined ? batch : { ...batch, label }),
      x: batch.x,
      ...(batch.observed === undefined ? {} : { observed: batch.observed }),
      ...(label === undefined ? {} : { label }),
    },
  });
  const session = await engine.open(writeModel(program));
  const found: CodedBlock[] = [];
  try {
    for await (const { rows, feeds } of blocks)
      found.push({ rows: rows.rows, feeds: await session.run(feeds) });
  } finally {
    await session.release();
  }
  return found;
}

/** All codes of the blocks. */
export function codesIn(blocks: readonly CodedBlock[], latent: number): Matrix {
  const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
  const data = new Float32Array(rows * latent);
  let at = 0;
  for (const { feeds } of blocks) {
    const { data: some } = feeds["codes"] as Tensor<"float32">;
    data.set(some, at);
    at += some.length;
  }
  return { data, rows, columns: latent };
}

export interface Mover {
  /** @param dimension from 0 */
  move(dimension: number, travel: Travel): Promise<Moved>;
  /** Mean squared error a row with the codes as they are. */
  error(): Promise<number>;
  close(): Promise<void>;
}

/** Opens the decoder on blocks of rows. */
export async function openMover(
  engine: Engine,
  network: Network,
  weights: Weights,
  blocks: readonly CodedBlock[],
): Promise<Mover> {
  const given = Object.keys(blocks[0]?.feeds ?? {});
  const program = exportModel(moveProgram(network, weights, given));
  const session = await engine.open(writeModel(program));
  const features = featuresOf(network.preprocessing.layout);
  const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
  const move = async (dimension: number, travel: Travel): Promise<Moved> => {
    const sums = await summed(session, blocks, changesOf(network.latent, dimension, travel));
    const mean = (name: string): Float32Array =>
      Float32Array.from({ length: features }, (_, i) => (sums[name]?.[i] as number) / rows);
    return {
      low: mean("low"),
      high: mean("high"),
      change: mean("squares").map(Math.sqrt),
      swing: mean("sizes"),
      error: (sums["error"]?.[0] as number) / rows,
    };
  };
  return {
    move,
    // No dimension is held: the codes are as they are.
    error: async () => (await move(-1, { low: 0, high: 0, mean: 0 })).error,
    close: () => session.release(),
  };
}

async function summed(
  session: Session,
  blocks: readonly CodedBlock[],
  changes: Feeds,
): Promise<Readonly<Record<string, Float64Array>>> {
  const sums: Record<string, Float64Array> = {};
  for (const { feeds } of blocks) {
    const out = await session.run({ ...feeds, ...changes });
    for (const [name, { data }] of Object.entries(out)) {
      const sum = (sums[name] ??= new Float64Array(data.length));
      for (const [i, x] of (data as Float32Array).entries()) sum[i] = (sum[i] as number) + x;
    }
  }
  return sums;
}

const ENDS = ["low", "high", "mean"] as const;
/** Inputs: what is added to the codes, once what does not `stay` is taken away. */
const HOLD = "hold.";

/** `[latent]` each: where the dimension is held, and 1 for those that stay. */
function changesOf(latent: number, dimension: number, travel: Travel): Feeds {
  const only = (value: number, rest: number): Tensor =>
    tensor(
      "float32",
      Float32Array.from({ length: latent }, (_, d) => (d === dimension ? value : rest)),
    );
  return {
    stay: only(0, 1),
    ...Object.fromEntries(ENDS.map((end) => [HOLD + end, only(travel[end], 0)])),
  };
}

function moveProgram(network: Network, weights: Weights, given: readonly string[]) {
  const { family, latent, preprocessing, label } = network;
  const { layout } = preprocessing;
  const shapes: Readonly<Record<string, readonly (number | string)[]>> = {
    codes: ["batch", latent],
    x: ["batch", ...layout.shape],
    observed: ["batch", ...layout.shape.slice(0, -1), numbersIn(network)],
    label: ["batch", label?.classes.length ?? 0],
  };
  const rows = Object.fromEntries(
    given.map((name) => [name, input(name, "float32", shapes[name] ?? [])]),
  ) as Readonly<Record<string, Value>>;
  const changes = Object.fromEntries(
    ["stay", ...ENDS.map((end) => HOLD + end)].map((name) => [
      name,
      input(name, "float32", [latent]),
    ]),
  ) as Readonly<Record<string, Value>>;
  const parts = partsIn(weightedScope(weights), network);
  const held = (end: (typeof ENDS)[number]): Value => {
    const kept = mul(rows["codes"] as Value, changes["stay"] as Value);
    return family.decode(parts, add(kept, changes[HOLD + end] as Value), rows["label"]);
  };
  const [low, high] = [flatten(held("low")), flatten(held("high"))];
  const overRows = (value: Value): Value => sum(value, { axes: [0] });
  return {
    name: "dimensions",
    inputs: [...Object.values(rows), ...Object.values(changes)],
    outputs: {
      low: overRows(low),
      high: overRows(high),
      squares: overRows(square(sub(high, low))),
      sizes: overRows(abs(sub(high, low))),
      error: reshape(sum(errorsOf(network, rows, held("mean")), { axes: [0, 1] }), [1]),
    },
  };
}

function numbersIn({ preprocessing: { layout } }: Network): number {
  return layout.segments.reduce(
    (count, { kind, size }) => (kind === "numbers" ? count + size : count),
    0,
  );
}

/** Squared, `[batch, features]`; 0 for numbers that were not there. */
function errorsOf(
  { preprocessing: { layout } }: Network,
  rows: Readonly<Record<string, Value>>,
  shown: Value,
): Value {
  const { x, observed } = rows as unknown as Batch;
  const errors = square(sub(shown, x));
  if (observed === undefined) return flatten(errors);
  const parts = split(
    errors,
    layout.segments.map(({ size }) => size),
    -1,
  );
  return flatten(
    concat(
      layout.segments.map(({ kind }, i) =>
        kind === "numbers" ? mul(parts[i] as Value, observed) : (parts[i] as Value),
      ),
      -1,
    ),
  );
}

/** Mean, and where the dimension goes from and to, of each column of codes. */
export function travelsOf({ data, rows, columns }: Matrix): readonly Travel[] {
  return Array.from({ length: columns }, (_, d) => {
    const values = Float64Array.from(
      { length: rows },
      (_unused, row) => data[row * columns + d] as number,
    )
      .filter(Number.isFinite)
      .sort();
    const mean = values.reduce((a, b) => a + b, 0) / (values.length || 1);
    const [low, high] = endsOf(values);
    return { low, high, mean };
  });
}

/** The outer twentieths are left to outliers. Values are those of rows: symbols have none between. */
const OUTER = 0.05;

/** A unit that is silent in nearly all rows goes from silence to where it speaks. */
function endsOf(sorted: Float64Array): readonly [number, number] {
  const at = (values: Float64Array, share: number): number =>
    values[Math.round(share * (values.length - 1))] ?? 0;
  const [low, high] = [at(sorted, OUTER), at(sorted, 1 - OUTER)];
  if (low < high) return [low, high];
  const others = sorted.filter((value) => value !== low);
  const other = at(others, 0.5);
  return others.length === 0 ? [low, high] : [Math.min(low, other), Math.max(low, other)];
}
