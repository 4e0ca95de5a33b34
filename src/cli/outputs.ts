/** Where results go: a table file, an array, pictures, or standard output. */
import { createReadStream } from "node:fs";
import { access, constants, mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, extname, join } from "node:path";
import { inputError } from "../base/errors.ts";
import type { Rows } from "../data/source.ts";
import { asTable } from "./columns.ts";
import type { Terminal } from "./terminal.ts";

export interface Sink {
  write(rows: Rows): Promise<void>;
  /** Puts the result in its place. */
  close(): Promise<void>;
  /** Gives up: leaves nothing half-written. */
  discard(): Promise<void>;
}

export interface OutputOptions {
  readonly terminal: Terminal;
  /** Standard output gets an array of JSON objects rather than CSV. */
  readonly json: boolean;
  /** What the rows are. */
  readonly kind: Rows["kind"];
  /** How many rows to expect, for the names of pictures. */
  readonly rows: number;
}

const TABLE_ENDINGS = [".csv", ".tsv", ".parquet", ".ndjson", ".jsonl", ".json"];
/** More on one sheet could not be looked at. */
const SHEET_IMAGES = 10_000;

/**
 * Opens what `-o` names; without it, standard output.
 *
 * @throws `output.format` when the rows cannot go there, `output.folder` when there is no such folder
 */
export async function openSink(path: string | undefined, options: OutputOptions): Promise<Sink> {
  if (path === undefined) return standardSink(options);
  const ending = extname(path).toLowerCase();
  if (
    /[/\\]$/.test(path) ||
    (ending === "" && options.kind === "images") ||
    (await isFolder(path))
  ) {
    if (options.kind === "images") return folderSink(path, options.rows);
    throw wrongOutput(path, options.kind, "a folder");
  }
  await requireFolder(path);
  if (ending === ".npy" && options.kind !== "table") return npySink(path);
  if (ending === ".png" && options.kind === "images") return sheetSink(path);
  if (TABLE_ENDINGS.includes(ending)) return tableSink(path);
  throw wrongOutput(
    path,
    options.kind,
    ending === "" ? "a name without an ending" : `a name that ends in ${ending}`,
  );
}

function wrongOutput(path: string, kind: Rows["kind"], got: string) {
  const fitting = {
    table: TABLE_ENDINGS.join(", "),
    array: [".npy", ...TABLE_ENDINGS].join(", "),
    series: [".npy", ...TABLE_ENDINGS].join(", "),
    interactions: TABLE_ENDINGS.join(", "),
    images: `.png for a sheet, a folder/ for one .png each, .npy, or ${TABLE_ENDINGS.join(", ")}`,
  };
  return inputError("output.format", {
    place: `-o ${path}`,
    expected: `a name that ends in ${fitting[kind]}`,
    got,
    hint: "give the output one of these endings",
  });
}

/** Refuses before any work is done. */
export async function requireFolder(path: string): Promise<void> {
  if (await isFolder(path)) {
    throw inputError("output.folder", {
      place: path,
      expected: "the name of a file to write",
      got: "a folder",
      hint: "add a file name",
    });
  }
  const folder = dirname(path);
  if (!(await isFolder(folder))) {
    throw inputError("output.folder", {
      place: path,
      expected: "a folder that exists",
      got: `no folder ${JSON.stringify(folder)}`,
      hint: `make it first: mkdir -p ${folder}`,
    });
  }
  try {
    await access(folder, constants.W_OK);
  } catch {
    throw inputError("output.folder", {
      place: path,
      expected: "a folder that can be written to",
      got: `no permission in ${JSON.stringify(folder)}`,
      hint: "write somewhere else",
    });
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function tableSink(path: string): Promise<Sink> {
  const { openWriter } = await import("../data/write.ts");
  const writer = await openWriter(path);
  return {
    write: (rows) => writer.write(asTable(rows)),
    close: () => writer.close(),
    discard: () => writer.discard(),
  };
}

/** Goes by a file: what fails half-way prints nothing, and a slow reader holds nothing up. */
async function standardSink({ terminal, json, kind }: OutputOptions): Promise<Sink> {
  if (kind === "images") {
    throw inputError("output.format", {
      place: "standard output",
      expected: "rows of a table or an array",
      got: "images",
      hint: "give a place: -o sheet.png, -o images.npy or -o folder/",
    });
  }
  const folder = await mkdtemp(join(tmpdir(), "ae-"));
  const path = join(folder, json ? "rows.json" : "rows.csv");
  const sink = await tableSink(path);
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  return {
    write: (rows) => sink.write(rows),
    close: async () => {
      try {
        await sink.close();
        for await (const part of createReadStream(path)) await terminal.out(part as Buffer);
      } finally {
        await remove();
      }
    },
    discard: async () => {
      await sink.discard();
      await remove();
    },
  };
}

async function npySink(path: string): Promise<Sink> {
  const { openNpyWriter } = await import("../data/write-npy.ts");
  let writer: Awaited<ReturnType<typeof openNpyWriter>> | undefined;
  return {
    write: async (rows) => {
      if (rows.kind === "table" || rows.kind === "interactions") return;
      if (rows.kind === "series") {
        const { windowValues } = await import("../data/series-windows.ts");
        writer ??= await openNpyWriter(path, { shape: [rows.window, rows.channels.length] });
        await writer.write(windowValues(rows));
        return;
      }
      const shape = rows.kind === "array" ? rows.shape : [rows.height, rows.width, rows.channels];
      writer ??= await openNpyWriter(path, { shape });
      await writer.write(
        rows.data instanceof Uint8Array ? Float32Array.from(rows.data) : rows.data,
      );
    },
    close: async () => writer?.close(),
    discard: async () => writer?.discard(),
  };
}

async function sheetSink(path: string): Promise<Sink> {
  const { concatRows } = await import("../data/rows.ts");
  const parts: Extract<Rows, { kind: "images" }>[] = [];
  let count = 0;
  return {
    write: async (rows) => {
      if (rows.kind !== "images") return;
      count += rows.rows;
      if (count > SHEET_IMAGES) {
        throw inputError("output.sheet", {
          place: `-o ${path}`,
          expected: `at most ${SHEET_IMAGES} images on one sheet`,
          got: "more",
          hint: "write them to a folder, -o images/, or to -o images.npy",
        });
      }
      parts.push(rows);
    },
    close: async () => {
      const { contactSheet } = await import("../report/contact-sheet.ts");
      const { writeFileSafely } = await import("../model/file.ts");
      const { rows, ...all } = concatRows(parts);
      await writeFileSafely(path, await contactSheet({ ...all, count: rows }));
    },
    discard: () => Promise.resolve(),
  };
}

/** One PNG a row, named by its row number from 1. */
async function folderSink(path: string, rows: number): Promise<Sink> {
  const { default: sharp } = await import("sharp");
  await mkdir(path, { recursive: true });
  const digits = String(rows).length;
  let row = 0;
  return {
    write: async (images) => {
      if (images.kind !== "images") return;
      const { height, width, channels, data } = images;
      if (![1, 3, 4].includes(channels)) throw wrongOutput(path, "array", "a folder");
      const bytes = height * width * channels;
      for (let i = 0; i < images.rows; i += 1) {
        row += 1;
        const raw = { width, height, channels: channels as 1 | 3 | 4 };
        const name = `${String(row).padStart(digits, "0")}.png`;
        await sharp(data.subarray(i * bytes, (i + 1) * bytes), { raw })
          .toColourspace(channels === 1 ? "b-w" : "srgb")
          .png()
          .toFile(join(path, name));
      }
    },
    close: () => Promise.resolve(),
    discard: () => Promise.resolve(),
  };
}
