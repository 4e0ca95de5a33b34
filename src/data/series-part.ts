/** One file of series: the rows in time that it holds, before they are told apart and laid out. */
import { inputError } from "../base/errors.ts";
import { labelsOf } from "./memory-columns.ts";
import { collect } from "./memory.ts";
import { findName, listNames, pickColumns } from "./names.ts";
import { openData } from "./open.ts";
import type { SeriesOptions } from "./series.ts";
import type { ArraySource, Column, SeriesTime, TableSource } from "./source.ts";

/** The rows of one file. */
export interface FilePart {
  readonly file: string;
  readonly rows: number;
  readonly channels: readonly string[];
  /** `[rows, channels]` */
  readonly values: Float64Array;
  readonly times?: Float64Array | undefined;
  readonly time?: Omit<SeriesTime, "step"> | undefined;
  /** The key of each row. */
  readonly keys?: readonly (string | null)[] | undefined;
  readonly key?: string | undefined;
  readonly labels?: readonly (string | null)[] | undefined;
  readonly label?: string | undefined;
  readonly notes: readonly string[];
}

export async function readPart(
  file: string,
  place: string,
  options: SeriesOptions,
): Promise<FilePart> {
  const { text, array, shape, label } = options;
  const given = Object.entries({ text, array, shape, label }).filter(([, value]) => value);
  const source = await openData(file, Object.fromEntries(given));
  if (source.kind === "table") return tablePart(source, file, place, options);
  if (source.kind === "array" && source.shape.length === 1) return arrayPart(source, file, options);
  throw inputError("data.kind", {
    place,
    expected: "a table, or an array of 1 or 2 axes: rows are steps, columns channels",
    got: source.kind === "array" ? `an array of ${source.shape.length + 1} axes` : source.kind,
    hint: "an array that is cut into windows already needs no --as series",
  });
}

async function arrayPart(
  source: ArraySource,
  file: string,
  options: SeriesOptions,
): Promise<FilePart> {
  for (const option of ["time", "key"] as const) {
    if (options[option] === undefined) continue;
    throw inputError("data.option", {
      place: `${file}, --${option === "time" ? "time-column" : option}`,
      expected: "a table, since the columns of an array have no names",
      got: options[option],
      hint: "leave it out: the rows of an array are steps in order",
    });
  }
  const { data, rows } = await collect(source);
  const names = Array.from({ length: source.shape[0] as number }, (_, i) => String(i));
  const keep = channelsOf(names, options, file);
  return {
    file,
    rows,
    channels: keep.map((i) => names[i] as string),
    values: columnsOf(
      rows,
      keep.map((i) =>
        Float64Array.from({ length: rows }, (_, row) => data[row * names.length + i] as number),
      ),
    ),
    ...(source.labels === undefined ? {} : { labels: await source.labels(), label: source.label }),
    notes: source.notes,
  };
}

async function tablePart(
  source: TableSource,
  file: string,
  place: string,
  options: SeriesOptions,
): Promise<FilePart> {
  const { trained } = options;
  const names = source.columns.map(({ name }) => name);
  const notes = [...source.notes];
  const asked = options.time ?? trained?.time?.name;
  const dates = source.columns.filter(({ type }) => type === "datetime");
  if (asked !== undefined) findName(asked, names, place, "--time-column");
  const time = asked ?? (dates.length === 1 ? dates[0]?.name : undefined);
  if (asked === undefined && time !== undefined) notes.push(`times are in "${time}"`);
  if (time === undefined) {
    notes.push(
      dates.length > 1
        ? `rows are taken in their order: name one of the columns of dates with --time-column, ${listNames(dates.map(({ name }) => name))}`
        : "no column of times: rows are taken in their order, one step each",
    );
  }
  const key = options.key ?? trained?.key;
  if (key !== undefined) findName(key, names, place, "--key");
  const others = names.filter((name) => name !== time && name !== key);
  const wanted = channelsOf(others, options, place).map((i) => others[i] as string);
  const typeOf = new Map(source.columns.map(({ name, type }) => [name, type]));
  const unfit = wanted.filter((name) => ["text", "datetime"].includes(typeOf.get(name) ?? "text"));
  const explicit = trained?.channels ?? options.select;
  const [bad] = unfit;
  if (explicit !== undefined && bad !== undefined) {
    throw inputError("data.column-type", {
      place: `${place}, column ${JSON.stringify(bad)}`,
      expected: "numbers: a channel of a series has one a step",
      got: typeOf.get(bad) === "text" ? "text" : "dates",
      hint:
        trained === undefined
          ? "leave it out"
          : "mend the values, or leave those empty that are not known",
    });
  }
  for (const name of unfit)
    notes.push(
      `left out "${name}": ${typeOf.get(name) === "text" ? "text" : "dates"}, where a channel is numbers`,
    );
  const channels = wanted.filter((name) => !unfit.includes(name));
  if (channels.length === 0) throw noChannels(place, names);
  const needed = [
    ...channels,
    ...(time === undefined ? [] : [time]),
    ...(key === undefined ? [] : [key]),
  ];
  const { label, text } = options;
  const narrow = (await openData(file, {
    select: needed,
    ...(label === undefined ? {} : { label }),
    ...(text === undefined ? {} : { text }),
  })) as TableSource;
  const table = await collect(narrow);
  const column = (name: string): Column => table.columns.find((c) => c.name === name) as Column;
  const labels = await narrow.labels?.();
  return {
    file,
    rows: table.rows,
    channels,
    values: columnsOf(
      table.rows,
      channels.map((name) => (column(name) as { values: Float64Array }).values),
    ),
    ...(time === undefined ? {} : timesFrom(column(time), place)),
    ...(key === undefined ? {} : { key, keys: wordsIn(column(key), place) }),
    ...(labels === undefined ? {} : { labels, label: narrow.label }),
    notes,
  };
}

function channelsOf(
  names: readonly string[],
  { select, drop, trained }: SeriesOptions,
  place: string,
): readonly number[] {
  if (trained !== undefined) {
    const missing = trained.channels.filter((name) => !names.includes(name));
    if (missing.length > 0) {
      throw inputError("data.column-missing", {
        place,
        expected: `channel${missing.length > 1 ? "s" : ""} ${listNames(missing)}, as in training`,
        got: `columns ${listNames(names)}`,
        hint: "give the data all channels that the model was trained on; a value may be empty, a column may not be absent",
      });
    }
    return trained.channels.map((name) => names.indexOf(name));
  }
  if (names.length === 0) throw noChannels(place, names);
  return pickColumns(names, { ...(select && { select }), ...(drop && { drop }) }, place).keep;
}

function timesFrom(column: Column, place: string): Pick<FilePart, "times" | "time"> {
  const { name } = column;
  if (column.type === "text" || column.type === "boolean") {
    const example = column.type === "text" ? column.dictionary[0] : undefined;
    throw inputError("data.column-type", {
      place: `${place}, column ${JSON.stringify(name)}`,
      expected: "times: dates, or numbers that grow",
      got: example === undefined ? column.type : `text such as ${JSON.stringify(example)}`,
      hint: "write times as 2026-01-31 12:30:00, or leave --time-column out to take rows in their order",
    });
  }
  const missing = column.values.findIndex(Number.isNaN);
  if (missing >= 0) {
    throw inputError("data.time", {
      place: `${place}, row ${missing + 1}, column ${JSON.stringify(name)}`,
      expected: "a time in every row",
      got: "none",
      hint: "fill it in, or leave the row out",
    });
  }
  const type = column.type === "datetime" ? "datetime" : "number";
  return { times: column.values, time: { name, type } };
}

function wordsIn(column: Column, place: string): readonly (string | null)[] {
  const words = labelsOf(column);
  const missing = words.indexOf(null);
  if (missing < 0) return words;
  throw inputError("data.key", {
    place: `${place}, row ${missing + 1}, column ${JSON.stringify(column.name)}`,
    expected: "the key of its series in every row",
    got: "none",
    hint: "fill it in, or leave the row out",
  });
}

/** Columns → `[rows, columns]` row by row. */
function columnsOf(rows: number, columns: readonly Float64Array[]): Float64Array {
  const values = new Float64Array(rows * columns.length);
  for (const [i, column] of columns.entries())
    for (let row = 0; row < rows; row += 1)
      values[row * columns.length + i] = column[row] as number;
  return values;
}

export function noChannels(place: string, names: readonly string[]) {
  return inputError("data.columns", {
    place,
    expected: "at least 1 channel: a column of numbers beside time, key and label",
    got: names.length === 0 ? "no other column" : `columns ${listNames(names)}`,
    hint: "check the column names, and --select and --drop",
  });
}
