/**
 * Volume under the precision–recall surface of a series, VUS-PR: average precision that forgives
 * an alarm beside an interval. For a buffer of ℓ points, 0 to L, each labelled interval [s, e] has
 * a ramp on either side,
 *
 *   label(e + d) = label(s − d) = √(1 − d / ℓ),   d = 1 … ⌊ℓ / 2⌋,   at most 1 where ramps meet;
 *
 * with TP the labels under the alarms at a threshold and E the share of intervals, ramps included,
 * that hold an alarm,
 *
 *   precision = TP / alarms,   recall = E · min(1, TP / ((P + P′) / 2)),
 *
 * P the labelled points and P′ those with the ramps; the area under each curve, averaged over ℓ.
 * Thresholds are the scores at `thresholds` equally spaced ranks.
 *
 * There are two forms. `"tsb-ad"`, that of the benchmark whose figures are quoted today, counts in
 * P′ only what of a ramp is under an alarm and adds areas by steps; `"paper"` counts all of a ramp
 * and adds areas by trapezoids.
 *
 * @see Paparrizos, Boniol, Palpanas, Tsay, Elmore and Franklin, "Volume under the surface: a new
 *   accuracy evaluation measure for time-series anomaly detection" (VLDB 2022); Liu and Paparrizos,
 *   "The elephant in the room: towards a reliable time-series anomaly detection benchmark" (NeurIPS
 *   2024)
 */
import { inputError } from "../../base/errors.ts";
import type { AnomalyLabels } from "./ranking.ts";
import { fallingOrder, requireScores } from "./ranking.ts";

export interface VolumeOptions {
  /** L, the largest buffer in points: the length of a window, or of a period. Default 100. */
  readonly buffer?: number;
  /** Default `"tsb-ad"`. */
  readonly form?: "tsb-ad" | "paper";
  /** Default 250. */
  readonly thresholds?: number;
}

interface Interval {
  readonly first: number;
  readonly last: number;
}

/**
 * VUS-PR of the scores of one series, in [0, 1].
 *
 * @param scores one a point, in the order of time; higher = more unusual
 * @returns undefined where no point is an anomaly
 * @throws `data.labels`, `data.values`, `options.invalid`
 *
 * @example
 * volumeUnderPr(scores, labels, { buffer: window });
 */
export function volumeUnderPr(
  scores: ArrayLike<number>,
  labels: AnomalyLabels,
  { buffer = 100, form = "tsb-ad", thresholds = 250 }: VolumeOptions = {},
): number | undefined {
  requireScores(scores, labels);
  requireWhole("buffer", buffer, 0);
  requireWhole("thresholds", thresholds, 2);
  const intervals = intervalsOf(labels);
  if (intervals.length === 0) return undefined;
  const { step, alarms } = alarmSteps(scores, thresholds);
  let volume = 0;
  for (let length = 0; length <= buffer; length += 1)
    volume += areaAt(length, { labels, intervals, step, alarms, form });
  return volume / (buffer + 1);
}

/** The stretches of labelled points. */
export function intervalsOf(labels: AnomalyLabels): readonly Interval[] {
  const found: Interval[] = [];
  for (let at = 0; at < labels.length; at += 1) {
    if (!labels[at]) continue;
    const first = at;
    while (at + 1 < labels.length && labels[at + 1]) at += 1;
    found.push({ first, last: at });
  }
  return found;
}

/** The first threshold at which each point is an alarm, and how many are at each threshold. */
function alarmSteps(scores: ArrayLike<number>, thresholds: number) {
  const order = fallingOrder(scores);
  const points = order.length;
  const step = new Int32Array(points).fill(thresholds);
  const alarms = new Float64Array(thresholds);
  const width = (points - 1) / (thresholds - 1);
  let next = 0;
  for (let k = 0; k < thresholds; k += 1) {
    const rank = k === thresholds - 1 ? points - 1 : Math.trunc(k * width);
    const threshold = scores[order[rank] as number] as number;
    while (next < points && (scores[order[next] as number] as number) >= threshold) {
      step[order[next] as number] = k;
      next += 1;
    }
    alarms[k] = next;
  }
  return { step, alarms };
}

interface Curve {
  readonly labels: AnomalyLabels;
  readonly intervals: readonly Interval[];
  readonly step: Int32Array;
  readonly alarms: Float64Array;
  readonly form: "tsb-ad" | "paper";
}

/** The area under the precision–recall curve for one buffer. */
function areaAt(buffer: number, { labels, intervals, step, alarms, form }: Curve): number {
  const reach = buffer >> 1;
  const thresholds = alarms.length;
  // Of what becomes an alarm at each threshold: labels, those of ramps, and intervals it finds.
  const labelled = new Float64Array(thresholds + 1);
  const onRamps = new Float64Array(thresholds + 1);
  const found = new Float64Array(thresholds + 1);
  let [inside, ramps] = [0, 0];
  const groups = joined(intervals, reach, step.length);
  for (const { members, first, last } of groups) {
    const values = ramped(members, { first, last, buffer, reach });
    let earliest = thresholds;
    for (let at = first; at <= last; at += 1) {
      const k = step[at] as number;
      const value = values[at - first] as number;
      labelled[k] = (labelled[k] as number) + value;
      earliest = Math.min(earliest, k);
      if (labels[at]) {
        inside += 1;
        continue;
      }
      onRamps[k] = (onRamps[k] as number) + value;
      ramps += value;
    }
    found[earliest] = (found[earliest] as number) + 1;
  }
  let [area, hits, rampHits, existing, recallBefore, precisionBefore] = [0, 0, 0, 0, 0, 1];
  for (let k = 0; k < thresholds; k += 1) {
    hits += labelled[k] as number;
    rampHits += onRamps[k] as number;
    existing += found[k] as number;
    const positives = inside + (form === "paper" ? ramps : rampHits) / 2;
    const recall = Math.min(hits / positives, 1) * (existing / groups.length);
    const precision = hits / (alarms[k] as number);
    const height = form === "paper" ? (precision + precisionBefore) / 2 : precision;
    area += (recall - recallBefore) * height;
    recallBefore = recall;
    precisionBefore = precision;
  }
  return area;
}

interface Group extends Interval {
  readonly members: readonly Interval[];
}

/** Intervals with their ramps; those whose ramps touch are one. */
function joined(intervals: readonly Interval[], reach: number, points: number): readonly Group[] {
  const groups: { first: number; last: number; members: Interval[] }[] = [];
  for (const interval of intervals) {
    const before = groups.at(-1);
    const last = Math.min(interval.last + reach, points - 1);
    if (before !== undefined && before.last >= interval.first - reach) {
      before.last = last;
      before.members.push(interval);
    } else {
      groups.push({ first: Math.max(0, interval.first - reach), last, members: [interval] });
    }
  }
  return groups;
}

/** The labels of a group, ramps included. */
function ramped(
  members: readonly Interval[],
  place: Interval & { readonly buffer: number; readonly reach: number },
): Float64Array {
  const { first, last, buffer, reach } = place;
  const values = new Float64Array(last - first + 1);
  const addAt = (at: number, value: number): void => {
    if (at < first || at > last) return;
    values[at - first] = Math.min(1, (values[at - first] as number) + value);
  };
  for (const member of members) {
    for (let at = member.first; at <= member.last; at += 1) addAt(at, 1);
    for (let d = 1; d <= reach; d += 1) {
      const value = Math.sqrt(1 - d / buffer);
      addAt(member.last + d, value);
      addAt(member.first - d, value);
    }
  }
  return values;
}

function requireWhole(place: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw inputError("options.invalid", {
    place: `${place} of VUS-PR`,
    expected: `a whole number from ${least}`,
    got: String(value),
  });
}
