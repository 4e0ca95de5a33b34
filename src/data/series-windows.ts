/** Windows over the points of series: where each begins, and a source of them. */
import { inputError } from "../base/errors.ts";
import { sliceRows } from "./rows.ts";
import { refuseInfinite } from "./memory.ts";
import type { Laid, Piece } from "./series-points.ts";
import { layPoints } from "./series-points.ts";
import type { ReadOptions, SeriesPoints, SeriesSource, SeriesWindows } from "./source.ts";

export const DEFAULT_WINDOW = 64;

/** Windows beyond which the default stride grows: more would take long and hardly tell more. */
const MOST_WINDOWS = 200_000;

/**
 * Where windows begin. The last one of a piece ends with it, so that every point is in a window.
 *
 * @example
 * startsOf([[0, 10]], 4, 3); // 0, 3, 6: the last at 6 to end at 10
 */
export function startsOf(pieces: readonly Piece[], window: number, stride: number): Int32Array {
  return Int32Array.from(
    pieces.flatMap(([from, to]) => {
      const starts: number[] = [];
      for (let start = from; start + window <= to; start += stride) starts.push(start);
      if (starts.at(-1) !== to - window) starts.push(to - window);
      return starts;
    }),
  );
}

/** 1, or as much as keeps the windows to 200,000; never more than a window, lest points fall through. */
export function defaultStride(pieces: readonly Piece[], window: number): number {
  const all = pieces.reduce((sum, [from, to]) => sum + to - from - window + 1, 0);
  return Math.min(window, Math.max(1, Math.ceil(all / MOST_WINDOWS)));
}

export interface WindowOptions {
  /** Steps a window; 64. */
  readonly window?: number | undefined;
  /** Steps from one window to the next; 1, or more where that would make more than 200,000. */
  readonly stride?: number | undefined;
}

/** @throws `options.invalid` for sizes that are no sizes */
export function requireWindow({ window = DEFAULT_WINDOW, stride }: WindowOptions): number {
  requireSize("window", window, 2, Infinity, "steps a window");
  if (stride !== undefined) {
    requireSize("stride", stride, 1, window, "steps from window to window, at most a window");
  }
  return window;
}

function requireSize(name: string, value: number, low: number, high: number, what: string): void {
  if (Number.isSafeInteger(value) && value >= low && value <= high) return;
  const range = high === Infinity ? `of at least ${low}` : `from ${low} to ${high}`;
  throw inputError("options.invalid", {
    place: `--${name}`,
    expected: `a whole number ${range}, the ${what}`,
    got: String(value),
  });
}

/** A source of the windows over laid points. */
export function seriesSource(
  { values, points, pieces, notes }: Laid,
  options: WindowOptions & {
    readonly name: string;
    readonly channels: readonly string[];
    readonly label?: string | undefined;
    readonly notes?: readonly string[];
  },
): SeriesSource {
  const window = requireWindow(options);
  const stride = options.stride ?? defaultStride(pieces, window);
  const { channels, name, label } = options;
  const starts = startsOf(pieces, window, stride);
  const said = [...(options.notes ?? []), ...notes];
  if (stride > 1 && options.stride === undefined) {
    said.push(
      `a window at every ${stride}th point, since one at each would be more than ${MOST_WINDOWS.toLocaleString("en")}: --stride says otherwise`,
    );
  }
  const rows = { kind: "series", rows: starts.length, window, channels, values, starts } as const;
  const source = windowsSource({ ...rows, points }, name);
  return { ...source, stride, notes: said, ...(label === undefined ? {} : { label }) };
}

/** A source over windows in memory. */
export function windowsSource(windows: SeriesWindows, name = "series"): SeriesSource {
  const { window, channels, values, starts, rows } = windows;
  const points = windows.points ?? plainPoints(values.length / channels.length);
  const { labels } = points;
  return {
    kind: "series",
    name,
    rows,
    window,
    stride: 1,
    channels,
    values,
    starts,
    points,
    notes: [],
    read: (read) => chunks({ ...windows, points }, read),
    ...(labels === undefined ? {} : { labels: () => Promise.resolve(labelsOf(windows, labels)) }),
  };
}

function plainPoints(count: number): SeriesPoints {
  const rows = Int32Array.from({ length: count }, (_, i) => i);
  return { rows, series: new Int32Array(count), names: ["series"] };
}

async function* chunks(
  windows: SeriesWindows,
  { chunk = windows.rows, signal }: ReadOptions = {},
): AsyncGenerator<SeriesWindows> {
  for (let from = 0; from < windows.rows; from += chunk) {
    signal?.throwIfAborted();
    yield sliceRows(windows, from, Math.min(windows.rows, from + chunk));
  }
}

/**
 * The label of each window: the largest of its points' where they are numbers (so that a window
 * with an anomaly is one), else the most frequent.
 */
function labelsOf(
  { starts, window }: SeriesWindows,
  labels: readonly (string | null)[],
): readonly (string | null)[] {
  const numeric = labels.every((label) => label === null || Number.isFinite(Number(label)));
  return Array.from(starts, (start) => {
    const own = labels.slice(start, start + window).filter((label) => label !== null);
    if (numeric) {
      return own.reduce<string | null>(
        (most, label) => (most === null || Number(label) > Number(most) ? label : most),
        null,
      );
    }
    const times = new Map<string, number>();
    for (const label of own) times.set(label, (times.get(label) ?? 0) + 1);
    return [...times].reduce<readonly [string | null, number]>(
      (most, one) => (one[1] > most[1] ? one : most),
      [null, 0],
    )[0];
  });
}

/** The numbers of windows, one after another: `[rows, window, channels]`. */
export function windowValues({
  rows,
  window,
  channels,
  values,
  starts,
}: SeriesWindows): Float64Array {
  const width = channels.length;
  const size = window * width;
  const cut = new Float64Array(rows * size);
  for (const [row, start] of starts.entries())
    cut.set(values.subarray(start * width, start * width + size), row * size);
  return cut;
}

/** Windows that are not taken from a longer series. */
export function windowsFrom(
  values: Float64Array,
  { window, channels }: Pick<SeriesWindows, "window" | "channels">,
): SeriesWindows {
  const rows = values.length / (window * channels.length);
  const starts = Int32Array.from({ length: rows }, (_, row) => row * window);
  return { kind: "series", rows, window, channels, values, starts };
}

export interface SeriesFromOptions extends WindowOptions {
  /** Names of the channels. Default: `"0"`, `"1"`, … */
  readonly channels?: readonly string[];
  /** One a row: milliseconds or dates; rows come in their order without. */
  readonly times?: ArrayLike<number | Date>;
  /** Labels a row, for evaluation. */
  readonly labels?: readonly (string | number | null)[];
  readonly name?: string;
}

/**
 * A source of windows over one series in memory.
 *
 * @param values one row a step, with a number a channel; NaN is missing
 * @example
 * const source = seriesFrom([[20.1, 3], [20.3, 3], [20.2, 4], [20.4, 4]], { window: 2 });
 */
export function seriesFrom(
  values: readonly (readonly number[])[],
  options: SeriesFromOptions = {},
): SeriesSource {
  const { name = "series", times, labels } = options;
  const width = options.channels?.length ?? values[0]?.length ?? 0;
  const channels = options.channels ?? Array.from({ length: width }, (_, i) => String(i));
  for (const [given, length] of [
    ["times", times?.length],
    ["labels", labels?.length],
  ] as const) {
    if (length === undefined || length === values.length) continue;
    throw inputError("data.length", {
      place: `${name}, ${given}`,
      expected: `${values.length}, one a row`,
      got: String(length),
    });
  }
  const wrong = values.findIndex((row) => row.length !== width);
  if (width === 0 || wrong >= 0) {
    throw inputError("data.length", {
      place: wrong < 0 ? name : `${name}, row ${wrong + 1}`,
      expected: width === 0 ? "rows of at least 1 number" : `${width} numbers, one a channel`,
      got: wrong < 0 ? "none" : String(values[wrong]?.length),
    });
  }
  const flat = Float64Array.from(values.flat());
  refuseInfinite(flat, values.length, 0, name);
  const window = requireWindow(options);
  const laid = layPoints(
    [
      {
        name,
        rows: Int32Array.from(values.keys()),
        values: flat,
        times: times && Float64Array.from(times, Number),
        labels: labels?.map((label) => (label === null ? null : String(label))),
      },
    ],
    {
      place: name,
      window,
      channels: width,
      ...(times === undefined ? {} : { time: { name: "time", type: "datetime" } }),
    },
  );
  return seriesSource(laid, { ...options, name, channels });
}
