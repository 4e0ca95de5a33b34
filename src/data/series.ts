/** Series from files: rows in time, one or many channels, cut into windows. */
import { basename } from "node:path";
import { inputError } from "../base/errors.ts";
import { collect } from "./memory.ts";
import { findName, listNames, pickColumns } from "./names.ts";
import type { OpenOptions } from "./open.ts";
import { openData } from "./open.ts";
import { expandPath, kindOf } from "./paths.ts";
import type { RawSeries } from "./series-points.ts";
import { layPoints, stepText } from "./series-points.ts";
import type { WindowOptions } from "./series-windows.ts";
import { requireWindow, seriesSource } from "./series-windows.ts";
import type { ArraySource, Column, SeriesSource, SeriesTime, TableSource } from "./source.ts";

export interface SeriesOptions
  extends WindowOptions, Pick<OpenOptions, "text" | "array" | "shape"> {
  /** The column of times: dates, or numbers. Default: the only column of dates, else rows in order. */
  readonly time?: string | undefined;
  /** The column that tells series apart. Default: each file is one series. */
  readonly key?: string | undefined;
  /** Columns to take as channels; default all that are numbers. */
  readonly select?: readonly string[] | undefined;
  /** Columns to leave out. */
  readonly drop?: readonly string[] | undefined;
  /** A column of labels a row, kept apart; for arrays the path of a label file. */
  readonly label?: string | undefined;
  /** What a model was trained on: its channels are taken, and its columns are the defaults. */
  readonly trained?: {
    readonly channels: readonly string[];
    readonly time?: SeriesTime | undefined;
    readonly key?: string | undefined;
  };
}

/**
 * Opens series and cuts them into windows. The points are held in memory, windows are places in
 * them. Rows are sorted by time within a series; gaps and irregular times are handled by the rule
 * at the top of `series-points.ts`, and `notes` says what was done.
 *
 * @param path a table or an array (rows are steps, columns channels); of a glob, each file is a series
 * @throws `data.column` for names that are not there, `data.column-type` for times that are none,
 *   `data.window` for a series shorter than a window, `data.columns` where no channel is left
 * @example
 * const source = await readSeries("machine.csv", { time: "timestamp", window: 64 });
 * console.log(source.rows, source.channels, source.notes);
 */
export async function readSeries(path: string, options: SeriesOptions = {}): Promise<SeriesSource> {
  const window = requireWindow(options);
  const files = path.startsWith("demo:") ? [path] : await expandPath(path);
  const parts: FilePart[] = [];
  for (const file of files) {
    if ((await kindOf(file)) === "folder") throw aFolder(file);
    parts.push(await readPart(file, files.length > 1 ? file : path, options));
  }
  const [first] = parts as [FilePart, ...FilePart[]];
  for (const part of parts) requireSame(first, part);
  const kept = teaching(parts, options);
  const channels = kept.map((i) => first.channels[i] as string);
  const notes = [
    ...new Set([...parts.flatMap((part) => part.notes), ...leftOut(first, kept, options)]),
  ];
  const names = fileNames(files);
  const series = parts.flatMap((part, i) =>
    split(part, kept, files.length > 1, names[i] as string),
  );
  const laid = layPoints(series, {
    place: path,
    window,
    channels: channels.length,
    time: first.time,
    key: first.key,
  });
  const step = laid.points.time?.step;
  const usual = options.trained?.time?.step;
  if (step !== undefined && usual !== undefined && Math.abs(step / usual - 1) > 0.2) {
    const type = laid.points.time?.type ?? "number";
    notes.push(
      `one step is ${stepText(step, type)} here and was ${stepText(usual, type)} in training: windows cover another span of time`,
    );
  }
  return seriesSource(laid, { ...options, name: path, channels, label: first.label, notes });
}

/** The rows of one file. */
interface FilePart {
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

async function readPart(file: string, place: string, options: SeriesOptions): Promise<FilePart> {
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
  const words =
    column.type === "text"
      ? Array.from(column.codes, (code) => column.dictionary[code] ?? null)
      : Array.from(column.values, (value) => {
          if (Number.isNaN(value)) return null;
          return column.type === "datetime" ? new Date(value).toISOString() : String(value);
        });
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

/** Channels that can teach something: neither empty nor a count of rows; all where they were asked for. */
function teaching(
  parts: readonly FilePart[],
  { select, trained }: SeriesOptions,
): readonly number[] {
  const [first] = parts as [FilePart, ...FilePart[]];
  const all = Array.from(first.channels.keys());
  if (select !== undefined || trained !== undefined) return all;
  const kept = all.filter((i) => !parts.every((part) => reasonAgainst(part, i) !== undefined));
  if (kept.length > 0) return kept;
  // A counter is better than nothing.
  const full = all.filter((i) => !parts.every((part) => reasonAgainst(part, i) === EMPTY));
  if (full.length === 0) throw noChannels(first.file, first.channels);
  return full;
}

const EMPTY = "no value at all";

function reasonAgainst({ values, channels, rows }: FilePart, channel: number): string | undefined {
  const at = (row: number): number => values[row * channels.length + channel] as number;
  let [empty, counts] = [true, rows > 2];
  const step = at(1) - at(0);
  if (!(step !== 0)) counts = false;
  for (let row = 0; row < rows && (empty || counts); row += 1) {
    if (!Number.isNaN(at(row))) empty = false;
    if (row > 0 && at(row) - at(row - 1) !== step) counts = false;
  }
  if (empty) return EMPTY;
  return counts && Number.isInteger(step) ? "it counts the rows" : undefined;
}

function leftOut(
  part: FilePart,
  kept: readonly number[],
  { trained }: SeriesOptions,
): readonly string[] {
  if (trained !== undefined) return [];
  return part.channels.flatMap((name, i) =>
    kept.includes(i) ? [] : [`left out "${name}": ${reasonAgainst(part, i) ?? "nothing to learn"}`],
  );
}

/** The series in a file: all of it, or one a key, in the order of their first rows. */
function split(
  part: FilePart,
  kept: readonly number[],
  several: boolean,
  file: string,
): readonly RawSeries[] {
  const { keys, times, labels } = part;
  const groups = new Map<string, number[]>();
  for (let row = 0; row < part.rows; row += 1) {
    const name = keys?.[row] ?? file;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [row]);
    else group.push(row);
  }
  const width = part.channels.length;
  return [...groups].map(([name, rows]): RawSeries => {
    const values = new Float64Array(rows.length * kept.length);
    for (const [i, row] of rows.entries())
      for (const [j, channel] of kept.entries())
        values[i * kept.length + j] = part.values[row * width + channel] as number;
    return {
      name: keys !== undefined && several ? `${file}/${name}` : name,
      rows: Int32Array.from(rows),
      values,
      times: times && Float64Array.from(rows, (row) => times[row] as number),
      labels: labels && rows.map((row) => labels[row] ?? null),
    };
  });
}

/** The shortest names that tell files apart: their own, or with the folders that differ. */
function fileNames(files: readonly string[]): readonly string[] {
  const plain = files.map((file) =>
    basename(file).replace(/(?<=.)\.[a-z0-9]+(?:\.(?:gz|zst))?$/i, ""),
  );
  if (new Set(plain).size === files.length) return plain;
  const parts = files.map((file) => file.split(/[/\\]/));
  const shared = parts[0]?.findIndex((part, i) => parts.some((other) => other[i] !== part)) ?? 0;
  return parts.map((all) => all.slice(shared).join("/"));
}

function requireSame(first: FilePart, part: FilePart): void {
  const differs =
    first.channels.length !== part.channels.length ||
    first.channels.some((name) => !part.channels.includes(name)) ||
    first.time?.name !== part.time?.name ||
    first.time?.type !== part.time?.type;
  if (differs) {
    const show = ({ channels, time }: FilePart): string =>
      `channels ${listNames(channels)}${time === undefined ? "" : `, times in ${JSON.stringify(time.name)}`}`;
    throw inputError("data.columns", {
      place: part.file,
      expected: `${show(first)}, as in ${first.file}`,
      got: show(part),
      hint: "name the channels that all files share with --select",
    });
  }
}

function noChannels(place: string, names: readonly string[]) {
  return inputError("data.columns", {
    place,
    expected: "at least 1 channel: a column of numbers beside time, key and label",
    got: names.length === 0 ? "no other column" : `columns ${listNames(names)}`,
    hint: "check the column names, and --select and --drop",
  });
}

function aFolder(path: string) {
  return inputError("data.format", {
    place: path,
    expected: "a file, or a pattern that names files, each a series",
    got: "a folder",
    hint: `name the files: '${path.replace(/\/$/, "")}/*.csv'`,
  });
}
