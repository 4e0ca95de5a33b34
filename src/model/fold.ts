/**
 * From windows back to points: a point's score is the power mean of the scores of the windows that it
 * is in, with the power that joins distances (`src/detect/detector.ts`): a window that holds an oddity
 * says more than those beside it. What each channel causes, `shares`, is finer: the mean of those
 * windows' parts at the point itself.
 *
 * Parts alone would place an anomaly more sharply, and find fewer: what is odd about most anomalies
 * is a stretch and not a value. Of 7 series of NAB, 10 of SKAB and 4 of SMAP and MSL, mean VUS-PR by
 * windows' reconstruction loss is 0.55, 0.73 and 0.19, by parts 0.17, 0.63 and 0.13, by their
 * geometric mean 0.31, 0.70 and 0.14; windows weighed by how near their middle is come to 0.53, 0.73
 * and 0.18.
 */
import { RULES } from "../detect/detector.ts";

/** Sums a number of values a point, of windows in any order; memory goes with the points alone. */
export interface Fold {
  /** @param values `[windows, steps, width]` */
  add(starts: Int32Array, values: ArrayLike<number>): void;
  /** `[points, width]`: means over the windows that cover a point; NaN where none does. */
  end(): Float64Array;
}

/**
 * @example
 * const fold = createFold({ points: 3, steps: 2, width: 1 });
 * fold.add(Int32Array.of(0, 1), [1, 2, 4, 3]); // windows [1, 2] at point 0 and [4, 3] at point 1
 * fold.end(); // 1, 3, 3
 */
export function createFold({
  points,
  steps,
  width,
}: {
  readonly points: number;
  /** Of a window. */
  readonly steps: number;
  /** Values a point. */
  readonly width: number;
}): Fold {
  const sums = new Float64Array(points * width);
  const covers = new Int32Array(points);
  const size = steps * width;
  return {
    add: (starts, values) => {
      for (let window = 0; window < starts.length; window += 1) {
        const start = starts[window] as number;
        const [to, from] = [start * width, window * size];
        for (let i = 0; i < size; i += 1)
          sums[to + i] = (sums[to + i] as number) + (values[from + i] as number);
        for (let i = start; i < start + steps; i += 1) covers[i] = (covers[i] as number) + 1;
      }
    },
    end: () => {
      const means = new Float64Array(points * width);
      for (let i = 0; i < means.length; i += 1)
        means[i] = (sums[i] as number) / (covers[Math.floor(i / width)] as number);
      return means;
    },
  };
}

/** Scores of windows, some at a time. */
export interface WindowScores {
  /** First point of each window. */
  readonly starts: Int32Array;
  readonly scores: ArrayLike<number>;
  /** `[windows, steps, channels]`: what of the reconstruction loss is where. */
  readonly parts: ArrayLike<number>;
}

export interface FoldedScores {
  /** One a point; NaN where no window covers it. */
  readonly scores: Float64Array;
  /** `[points, channels]`: what each channel causes at the point, in the unit of the parts. */
  readonly shares: Float64Array;
}

/** Folds scores and parts by the rule at the top of this file. */
export function foldScores({
  points,
  steps,
  channels,
}: {
  readonly points: number;
  readonly steps: number;
  readonly channels: number;
}): { add(windows: WindowScores): void; end(): FoldedScores } {
  const scores = foldWindows({ points, steps });
  const shares = createFold({ points, steps, width: channels });
  return {
    add: ({ starts, scores: given, parts }) => {
      scores.add({ starts, scores: given });
      shares.add(starts, parts);
    },
    end: () => ({ scores: scores.end(), shares: shares.end() }),
  };
}

/** Folds scores alone. */
export function foldWindows({
  points,
  steps,
}: {
  readonly points: number;
  readonly steps: number;
}): { add(windows: Pick<WindowScores, "starts" | "scores">): void; end(): Float64Array } {
  const { power } = RULES.series;
  const fold = createFold({ points, steps, width: 1 });
  return {
    add: ({ starts, scores }) => {
      const each = new Float64Array(starts.length * steps);
      for (let window = 0; window < starts.length; window += 1)
        each.fill((scores[window] as number) ** power, window * steps, (window + 1) * steps);
      fold.add(starts, each);
    },
    end: () => fold.end().map((mean) => mean ** (1 / power)),
  };
}
