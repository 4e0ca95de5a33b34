/** `ae score` on series: how unusual each point is, or when something was. */
import type { Column, SeriesSource, Table } from "../data/source.ts";
import type { Interval } from "../model/intervals.ts";
import { watchDrift } from "../detect/calibration.ts";
import type { PointScores } from "../model/score-points.ts";
import { formatCount, formatShare } from "../report/format.ts";
import { alarmSummary, driftText } from "./alarm-words.ts";
import { freeName, textColumn, tidy } from "./columns.ts";
import type { Context } from "./context.ts";
import type { LoadedModel } from "./model-verb.ts";
import { openSink } from "./outputs.ts";
import { pour } from "./pour.ts";
import { rowProgress } from "./progress.ts";
import { labelColumn, placeColumns, realPoints } from "./series-columns.ts";

interface SeriesScoring {
  /** Path of the model, for the summary. */
  readonly path: string;
  /** What the series were read from, as the user wrote it. */
  readonly data: string;
  readonly explain: number;
  readonly top: number | undefined;
  readonly sort: boolean;
  readonly intervals: boolean;
  readonly output: string | undefined;
  readonly json: boolean;
  /** Points that raise an alarm, and no others. */
  readonly only: boolean;
}

/** Rows of a result written at a time. */
const CHUNK = 8192;
/** Channels named for an interval where nobody says how many. */
const NAMED = 3;

export async function scoreSeries(
  { terminal, signal }: Context,
  model: LoadedModel,
  source: SeriesSource,
  options: SeriesScoring,
): Promise<void> {
  const { output, json, intervals } = options;
  const sink = await openSink(output, { terminal, json, kind: "table", rows: source.rows });
  const onProgress = rowProgress(terminal, "scoring");
  const found = await model.scorePoints(source, { signal, onProgress });
  const limit = Math.fround(model.info.alarms.value);
  const real = realPoints(source.points);
  const raised = real.filter((point) => found.alarms[point] === 1);
  terminal.say(alarmSummary({ rows: real.length, alarms: raised.length }, model));
  // Points of a window have much of their scores in common.
  const watch = watchDrift(model.calibration, { alike: source.window });
  for (const point of real) watch.add(found.pValues[point] as number);
  const drift = watch.drift();
  if (drift.drifted) {
    const { path, data } = options;
    const words = driftText(drift, model.info, { which: "these points", model: path, data });
    terminal.say(`${terminal.colors.yellow("warning:")} ${words}`);
  }
  const summary = {
    model: options.path,
    data: source.name,
    rows: real.length,
    unusual: { above: limit, rows: raised.length },
    drifted: drift.drifted,
  };
  if (intervals) {
    const { intervalsIn } = await import("../model/intervals.ts");
    const gap = Math.floor(found.window / 4);
    const all = intervalsIn(found, { threshold: limit, gap });
    const shown = ordered(all, ({ peak }) => peak.score, options);
    const named = Math.min(options.explain || NAMED, source.channels.length);
    await pour([intervalTable(shown, source, named)], sink);
    terminal.say(`${formatCount(all.length, "interval")}: ${told(all, real.length)}`);
    if (output !== undefined) terminal.say(`intervals written to ${output}`);
    if (json && output !== undefined)
      await terminal.out(`${JSON.stringify({ ...summary, intervals: all.length, output })}\n`);
    return;
  }
  const expected =
    options.explain === 0 ? undefined : await model.reconstructPoints(source, { signal });
  const shown = ordered(
    [...(options.only ? raised : real)],
    (point) => found.scores[point] as number,
    options,
  );
  await pour(pointTables(shown, found, source, expected, options.explain), sink);
  if (output === undefined) return;
  terminal.say(`scores written to ${output}`);
  if (json) await terminal.out(`${JSON.stringify({ ...summary, output })}\n`);
}

function told(intervals: readonly Interval[], points: number): string {
  if (intervals.length === 0) return "no point is above";
  const inside = intervals.reduce((sum, { rows: [first, last] }) => sum + last - first + 1, 0);
  return `${formatShare(Math.min(1, inside / points))} of the points are in one`;
}

/** Most unusual first where that is asked for, and no more than are. */
function ordered<T>(
  items: readonly T[],
  scoreOf: (item: T) => number,
  { top, sort }: SeriesScoring,
): readonly T[] {
  if (!sort && top === undefined) return items;
  return items.toSorted((a, b) => scoreOf(b) - scoreOf(a)).slice(0, top ?? Infinity);
}

function* pointTables(
  shown: readonly number[],
  found: PointScores,
  source: SeriesSource,
  expected: Float64Array | undefined,
  explain: number,
): Generator<Table> {
  // Also of nothing there is a table, with its columns.
  for (let from = 0; from === 0 || from < shown.length; from += CHUNK) {
    const at = shown.slice(from, from + CHUNK);
    const reasons =
      expected === undefined ? [] : reasonColumns(at, found, source, expected, explain);
    const columns = [
      ...placeColumns(source.points, at),
      numberColumn("score", at, (point) => found.scores[point] as number),
      numberColumn("p_value", at, (point) => found.pValues[point] as number),
      alarmColumn(at, found),
      ...reasons,
    ];
    const label = labelColumn(source, at, columns);
    const places = columns.length - reasons.length;
    yield {
      kind: "table",
      rows: at.length,
      columns: [...columns.slice(0, places), ...label, ...reasons],
    };
  }
}

function alarmColumn(at: readonly number[], { alarms }: PointScores): Column {
  const values = Float64Array.from(at, (point) => alarms[point] as number);
  return { name: "alarm", type: "boolean", values };
}

/** For each point the channels with the largest shares: what was there, and what was expected. */
function reasonColumns(
  at: readonly number[],
  { shares, channels }: PointScores,
  { values }: SeriesSource,
  expected: Float64Array,
  explain: number,
): readonly Column[] {
  const width = channels.length;
  const ranked = at.map((point) =>
    channels
      .map((_, c) => point * width + c)
      .toSorted((a, b) => (shares[b] as number) - (shares[a] as number)),
  );
  const places = at.map((_, i) => i);
  return Array.from({ length: Math.min(explain, width) }, (_, k): readonly Column[] => {
    const place = (i: number): number => ranked[i]?.[k] as number;
    return [
      textColumn(
        `column_${k + 1}`,
        places.map((i) => channels[place(i) % width] ?? null),
      ),
      numberColumn(`share_${k + 1}`, places, (i) => shares[place(i)] as number),
      numberColumn(`actual_${k + 1}`, places, (i) => values[place(i)] as number),
      numberColumn(`expected_${k + 1}`, places, (i) => expected[place(i)] as number),
    ];
  }).flat();
}

function numberColumn<T>(name: string, items: readonly T[], of: (item: T) => number): Column {
  return { name, type: "number", values: Float64Array.from(items, (item) => tidy(of(item))) };
}

function intervalTable(
  intervals: readonly Interval[],
  { points }: SeriesSource,
  named: number,
): Table {
  const { time, key, names } = points;
  const places = intervals.map((_, i) => i);
  const whole = (name: string, of: (interval: Interval) => number): Column => ({
    name,
    type: "integer",
    values: Float64Array.from(intervals, of),
  });
  const when = (name: string, of: (interval: Interval) => number | undefined): readonly Column[] =>
    time === undefined
      ? []
      : [
          {
            name,
            type: time.type,
            values: Float64Array.from(intervals, (i) => of(i) ?? Number.NaN),
          },
        ];
  const series =
    names.length === 1 && key === undefined
      ? []
      : [
          textColumn(
            freeName(key ?? "series", ["start", "end", "peak"]),
            intervals.map((interval) => interval.series),
          ),
        ];
  return {
    kind: "table",
    rows: intervals.length,
    columns: [
      ...series,
      ...when("start", ({ times }) => times?.[0]),
      ...when("end", ({ times }) => times?.[1]),
      whole("first_row", ({ rows }) => rows[0] + 1),
      whole("last_row", ({ rows }) => rows[1] + 1),
      whole("above", ({ above }) => above),
      numberColumn("peak", intervals, ({ peak }) => peak.score),
      ...when("peak_time", ({ peak }) => peak.time),
      whole("peak_row", ({ peak }) => peak.row + 1),
      ...Array.from({ length: named }, (_, k): readonly Column[] => [
        textColumn(
          `column_${k + 1}`,
          places.map((i) => intervals[i]?.channels[k]?.name ?? null),
        ),
        numberColumn(
          `share_${k + 1}`,
          intervals,
          ({ channels }) => channels[k]?.share ?? Number.NaN,
        ),
      ]).flat(),
    ],
  };
}
