/** The scatter of rows around their mean, as far as finding its main directions needs it. */
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { OnnxModel } from "../onnx/messages.ts";
import { exportModel } from "../graph/export.ts";
import type { Value } from "../graph/value.ts";
import { input } from "../graph/value.ts";
import { featuresOf } from "../losses/layout.ts";
import { writeModel } from "../onnx/write.ts";
import { add, flatten, gather, gemm, loop, mul, reshape, shapeOf, sub, sum } from "../ops/index.ts";
import type { Engine, Fetches, Session } from "../runtime/engine.ts";
import type { Network } from "../train/network.ts";
import { residentInputs } from "../train/network.ts";
import { nextChunk, stretches } from "../train/plan.ts";

export interface Scatter {
  /** `[features]` */
  readonly mean: Float32Array;
  /** Σ (x − mean)(x − mean)ᵀ · basis; both `[features, width]`, row-major. */
  times(basis: Float32Array): Promise<Float64Array>;
  close(): Promise<void>;
}

const BATCH = 1024;
const STEPS = 8;
/** Features up to which the whole matrix is kept: 16 MB. */
const WHOLE_MOST = 2048;
/** How often the matrix is multiplied, about: the passes over the rows that having it saves. */
const TIMES = 8;

/** @param width of the basis */
export function scatterOf(
  engine: Engine,
  network: Network,
  rows: Int32Array,
  { width, complete }: { readonly width: number; readonly complete: boolean },
): Promise<Scatter> {
  const features = featuresOf(network.preprocessing.layout);
  // The matrix takes features² products a row, a pass 2 · features · width.
  const whole = features <= WHOLE_MOST && features <= 2 * TIMES * 2 * width;
  return whole
    ? wholeScatter(engine, network, rows, complete)
    : walkedScatter(engine, network, rows, { width, complete });
}

/** The matrix itself, in one pass. */
async function wholeScatter(
  engine: Engine,
  network: Network,
  rows: Int32Array,
  complete: boolean,
): Promise<Scatter> {
  const features = featuresOf(network.preprocessing.layout);
  const session = await engine.open(writeModel(passProgram(network, undefined, complete)));
  // Around a rough mean first: squares of numbers far from 0 would leave no digits for the rest.
  const some = rows.subarray(0, BATCH);
  const near = await passOver(session, some, { mean: new Float32Array(features) }, features ** 2);
  const rough = Float32Array.from(near.total, (x) => x / some.length);
  const { product, total } = await passOver(session, rows, { mean: rough }, features ** 2);
  await session.release();
  const off = total.map((x, i) => x / rows.length - (rough[i] as number));
  const matrix = new Float32Array(features ** 2);
  for (let i = 0; i < features; i += 1) {
    const each = rows.length * (off[i] as number);
    for (let j = 0; j < features; j += 1) {
      matrix[i * features + j] = (product[i * features + j] as number) - each * (off[j] as number);
    }
  }
  const held = "scatter.matrix";
  await engine.hold(held, tensor("float32", matrix, [features, features]), { transfer: true });
  const multiplier = await engine.open(writeModel(productProgram(features)));
  return {
    mean: Float32Array.from(total, (x) => x / rows.length),
    times: async (basis) => {
      const shape = [features, basis.length / features];
      const feeds = { matrix: { held }, basis: tensor("float32", basis, shape) };
      const { product: result } = await multiplier.run(feeds);
      return Float64Array.from((result as Tensor<"float32">).data);
    },
    close: async () => {
      await engine.drop([held]);
      await multiplier.release();
    },
  };
}

/** A pass over the rows for each product: rows of very many features. */
async function walkedScatter(
  engine: Engine,
  network: Network,
  rows: Int32Array,
  { width, complete }: { readonly width: number; readonly complete: boolean },
): Promise<Scatter> {
  const features = featuresOf(network.preprocessing.layout);
  const session = await engine.open(writeModel(passProgram(network, width, complete)));
  const size = features * width;
  const shape = [features, width];
  const none = {
    mean: new Float32Array(features),
    basis: tensor("float32", new Float32Array(size), shape),
  };
  const { total } = await passOver(session, rows, none, size);
  const mean = Float32Array.from(total, (x) => x / rows.length);
  return {
    mean,
    times: async (basis) => {
      const given = { mean, basis: tensor("float32", basis, shape) };
      return (await passOver(session, rows, given, size)).product;
    },
    close: () => session.release(),
  };
}

async function passOver(
  session: Session,
  rows: Int32Array,
  { mean, basis }: { readonly mean: Float32Array; readonly basis?: Tensor },
  size: number,
): Promise<{ readonly product: Float64Array; readonly total: Float64Array }> {
  const product = new Float64Array(size);
  const total = new Float64Array(mean.length);
  const data = Object.fromEntries(
    session.inputs.filter((name) => name.startsWith("data.")).map((name) => [name, { held: name }]),
  );
  const plan = stretches(rows.length, BATCH);
  let done = 0;
  for (let chunk = nextChunk(plan, 0, STEPS); chunk; chunk = nextChunk(plan, done, STEPS)) {
    const { row, steps, batch } = chunk;
    const out: Fetches = await session.run({
      ...data,
      order: tensor("int32", rows.slice(row, row + steps * batch), [steps, batch]),
      mean: tensor("float32", mean),
      ...(basis === undefined ? {} : { basis }),
    });
    addTo(product, out["product"] as Tensor<"float32">);
    addTo(total, out["total"] as Tensor<"float32">);
    done += steps;
  }
  return { product, total };
}

/**
 * One pass over the rows of `order`: Σ x, and Σ (x − mean)(x − mean)ᵀ, times a basis if there is
 * one.
 *
 * @param width of the basis; absent: none
 */
function passProgram(network: Network, width: number | undefined, complete: boolean): OnnxModel {
  const features = featuresOf(network.preprocessing.layout);
  const data = residentInputs(network);
  const order = input("order", "int32", ["steps", "batch"]);
  const mean = input("mean", "float32", [features]);
  const basis = width === undefined ? undefined : input("basis", "float32", [features, width]);
  const zero = (value: Value): Value => sub(value, value);
  const trips = reshape(gather(shapeOf(order), [0]), []);
  const first =
    basis === undefined
      ? zero(mul(reshape(mean, [features, 1]), reshape(mean, [1, features])))
      : zero(basis);
  const { state } = loop(trips, [first, zero(mean)], (turn, [product, total]) => {
    const picked = gather(order, turn);
    const compact = Object.fromEntries(
      Object.entries(data).map(([name, value]) => [name, gather(value, picked)]),
    );
    const x = flatten(network.preprocessing.batch(compact, { complete }).x);
    const centred = sub(x, mean);
    const other = basis === undefined ? centred : gemm(centred, basis);
    return {
      state: [
        add(product as Value, gemm(centred, other, { transA: 1 })),
        add(total as Value, sum(x, { axes: [0] })),
      ],
      scans: [],
    };
  });
  return exportModel({
    name: "scatter",
    inputs: [...Object.values(data), order, mean, ...(basis === undefined ? [] : [basis])],
    outputs: { product: state[0] as Value, total: state[1] as Value },
  });
}

function productProgram(features: number): OnnxModel {
  const matrix = input("matrix", "float32", [features, features]);
  const basis = input("basis", "float32", [features, "width"]);
  return exportModel({
    name: "product",
    inputs: [matrix, basis],
    outputs: { product: gemm(matrix, basis) },
  });
}

function addTo(sums: Float64Array, { data }: Tensor<"float32">): void {
  for (let i = 0; i < data.length; i += 1) sums[i] = (sums[i] as number) + (data[i] as number);
}
