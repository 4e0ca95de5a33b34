/** From scores of points to intervals: when something was unusual, how much, and through which channel. */
import type { SeriesPoints } from "../data/source.ts";
import type { FoldedScores } from "./fold.ts";

export interface Interval {
  /** Name of the series. */
  readonly series: string;
  /** Rows of the file that it is about, counted from 0, first and last. */
  readonly rows: readonly [first: number, last: number];
  /** Times of those, where the series has times. */
  readonly times?: readonly [first: number, last: number];
  /** Points above the threshold. */
  readonly above: number;
  /** The largest score, and its row and time. */
  readonly peak: { readonly score: number; readonly row: number; readonly time?: number };
  /** Channels by their mean share of the scores above the threshold, largest first. */
  readonly channels: readonly { readonly name: string; readonly share: number }[];
}

/**
 * Runs of points of one series with scores above the threshold. Runs with at most `gap` points
 * between them are one.
 *
 * Scores reach up to a window beyond what is odd, on either side. So an interval ends where the
 * points' own shares do: those at its ends with less than a tenth of its largest are cut off, less
 * than a window a side.
 *
 * @param options.gap usually a quarter of a window
 * @example
 * const found = intervalsIn(await model.scorePoints(source), { threshold: 12, gap: 16 });
 */
export function intervalsIn(
  {
    scores,
    shares,
    points,
    channels,
    window,
  }: FoldedScores & {
    readonly points: SeriesPoints;
    readonly channels: readonly string[];
    readonly window: number;
  },
  { threshold, gap }: { readonly threshold: number; readonly gap: number },
): readonly Interval[] {
  const found: Interval[] = [];
  let run: number[] = [];
  const end = (): void => {
    if (run.length > 0) found.push(intervalOf(trimmed(run)));
    run = [];
  };
  for (let point = 0; point < scores.length; point += 1) {
    if (points.rows[point] === -1 || !((scores[point] as number) > threshold)) continue;
    const before = run.at(-1);
    if (before !== undefined && !near(points, before, point, gap)) end();
    run.push(point);
  }
  end();
  return found;

  function errorAt(point: number): number {
    let error = 0;
    for (let c = 0; c < channels.length; c += 1)
      error += shares[point * channels.length + c] as number;
    return error;
  }

  function trimmed(run: readonly number[]): readonly number[] {
    const errors = run.map(errorAt);
    const largest = Math.max(...errors);
    if (!(largest > 0)) return run;
    const least = largest / 10;
    const within = (at: number): boolean => (errors[at] as number) >= least;
    let [from, to] = [0, run.length - 1];
    while (from < Math.min(window - 1, to) && !within(from)) from += 1;
    const last = Math.max(from, run.length - window);
    while (to > last && !within(to)) to -= 1;
    return run.slice(from, to + 1);
  }

  function intervalOf(above: readonly number[]): Interval {
    const [first, last] = [above[0], above.at(-1)] as [number, number];
    const peak = above.reduce((best, point) =>
      (scores[point] as number) > (scores[best] as number) ? point : best,
    );
    const { times, rows, series, names } = points;
    const width = channels.length;
    const blamed = channels
      .map((name, c) => ({
        name,
        share:
          above.reduce((sum, point) => sum + (shares[point * width + c] as number), 0) /
          above.length,
      }))
      .toSorted((a, b) => b.share - a.share);
    return {
      series: names[series[first] as number] as string,
      rows: [rows[first] as number, rows[last] as number],
      ...(times === undefined ? {} : { times: [times[first] as number, times[last] as number] }),
      above: above.length,
      peak: {
        score: scores[peak] as number,
        row: rows[peak] as number,
        ...(times === undefined ? {} : { time: times[peak] as number }),
      },
      channels: blamed,
    };
  }
}

/** Whether two points of a run belong together: of one series, few points and little time apart. */
function near(
  { series, times, time }: SeriesPoints,
  before: number,
  point: number,
  gap: number,
): boolean {
  if (series[before] !== series[point] || point - before > gap + 1) return false;
  if (times === undefined || time === undefined || Number.isNaN(time.step)) return true;
  // Over a longer gap in the data nothing is known. Irregular times may be a few steps apart.
  const apart = ((times[point] as number) - (times[before] as number)) / time.step;
  return apart <= 4 * (gap + 1);
}
