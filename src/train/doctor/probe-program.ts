/** Everything the doctor measures, as one graph over resident rows. */
import { gradients } from "../../autodiff/gradients.ts";
import type { Parts } from "../../families/family.ts";
import { exportModel } from "../../graph/export.ts";
import type { Node, Value } from "../../graph/value.ts";
import { input, scalar } from "../../graph/value.ts";
import { sortedNodes } from "../../graph/walk.ts";
import type { Batch } from "../../losses/reconstruction.ts";
import type { Layout } from "../../losses/layout.ts";
import { featuresOf } from "../../losses/layout.ts";
import type { BufferSpec, NetworkSpec, ParameterSpec } from "../../nn/scope.ts";
import { createScope } from "../../nn/scope.ts";
import type { OnnxModel } from "../../onnx/messages.ts";
import {
  broadcastLike,
  concat,
  flatten,
  gather,
  largest,
  mul,
  reluOp,
  reshape,
  reshapeLike,
  split,
  sqrt,
  square,
  sub,
  sum,
  sumOfSquares,
} from "../../ops/index.ts";
import type { Network } from "../network.ts";
import { batchFrom, completeLabel, gatherRows, partsIn, residentInputs } from "../network.ts";
import { totalLoss } from "../total-loss.ts";

export interface ProbeProgram {
  readonly model: OnnxModel;
  /** Hidden layers whose units can be off, from the input on: output `peak.N` is of layer N. */
  readonly layers: readonly { readonly name: string; readonly units: number }[];
  /** Weight matrices in the order of the output `gradients`. */
  readonly matrices: readonly ParameterSpec[];
}

/** Features of a batch → what another model makes of them, in the same shape. */
export type Control = (x: Value) => Value;

/**
 * Inputs: `data.*` resident; `rows` int32 `[batch]`; `key` uint32 `[2]`; `shuffle` int32
 * `[batch, features]`, places among the batch's numbers; `parameter.*` and `buffer.*`.
 *
 * Outputs: `loss`; `code` `[batch, latent]`; `kl` `[latent]`, for families that have one;
 * `gradients` `[matrices]`, lengths; `peak.*` `[units]`, the largest value of each unit; and for
 * the data and what is made of them, a sum over rows a feature, numbers first: `data.count`,
 * `data.sum`, `data.squares`, `data.error`, `data.control`, and the same under `shuffled.`.
 */
export function probeProgram(
  network: Network,
  spec: NetworkSpec,
  options: { readonly complete: boolean; readonly control: Control | undefined },
): ProbeProgram {
  const { family, preprocessing } = network;
  const { layout } = preprocessing;
  const data = residentInputs(network);
  const rows = input("rows", "int32", ["batch"]);
  const key = input("key", "uint32", [2]);
  const shuffle = input("shuffle", "int32", ["batch", featuresOf(layout)]);
  const weights = inputsOf("parameter", spec.parameters);
  const buffers = inputsOf("buffer", spec.buffers);
  const partsFor = (training: boolean): Parts => {
    const scope = createScope({
      parameter: ({ name }) => weights.get(name) as Value,
      buffer: ({ name }) => buffers.get(name) as Value,
      key,
      training,
    });
    return partsIn(scope, network);
  };
  const picked = gatherRows(network, data, rows);
  const batch = batchFrom(network, picked, { complete: options.complete });
  // As in a step of training: some families have no gradient otherwise.
  const terms = family.loss(partsFor(true), batch);
  const { total } = totalLoss(terms, Object.keys(family.terms));
  const matrices = spec.parameters.filter(({ shape }) => shape.length > 1);
  const lengths = gradients(
    total,
    matrices.map(({ name }) => weights.get(name) as Value),
  ).map((gradient) => reshape(sqrt(sumOfSquares(gradient)), [1]));

  const parts = partsFor(false);
  const watched = watchHidden(parts);
  const show = (seen: Batch): { readonly code: Value; readonly shown: Value } => {
    const code = family.encode(watched.parts, seen);
    const label = completeLabel(network, watched.parts, seen);
    return { code, shown: family.decode(watched.parts, code, label) };
  };
  const { code, shown } = show(batch);
  const layers = watched.layers();
  const target = batch.target ?? batch;
  const places = gather(reshape(flatten(batch.x), [-1]), shuffle);
  const mixed: Batch = { ...batch, x: reshapeLike(places, batch.x.shape) };
  return {
    layers: layers.map(({ name, value }) => ({ name, units: value.shape.at(-1) as number })),
    matrices,
    model: exportModel({
      name: "probe",
      inputs: [
        ...Object.values(data),
        rows,
        key,
        shuffle,
        ...weights.values(),
        ...buffers.values(),
      ],
      outputs: {
        loss: total,
        code: flatten(code),
        ...(family.divergence === undefined
          ? {}
          : { kl: sum(family.divergence(parts, batch), { axes: [0] }) }),
        ...(lengths.length === 0 ? {} : { gradients: concat(lengths, 0) }),
        ...Object.fromEntries(layers.map(({ value }, i) => [`peak.${i}`, peaks(value)])),
        ...sums("data", layout, target, shown, options.control?.(batch.x)),
        ...sums("shuffled", layout, { x: mixed.x }, show(mixed).shown),
      },
    }),
  };
}

function inputsOf(prefix: string, specs: readonly BufferSpec[]): ReadonlyMap<string, Value> {
  return new Map(
    specs.map(({ name, shape }) => [name, input(`${prefix}.${name}`, "float32", shape)]),
  );
}

interface Hidden {
  readonly name: string;
  readonly value: Value;
}

/**
 * The same parts, with an eye on the rectifiers of the body: only of the first pass, as later
 * ones run through the same units.
 */
function watchHidden(parts: Parts): {
  readonly parts: Parts;
  readonly layers: () => readonly Hidden[];
} {
  const seen = new Map<string, readonly Hidden[]>();
  const watch = (name: string, from: Value, to: Value): Value => {
    if (!seen.has(name)) {
      const found = sortedNodes([to], (node) => node === from.node).filter(isRectifier);
      seen.set(
        name,
        found.map((node, i) => ({ name: `${name} ${i + 1}`, value: node.outputs[0] as Value })),
      );
    }
    return to;
  };
  return {
    layers: () => [...seen.values()].flat(),
    parts: {
      ...parts,
      encoder: (x, outputs, name = "encoder") => watch(name, x, parts.encoder(x, outputs, name)),
      decoder: (z, ...rest) => watch("decoder", z, parts.decoder(z, ...rest)),
    },
  };
}

function isRectifier(node: Node): boolean {
  return node.op.name === reluOp.name;
}

/** The largest value of each unit, over rows and places. */
function peaks(x: Value): Value {
  return largest(x, { axes: x.shape.slice(0, -1).map((_, i) => i) });
}

/** Sums over rows, a feature each; numbers first, as only they are in the control's race. */
function sums(
  prefix: string,
  layout: Layout,
  { x, observed }: Pick<Batch, "x" | "observed">,
  shown: Value,
  control?: Value,
): Record<string, Value> {
  const cut = (value: Value): readonly Value[] =>
    split(
      value,
      layout.segments.map(({ size }) => size),
      -1,
    );
  const numbersFirst = (values: readonly Value[]): readonly Value[] => {
    const is = (i: number): boolean => layout.segments[i]?.kind === "numbers";
    return [...values.filter((_, i) => is(i)), ...values.filter((_, i) => !is(i))];
  };
  const ones = cut(x).map((part, i) =>
    observed !== undefined && layout.segments[i]?.kind === "numbers"
      ? reshapeLike(observed, part.shape)
      : broadcastLike(scalar(1), part),
  );
  const over = (values: readonly Value[]): Value =>
    concat(
      numbersFirst(values.map((value, i) => mul(value, ones[i] as Value))).map((value) =>
        sum(flatten(value), { axes: [0] }),
      ),
      0,
    );
  const given = cut(x);
  const errors = (other: Value): Value =>
    over(cut(other).map((value, i) => square(sub(value, given[i] as Value))));
  const found = {
    count: over(given.map((value) => broadcastLike(scalar(1), value))),
    sum: over(given),
    squares: over(given.map((value) => square(value))),
    error: errors(shown),
    ...(control === undefined ? {} : { control: errors(control) }),
  };
  return Object.fromEntries(
    Object.entries(found).map(([name, value]) => [`${prefix}.${name}`, value]),
  );
}
