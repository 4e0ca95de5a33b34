/** Data to a compressed file, a block at a time. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { isImageName } from "../../data/images.ts";
import { expandPath } from "../../data/paths.ts";
import type { Source } from "../../data/source.ts";
import { askedOf } from "./asked.ts";
import { compressNumbers } from "./compress-numbers.ts";
import { compressTable } from "./compress-table.ts";
import { openInput } from "./input.ts";
import type { Compressed, CompressOptions } from "./options.ts";

/**
 * Compresses a table, an array or images so that every element comes back within a bound.
 *
 * NaN and infinities come back bit for bit; shape, type and order are kept. Whole numbers of
 * tables, dates, words and yes-or-no are always kept as they are. The result is looked at element
 * by element, by the reader's own code, before it counts.
 *
 * @param data a path or a source
 * @throws `compression.bound` without a bound or for one that makes no sense, what readers throw
 * @example
 * const { ratio } = await compress("field.npy", { errorBound: 1e-3, relative: true, output: "field.aez" });
 */
export async function compress(
  data: string | Source,
  options: CompressOptions = {},
): Promise<Compressed> {
  const began = Date.now();
  const asked = askedOf(options);
  const { select, drop, text, size, channels, array, shape, as, block } = options;
  const reading = { select, drop, text, size, channels, array, shape, as, block };
  const input = await openInput(
    data,
    Object.fromEntries(Object.entries(reading).filter(([, value]) => value !== undefined)),
  );
  const files = await fileSize(data);
  const seconds = (): number => (Date.now() - began) / 1000;
  if (input.kind === "table") {
    return { ...(await compressTable(input, asked, options, files)), seconds: seconds() };
  }
  const result = await compressNumbers(input, asked, options);
  const stored = input.kind === "images" && files !== undefined ? { stored: files } : {};
  return { ...result, ...stored, seconds: seconds() };
}

/** Of the files that are read; of a folder, its images. */
async function fileSize(data: string | Source): Promise<number | undefined> {
  if (typeof data !== "string" || data.startsWith("demo:")) return undefined;
  let bytes = 0;
  for (const path of await expandPath(data)) {
    const found = await stat(path);
    if (!found.isDirectory()) {
      bytes += found.size;
      continue;
    }
    for (const name of await readdir(path, { recursive: true })) {
      if (isImageName(name)) bytes += (await stat(join(path, name))).size;
    }
  }
  return bytes;
}
