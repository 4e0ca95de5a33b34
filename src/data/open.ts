/** Opens any data: the kind is seen from the name and the content. */

import { basename } from "node:path";

import { inputError } from "../base/errors.ts";
import { readArray, type ArrayOptions } from "./arrays.ts";
import { packingOf, rawHead, unpackedHead } from "./bytes.ts";
import { demoNames, openDemo } from "./demo.ts";
import { isIdx } from "./idx.ts";
import { imageEndings, isImageName, readImages, type ImageOptions } from "./images.ts";
import { listNames } from "./names.ts";
import { expandPath, kindOf } from "./paths.ts";
import type { Source } from "./source.ts";
import { readTable, type TableOptions } from "./tables.ts";
import { tableEndings, tableFormat } from "./table-files.ts";

/** The options of all readers. One that does not fit the data is refused. */
export interface OpenOptions {
  /** Tables: columns to keep. */
  readonly select?: readonly string[];
  /** Tables: columns to leave out. */
  readonly drop?: readonly string[];
  /** Tables: columns to leave as text whatever their values look like. */
  readonly text?: readonly string[];
  /**
   * Labels, kept apart: a column (tables), `"folder"` (images), the path of the
   * label file (IDX, `.npy`, raw), another array (`.npz`).
   */
  readonly label?: string;
  /** Images: width and height to bring all to. */
  readonly size?: readonly [width: number, height: number];
  /** Images: 1 grey, 3 colour, 4 with alpha. */
  readonly channels?: 1 | 3 | 4;
  /** `.npz`: the array to read. */
  readonly array?: string;
  /** Raw files: their shape, the first axis being rows. */
  readonly shape?: readonly number[];
  /** Takes the kind from here rather than from the name and content. */
  readonly as?: "table" | "images" | "array" | "series" | "interactions";
  /** Series: steps a window; 64. */
  readonly window?: number;
  /** Series: steps from one window to the next; 1, or more where that would make too many. */
  readonly stride?: number;
  /** Series and interactions: the column of times. */
  readonly time?: string;
  /** Series: the column that tells series apart. */
  readonly key?: string;
  /** Interactions: the column of users. */
  readonly user?: string;
  /** Interactions: the column of items. */
  readonly item?: string;
  /** Interactions: the column of weights, as ratings or counts. */
  readonly weight?: string;
  /** Interactions: least weight that counts; each that is left then counts 1. */
  readonly minWeight?: number;
  /** Interactions: users with fewer items are left out; 5. */
  readonly minUserItems?: number;
  /** Interactions: items with fewer users are left out; 1. */
  readonly minItemUsers?: number;
  /** Interactions: the last moment that counts, a date, a number of `time`, or a share as `"80%"`. */
  readonly until?: string | number;
}

type OptionName = Exclude<keyof OpenOptions, "as">;

interface Reader {
  readonly kind: "table" | "images" | "array";
  /** What it reads, for messages. */
  readonly reads: string;
  readonly options: readonly OptionName[];
  /** Whether the file is its own, by name or by its first unpacked bytes. */
  test(name: string, head: Uint8Array): boolean;
  read(path: string, options: OpenOptions): Promise<Source>;
}

const interactionOptions = [
  "user",
  "item",
  "weight",
  "minWeight",
  "time",
  "minUserItems",
  "minItemUsers",
  "until",
] as const satisfies readonly OptionName[];

/** What is cut into windows is read by the reader of tables or of arrays first. */
const windowOptions = ["window", "stride", "time", "key"] as const;
const seriesOptions = [
  ...windowOptions,
  "select",
  "drop",
  "text",
  "label",
  "array",
  "shape",
] as const satisfies readonly OptionName[];

const tableOptions = ["select", "drop", "text", "label"] as const;

/** All readers; the first whose test passes reads. A new reader is a line here. */
const readers: readonly Reader[] = [
  {
    kind: "table",
    reads: `tables (.${tableEndings.join(" .")}, text also as .gz or .zst)`,
    options: tableOptions,
    test: (name) => tableFormat(name) !== undefined,
    read: (path, { select, drop, text, label }) =>
      readTable(path, defined<TableOptions>({ select, drop, text, label })),
  },
  {
    kind: "array",
    reads: "arrays (.npy .npz, raw .f32 .f64 .u8)",
    options: ["array", "label", "shape"],
    test: (name, head) => /\.(?:npy|npz|f32|f64|u8)$/i.test(name) || startsWith(head, "\x93NUMPY"),
    read: (path, { array, label, shape, as }) =>
      readArray(
        path,
        defined<ArrayOptions>({
          array,
          label,
          shape,
          as: as === "array" || as === "images" ? as : undefined,
        }),
      ),
  },
  {
    kind: "images",
    reads: `images (a folder or files of .${imageEndings.join(" .")}, IDX as *-idx3-ubyte or .gz)`,
    options: ["size", "channels", "label"],
    test: (name, head) => isImageName(name) || /idx\d-ubyte(?:\.gz)?$/.test(name) || isIdx(head),
    read: (path, { size, channels, label }) =>
      readImages(path, defined<ImageOptions>({ size, channels, label })),
  },
];

/**
 * Opens data of any kind: a file, a folder of images, a glob, or `demo:NAME`.
 *
 * @throws data.missing, data.format for a kind that is not known, data.option
 *   for an option that does not fit, and what the reader itself throws
 *
 * @example
 * const source = await openData("payments.parquet", { label: "fraud" });
 * if (source.kind === "table") console.log(source.columns);
 */
export async function openData(path: string, options: OpenOptions = {}): Promise<Source> {
  if (options.as === "series") {
    refuseOptions(path, options, seriesOptions);
    const { readSeries } = await import("./series.ts");
    return readSeries(path, options);
  }
  if (options.as === "interactions") {
    refuseOptions(path, options, interactionOptions);
    const { readInteractions } = await import("./interactions.ts");
    return readInteractions(path, options);
  }
  if (path.startsWith("demo:")) {
    const table = path !== "demo:digits";
    refuseOptions(path, options, table ? tableOptions : ["label"]);
    const { select, drop, text, label } = options;
    return openDemo(path, table ? defined<TableOptions>({ select, drop, text, label }) : {});
  }
  const reader = await readerOf(path, options.as);
  refuseOptions(path, options, reader.options);
  return reader.read(path, options);
}

async function readerOf(path: string, as: OpenOptions["as"]): Promise<Reader> {
  const [file = path] = await expandPath(path);
  const images = readers.find((reader) => reader.kind === "images");
  if ((await kindOf(file)) === "folder" && images !== undefined) return images;
  const { head, empty } = await headOf(file);
  const found = readers.find((reader) => reader.test(basename(file), head));
  const wanted = readers.find((reader) => reader.kind === as);
  // uint8 arrays can be images, so the array reader serves `as: "images"` too.
  if (found !== undefined) return found.kind === "array" ? found : (wanted ?? found);
  if (wanted !== undefined) return wanted;
  throw inputError("data.format", {
    place: path,
    expected: readers.map((reader) => reader.reads).join("; "),
    got: empty ? "an empty file" : describe(file, head),
    hint: conversion(file, head),
  });
}

async function headOf(file: string): Promise<{ head: Uint8Array; empty: boolean }> {
  const raw = await rawHead(file, 16);
  if (packingOf(raw) !== "gzip") return { head: raw, empty: raw.length === 0 };
  const unpacked = await unpackedHead(file, 16).catch(() => undefined);
  return { head: unpacked?.bytes ?? raw, empty: false };
}

function describe(file: string, head: Uint8Array): string {
  const dot = basename(file).lastIndexOf(".");
  const ending = dot > 0 ? `the ending ${basename(file).slice(dot)}` : "a name without an ending";
  return startsWith(head, "ARROW1") ? "an Arrow file" : ending;
}

function conversion(file: string, head: Uint8Array): string {
  if (startsWith(head, "ARROW1") || /\.(?:arrow|feather)$/i.test(file)) {
    return "convert it to Parquet, in Python: pandas.read_feather(path).to_parquet(to)";
  }
  if (/\.xlsx?$/i.test(file)) return "save the sheet as CSV";
  return `rename or convert it; demo data are ${listNames(demoNames.map((n) => `demo:${n}`))}`;
}

function refuseOptions(path: string, options: OpenOptions, fitting: readonly OptionName[]): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || name === "as" || fitting.some((f) => f === name)) continue;
    const flag = flagOf(name);
    throw inputError("data.option", {
      place: `${path}, ${flag}`,
      expected: `options for this kind of data: ${fitting.map(flagOf).join(", ")}`,
      got: flag,
      hint: windowOptions.some((w) => w === name)
        ? "leave it out, or take the rows as steps in time with --as series"
        : interactionOptions.some((option) => option === name)
          ? "leave it out, or take the rows as choices of users with --as interactions"
          : "leave it out",
    });
  }
}

function flagOf(name: string): string {
  return name === "time"
    ? "--time-column"
    : `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function startsWith(head: Uint8Array, magic: string): boolean {
  return Buffer.from(head.subarray(0, magic.length)).toString("latin1") === magic;
}

/** Without the keys that are undefined. */
function defined<T extends object>(options: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as T;
}
