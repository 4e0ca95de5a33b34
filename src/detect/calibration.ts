/** From scores of rows known to be usual to alarms: thresholds, p-values, drift. */
import { inputError } from "../base/errors.ts";

/** How a threshold was set, and where it lies. */
export interface Threshold {
  /**
   * `false-alarms`: at most this share of usual rows lies above, for rows exchangeable with the
   * calibration's (split conformal prediction). `contamination`: this share of the calibration's
   * rows is taken to be unusual. `quantile`: of the calibration's scores. `score`: as given.
   */
  readonly by: "false-alarms" | "contamination" | "quantile" | "score";
  /** The share, the quantile or the score that was asked for. */
  readonly at: number;
  /** Rows with a score above this raise an alarm. */
  readonly value: number;
}

export type ThresholdRule = Pick<Threshold, "by" | "at">;

/** One false alarm in a hundred usual rows. */
export const DEFAULT_FALSE_ALARMS = 0.01;

/**
 * Where alarms begin, given scores of rows like those to come.
 *
 * By false alarms: the k-th largest of n scores, k = ⌊α (n + 1)⌋. A new row that is exchangeable with
 * them lies above with a chance of at most α, whatever the distribution.
 *
 * @param scores rising
 * @throws `threshold.invalid` for a share outside (0, 1), `threshold.rows` when there are too few
 *   scores for so few false alarms
 * @see Vovk, Gammerman and Shafer, "Algorithmic learning in a random world" (2005), chapter 2
 * @example
 * thresholdOf(scores, { by: "false-alarms", at: 0.01 }).value; // the 10th largest of 999
 */
export function thresholdOf(scores: Float32Array, { by, at }: ThresholdRule): Threshold {
  const n = scores.length;
  if (by === "score") {
    if (!Number.isFinite(at)) throw invalid(by, "a number", at);
    return { by, at, value: at };
  }
  if (!(at > 0 && at < 1)) throw invalid(by, "a number between 0 and 1, as 0.01", at);
  if (by === "quantile") return { by, at, value: quantileOf(scores, at) };
  if (by === "contamination") return { by, at, value: quantileOf(scores, 1 - at) };
  const above = Math.floor(at * (n + 1) * (1 + 1e-12));
  if (above === 0) {
    throw inputError("threshold.rows", {
      place: "threshold by false alarms",
      expected: `at least ${(Math.ceil(1 / at) - 1).toLocaleString("en")} rows to promise at most ${at} of false alarms`,
      got: `${n.toLocaleString("en")} rows`,
      hint: "give more rows, or allow more false alarms",
    });
  }
  return { by, at, value: scores[n - above] as number };
}

/** Scores that a calibration keeps, at most: enough for chances of a thousandth. */
export const CALIBRATION_ROWS = 4096;

/** Scores as a calibration keeps them: rising; evenly spread ones, where there are too many. */
export function calibrationOf(scores: ArrayLike<number>): Float32Array {
  const sorted = Float32Array.from(scores).filter(Number.isFinite).sort();
  if (sorted.length <= CALIBRATION_ROWS) return sorted;
  const step = sorted.length / CALIBRATION_ROWS;
  return Float32Array.from(
    { length: CALIBRATION_ROWS },
    (_, i) => sorted[Math.floor((i + 0.5) * step)] as number,
  );
}

/** The strictest share that as many rows can promise, the default share where they are enough. */
export function falseAlarmsFor(rows: number): number {
  return Math.max(DEFAULT_FALSE_ALARMS, 1 / (rows + 1));
}

function invalid(by: string, expected: string, got: number): Error {
  return inputError("threshold.invalid", {
    place: `threshold by ${by}`,
    expected,
    got: String(got),
  });
}

function quantileOf(sorted: Float32Array, quantile: number): number {
  const at = quantile * (sorted.length - 1);
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

/**
 * The chance that a usual row scores as high: (1 + number of scores ≥ this) / (1 + number of
 * scores). Twin of `pValueInGraph`.
 *
 * @param scores rising
 */
export function pValueOf(scores: Float32Array, score: number): number {
  let low = 0;
  let high = scores.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((scores[middle] as number) < score) low = middle + 1;
    else high = middle;
  }
  return (1 + scores.length - low) / (1 + scores.length);
}

/** What scores say of rows, one entry each. */
export interface Alarms {
  /** The chance that a usual row scores as high; NaN where there is no score. */
  readonly pValues: Float64Array;
  /** 1 for a row that raises an alarm. */
  readonly alarms: Uint8Array;
}

/**
 * As `p_value` and `alarm` of the graph.
 *
 * @param calibration rising
 */
export function alarmsOf(
  scores: ArrayLike<number>,
  calibration: Float32Array,
  { value }: Pick<Threshold, "value">,
): Alarms {
  // In the graph the limit is a float32, as the scores are.
  const limit = Math.fround(value);
  const pValues = new Float64Array(scores.length);
  const alarms = new Uint8Array(scores.length);
  for (let i = 0; i < scores.length; i += 1) {
    const score = scores[i] as number;
    pValues[i] = Number.isNaN(score) ? Number.NaN : pValueOf(calibration, score);
    alarms[i] = score > limit ? 1 : 0;
  }
  return { pValues, alarms };
}

/** How many rows would raise an alarm if all were usual, as a share. */
export function expectedShare({ by, at, value }: Threshold, calibration: Float32Array): number {
  if (by === "false-alarms" || by === "contamination") return at;
  if (by === "quantile") return 1 - at;
  const limit = Math.fround(value);
  return calibration.filter((score) => score > limit).length / Math.max(1, calibration.length);
}

/**
 * Whether rows lie further out than those that the calibration saw. Rows that lie nearer, as those do
 * that a model was trained on, are no reason to worry: they raise fewer alarms than promised.
 */
export interface Drift {
  /**
   * By how much of all rows the new scores are the higher ones, at most: the largest share of the
   * calibration below a score less the share of new rows below it (Smirnov, one-sided), in [0, 1].
   */
  readonly gap: number;
  /** Chance of such a gap, or a larger one, where nothing has changed. */
  readonly chance: number;
  /** Whether there is reason to doubt that nothing has changed: rare and large. */
  readonly drifted: boolean;
  /** Share of the calibration's scores that lie below half of the new ones: 0.5 as long as nothing changes. */
  readonly middle: number;
}

/** Gaps below this do not matter, however sure they are: alarms come about as promised. */
const SMALLEST_GAP = 0.1;
const RARE = 1e-6;
const BINS = 1024;

/** Counts scores as they come and compares them with the calibration's, in memory that does not grow. */
export interface DriftWatch {
  /** @param pValue of a row's score, by the same calibration; NaN does not count */
  add(pValue: number): void;
  drift(): Drift;
}

/**
 * @param scores the calibration's, rising
 * @param options.alike scores that say about as much as one: those of a window's points
 */
export function watchDrift(
  scores: Float32Array,
  { alike = 1 }: { readonly alike?: number } = {},
): DriftWatch {
  // Places among the calibration's scores, in bins: uniform as long as nothing changes.
  const bins = Math.min(BINS, scores.length);
  const counts = new Float64Array(bins + 1);
  let total = 0;
  return {
    add(pValue) {
      if (Number.isNaN(pValue)) return;
      const place = 1 - pValue + 1 / (scores.length + 1);
      const bin = Math.min(bins, Math.floor(place * bins));
      counts[bin] = (counts[bin] as number) + 1;
      total += 1;
    },
    drift() {
      if (total === 0 || bins === 0) return { gap: 0, chance: 1, drifted: false, middle: 0.5 };
      let below = 0;
      let gap = 0;
      let middle: number | undefined;
      for (let i = 0; i < bins; i += 1) {
        const before = below;
        below += counts[i] as number;
        if (middle === undefined && below >= total / 2)
          middle = (i + (total / 2 - before) / (counts[i] as number)) / bins;
        gap = Math.max(gap, (i + 1) / bins - below / total);
      }
      const n = (total * scores.length) / (total + scores.length) / alike;
      // Smirnov 1944: of the larger of two samples, as both grow.
      const chance = Math.exp(-2 * n * gap * gap);
      return { gap, chance, drifted: gap > SMALLEST_GAP && chance < RARE, middle: middle ?? 1 };
    },
  };
}
