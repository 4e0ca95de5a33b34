/**
 * A head that is taught: the encoder's layers with a last one of their own, trained to give what a
 * teacher says of each row. With a start, weights are
 *
 *   W = W₀ + rate · Δ,   Δ learned from 0,
 *
 * so that the encoder moves `rate` times as fast as the last layer, or stays as it is where that is
 * 0 (Howard and Ruder, "Universal language model fine-tuning", 2018, section 3.2), and weight decay
 * draws it to where it started (Li, Grandvalet and Davoine, "Explicit inductive bias for transfer
 * learning", 2018).
 */
import { tensor } from "../base/tensor.ts";
import type { Tensor } from "../base/tensor.ts";
import type { CompactType } from "../data/preprocessing.ts";
import type { Family } from "../families/family.ts";
import type { Value } from "../graph/value.ts";
import { constant } from "../graph/value.ts";
import { categoricalLoss } from "../losses/categorical.ts";
import type { Batch } from "../losses/reconstruction.ts";
import { zeros } from "../nn/initializers.ts";
import type { ParameterSpec, Scope } from "../nn/scope.ts";
import { countOf } from "../nn/scope.ts";
import { add, mul, slice, square, sub, sum } from "../ops/index.ts";
import type { Network } from "./network.ts";
import type { Weights } from "./weights.ts";

/** Values of weights by their names. */
export type Start = ReadonlyMap<string, Float32Array>;

/** The scope of the head's weights. */
const HEAD = "head";
/** The last layer, which is the head's own. */
const LAST = `${HEAD}.code.`;
/** What is taught lies beside the data: outputs wanted, and how much the row counts. */
const TAUGHT = "taught";

export interface StudentOptions {
  readonly kind: "classes" | "numbers";
  readonly outputs: number;
  readonly start: Start;
  /** How fast layers with a start move, beside the last one. */
  readonly rate: number;
}

/** Outputs of the head for a batch, `[batch, outputs]`: logits of classes, or standardised numbers. */
export function headOutputs(
  scope: Scope,
  { body, preprocessing: { layout } }: Pick<Network, "body" | "preprocessing">,
  { x }: Batch,
  outputs: number,
): Value {
  return body.encode(scope.child(HEAD), x, outputs, layout.bounded ? 0.5 : 1);
}

/** The encoder's weights as where a head starts; empty where the family has no encoder of that name. */
export function startFrom({ spec, parameters }: Weights): Start {
  const start = new Map<string, Float32Array>();
  let at = 0;
  for (const one of spec.parameters) {
    const size = countOf([one]);
    const name = one.name.replace(/^encoder\./, `${HEAD}.`);
    if (name !== one.name && !name.startsWith(LAST))
      start.set(name, parameters.slice(at, at + size));
    at += size;
  }
  return start;
}

/** The network that learns the head: trained like any other, on rows that hold what is taught. */
export function studentNetwork(network: Network, options: StudentOptions): Network {
  const { kind, outputs, start, rate } = options;
  const { preprocessing, body } = network;
  const type: CompactType = { dtype: "float32", shape: [outputs + 1] };
  const family = {
    name: "head",
    terms: { head: kind === "classes" ? "nats" : "squared error" },
    loss: ({ scope }: { readonly scope: Scope }, batch: Batch) => {
      const taught = batch.label as Value;
      const wanted = slice(taught, 0, outputs, 1);
      const weight = slice(taught, outputs, outputs + 1, 1);
      const given = headOutputs(
        movedScope(scope, start, rate),
        { body, preprocessing },
        batch,
        outputs,
      );
      const loss =
        kind === "classes"
          ? categoricalLoss(wanted, given)
          : mul(sum(square(sub(given, wanted)), { axes: [1], keep: true }), 0.5);
      return { head: { value: sum(mul(loss, weight), { axes: [1] }) } };
    },
  };
  return {
    body,
    latent: network.latent,
    family: family as unknown as Family,
    preprocessing: {
      ...preprocessing,
      compact: { ...preprocessing.compact, [TAUGHT]: type },
      batch: (compact, how) => ({
        ...preprocessing.batch(compact, how),
        label: compact[TAUGHT] as Value,
      }),
    },
  };
}

/** What is taught of each row, as it lies beside the data. */
export function taughtTensor(
  target: Float32Array,
  weight: Float32Array,
  outputs: number,
): Readonly<Record<string, Tensor>> {
  const rows = weight.length;
  const data = new Float32Array(rows * (outputs + 1));
  for (let row = 0; row < rows; row += 1) {
    data.set(target.subarray(row * outputs, (row + 1) * outputs), row * (outputs + 1));
    data[row * (outputs + 1) + outputs] = weight[row] as number;
  }
  return { [TAUGHT]: tensor("float32", data, [rows, outputs + 1]) };
}

/** Parameters with a start are that, and what was learned on top of it. */
function movedScope(scope: Scope, start: Start, rate: number): Scope {
  const full = (name: string): string => (scope.path === "" ? name : `${scope.path}.${name}`);
  return {
    ...scope,
    child: (name) => movedScope(scope.child(name), start, rate),
    parameter: (name, shape, initial, options) => {
      const first = start.get(full(name));
      if (first === undefined) return scope.parameter(name, shape, initial, options);
      const held = constant(tensor("float32", first, shape));
      const fast = rateOf(full(name), rate);
      return fast === 0 ? held : add(held, mul(scope.parameter(name, shape, zeros, options), fast));
    },
  };
}

/** The last layer moves at full speed, also from where an earlier run left it. */
function rateOf(name: string, rate: number): number {
  return name.startsWith(LAST) ? 1 : rate;
}

/** The weights of a trained head themselves, its start and what was learned together. */
export function headWeights(
  head: {
    readonly spec: { readonly parameters: readonly ParameterSpec[] };
    readonly parameters: Float32Array;
  },
  all: readonly ParameterSpec[],
  { start, rate }: Pick<StudentOptions, "start" | "rate">,
): Start {
  const learned = new Map<string, Float32Array>();
  let at = 0;
  for (const one of head.spec.parameters) {
    const size = countOf([one]);
    learned.set(one.name, head.parameters.subarray(at, at + size));
    at += size;
  }
  return new Map(
    all.map(({ name }) => {
      const first = start.get(name);
      const own = learned.get(name);
      if (first === undefined) return [name, (own as Float32Array).slice()];
      return [
        name,
        own === undefined
          ? first
          : first.map((w, i) => w + rateOf(name, rate) * (own[i] as number)),
      ];
    }),
  );
}
