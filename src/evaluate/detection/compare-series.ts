/** A model's scores of the points of series beside sub-sequence PCA, by labels of the points. */
import type { Curve, Detection, DetectionFigures } from "./compare.ts";
import { curvesOf, figuresOf } from "./compare.ts";
import { seriesVerdict } from "./detection-verdict.ts";
import { periodOf } from "./period.ts";
import { fitSubsequencePca } from "./subsequence-pca.ts";
import { volumeUnderPr } from "./volume-under-pr.ts";

/** Points of one series or more, those of each after each other. */
export interface Lanes {
  /** `[points, channels]`; NaN is missing. */
  readonly values: Float64Array;
  readonly channels: number;
  /** Which series each point is of. */
  readonly series: Int32Array;
}

const LABEL = "sub-sequence PCA";

/**
 * Fits sub-sequence PCA on some series, scores others with it, and says who finds the anomalies.
 * Its windows are as long as the period of the first channel, whatever the model's are. VUS-PR is a
 * mean over the series that have an anomaly, with a period as its largest buffer.
 *
 * @param judged.marks 1 of an anomaly, 0 of none; others, such as −1, are left out
 * @param judged.scores the model's, one a point; NaN is left out
 * @returns undefined where no point is an anomaly, or all are
 * @throws `options.invalid`, `data.rows` for series too short for a window
 *
 * @example
 * compareSeries(usual, { lanes, marks, scores })?.verdict;
 */
export function compareSeries(
  usual: Lanes,
  judged: {
    readonly lanes: Lanes;
    readonly marks: ArrayLike<number>;
    readonly scores: ArrayLike<number>;
  },
  { seed = 0, curves = false }: { readonly seed?: number; readonly curves?: boolean } = {},
): Detection | undefined {
  const { lanes, marks, scores } = judged;
  const filled = { rows: usual.series.length, columns: usual.channels, data: whole(usual) };
  const pca = fitSubsequencePca(filled, { seed, series: usual.series });
  const theirs = scoredBy(pca, lanes);
  const kept = Int32Array.from(lanes.series.keys()).filter(
    (point) => (marks[point] === 0 || marks[point] === 1) && Number.isFinite(scores[point]),
  );
  const own = { marks: taken(marks, kept), series: taken(lanes.series, kept), lanes, kept };
  const model = figures(taken(scores, kept), own);
  const control = figures(taken(theirs, kept), own);
  if (model === undefined || control === undefined) return undefined;
  const both = { model: taken(scores, kept), subsequencePca: taken(theirs, kept) };
  return {
    of: "points",
    rows: kept.length,
    anomalies: own.marks.reduce((sum, mark) => sum + mark, 0),
    model,
    controls: { subsequencePca: control },
    names: { subsequencePca: LABEL },
    notes: [`Windows of ${LABEL} have ${pca.window} points.`],
    ...(curves ? { curves: curvesOf(both, own.marks) as Record<keyof typeof both, Curve> } : {}),
    verdict: seriesVerdict(model, [LABEL, control]),
  };
}

interface Judged {
  readonly marks: Float64Array;
  readonly series: Float64Array;
  readonly lanes: Lanes;
  /** Place of each among all points. */
  readonly kept: Int32Array;
}

function figures(
  scores: Float64Array,
  { marks, series, lanes, kept }: Judged,
): Required<DetectionFigures> | undefined {
  const found = figuresOf(scores, marks);
  if (found === undefined) return undefined;
  const first = whole(lanes).filter((_, i) => i % lanes.channels === 0);
  const volumes = runs(series).flatMap(([from, to]) => {
    const buffer = periodOf(taken(first, kept.subarray(from, to)));
    const own = volumeUnderPr(scores.subarray(from, to), marks.subarray(from, to), { buffer });
    return own === undefined ? [] : [own];
  });
  return { ...found, vusPr: volumes.reduce((sum, one) => sum + one, 0) / volumes.length };
}

function scoredBy(
  { window, score }: ReturnType<typeof fitSubsequencePca>,
  lanes: Lanes,
): Float64Array {
  const { channels, series } = lanes;
  const data = whole(lanes);
  const scores = new Float64Array(series.length);
  for (const [from, to] of runs(series)) {
    // A series shorter than a window goes on as it ended.
    const rows = Math.max(window, to - from);
    const last = (to - 1) * channels;
    const own = Float64Array.from({ length: rows * channels }, (_, i) => {
      const at = from * channels + i;
      return data[at < to * channels ? at : last + (i % channels)] as number;
    });
    scores.set(score({ rows, columns: channels, data: own }).subarray(0, to - from), from);
  }
  return scores;
}

/** Missing values on straight lines between their neighbours of the same series; without any, 0. */
function whole({ values, channels, series }: Lanes): Float64Array {
  const out = values.slice();
  for (const [from, to] of runs(series)) {
    for (let c = 0; c < channels; c += 1) {
      let before = -1;
      for (let point = from; point <= to; point += 1) {
        if (point < to && Number.isNaN(values[point * channels + c])) continue;
        const left = before < 0 ? undefined : values[before * channels + c];
        const right = point < to ? values[point * channels + c] : undefined;
        for (let at = Math.max(from, before + 1); at < point; at += 1) {
          const share = (at - before) / (point - before);
          const [a, b] = [left ?? right ?? 0, right ?? left ?? 0];
          out[at * channels + c] = a + share * (b - a);
        }
        before = point;
      }
    }
  }
  return out;
}

/** Where each series begins and ends. */
function runs(series: ArrayLike<number>): readonly (readonly [from: number, to: number])[] {
  const found: (readonly [number, number])[] = [];
  let from = 0;
  for (let at = 1; at <= series.length; at += 1) {
    if (at < series.length && series[at] === series[from]) continue;
    found.push([from, at]);
    from = at;
  }
  return found;
}

function taken(values: ArrayLike<number>, at: Int32Array): Float64Array {
  return Float64Array.from(at, (place) => values[place] as number);
}
