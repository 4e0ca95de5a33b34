/** What a report tells of unusual rows: which, why, when, and how well labels are found. */
import { collect } from "../data/memory.ts";
import type { Rows, SeriesSource, Source } from "../data/source.ts";
import { watchDrift } from "../detect/calibration.ts";
import type { Detection } from "../evaluate/detection/compare.ts";
import { alarmSummary, driftWords, nounOf, promiseText } from "../report/alarm-words.ts";
import type {
  AlarmsShown,
  Reason,
  ReportData,
  SeriesShown,
  Unusual,
} from "../report/report-data.ts";
import { pickSource } from "./companions.ts";
import type { Interval } from "./intervals.ts";
import { intervalsIn } from "./intervals.ts";
import type { PointScores } from "./score-points.ts";
import type { Blame, Model, Scores } from "./types.ts";

/** Rows, images and intervals that are told one by one. */
const MOST = 10;
const REASONS = 3;
const MOST_SERIES = 3;
const MOST_CHANNELS = 4;

interface Found {
  readonly scores: Float32Array | Float64Array;
  readonly pValues?: Float64Array;
  readonly alarms?: Uint8Array;
}

/** What the section begins with: all scores, and where alarms begin. */
export function shownScores(
  { info, calibration }: Model,
  rows: Scores,
  points: PointScores | undefined,
): ReportData["scores"] {
  const { scores, alarms } = info;
  const found: Found = points === undefined ? rows : realPoints(points);
  return {
    values: found.scores,
    unit: scores.unit,
    quantiles: (points === undefined ? undefined : scores.points) ?? scores.quantiles,
    alarms: Number.isFinite(alarms.value)
      ? { value: alarms.value, calibration, words: alarmWords({ info, calibration }, found) }
      : undefined,
  };
}

function alarmWords(
  { info, calibration }: Pick<Model, "info" | "calibration">,
  { alarms = new Uint8Array(0), pValues = new Float64Array(0) }: Found,
): AlarmsShown["words"] {
  const raised = alarms.reduce((sum, one) => sum + one, 0);
  const alike = info.schema.kind === "series" ? info.schema.window : 1;
  const watch = watchDrift(calibration, { alike });
  for (const chance of pValues) watch.add(chance);
  const drift = watch.drift();
  const count = { rows: alarms.length, alarms: raised };
  return [
    `${alarmSummary(count, { info, calibration })}.`,
    `${nounOf(info) === "point" ? "What to expect" : "The promise"}: ${promiseText(info)}.`,
    ...(drift.drifted ? [`Beware: ${driftWords(drift, info, `these ${nounOf(info)}s`)}`] : []),
  ];
}

export async function unusualIn(
  model: Model,
  source: Source,
  {
    scored,
    points,
    detection,
    anomalies,
    titles = new Map(),
    signal,
  }: {
    readonly scored: Scores;
    readonly points: PointScores | undefined;
    readonly detection: Detection | undefined;
    /** The label that marks what is known to be unusual. */
    readonly anomalies: string | undefined;
    /** What items are called. */
    readonly titles?: ReadonlyMap<string, string> | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Unusual> {
  const label = source.labels === undefined ? undefined : (source.label ?? "label");
  const measured = detection === undefined ? undefined : shownDetection(detection);
  if (source.kind === "series" && points !== undefined)
    return {
      label,
      rows: [],
      series: seriesIn(source, points, model.info.alarms.value, anomalies),
      detection: measured,
    };
  const verb = signal === undefined ? {} : { signal };
  const order = worst(scored.scores, MOST);
  const picked = await pickSource(source, order, signal);
  const images = source.kind === "images" ? await heated(model, picked, verb) : undefined;
  const { blame = [] } =
    images === undefined ? await model.score(picked, { ...verb, explain: REASONS }) : {};
  const labels = await source.labels?.();
  return {
    label,
    rows: Array.from(order, (row, i) => ({
      row: row + 1,
      ...(source.kind === "interactions" ? { name: source.data.users?.[row] } : {}),
      score: scored.scores[row] as number,
      chance: scored.pValues?.[row] ?? Number.NaN,
      alarm: scored.alarms?.[row] === 1,
      label: labels?.[row] ?? null,
      reasons: (blame[i] ?? []).map((one) => reasonOf(one, source, titles)),
    })),
    images,
    detection: measured,
  };
}

/** The rows with the highest scores, highest first. */
function worst(scores: Float32Array, most: number): Int32Array {
  return Int32Array.from(scores.keys())
    .filter((row) => !Number.isNaN(scores[row]))
    .sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b)
    .slice(0, most);
}

async function heated(
  model: Model,
  picked: Source,
  verb: { readonly signal?: AbortSignal },
): Promise<Unusual["images"]> {
  const rows: Rows = await collect(picked);
  if (rows.kind !== "images") return undefined;
  const { rows: count, height, width, channels, data } = rows;
  const heat = await model.heatmap(picked, verb);
  return { sheet: { kind: "images", count, height, width, channels, data }, heat };
}

function reasonOf(
  { column, share, actual, expected }: Blame,
  { kind }: Source,
  titles: ReadonlyMap<string, string>,
): Reason {
  // The columns of arrays have no names.
  const name = kind === "array" ? `column ${column}` : (titles.get(column) ?? column);
  return { column: name, share, actual: textOf(actual), expected: textOf(expected) };
}

function textOf(cell: Blame["actual"]): string | null {
  if (cell === null) return null;
  return typeof cell === "number" ? String(Number(cell.toPrecision(6))) : String(cell);
}

function shownDetection(detection: Detection): NonNullable<Unusual["detection"]> {
  const { of, rows, anomalies, model, controls, names, curves, verdict } = detection;
  const others = Object.entries(controls).map(([key, figures]) => ({
    name: names[key as keyof typeof names] ?? key,
    own: false,
    figures,
    curve: curves?.[key as keyof typeof names] ?? [],
  }));
  const own = { name: "this model", own: true, figures: model, curve: curves?.model ?? [] };
  return { of, rows, anomalies, contenders: [own, ...others], verdict };
}

/** Of points that are rows of the data. */
function realPoints({ points, scores, pValues, alarms }: PointScores): Found {
  const at = Int32Array.from(points.rows.keys()).filter((point) => points.rows[point] !== -1);
  return {
    scores: Float64Array.from(at, (point) => scores[point] as number),
    pValues: Float64Array.from(at, (point) => pValues[point] as number),
    alarms: Uint8Array.from(at, (point) => alarms[point] as number),
  };
}

function seriesIn(
  source: SeriesSource,
  found: PointScores,
  threshold: number,
  anomalies: string | undefined,
): NonNullable<Unusual["series"]> {
  const { points } = source;
  const intervals = intervalsIn(found, { threshold, gap: Math.floor(found.window / 4) });
  const lanes = lanesOf(points.series);
  const nameOf = ([from]: Lane): string => points.names[points.series[from] as number] as string;
  const odd = new Set(intervals.map(({ series }) => series));
  const ranked = lanes
    .map((lane) => ({ lane, peak: highest(found.scores, lane), odd: odd.has(nameOf(lane)) }))
    .toSorted((a, b) => b.peak - a.peak);
  // Where nothing is odd, the one that comes nearest.
  const shown = ranked
    .filter((one, i) => one.odd || i === 0)
    .slice(0, MOST_SERIES)
    .map(({ lane }) => lane);
  const channels = Math.min(MOST_CHANNELS, source.channels.length);
  return {
    shown: shown.map((lane) => laneShown(source, found, lane, intervals, anomalies)),
    left: { series: lanes.length - shown.length, channels: source.channels.length - channels },
    intervals: intervals
      .toSorted((a, b) => b.peak.score - a.peak.score)
      .slice(0, MOST)
      .map((one) => intervalShown(one, source)),
    count: intervals.length,
  };
}

/** Where a series begins and ends among the points. */
type Lane = readonly [from: number, to: number];

function lanesOf(series: Int32Array): readonly Lane[] {
  const found: Lane[] = [];
  let from = 0;
  for (let at = 1; at <= series.length; at += 1) {
    if (at < series.length && series[at] === series[from]) continue;
    found.push([from, at]);
    from = at;
  }
  return found;
}

function highest(scores: Float64Array, [from, to]: Lane): number {
  let most = -Infinity;
  for (let at = from; at < to; at += 1) {
    const score = scores[at] as number;
    if (score > most) most = score;
  }
  return most;
}

function laneShown(
  { points, channels, values }: SeriesSource,
  { scores, shares, alarms }: PointScores,
  [from, to]: Lane,
  intervals: readonly Interval[],
  anomalies: string | undefined,
): SeriesShown {
  const { rows, times, time, labels } = points;
  const name = points.names[points.series[from] as number] as string;
  const width = channels.length;
  // What is to blame most where there are alarms comes first.
  const blame = channels.map((_, c) => {
    let sum = 0;
    for (let at = from; at < to; at += 1)
      if (alarms[at] === 1) sum += shares[at * width + c] as number;
    return sum;
  });
  const chosen = channels
    .map((_, c) => c)
    .toSorted((a, b) => (blame[b] as number) - (blame[a] as number) || a - b)
    .slice(0, MOST_CHANNELS);
  const placeOf = new Map<number, number>();
  for (let at = from; at < to; at += 1)
    if (rows[at] !== -1) placeOf.set(rows[at] as number, at - from);
  return {
    name,
    points: to - from,
    ...(times === undefined || times.subarray(from, to).some(Number.isNaN)
      ? {}
      : { times: times.slice(from, to) }),
    dates: time?.type === "datetime",
    breaks: breaksIn(times?.subarray(from, to), time?.step),
    channels: chosen.map((c) => ({
      name: channels[c] as string,
      values: Float64Array.from(
        { length: to - from },
        (_, i) => values[(from + i) * width + c] as number,
      ),
    })),
    scores: scores.slice(from, to),
    intervals: intervals
      .filter(({ series }) => series === name)
      .map(({ rows: [first, last] }) => [placeOf.get(first) ?? 0, placeOf.get(last) ?? 0] as const),
    known: anomalies === undefined ? [] : marked(labels?.slice(from, to) ?? [], anomalies),
  };
}

/** Steps that are left out of the picture's line. */
const LONG = 4;

function breaksIn(times: Float64Array | undefined, step = Number.NaN): readonly number[] {
  if (times === undefined) return [];
  return Array.from(times.keys()).filter(
    (at) => at > 0 && (times[at] as number) - (times[at - 1] as number) > LONG * step,
  );
}

function marked(labels: readonly (string | null)[], anomalies: string): readonly Lane[] {
  const found: Lane[] = [];
  for (let at = 0; at < labels.length; at += 1) {
    if (labels[at] !== anomalies) continue;
    const first = at;
    while (labels[at + 1] === anomalies) at += 1;
    found.push([first, at]);
  }
  return found;
}

function intervalShown(
  { series, rows, times, peak, channels }: Interval,
  { points }: SeriesSource,
): NonNullable<Unusual["series"]>["intervals"][number] {
  const dates = points.time?.type === "datetime";
  const place = (end: 0 | 1): string => {
    const time = times?.[end];
    if (time === undefined || Number.isNaN(time)) return `row ${rows[end] + 1}`;
    return dates ? new Date(time).toISOString().slice(0, 19).replace("T", " ") : String(time);
  };
  return {
    series,
    from: place(0),
    to: place(1),
    points: rows[1] - rows[0] + 1,
    peak: peak.score,
    channels: channels.slice(0, REASONS),
  };
}
