/** Where points and windows of series lie, as columns of results. */
import type { Column, SeriesPoints, SeriesSource } from "../data/source.ts";
import { freeName, textColumn } from "./columns.ts";

/**
 * The series (where there are several, or a key), the time (where there are times) and the row of
 * some points, counted from 1 within its file.
 *
 * @param at places among the points
 * @param called names of the columns of time and row; default the time column's own, and `row`
 */
export function placeColumns(
  points: SeriesPoints,
  at: ArrayLike<number>,
  called: { readonly time?: string; readonly row?: string } = {},
): readonly Column[] {
  const { rows, times, time } = points;
  const whole = (of: (point: number) => number): Float64Array =>
    Float64Array.from({ length: at.length }, (_, i) => of(at[i] as number));
  return [
    ...seriesColumn(points, at),
    ...(times === undefined || time === undefined
      ? []
      : [
          {
            name: called.time ?? time.name,
            type: time.type,
            values: whole((point) => times[point] as number),
          },
        ]),
    {
      name: called.row ?? "row",
      type: "integer",
      values: whole((point) => (rows[point] as number) + 1),
    },
  ];
}

function seriesColumn(
  { names, series, key }: SeriesPoints,
  at: ArrayLike<number>,
): readonly Column[] {
  if (names.length === 1 && key === undefined) return [];
  const words = Array.from(at, (point) => names[series[point] as number] ?? null);
  return [textColumn(key ?? "series", words)];
}

/** Where windows begin: at their first point that is a row of the data. */
export function windowPlaces(
  { starts, points, window }: SeriesSource,
  first: number,
  count: number,
): readonly Column[] {
  const at = starts.slice(first, first + count).map((start) => {
    let point = start;
    while (point < start + window - 1 && points.rows[point] === -1) point += 1;
    return point;
  });
  return placeColumns(points, at, { time: "start", row: "first_row" });
}

/** Points that are rows of the data, in their order. */
export function realPoints({ rows }: SeriesPoints): Int32Array {
  return Int32Array.from(rows.keys()).filter((point) => rows[point] !== -1);
}

/** The label of some points, under a name that no other column has. */
export function labelColumn(
  { points, label = "label" }: SeriesSource,
  at: ArrayLike<number>,
  others: readonly Column[],
): readonly Column[] {
  const { labels } = points;
  if (labels === undefined) return [];
  const plain = /[/\\.]/.test(label) ? "label" : label;
  const name = freeName(
    plain,
    others.map((column) => column.name),
  );
  return [
    textColumn(
      name,
      Array.from(at, (point) => labels[point] ?? null),
    ),
  ];
}
