/** Numeric arrays from files: `.npy`, `.npz`, and raw `.f32`, `.f64`, `.u8` with a shape. */

import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";

import { inputError } from "../base/errors.ts";
import { fileBytes, memoryBytes, rawHead, type ByteSource } from "./bytes.ts";
import { labelling, refuseInfinite } from "./memory.ts";
import { listNames, nearestName } from "./names.ts";
import { readNpyHeader, readNpyLabels, readNpyRows, toNumbers, type NpyHeader } from "./npy.ts";
import { expandPath } from "./paths.ts";
import type { ArraySource, ImageSource, ReadOptions } from "./source.ts";

export interface ArrayOptions {
  /** Member of an `.npz`. Default: the only one, or `X`, `x`, `arr_0` or `data`. */
  readonly array?: string;
  /** Labels, one a row: a member of the same `.npz`, or the path of a `.npy`. */
  readonly label?: string;
  /** Shape of a raw file, the first axis being rows. Needed there, refused elsewhere. */
  readonly shape?: readonly number[];
  /** `"array"` keeps uint8 of image shape an array. Default: they come as images. */
  readonly as?: "array" | "images";
}

/** Members larger than this are refused before they are inflated. */
const memberLimit = 2 ** 31;

/**
 * Opens a numeric array. The first axis is rows. NaN is missing; infinite
 * values are refused when they are read.
 *
 * `.npy` and raw files are read in pieces, an `.npz` member is held in memory.
 * uint8 of shape `[rows, height, width]` or `[rows, height, width, 1…4]` comes
 * as images unless `as` says otherwise.
 *
 * @throws data.missing, data.npy, data.npz, data.dtype, data.truncated,
 *   data.trailing, data.member, data.shape, data.labels
 *
 * @example
 * const beats = await readArray("ecg.npz", { array: "X", label: "y" });
 * const field = await readArray("vorticity.f32", { shape: [512, 512] });
 */
export async function readArray(
  path: string,
  options: ArrayOptions = {},
): Promise<ArraySource | ImageSource> {
  const [file = path, ...more] = await expandPath(path);
  if (more.length > 0 || (await stat(file)).isDirectory()) {
    throw inputError("data.format", {
      place: path,
      expected: "one array file",
      got: more.length > 0 ? `${more.length + 1} files` : "a folder",
      hint: "name one .npy, .npz, .f32, .f64 or .u8 file",
    });
  }
  return fromNpy(await openFile(file, path, options), path, options);
}

/** Where an array's values lie, as they are. */
export interface ArrayBytes {
  readonly header: NpyHeader;
  readonly bytes: ByteSource;
}

/**
 * An array as it lies in its file, for those who must keep its type.
 *
 * @throws as `readArray`
 */
export async function openArrayBytes(
  path: string,
  options: Pick<ArrayOptions, "array" | "shape"> = {},
): Promise<ArrayBytes> {
  const [file = path] = await expandPath(path);
  const opened = await openFile(file, path, options);
  requireNumbers(opened.header, path);
  return opened;
}

interface OpenedArray extends ArrayBytes {
  readonly labels: { label: string; values: readonly (string | null)[] } | undefined;
}

async function openFile(file: string, path: string, options: ArrayOptions): Promise<OpenedArray> {
  const raw = rawTypes[ending(file)];
  if (raw === undefined && options.shape !== undefined) {
    throw inputError("data.shape", {
      place: `${path}, --shape`,
      expected: "no shape: the file carries its own",
      got: options.shape.join("x"),
      hint: "leave out --shape",
    });
  }
  if (raw !== undefined) {
    const header = await rawHeader(file, raw, options.shape, path);
    const bytes = await fileBytes(file);
    return { bytes, header, labels: await npyFileLabels(options.label) };
  }
  if (ending(file) === "npz") return readNpz(file, path, options);
  const bytes = await fileBytes(file);
  const header = await readNpyHeader(bytes, path);
  return { bytes, header, labels: await npyFileLabels(options.label) };
}

const rawTypes: Record<string, string> = { f32: "f4", f64: "f8", u8: "u1" };

function ending(file: string): string {
  return file.slice(file.lastIndexOf(".") + 1).toLowerCase();
}

async function rawHeader(
  file: string,
  dtype: string,
  shape: readonly number[] | undefined,
  place: string,
): Promise<NpyHeader> {
  const { size } = await stat(file);
  const itemSize = Number(dtype.slice(1));
  const values = size / itemSize;
  if (shape === undefined || shape.length === 0) {
    throw inputError("data.shape", {
      place,
      expected: `a shape for its ${values} values, the first axis being rows`,
      got: "none",
      hint: `give --shape, such as --shape ${exampleShape(values)}`,
    });
  }
  const count = shape.reduce((product, n) => product * n, 1);
  if (count !== values || !shape.every((n) => Number.isInteger(n) && n > 0)) {
    throw inputError("data.shape", {
      place: `${place}, --shape`,
      expected: `a shape of ${values} values (${size} bytes, ${itemSize} each)`,
      got: `${shape.join(" × ")} = ${count}`,
      hint: "check the shape, and that the file is complete",
    });
  }
  return { dtype, bigEndian: false, fortran: false, shape, offset: 0, itemSize };
}

function exampleShape(values: number): string {
  const side = Math.sqrt(values);
  return Number.isInteger(side) ? `${side}x${side}` : `${values}x1`;
}

async function npyFileLabels(label: string | undefined) {
  if (label === undefined) return undefined;
  const [file = label] = await expandPath(label);
  const bytes = await fileBytes(file);
  return { label, values: await readNpyLabels(bytes, await readNpyHeader(bytes, label), label) };
}

async function readNpz(file: string, place: string, options: ArrayOptions): Promise<OpenedArray> {
  const head = await rawHead(file, 4);
  if (head[0] !== 0x50 || head[1] !== 0x4b) {
    throw inputError("data.npz", {
      place,
      expected: "an .npz archive, which begins with 50 4b",
      got: head.length === 0 ? "an empty file" : `first bytes ${Buffer.from(head).toString("hex")}`,
      hint: "write it with numpy.savez",
    });
  }
  const { unzipSync } = await import("fflate");
  const archive = await readFile(file);
  const broken = (error: unknown) =>
    inputError(
      "data.npz",
      {
        place,
        expected: "a whole .npz archive",
        got: error instanceof Error ? error.message : String(error),
        hint: "the file is cut short or damaged; get it again",
      },
      { cause: error },
    );
  const sizes = new Map<string, number>();
  try {
    unzipSync(archive, {
      filter({ name, originalSize }) {
        if (name.endsWith(".npy")) sizes.set(name.slice(0, -4), originalSize);
        return false;
      },
    });
  } catch (error) {
    throw broken(error);
  }
  const members = [...sizes.keys()];
  const array = options.array ?? defaultMember(members);
  const wanted = [
    checkMember(array, members, place, "--array"),
    ...(options.label === undefined ? [] : [checkMember(options.label, members, place, "--label")]),
  ];
  for (const name of wanted) {
    const size = sizes.get(name) ?? 0;
    if (size > memberLimit) {
      throw inputError("data.too-large", {
        place: `${place}, array ${JSON.stringify(name)}`,
        expected: `at most ${memberLimit} bytes unpacked`,
        got: `${size} bytes`,
        hint: "save it as .npy, which is read in pieces",
      });
    }
  }
  let inflated: Record<string, Uint8Array>;
  try {
    inflated = unzipSync(archive, { filter: ({ name }) => wanted.includes(name.slice(0, -4)) });
  } catch (error) {
    throw broken(error);
  }
  const member = (name: string) => memoryBytes(inflated[`${name}.npy`] ?? new Uint8Array());
  const inside = (name: string) => `${place}, array ${JSON.stringify(name)}`;
  const [main = ""] = wanted;
  const header = await readNpyHeader(member(main), inside(main));
  let labels: { label: string; values: (string | null)[] } | undefined;
  if (options.label !== undefined) {
    const { label } = options;
    const labelHeader = await readNpyHeader(member(label), inside(label));
    const values = await readNpyLabels(member(label), labelHeader, inside(label));
    labels = { label, values };
  }
  return { bytes: member(main), header, labels };
}

function defaultMember(members: readonly string[]): string | undefined {
  if (members.length === 1) return members[0];
  return ["X", "x", "arr_0", "data"].find((name) => members.includes(name));
}

function checkMember(
  name: string | undefined,
  members: readonly string[],
  place: string,
  option: string,
): string {
  if (name !== undefined && members.includes(name)) return name;
  const near = name === undefined ? undefined : nearestName(name, members);
  throw inputError("data.member", {
    place: `${place}, ${option}`,
    expected: members.length === 0 ? "arrays in the archive" : `one of ${listNames(members)}`,
    got: name === undefined ? "no choice" : JSON.stringify(name),
    hint:
      near === undefined
        ? "name one of its arrays with --array"
        : `write ${JSON.stringify(near)} if that is the one you mean`,
  });
}

function requireNumbers({ dtype }: NpyHeader, place: string): void {
  if (!/^[biuf]\d$/.test(dtype)) {
    throw inputError("data.dtype", {
      place,
      expected: "numbers",
      got: `text (dtype ${dtype})`,
      hint: "text can serve as labels only: name it with --label",
    });
  }
}

function fromNpy(
  { bytes, header, labels }: OpenedArray,
  place: string,
  options: ArrayOptions,
): ArraySource | ImageSource {
  requireNumbers(header, place);
  const { dtype, shape } = header;
  const rows = shape[0] ?? 0;
  if (shape.length === 0 || shape.some((n) => n === 0)) {
    throw inputError("data.empty", {
      place,
      expected: "an array with at least 1 row",
      got: `shape (${shape.join(", ")})`,
      hint: "check that the array was saved as it should be",
    });
  }
  const imageShaped =
    shape.length === 3 || (shape.length === 4 && [1, 3, 4].includes(shape[3] ?? 0));
  if (options.as === "images" && !(dtype === "u1" && imageShaped)) {
    throw inputError("data.shape", {
      place,
      expected: "uint8 of shape (rows, height, width) or (rows, height, width, channels)",
      got: `${dtype} of shape (${shape.join(", ")})`,
      hint: "save the images as uint8, 0 to 255",
    });
  }
  const carried = labelling(labels?.values, rows, place, labels?.label);
  if (dtype === "u1" && imageShaped && options.as !== "array") {
    const [, height = 1, width = 1, channels = 1] = shape;
    return {
      kind: "images",
      name: place,
      rows,
      height,
      width,
      channels,
      notes: [],
      nameOf: (row) => `${basename(place)}#${row}`,
      async *read(read) {
        for await (const { data, count } of pieces(bytes, header, rows, read)) {
          yield { kind: "images", rows: count, height, width, channels, data };
        }
      },
      ...carried,
    };
  }
  const one = shape.length === 1 ? [1] : shape.slice(1);
  const notes =
    dtype === "i8" || dtype === "u8"
      ? [`${place}: integers beyond 2^53 are rounded to the nearest that fits a float64.`]
      : [];
  return {
    kind: "array",
    name: place,
    rows,
    shape: one,
    notes,
    async *read(read) {
      for await (const { data: raw, count, from } of pieces(bytes, header, rows, read)) {
        const data = toNumbers(raw, header);
        if (dtype.startsWith("f")) refuseInfinite(data, count, from, place);
        yield { kind: "array", rows: count, shape: one, data };
      }
    },
    ...carried,
  };
}

/** Rows in C order, a piece of about 16 MB at a time. */
async function* pieces(
  bytes: ByteSource,
  header: NpyHeader,
  rows: number,
  { chunk, signal }: ReadOptions = {},
) {
  const rowBytes = header.shape.slice(1).reduce((product, n) => product * n, header.itemSize);
  const size = chunk ?? Math.max(1, Math.floor(2 ** 24 / rowBytes));
  signal?.throwIfAborted();
  const reader = await bytes.open();
  try {
    for (let from = 0; from < rows; from += size) {
      signal?.throwIfAborted();
      const to = Math.min(rows, from + size);
      yield { data: await readNpyRows(reader, header, from, to), count: to - from, from };
    }
  } finally {
    await reader.close();
  }
}
