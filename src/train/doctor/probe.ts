/** Runs the probe on some rows and adds up what it says. */
import type { Tensor } from "../../base/tensor.ts";
import { tensor } from "../../base/tensor.ts";
import type { Layout } from "../../losses/layout.ts";
import { featuresOf } from "../../losses/layout.ts";
import type { BufferSpec, NetworkSpec } from "../../nn/scope.ts";
import { countOf } from "../../nn/scope.ts";
import { writeModel } from "../../onnx/write.ts";
import { atSite, keyAt } from "../../random/bits.ts";
import { permutation } from "../../random/numbers.ts";
import type { Engine, Fetches, Held } from "../../runtime/engine.ts";
import type { Network } from "../network.ts";
import { nextChunk, stretches } from "../plan.ts";
import type { RunData } from "../run.ts";
import { isSeparate } from "../state-parts.ts";
import { heldData } from "../stepper.ts";
import type { Errors, Probed } from "./evidence.ts";
import type { Control } from "./probe-program.ts";
import { probeProgram } from "./probe-program.ts";

export interface ProbeWeights {
  readonly parameters: Float32Array;
  readonly buffers: Float32Array;
}

export interface Prober {
  measure(weights: ProbeWeights, rows: Int32Array): Promise<Probed>;
  close(): Promise<void>;
}

const SITE = 0xd0c;
const BATCH = 256;
/** Numbers a batch may hold, so that wide rows do not need more memory than training did. */
const BATCH_NUMBERS = 2 ** 20;

export async function openProber(
  engine: Engine,
  network: Network,
  data: RunData,
  spec: NetworkSpec,
  control: Control | undefined,
): Promise<Prober> {
  const { layout } = network.preprocessing;
  const features = featuresOf(layout);
  const program = probeProgram(network, spec, { complete: data.complete, control });
  const session = await engine.open(writeModel(program.model), { lean: isSeparate(spec) });
  const most = Math.max(16, Math.min(BATCH, Math.floor(BATCH_NUMBERS / features)));

  return {
    close: () => session.release(),
    measure: async (measured, rows) => {
      const weights = await heldWeights(engine, spec, measured);
      const chunks: { readonly rows: number; readonly out: Fetches }[] = [];
      const plan = stretches(rows.length, most);
      for (let chunk = nextChunk(plan, 0, 1); chunk; chunk = nextChunk(plan, chunks.length, 1)) {
        const { batch, row } = chunk;
        const { first, second } = atSite(keyAt(0, chunks.length), SITE);
        const out = await session.run({
          ...heldData(data),
          ...weights,
          rows: tensor("int32", rows.slice(row, row + batch)),
          key: tensor("uint32", Uint32Array.of(first, second)),
          shuffle: tensor("int32", shuffledPlaces(batch, features), [batch, features]),
        });
        chunks.push({ rows: batch, out });
      }
      await dropWeights(engine);
      return probedFrom(chunks, program, layout);
    },
  };
}

/** Weights beside the engine: they travel once, however many batches they are measured on. */
export async function heldWeights(
  engine: Engine,
  spec: NetworkSpec,
  { parameters, buffers }: ProbeWeights,
): Promise<Record<string, Held>> {
  const heldAs = async (
    prefix: string,
    specs: readonly BufferSpec[],
    flat: Float32Array,
  ): Promise<Record<string, Held>> => {
    const held = `probe.${prefix}`;
    await engine.hold(held, tensor("float32", flat));
    let at = 0;
    return Object.fromEntries(
      specs.map(({ name, shape }) => {
        const from = at;
        at += countOf([{ shape }]);
        return [`${prefix}.${name}`, { held, part: { from, shape } }];
      }),
    );
  };
  return {
    ...(await heldAs("parameter", spec.parameters, parameters)),
    ...(await heldAs("buffer", spec.buffers, buffers)),
  };
}

export function dropWeights(engine: Engine): Promise<void> {
  return engine.drop(["probe.parameter", "probe.buffer"]);
}

/** For each row and feature, a place of the same feature in another row; each is taken once. */
function shuffledPlaces(batch: number, features: number): Int32Array {
  const places = new Int32Array(batch * features);
  const order = permutation(atSite(keyAt(0, 0), SITE), batch);
  for (let feature = 0; feature < features; feature += 1) {
    for (let row = 0; row < batch; row += 1) {
      // A step of its own for each feature: neighbours in a row come from different rows.
      const step = order[feature % batch] as number;
      const from = order[(row + step) % batch] as number;
      places[row * features + feature] = from * features + feature;
    }
  }
  return places;
}

function probedFrom(
  chunks: readonly { readonly rows: number; readonly out: Fetches }[],
  { layers, matrices }: Pick<ReturnType<typeof probeProgram>, "layers" | "matrices">,
  layout: Layout,
): Probed {
  const rows = chunks.reduce((total, chunk) => total + chunk.rows, 0);
  const read = ({ out }: { readonly out: Fetches }, name: string): Float32Array | undefined =>
    (out[name] as Tensor<"float32"> | undefined)?.data;
  /** An output, added up over the chunks by `join`; `weighted` where it is a mean over rows. */
  const joined = (
    name: string,
    join: (a: number, b: number) => number,
    weighted = false,
  ): Float64Array | undefined =>
    chunks.reduce<Float64Array | undefined>((sofar, chunk) => {
      const part = read(chunk, name);
      if (part === undefined) return sofar;
      const values = Float64Array.from(part, (x) => (weighted ? x * chunk.rows : x));
      return sofar === undefined
        ? values
        : sofar.map((value, i) => join(value, values[i] as number));
    }, undefined);
  const add = (a: number, b: number): number => a + b;
  const total = (name: string): Float64Array => joined(name, add) ?? new Float64Array(0);
  const meansOf = (name: string): readonly number[] =>
    Array.from(joined(name, add, true) ?? [], (x) => x / rows);

  const errorsOf = (prefix: string, features?: number): Errors => {
    const cut = (name: string): Float64Array => total(`${prefix}.${name}`).subarray(0, features);
    const [count, sum, squares, error] = ["count", "sum", "squares", "error"].map(cut) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const spread = count.map((n, i) =>
      n === 0 ? 0 : Math.max(0, (squares[i] as number) - (sum[i] as number) ** 2 / n),
    );
    const control = joined(`${prefix}.control`, add)?.subarray(0, features);
    return {
      error: error.reduce(add, 0) / rows,
      spread: spread.reduce(add, 0) / rows,
      control: control && control.reduce(add, 0) / rows,
    };
  };
  const numbers =
    layout.shape.slice(0, -1).reduce((a, b) => a * b, 1) *
    layout.segments
      .filter(({ kind }) => kind === "numbers")
      .reduce((count, { size }) => count + size, 0);
  const kl = joined("kl", add);
  const lengths = meansOf("gradients");
  return {
    rows,
    loss: meansOf("loss")[0] ?? Number.NaN,
    all: errorsOf("data"),
    numbers: numbers === 0 ? undefined : errorsOf("data", numbers),
    shuffled: errorsOf("shuffled"),
    code: {
      ...codeFrom(
        chunks.map((chunk) => read(chunk, "code") ?? new Float32Array(0)),
        rows,
      ),
      kl: kl && Array.from(kl, (x) => x / rows),
    },
    layers: layers.map(({ name, units }, i) => {
      const peaks = joined(`peak.${i}`, Math.max) ?? new Float64Array(0);
      return { name, units, dead: peaks.filter((peak) => peak <= 0).length };
    }),
    gradients: matrices.map(({ name, shape }, i) => ({
      name,
      length: lengths[i] as number,
      size: (lengths[i] as number) / Math.sqrt(shape.reduce((a, b) => a * b, 1)),
    })),
  };
}

export function codeFrom(
  parts: readonly Float32Array[],
  rows: number,
): Pick<Probed["code"], "variance" | "used"> {
  const width = parts.reduce((count, { length }) => count + length, 0) / rows;
  const mean = new Float64Array(width);
  const variance = new Float64Array(width);
  const used = new Float64Array(width);
  const each = (visit: (column: number, value: number) => void): void => {
    for (const part of parts) {
      for (let i = 0; i < part.length; i += 1) visit(i % width, part[i] as number);
    }
  };
  each((column, value) => {
    mean[column] = (mean[column] as number) + value / rows;
    used[column] = (used[column] as number) + Number(value !== 0);
  });
  each((column, value) => {
    variance[column] =
      (variance[column] as number) + (value - (mean[column] as number)) ** 2 / rows;
  });
  return { variance: Array.from(variance), used: Array.from(used) };
}
