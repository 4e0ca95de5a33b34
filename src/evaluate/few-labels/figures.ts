/**
 * How well labels are told: of classes
 *
 *   accuracy, area under the ROC curve (each class against the rest, weighed by its rows),
 *   log-loss = mean of −log chance of the label,
 *   ECE = Σ over bins of the likeliest chance, |accuracy − mean chance| · share of rows;
 *
 * of numbers root mean square error and R² = 1 − Σ (y − ŷ)² / Σ (y − mean)².
 *
 * @see Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks" (2017), section
 *   2, for ECE; Hand and Till, "A simple generalisation of the area under the ROC curve" (2001)
 */
import { areaUnderRoc } from "../detection/ranking.ts";

export interface ClassFigures {
  readonly accuracy: number;
  /** Absent where all rows are of one class. */
  readonly auroc?: number;
  readonly logLoss: number;
  readonly ece: number;
}

export interface NumberFigures {
  readonly rmse: number;
  readonly r2: number;
}

export type LabelFigures = ClassFigures | NumberFigures;

const BINS = 15;
/** A chance of 0 would make one row's loss infinite. */
const LEAST = 1e-7;

/**
 * @param chances `[rows, classes]`
 * @param truth the class of each row
 */
export function classFigures(
  chances: Float32Array,
  truth: Int32Array,
  classes: number,
): ClassFigures {
  const rows = truth.length;
  const bins = Array.from({ length: BINS }, () => ({ rows: 0, right: 0, chance: 0 }));
  let [right, loss] = [0, 0];
  for (const [row, label] of truth.entries()) {
    const own = chances.subarray(row * classes, (row + 1) * classes);
    const top = Math.max(...own);
    const hit = Number(own.indexOf(top) === label);
    right += hit;
    loss -= Math.log(Math.max(LEAST, own[label] ?? 0));
    const bin = bins[Math.min(BINS - 1, Math.floor(top * BINS))];
    if (bin === undefined) continue;
    bin.rows += 1;
    bin.right += hit;
    bin.chance += top;
  }
  const auroc = meanAuroc(chances, truth, classes);
  return {
    accuracy: right / rows,
    ...(auroc === undefined ? {} : { auroc }),
    logLoss: loss / rows,
    ece: bins.reduce((total, bin) => total + Math.abs(bin.right - bin.chance) / rows, 0),
  };
}

function meanAuroc(chances: Float32Array, truth: Int32Array, classes: number): number | undefined {
  let [total, weight] = [0, 0];
  for (let label = 0; label < classes; label += 1) {
    const marks = Uint8Array.from(truth, (own) => Number(own === label));
    const scores = Float64Array.from(truth, (_, row) => chances[row * classes + label] as number);
    const area = areaUnderRoc(scores, marks);
    if (area === undefined) continue;
    const count = marks.reduce((a, b) => a + b, 0);
    total += area * count;
    weight += count;
    // The other class of two has the same pairs the other way round.
    if (classes === 2) break;
  }
  return weight === 0 ? undefined : total / weight;
}

export function numberFigures(given: ArrayLike<number>, truth: Float64Array): NumberFigures {
  const rows = truth.length;
  const center = truth.reduce((a, b) => a + b, 0) / rows;
  let [error, spread] = [0, 0];
  for (const [row, value] of truth.entries()) {
    error += (value - (given[row] as number)) ** 2;
    spread += (value - center) ** 2;
  }
  return { rmse: Math.sqrt(error / rows), r2: spread === 0 ? Number.NaN : 1 - error / spread };
}
