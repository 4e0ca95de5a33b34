/** Series from files: rows in time, one or many channels, cut into windows. */
import { basename } from "node:path";
import { inputError } from "../base/errors.ts";
import { listNames } from "./names.ts";
import type { OpenOptions } from "./open.ts";
import { expandPath, kindOf } from "./paths.ts";
import type { FilePart } from "./series-part.ts";
import { noChannels, readPart } from "./series-part.ts";
import type { RawSeries } from "./series-points.ts";
import { layPoints, stepText } from "./series-points.ts";
import type { WindowOptions } from "./series-windows.ts";
import { requireWindow, seriesSource } from "./series-windows.ts";
import type { SeriesSource, SeriesTime } from "./source.ts";

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
    const part = await readPart(file, files.length > 1 ? file : path, options);
    parts.push(alike(parts[0] ?? part, part));
  }
  const [first] = parts as [FilePart, ...FilePart[]];
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

/** A part with its channels in the order of the first one's. */
function alike(first: FilePart, part: FilePart): FilePart {
  const { channels, rows, values, time, file } = part;
  const from = first.channels.map((name) => channels.indexOf(name));
  if (
    first.channels.length !== channels.length ||
    from.includes(-1) ||
    first.time?.name !== time?.name ||
    first.time?.type !== time?.type
  ) {
    throw inputError("data.columns", {
      place: file,
      expected: `${shown(first)}, as in ${first.file}`,
      got: shown(part),
      hint: "name the channels that all files share with --select",
    });
  }
  if (from.every((at, to) => at === to)) return part;
  const width = channels.length;
  const ordered = new Float64Array(rows * width);
  for (let row = 0; row < rows; row += 1)
    for (const [to, at] of from.entries())
      ordered[row * width + to] = values[row * width + at] as number;
  return { ...part, channels: first.channels, values: ordered };
}

function shown({ channels, time }: FilePart): string {
  const times = time === undefined ? "" : `, times in ${JSON.stringify(time.name)}`;
  return `channels ${listNames(channels)}${times}`;
}

function aFolder(path: string) {
  return inputError("data.format", {
    place: path,
    expected: "a file, or a pattern that names files, each a series",
    got: "a folder",
    hint: `name the files: '${path.replace(/\/$/, "")}/*.csv'`,
  });
}
