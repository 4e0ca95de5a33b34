/** Rows as a report shows them: pictures, lines or cells, beside what the model makes of them. */
import { collect } from "../data/memory.ts";
import { scaledDifference } from "../data/scaling.ts";
import { windowValues } from "../data/series-windows.ts";
import { historyOf } from "../data/interaction-rows.ts";
import type { Interactions, Rows, SeriesWindows, Source } from "../data/source.ts";
import type { Exhibit, ReportData } from "../report/report-data.ts";
import { tableCell } from "./blame.ts";
import { pickSource } from "./companions.ts";
import type { Inner } from "./runner.ts";
import type { Model } from "./types.ts";

const TYPICAL = 10;
const UNUSUAL = 10;

/** Rows around the middle of the scores, and those at the top. */
export async function exhibits(
  inner: Inner,
  model: Model,
  source: Source,
  scores: Float32Array,
): Promise<ReportData["reconstructions"]> {
  const order = Int32Array.from(scores.keys()).sort(
    (a, b) => (scores[a] as number) - (scores[b] as number),
  );
  const unusualCount = Math.min(UNUSUAL, Math.floor(order.length / 2));
  const typicalCount = Math.min(TYPICAL, order.length - unusualCount);
  const middle = Math.max(0, Math.floor((order.length - unusualCount - typicalCount) / 2));
  const typical = order.slice(middle, middle + typicalCount);
  const unusual = order.slice(order.length - unusualCount).reverse();
  const picked = await pickSource(source, Int32Array.of(...typical, ...unusual));
  const chosen = await collect(picked);
  const again = await model.reconstruct(picked);
  const cellErrors = cellErrorsOf(inner, chosen, again);
  return {
    originals: exhibitOf(chosen, inner),
    reconstructions: exhibitOf(again, inner),
    ...(cellErrors === undefined ? {} : { cellErrors }),
    captions: [
      ...Array.from(typical, () => "typical"),
      ...Array.from(unusual, () => "most unusual"),
    ],
  };
}

/** @param inner given for tables, to keep to the model's own columns in its order */
export function exhibitOf(rows: Rows, inner?: Inner): Exhibit {
  switch (rows.kind) {
    case "images":
      return {
        kind: "images",
        count: rows.rows,
        height: rows.height,
        width: rows.width,
        channels: rows.channels,
        data: rows.data,
      };
    case "array":
      return {
        kind: "lines",
        count: rows.rows,
        length: rows.data.length / rows.rows,
        data: Float32Array.from(rows.data),
      };
    case "interactions":
      return historyExhibit(rows);
    case "series":
      // A line a window, its channels one after another.
      return {
        kind: "lines",
        count: rows.rows,
        length: rows.window * rows.channels.length,
        data: channelsInTurn(rows),
      };
    case "table": {
      const names = inner?.preprocessing.columns ?? rows.columns.map(({ name }) => name);
      const columns = names.flatMap(
        (name) => rows.columns.find((column) => column.name === name) ?? [],
      );
      return {
        kind: "table",
        columns: columns.map(({ name }) => name),
        rows: Array.from({ length: rows.rows }, (_, row) =>
          columns.map((column) => textOf(tableCell(column, row))),
        ),
      };
    }
  }
}

/** Items shown of a history. */
const SHOWN_ITEMS = 8;

function historyExhibit(rows: Interactions): Exhibit {
  const { items, users } = rows;
  return {
    kind: "table",
    columns: ["user", "items", "among them"],
    rows: Array.from({ length: rows.rows }, (_, row) => {
      const own = historyOf(rows, row);
      const named = Array.from(own.subarray(0, SHOWN_ITEMS), (code) => items[code] as string);
      return [users?.[row] ?? String(row + 1), String(own.length), named.join(", ")];
    }),
  };
}

function channelsInTurn(windows: SeriesWindows): Float32Array {
  const { window, channels } = windows;
  const size = window * channels.length;
  const values = windowValues(windows);
  return Float32Array.from(values, (_, i) => {
    const [row, at] = [Math.floor(i / size), i % size];
    const [channel, step] = [Math.floor(at / window), at % window];
    return values[row * size + step * channels.length + channel] as number;
  });
}

function textOf(cell: ReturnType<typeof tableCell>): string | null {
  if (typeof cell === "number" && !Number.isInteger(cell))
    return String(Number(cell.toPrecision(6)));
  return cell === null ? null : String(cell);
}

/** For each cell of a table: distance in the column's spread; 1 for another category or missing-or-not. */
function cellErrorsOf(inner: Inner, actual: Rows, expected: Rows): Float32Array | undefined {
  const { schema } = inner.preprocessing;
  if (schema.kind !== "table" || actual.kind !== "table" || expected.kind !== "table")
    return undefined;
  const errors = new Float32Array(actual.rows * schema.columns.length);
  for (const [i, column] of schema.columns.entries()) {
    const [a, b] = [actual, expected].map(({ columns }) =>
      columns.find(({ name }) => name === column.name),
    );
    if (a === undefined || b === undefined) continue;
    for (let row = 0; row < actual.rows; row += 1) {
      const [x, y] = [tableCell(a, row), tableCell(b, row)];
      const numbers =
        "scaling" in column && x !== null && y !== null && a.type !== "text" && b.type !== "text";
      errors[row * schema.columns.length + i] = numbers
        ? scaledDifference(a.values[row] as number, b.values[row] as number, column.scaling)
        : Number(x !== y);
    }
  }
  return errors;
}
