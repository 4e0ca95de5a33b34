/** The rule of `detector.ts` in a graph. */
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { Value } from "../graph/value.ts";
import { constant } from "../graph/value.ts";
import {
  add,
  argMax,
  cast,
  concat,
  div,
  exp,
  flatten,
  gather,
  gemm,
  greaterOrEqual,
  log,
  max,
  mul,
  neg,
  pow,
  reshape,
  smallest,
  sqrt,
  sub,
  sum,
  sumOfSquares,
} from "../ops/index.ts";
import { CALIBRATION_ROWS } from "./calibration.ts";
import type { Detector, Distance, Local, Measure, References, Whitening } from "./detector.ts";
import { FLOOR } from "./detector.ts";

/** A row as the network sees it. */
export interface Seen {
  /** Features, `[batch, …]`. */
  readonly x: Value;
  /** Code, `[batch, latent]`. */
  readonly code: Value;
  /** Reconstructed features, in the shape of x. */
  readonly shown: Value;
}

/** Code and residual side by side, whitened, each with a mean square of about 1 over its numbers. */
function whitenedInGraph({ code, residual }: Local, seen: Seen): Value {
  return concat(
    [whitened(seen.code, code, "code"), whitened(residualOf(seen), residual, "residual")],
    1,
  );
}

function residualOf({ x, shown }: Seen): Value {
  return sub(flatten(x), flatten(shown));
}

function whitened(x: Value, { center, blocks }: Whitening, name: string): Value {
  const size = center.length;
  const off = sub(x, constant(tensor("float32", center), `detector.${name}.center`));
  const parts = blocks.map(({ features, matrix }, i) => {
    const n = features.length;
    const each = matrix.length === n;
    const held = constant(
      tensor("float32", matrix, each ? [n] : [n, n]),
      `detector.${name}.whitening.${i}`,
    );
    const some = n === size ? off : gather(off, [...features], 1);
    return each ? mul(some, held) : gemm(some, held);
  });
  return mul(parts.length === 1 ? (parts[0] as Value) : concat(parts, 1), 1 / Math.sqrt(size));
}

/** Those that the rule has, `[batch]`. */
export type DistanceValues = Readonly<Partial<Record<Distance, Value>>>;

/** The distances that the rule has, `[batch]`. */
export function distancesInGraph(measure: Measure, seen: Seen, near: Near): DistanceValues {
  const mean = ({ distances }: Nearest, { sets }: References): Value =>
    mul(sum(distances, { axes: [1] }), 1 / sets);
  const { global, local, spread } = measure;
  return {
    global: mean(near.global, global),
    ...(local && near.local ? { local: mean(near.local, local.references) } : {}),
    ...(spread
      ? {
          spread: sqrt(sumOfSquares(whitened(residualOf(seen), spread, "residual"), { axes: [1] })),
        }
      : {}),
  };
}

/** What is nearest in each set of references. */
interface Nearest {
  readonly x: Value;
  /** Euclidean, `[batch, sets]`. */
  readonly distances: Value;
  /** ‖r‖² − 2 x·r of all references, `[batch, sets, perSet]`. */
  readonly beside: Value;
  /** `[sets · perSet, size]` */
  readonly rows: Value;
}

/** What is nearest in both spaces; distances and their parts are both made from it. */
export interface Near {
  readonly global: Nearest;
  readonly local?: Nearest;
}

export function nearestInGraph({ global, local }: Measure, seen: Seen): Near {
  return {
    global: nearest(flatten(seen.x), global, "global"),
    ...(local ? { local: nearest(whitenedInGraph(local, seen), local.references, "local") } : {}),
  };
}

/** ‖x − r‖² = ‖x‖² + (‖r‖² − 2 x·r), of which the product is one Gemm for all references. */
function nearest(x: Value, { rows, size, sets, perSet }: References, name: string): Nearest {
  const count = sets * perSet;
  const lengths = Float32Array.from({ length: count }, (_, row) =>
    rows.subarray(row * size, (row + 1) * size).reduce((total, value) => total + value * value, 0),
  );
  const held = constant(tensor("float32", rows, [count, size]), `detector.${name}`);
  const squares = constant(tensor("float32", lengths, [count]), `detector.${name}.squares`);
  const beside = reshape(gemm(x, held, { alpha: -2, transB: 1 }, squares), [-1, sets, perSet]);
  const least = smallest(beside, { axes: [2] });
  // A copy of a reference is at no distance, however the product was rounded.
  const square = add(least, mul(sumOfSquares(x, { axes: [1], keep: true }), 1 - RESOLUTION));
  return { x, distances: sqrt(max(square, 0)), beside, rows: held };
}

/**
 * What each part of a row adds to its global distance, `[batch, parts]`: a distance is the sum over
 * features of (x − r)² / ‖x − r‖. The local one is left out: one odd value changes the code, and with
 * it what is expected of the other columns, which would be blamed for it.
 *
 * @param partOf for each feature its part, as `partOfFeature` gives it
 */
export function partsInGraph(
  { global: references }: Measure,
  { global }: Near,
  partOf: readonly number[],
): Value {
  return perPart(addends(global, references), partOf);
}

/** What each number adds to the mean distance, `[batch, size]`. */
function addends(near: Nearest, references: References): Value {
  const { sets, size } = references;
  const gap = sub(reshape(near.x, [-1, 1, size]), found(near, references));
  const over = max(reshape(near.distances, [-1, sets, 1]), TINY);
  return mul(sum(div(mul(gap, gap), over), { axes: [1] }), 1 / sets);
}

/** The nearest reference of each set, `[batch, sets, size]`. */
function found({ beside, rows }: Nearest, { sets, perSet }: References): Value {
  const first = Int32Array.from({ length: sets }, (_, set) => set * perSet);
  const starts = constant(tensor("int64", BigInt64Array.from(first, BigInt), [1, sets]));
  return gather(rows, add(argMax(neg(beside), 2), starts));
}

/**
 * What a row would be if it were like those that it is nearest to, `[batch, features]`: the mean of
 * the references that its global distance is measured to. The reconstruction would not do: a network
 * that copies an odd value expects just that.
 */
export function expectedInGraph({ global: references }: Measure, { global }: Near): Value {
  return mul(sum(found(global, references), { axes: [1] }), 1 / references.sets);
}

/** Of ‖x‖², what a squared distance is known to: products of many rows and of one round differently. */
const RESOLUTION = 1e-5;
const TINY = Math.sqrt(RESOLUTION);

function perPart(values: Value, partOf: readonly number[]): Value {
  const parts = (partOf.at(-1) ?? -1) + 1;
  if (parts === partOf.length) return values;
  const member = new Float32Array(partOf.length * parts);
  for (const [feature, part] of partOf.entries()) member[feature * parts + part] = 1;
  return gemm(values, constant(tensor("float32", member, [partOf.length, parts])));
}

/**
 * Where a row's score comes from, `[batch, parts]`: what each part adds to the distance beyond the
 * usual, in usual distances. Negative where a part is more usual than most.
 */
export function blameInGraph(
  { usual, usualParts }: Pick<Detector, "usual" | "usualParts">,
  parts: Value,
): Value {
  const mean = constant(tensor("float32", usualParts, [1, usualParts.length]), "detector.parts");
  return mul(sub(parts, mean), 1 / (usual.global as number));
}

/** The score, `[batch]`: 1 is usual. */
export function scoreInGraph(
  { rule, usual }: Pick<Detector, "rule" | "usual">,
  distances: DistanceValues,
): Value {
  const parts = Object.entries(rule.weights).map(([name, weight]) => {
    const distance = distances[name as Distance] as Value;
    const ratio = add(mul(distance, 1 / (usual[name as Distance] as number)), FLOOR);
    return { ratio, weight };
  });
  const total = (terms: readonly Value[]): Value => terms.reduce((a, b) => add(a, b));
  if (rule.power === 0)
    return exp(total(parts.map(({ ratio, weight }) => mul(log(ratio), weight))));
  // High powers of what is far out would be beyond float32: of the largest, all others are shares.
  const largest = parts.map(({ ratio }) => ratio).reduce((a, b) => max(a, b));
  const powers = parts.map(({ ratio, weight }) =>
    mul(pow(div(ratio, largest), rule.power), weight),
  );
  return mul(largest, pow(total(powers), 1 / rule.power));
}

/**
 * The chance that a usual row scores as high, `[batch]`: (1 + how many of the calibration's scores
 * are as high) / (1 + how many there are).
 *
 * @param scores of rows that training did not see
 * @see Bates et al., "Testing for outliers with conformal p-values" (2023), equation 3
 */
export function pValueInGraph(score: Value, scores: Float32Array): Value {
  const tensors = calibrationTensors(scores);
  const held = constant(tensors[CALIBRATION], CALIBRATION);
  const count = constant(tensors[COUNT], COUNT);
  const asHigh = cast(greaterOrEqual(held, reshape(score, [-1, 1])), "float32");
  return div(add(sum(asHigh, { axes: [1] }), 1), add(count, 1));
}

/** Of one size, whatever the count, so that a calibration can be replaced: none is as high as −∞. */
export function calibrationTensors(
  scores: Float32Array,
): Readonly<Record<typeof CALIBRATION | typeof COUNT, Tensor<"float32">>> {
  const padded = new Float32Array(CALIBRATION_ROWS).fill(-Infinity);
  padded.set(scores, CALIBRATION_ROWS - scores.length);
  return {
    [CALIBRATION]: tensor("float32", padded, [1, CALIBRATION_ROWS]),
    [COUNT]: tensor("float32", Float32Array.of(scores.length), []),
  };
}

/** Names in the file: the calibration's scores, rising, their count, and where alarms begin. */
export const CALIBRATION = "detector.calibration";
const COUNT = "detector.calibration.count";
export const THRESHOLD = "detector.threshold";
