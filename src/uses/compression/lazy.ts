/** `compress` and `decompress` as programs call them: what they need is loaded with the first call. */
import type { Source } from "../../data/source.ts";
import type { Data, Model } from "../../model/types.ts";
import type { CompressionShown } from "../../report/report-data.ts";
import type { DecompressOptions, Restored } from "./decompress.ts";
import type { ExamineOptions } from "./examine.ts";
import type { CompressedFile, OpenCompressedOptions } from "./open.ts";
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
  const { compress: run } = await import("./compress.ts");
  return run(data, options);
}

/**
 * The data of a compressed file, or some of its rows.
 *
 * @param from path or bytes
 * @throws `compressed.magic`, `compressed.version`, `compressed.damaged` naming the block,
 *   `compressed.model`, `compressed.rows`, `compressed.large` above 4 GB
 * @example
 * const field = await decompress("field.aez", { rows: [0, 128] });
 */
export async function decompress(
  from: string | Uint8Array,
  options: DecompressOptions = {},
): Promise<Restored> {
  const { decompress: run } = await import("./decompress.ts");
  return run(from, options);
}

/**
 * Opens a compressed file; blocks are read as they are asked for. Close it in the end.
 *
 * @param from path or bytes
 * @throws `compressed.magic`, `compressed.version`, `compressed.damaged`
 * @example
 * const file = await openCompressed("payments.aez");
 * for await (const table of file.tables([0, file.info.rows])) console.log(table.rows);
 * await file.close();
 */
export async function openCompressed(
  from: string | Uint8Array,
  options: OpenCompressedOptions = {},
): Promise<CompressedFile> {
  const { openCompressed: run } = await import("./open.ts");
  return run(from, options);
}

/**
 * How small data get with a model, for a page about it. Compresses the first rows, a million elements
 * at most, without and with the model, and puts brotli and, of images, JPEG and WebP beside.
 *
 * @throws `compression.bound`, `compression.kind`
 * @example
 * const compression = await examineCompression(model, images, { errorBound: 4 });
 * await writeFile("page.html", await model.report(images, { compression }));
 */
export async function examineCompression(
  model: Pick<Model, "bytes">,
  data: Data,
  options: ExamineOptions,
): Promise<CompressionShown> {
  const { examineCompression: run } = await import("./examine.ts");
  return run(model, data, options);
}
