/**
 * How well scores put anomalies above the rest, whatever the threshold.
 *
 *   area under the ROC curve = P(score of an anomaly > score of another row), a tie counting half
 *   average precision = Σ_k (R_k − R_{k−1}) · P_k   over thresholds from the highest score down,
 *
 * P_k and R_k the precision and recall at threshold k; rows of equal score enter together.
 *
 * @see Hanley and McNeil, "The meaning and use of the area under a receiver operating
 *   characteristic (ROC) curve" (1982); Su, Yuan and Zhu, "A relationship between the average
 *   precision and the area under the ROC curve" (2015)
 */
import { inputError } from "../../base/errors.ts";

/** One a row: 1 or true of an anomaly. */
export type AnomalyLabels = ArrayLike<number | boolean>;

/**
 * The chance that an anomaly scores higher than a row that is none; .5 is guessing, 1 perfect.
 *
 * @param scores higher = more unusual
 * @returns undefined where all rows are anomalies, or none is
 * @throws `data.labels` where counts differ, `data.values` for a score that is no number
 *
 * @example
 * areaUnderRoc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]); // 0.75
 */
export function areaUnderRoc(scores: ArrayLike<number>, labels: AnomalyLabels): number | undefined {
  let [ordered, anomalies, others] = [0, 0, 0];
  // From the highest down: pairs in which the anomaly came first, those of a tie as halves.
  for (const group of tieGroups(scores, labels)) {
    ordered += group.others * (anomalies + group.anomalies / 2);
    anomalies += group.anomalies;
    others += group.others;
  }
  return anomalies === 0 || others === 0 ? undefined : ordered / (anomalies * others);
}

/**
 * Average precision; the share of anomalies is what guessing gives.
 *
 * @param scores higher = more unusual
 * @returns undefined where no row is an anomaly
 * @throws `data.labels` where counts differ, `data.values` for a score that is no number
 *
 * @example
 * averagePrecision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]); // 0.8333
 */
export function averagePrecision(
  scores: ArrayLike<number>,
  labels: AnomalyLabels,
): number | undefined {
  let [sum, anomalies, rows] = [0, 0, 0];
  for (const group of tieGroups(scores, labels)) {
    anomalies += group.anomalies;
    rows += group.anomalies + group.others;
    sum += (group.anomalies * anomalies) / rows;
  }
  return anomalies === 0 ? undefined : sum / anomalies;
}

/**
 * Precision over recall as the threshold goes down, to draw: `[recall, precision]`, recall rising
 * from near 0 to 1, about `most` of them.
 *
 * @throws `data.labels` where counts differ, `data.values` for a score that is no number
 */
export function precisionRecall(
  scores: ArrayLike<number>,
  labels: AnomalyLabels,
  most = 100,
): readonly (readonly [recall: number, precision: number])[] {
  let [anomalies, rows] = [0, 0];
  const all: [number, number][] = [];
  for (const group of tieGroups(scores, labels)) {
    anomalies += group.anomalies;
    rows += group.anomalies + group.others;
    if (group.anomalies > 0) all.push([anomalies, anomalies / rows]);
  }
  let next = 0;
  return all.flatMap(([found, precision], i) => {
    const recall = found / anomalies;
    if (recall < next && i < all.length - 1) return [];
    next = recall + 1 / most;
    return [[recall, precision] as const];
  });
}

/** @throws `data.labels` where counts differ, `data.values` for a score that is no number */
export function requireScores(scores: ArrayLike<number>, labels: AnomalyLabels): void {
  if (scores.length !== labels.length) {
    throw inputError("data.labels", {
      place: "labels of scored rows",
      expected: `${scores.length} values, one a score`,
      got: String(labels.length),
    });
  }
  for (let row = 0; row < scores.length; row += 1) {
    if (!Number.isNaN(scores[row])) continue;
    throw inputError("data.values", {
      place: `score of row ${row}`,
      expected: "a number",
      got: "NaN",
    });
  }
}

/** Rows by falling score. */
export function fallingOrder(scores: ArrayLike<number>): Int32Array {
  const values = Float64Array.from(scores);
  return Int32Array.from(values, (_, row) => row).sort(
    (a, b) => (values[b] as number) - (values[a] as number) || a - b,
  );
}

interface TieGroup {
  readonly anomalies: number;
  readonly others: number;
}

/** Rows of one score together, from the highest score down. */
function* tieGroups(scores: ArrayLike<number>, labels: AnomalyLabels): Generator<TieGroup> {
  requireScores(scores, labels);
  const order = fallingOrder(scores);
  let [anomalies, others] = [0, 0];
  for (const [at, row] of order.entries()) {
    if (labels[row]) anomalies += 1;
    else others += 1;
    const next = order[at + 1];
    if (next !== undefined && scores[next] === scores[row]) continue;
    yield { anomalies, others };
    [anomalies, others] = [0, 0];
  }
}
