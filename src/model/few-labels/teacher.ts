/**
 * What is said of rows without a label by those that have one: labels spread over the neighbours of
 * codes, and linear heads on features and on codes, weighed by how well each says labels it has not
 * seen (docs/decisions/few-labels.md).
 */
import type { Matrix } from "../../base/tensor.ts";
import {
  ENOUGH_TO_JUDGE,
  chancesOf,
  combined,
  memberWeights,
  worthwhileWeights,
} from "../../evaluate/few-labels/calibrate.ts";
import type { Taught } from "../../evaluate/few-labels/choose.ts";
import type { LinearFit, LinearHead } from "../../evaluate/few-labels/linear.ts";
import { fitLinear } from "../../evaluate/few-labels/linear.ts";
import { neighboursOf, spreadOver } from "../../evaluate/few-labels/spread.ts";
import type { Engine } from "../../runtime/engine.ts";
import type { Network } from "../../train/network.ts";
import type { Weights } from "../../train/weights.ts";
import { featuresOf } from "../../losses/layout.ts";
import type { Compact } from "./material.ts";
import { featuresIn, judged, likenessOf, linearOutputs, takeCompact } from "./material.ts";

/** How much of what arrives goes on: each is a member, as none suits every number of labels. */
const ALPHAS = [0.5, 0.8, 0.9, 0.95, 0.99];
/** Linear heads on more features take long, and codes say as much. */
const MOST_FEATURES = 2048;
/** A chance is no smaller than this before its logarithm is taken. */
const LEAST = 1e-4;

export interface Teacher {
  /** What it says of all rows without each fold's labels, `[rows, outputs]`: chances, or numbers. */
  readonly folds: readonly Float32Array[];
  /** By all labels. */
  readonly all: Float32Array;
  /** The weight of each member. */
  readonly members: Readonly<Record<string, number>>;
  /** Whether what neighbours say counts. */
  readonly spreads: boolean;
  /** The linear model on features; absent where they are too many. */
  readonly linear: LinearMember | undefined;
}

/** A linear model, and what it says of each labelled row when fitted without its fold. */
export interface LinearMember {
  readonly head: LinearHead;
  readonly outOfFold: Float32Array;
}

/**
 * @param compact all rows, the labelled ones first, in the order of `taught`
 * @param folds of the labelled rows
 */
export async function teach(
  engine: Engine,
  network: Network,
  weights: Weights,
  {
    compact,
    taught,
    folds,
  }: { readonly compact: Compact; readonly taught: Taught; readonly folds: Int32Array },
): Promise<Teacher> {
  const labelled = folds.length;
  const { outputs, target } = taught;
  const own = takeCompact(
    compact,
    Int32Array.from({ length: labelled }, (_, i) => i),
  );
  const likeness = await likenessOf(engine, network, weights, compact);
  const spread = await spreadLabels(engine, likeness, taught, folds);
  const onCode = await fitLinear(engine, firstRows(likeness, labelled), taught, folds);
  const codeSaid: Float32Array[] = [];
  for (const head of headsOf(onCode))
    codeSaid.push((await linearOutputs(engine, likeness, head)).data);
  const few = featuresOf(network.preprocessing.layout) <= MOST_FEATURES;
  const onFeatures = few
    ? await fitLinear(engine, await featuresIn(engine, network, own), taught, folds)
    : undefined;
  const linear = [
    ...(onFeatures === undefined
      ? []
      : [await judged(engine, network, compact, headsOf(onFeatures))]),
    codeSaid,
  ].map((groups) => groups.map((one) => logged(one, taught)));
  const names = [
    ...ALPHAS.map((alpha) => `neighbours, ${alpha}`),
    ...(few ? ["features"] : []),
    "code",
  ];
  const held = (groups: readonly Float32Array[]): Float32Array => heldOut(groups, folds, outputs);
  const all = [...spread, ...linear];
  const groups = [
    // Beside its weight, how far labels spread.
    { members: spread.map(held), choices: 2 },
    ...linear.map((one) => ({ members: [held(one)], choices: 1 })),
  ];
  const shares =
    labelled < ENOUGH_TO_JUDGE
      ? memberWeights(all.map(held), taught, target).weights
      : worthwhileWeights(groups, taught, target);
  const said = Array.from({ length: (all[0] as readonly Float32Array[]).length }, (_, group) =>
    given(
      combined(
        all.map((groups) => groups[group] as Float32Array),
        shares,
      ),
      taught,
    ),
  );
  return {
    folds: said.slice(0, -1),
    all: said.at(-1) as Float32Array,
    members: Object.fromEntries(names.map((name, i) => [name, shares[i] as number])),
    spreads: shares.slice(0, ALPHAS.length).some((share) => share > 0),
    linear: onFeatures,
  };
}

/** What members' sums are for the student: chances, or the numbers themselves. */
function given(values: Float32Array, { kind, outputs }: Taught): Float32Array {
  return kind === "classes" ? chancesOf(values, outputs) : values;
}

/** What a linear head says, as members are added up. */
function logged(values: Float32Array, { kind, outputs }: Taught): Float32Array {
  return kind === "classes" ? logs(chancesOf(values, outputs)) : values;
}

function logs(chances: Float32Array): Float32Array {
  return chances.map((chance) => Math.log(Math.max(LEAST, chance)));
}

/** Of each labelled row what the group says that did not see its label. */
function heldOut(
  groups: readonly Float32Array[],
  folds: Int32Array,
  outputs: number,
): Float32Array {
  const found = new Float32Array(folds.length * outputs);
  for (const [row, fold] of folds.entries()) {
    const said = groups[fold] as Float32Array;
    found.set(said.subarray(row * outputs, (row + 1) * outputs), row * outputs);
  }
  return found;
}

/** The heads without each fold, then the one of all. */
function headsOf({ folds, head }: LinearFit): readonly LinearHead[] {
  return [...folds, head];
}

function firstRows({ data, columns }: Matrix, rows: number): Matrix {
  return { rows, columns, data: data.subarray(0, rows * columns) };
}

/** For each α, for each fold and for all: log-chances or numbers of every row. */
async function spreadLabels(
  engine: Engine,
  codes: Matrix,
  { kind, outputs, target, shares }: Taught,
  folds: Int32Array,
): Promise<readonly (readonly Float32Array[])[]> {
  const { rows } = codes;
  const groups = folds.reduce((a, b) => Math.max(a, b), 0) + 2;
  // Of numbers, beside the sum of labels that arrive how many did.
  const width = kind === "classes" ? outputs : 2;
  const seeds = new Float32Array(rows * groups * width);
  for (const [row, fold] of folds.entries()) {
    for (let group = 0; group < groups; group += 1) {
      if (group === fold) continue;
      const at = (row * groups + group) * width;
      seeds.set(target.subarray(row * outputs, (row + 1) * outputs), at);
      if (kind === "numbers") seeds[at + 1] = 1;
    }
  }
  const graph = await neighboursOf(engine, codes);
  const columns = groups * width;
  const arrived = await spreadOver(engine, graph, { rows, columns, data: seeds }, ALPHAS);
  return arrived.map((all) =>
    Array.from({ length: groups }, (_, group) => {
      const own = new Float32Array(rows * width);
      for (let row = 0; row < rows; row += 1) {
        const from = (row * groups + group) * width;
        own.set(all.subarray(from, from + width), row * width);
      }
      return kind === "classes" ? logs(balanced(own, shares)) : ratios(own);
    }),
  );
}

/** Chances whose means over rows are the shares of the classes among the labels. */
function balanced(arrived: Float32Array, shares: readonly number[]): Float32Array {
  const classes = shares.length;
  const chances = normalised(arrived, shares);
  const means = new Float64Array(classes);
  for (const [i, chance] of chances.entries())
    means[i % classes] = (means[i % classes] as number) + (chance * classes) / chances.length;
  return normalised(
    chances.map(
      (chance, i) => (chance * (shares[i % classes] as number)) / (means[i % classes] as number),
    ),
    shares,
  );
}

/** Rows to sum 1; where nothing arrived, the shares. */
function normalised(values: Float32Array, shares: readonly number[]): Float32Array {
  const classes = shares.length;
  const made = new Float32Array(values.length);
  for (let from = 0; from < values.length; from += classes) {
    const total = values.subarray(from, from + classes).reduce((a, b) => a + b, 0);
    for (let i = 0; i < classes; i += 1)
      made[from + i] = total > 1e-20 ? (values[from + i] as number) / total : (shares[i] as number);
  }
  return made;
}

/** The mean of the numbers that arrived; where none did, the mean of all, 0. */
function ratios(arrived: Float32Array): Float32Array {
  return Float32Array.from({ length: arrived.length / 2 }, (_, row) => {
    const count = arrived[2 * row + 1] as number;
    return count > 1e-20 ? (arrived[2 * row] as number) / count : 0;
  });
}
