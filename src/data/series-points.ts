/**
 * From rows with times to the points of series: in order, on a grid, cut where too much is missing.
 *
 * One rule for all: no value is ever made up. A step is the median distance of neighbours in time.
 * Where the rows keep to it, a gap of up to a quarter of a window is filled with missing values,
 * which count for nothing, and a longer one cuts the series. Where they do not (one distance in
 * ten is no single step), the rows are taken in their order, and only gaps longer than a window cut.
 */
import { inputError } from "../base/errors.ts";
import type { SeriesPoints, SeriesTime } from "./source.ts";

/** Rows of one series as they were read. */
export interface RawSeries {
  readonly name: string;
  /** Places of the rows in their file, from 0. */
  readonly rows: Int32Array;
  readonly times?: Float64Array | undefined;
  /** `[rows, channels]` */
  readonly values: Float64Array;
  readonly labels?: readonly (string | null)[] | undefined;
}

export interface PointOptions {
  readonly place: string;
  readonly window: number;
  readonly channels: number;
  /** The time column, without which rows are in order. */
  readonly time?: Omit<SeriesTime, "step"> | undefined;
  readonly key?: string | undefined;
}

/** Points `from` (included) to `to` (not included), at least a window of them, without a cut. */
export type Piece = readonly [from: number, to: number];

export interface Laid {
  readonly values: Float64Array;
  readonly points: SeriesPoints;
  readonly pieces: readonly Piece[];
  /** What was done to the rows, a sentence each. */
  readonly notes: readonly string[];
}

/** Share of distances that may be other than one step where a series is on a grid. */
const OFF_GRID = 0.1;

/** What happened, over all series. */
interface Tally {
  unsorted: number;
  same: number;
  irregular: number;
  filled: number;
  cuts: number;
  longest: number;
  short: number;
}

/** @throws `data.window` for a series with fewer rows than a window */
export function layPoints(series: readonly RawSeries[], options: PointOptions): Laid {
  const { window, channels, time, key } = options;
  requireLength(series, options);
  const tally: Tally = {
    unsorted: 0,
    same: 0,
    irregular: 0,
    filled: 0,
    cuts: 0,
    longest: 0,
    short: 0,
  };
  const steps: number[] = [];
  const plans = series.map((one) => planOf(one, window, tally, steps));
  const total = plans.reduce((sum, { places }) => sum + places.length, 0);
  const rows = new Int32Array(total);
  const of = new Int32Array(total);
  const values = new Float64Array(total * channels).fill(Number.NaN);
  const times = time === undefined ? undefined : new Float64Array(total);
  const labelled = series.some(({ labels }) => labels !== undefined);
  const labels: (string | null)[] = [];
  const pieces: Piece[] = [];
  let at = 0;
  for (const [index, plan] of plans.entries()) {
    const one = series[index] as RawSeries;
    for (const [from, to] of plan.pieces) pieces.push([at + from, at + to]);
    for (const [i, place] of plan.places.entries()) {
      rows[at] = place < 0 ? -1 : (one.rows[place] as number);
      of[at] = index;
      if (times !== undefined) times[at] = plan.times?.[i] ?? Number.NaN;
      if (labelled) labels.push(place < 0 ? null : (one.labels?.[place] ?? null));
      if (place >= 0)
        values.set(one.values.subarray(place * channels, (place + 1) * channels), at * channels);
      at += 1;
    }
  }
  const step = medianOf(steps);
  return {
    values,
    pieces,
    points: {
      rows,
      series: of,
      names: series.map(({ name }) => name),
      ...(times === undefined || time === undefined ? {} : { times, time: { ...time, step } }),
      ...(key === undefined ? {} : { key }),
      ...(labelled ? { labels } : {}),
    },
    notes: notesOf(tally, {
      ...options,
      step,
      rows: series.reduce((n, s) => n + s.rows.length, 0),
    }),
  };
}

interface Plan {
  /** For each point its row of the series; −1 is a missing one. */
  readonly places: readonly number[];
  readonly times: readonly number[] | undefined;
  readonly pieces: readonly Piece[];
}

function planOf({ rows, times }: RawSeries, window: number, tally: Tally, steps: number[]): Plan {
  if (times === undefined) {
    return { places: Array.from(rows.keys()), times: undefined, pieces: [[0, rows.length]] };
  }
  const order = inOrder(times, tally);
  const distances = order
    .slice(1)
    .map((row, i) => (times[row] as number) - (times[order[i] as number] as number));
  tally.same += distances.filter((distance) => distance === 0).length;
  const apart = distances.filter((distance) => distance > 0);
  const step = medianOf(apart) || 1;
  if (apart.length > 0) steps.push(step);
  const regular =
    apart.filter((d) => d < 0.5 * step || d > 1.5 * step).length <= OFF_GRID * apart.length;
  if (!regular) tally.irregular += 1;
  const fillable = Math.floor(window / 4);

  const places: number[] = [];
  const when: number[] = [];
  const pieces: Piece[] = [];
  let from = 0;
  const end = (): void => {
    const lacking = window - (places.length - from);
    if (lacking > 0) {
      tally.short += 1;
      places.splice(from, 0, ...Array.from({ length: lacking }, () => -1));
      when.splice(from, 0, ...Array.from({ length: lacking }, () => Number.NaN));
    }
    pieces.push([from, places.length]);
    from = places.length;
  };
  for (const [i, row] of order.entries()) {
    const distance = i === 0 ? 0 : (distances[i - 1] as number) / step;
    const missing = Math.max(0, Math.round(distance) - 1);
    if (missing > (regular ? fillable : window)) {
      tally.cuts += 1;
      tally.longest = Math.max(tally.longest, missing);
      end();
    } else if (regular) {
      tally.filled += missing;
      for (let k = 1; k <= missing; k += 1) {
        places.push(-1);
        when.push((when.at(-1) as number) + (distance * step) / (missing + 1));
      }
    }
    places.push(row);
    when.push(times[row] as number);
  }
  end();
  return { places, times: when, pieces };
}

/** Rows by time; equal times keep their order. */
function inOrder(times: Float64Array, tally: Tally): readonly number[] {
  const order = Array.from(times.keys());
  const backwards = order.filter((i) => i > 0 && (times[i] as number) < (times[i - 1] as number));
  tally.unsorted += backwards.length;
  return backwards.length === 0
    ? order
    : order.sort((a, b) => (times[a] as number) - (times[b] as number) || a - b);
}

function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

function requireLength(
  series: readonly RawSeries[],
  { place, window }: Pick<PointOptions, "place" | "window">,
): void {
  const short = series.filter(({ rows }) => rows.length < window);
  const [first] = short;
  if (first === undefined) return;
  const longest = Math.min(...short.map(({ rows }) => rows.length));
  const others = short.length > 1 ? `, and ${short.length - 1} more are too short` : "";
  const which = series.length === 1 ? "" : ` in series ${JSON.stringify(first.name)}${others}`;
  throw inputError("data.window", {
    place,
    expected: `at least ${window} rows a series, as many as a window`,
    got: `${first.rows.length}${which}`,
    hint:
      longest < 2
        ? "leave out the series that are too short"
        : `take a shorter window, at most --window ${longest}, or leave out what is too short`,
  });
}

function notesOf(
  tally: Tally,
  { window, time, step, rows }: PointOptions & { readonly step: number; readonly rows: number },
): readonly string[] {
  if (time === undefined) return [];
  const notes: string[] = [];
  const say = (count: number, text: string): void => {
    if (count > 0) notes.push(text);
  };
  const count = (n: number, noun: string): string =>
    `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
  const one = Number.isNaN(step) ? "" : ` (${stepText(step, time.type)})`;
  say(
    tally.unsorted,
    `rows sorted by "${time.name}": ${count(tally.unsorted, "time")} came before the time above`,
  );
  say(
    tally.same,
    `${count(tally.same, "row")} of ${rows.toLocaleString("en")} with the time of the row before: kept, one step each`,
  );
  say(
    tally.irregular,
    `times are irregular, more than one distance in ten is not the usual step${one}: rows are taken in their order as if evenly spaced`,
  );
  say(
    tally.filled,
    `${count(tally.filled, "step")}${one} without a row, in gaps of at most ${Math.floor(window / 4)}: taken as missing, which counts for nothing`,
  );
  say(
    tally.cuts,
    `cut at ${count(tally.cuts, "longer gap")}, the longest of ${count(tally.longest, "step")}${one}: no window spans them`,
  );
  say(
    tally.short,
    `${count(tally.short, "piece")} between gaps shorter than a window of ${window}: filled up in front with missing values`,
  );
  return notes;
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
] as const;

/** `5 min`, `1.5 s`; plain numbers for times that are no dates. */
export function stepText(step: number, type: SeriesTime["type"]): string {
  if (type === "number") return String(Number(step.toPrecision(6)));
  const [unit, size] = UNITS.find(([, least]) => step >= least) ?? (["ms", 1] as const);
  return `${Number((step / size).toPrecision(4))} ${unit}`;
}
