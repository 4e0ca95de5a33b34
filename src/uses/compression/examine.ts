/** How small data get with a model, for a page about it: `ae report MODEL DATA --error-bound E`. */
import { pickRows } from "../../data/pick.ts";
import type { Images, Rows, Source } from "../../data/source.ts";
import { sourceOf } from "../../model/data.ts";
import type { Data, Model } from "../../model/types.ts";
import { formatCount, formatNumber } from "../../report/format.ts";
import type { CompressionShown, CompressionWay, ImageSheet } from "../../report/report-data.ts";
import { compress } from "./compress.ts";
import { decompress } from "./decompress.ts";
import type { Compressed, CompressOptions } from "./options.ts";

export type ExamineOptions = Pick<
  CompressOptions,
  "errorBound" | "relative" | "psnr" | "lossless" | "signal"
>;

/** Elements that are compressed, at most: a page shall not take an hour. */
const MOST = 2 ** 20;
const SHOWN = 12;
/** Seconds in which a network learns beside the model. */
const TIME = 60;

/**
 * Compresses the first rows, a million elements at most, without and with the model, and puts brotli
 * and, of images, JPEG and WebP beside.
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
  const source = sourceOf(data);
  const rows = await firstRows(source, options.signal);
  const notes: string[] = [];
  const made = await compress(sourceOf(rows), {
    ...options,
    ...(rows.kind === "table" ? {} : { model: model.bytes(), embed: true, time: TIME }),
    onNote: (note) => notes.push(note),
  });
  if (rows.kind === "table") notes.push("Models do not predict tables, so there is none beside.");
  const images = rows.kind === "images" ? await picturesOf(rows, made) : undefined;
  if (made.pictures !== undefined) {
    const { images: count, of: all, png } = made.pictures;
    const some = count === all ? "" : `, told from ${formatNumber(count)} of them`;
    const how = png === undefined ? ", at the lowest quality that is as near as ours" : "";
    notes.push(
      `${png === undefined ? "JPEG and WebP" : "PNG and WebP"}: a file an image${some}${how}.`,
    );
  }
  return {
    rows: rows.rows,
    of: source.rows,
    original: { bytes: made.original, as: asText(rows) },
    ways: [...ownWays(made), ...otherWays(made)].toSorted((a, b) => a.bytes - b.bytes),
    bound: Math.max(0, ...made.bounds),
    largestError: made.largestError,
    notes,
    verdict: verdictOf(made, rows.rows),
    ...(images && { pictures: images }),
  };
}

async function firstRows(source: Source, signal: AbortSignal | undefined): Promise<Rows> {
  const width = widthOf(source);
  const count = Math.min(source.rows, Math.max(1, Math.floor(MOST / Math.max(1, width))));
  return pickRows(
    source,
    Int32Array.from({ length: count }, (_, row) => row),
    signal,
  );
}

function widthOf(source: Source): number {
  switch (source.kind) {
    case "table":
      return source.columns.length;
    case "images":
      return source.height * source.width * source.channels;
    case "array":
      return source.shape.reduce((product, n) => product * n, 1);
    case "series":
      return source.window * source.channels.length;
    case "interactions":
      return 3;
  }
}

function asText(rows: Rows): string {
  if (rows.kind === "table") return "CSV";
  if (rows.kind === "images") return "pixels of a byte";
  return "data" in rows && rows.data instanceof Float32Array ? "32-bit floats" : "64-bit floats";
}

function ownWays(made: Compressed): CompressionWay[] {
  const { classical, learned, model = 0 } = made;
  const way = (name: string, bytes: number, psnr: number | undefined): CompressionWay => ({
    name: `this package, ${name}`,
    own: true,
    bytes,
    // Of tables it is not told.
    exact: made.bounds.every((bound) => bound === 0) || made.largestError === 0,
    ...(psnr === undefined ? {} : { psnr }),
  });
  const without = way("without the model", classical, made.classicalPsnr);
  if (learned === undefined) return [without];
  const included = `with the model, its ${formatNumber(model)} bytes included`;
  return [
    without,
    way(included, learned, made.learnedPsnr),
    way("with the model, kept beside the file", learned - model, made.learnedPsnr),
  ];
}

function otherWays({ controls, pictures }: Compressed): CompressionWay[] {
  const names = { brotli: "brotli", zstd: "zstd", jpeg: "JPEG", webp: "WebP", png: "PNG" };
  return (Object.keys(names) as (keyof typeof names)[]).flatMap((name) => {
    const bytes = controls[name];
    if (bytes === undefined) return [];
    const { quality, psnr } = (name === "brotli" || name === "zstd" ? {} : pictures?.[name]) ?? {};
    const setting = quality === undefined ? "" : ` of quality ${quality}`;
    const near = psnr === undefined ? { exact: true } : { exact: false, psnr };
    return [{ name: `${names[name]}${setting}`, own: false, bytes, ...near }];
  });
}

/** Who is smallest, by how much, and whether the model is worth its room. */
function verdictOf(made: Compressed, rows: number): string {
  const own = made.size;
  const [best] = otherWays(made).toSorted((a, b) => a.bytes - b.bytes);
  const against =
    best === undefined
      ? `${formatNumber(made.original / own)} times smaller than the data.`
      : own < best.bytes
        ? `${formatNumber(best.bytes / own)} times smaller than ${best.name} makes the same rows.`
        : `Not smaller than ${best.name} makes the same rows${best.exact ? ": take that" : ", though that promises nothing of single pixels"}.`;
  return `${against}${modelText(made, rows)}`;
}

function modelText({ classical, learned, model = 0 }: Compressed, rows: number): string {
  if (learned === undefined) return "";
  const percent = (bytes: number): string => `${formatNumber((100 * bytes) / classical)}%`;
  if (learned < classical) {
    return ` The model makes the file ${percent(classical - learned)} smaller, its own bytes included.`;
  }
  const saved = classical - (learned - model);
  if (saved <= 0) return " The model does not make it smaller.";
  const enough = formatCount(Number(((rows * model) / saved).toPrecision(2)), "row");
  return ` The model saves ${percent(saved)} where it is kept beside the file; in the file it would pay from about ${enough} on.`;
}

/** The first ones, and what a reader of the file gets. */
async function picturesOf(
  images: Images,
  made: Compressed,
): Promise<NonNullable<CompressionShown["pictures"]>> {
  const { height, width, channels } = images;
  const count = Math.min(SHOWN, images.rows);
  const back = await decompress(made.bytes as Uint8Array, { rows: [0, count] });
  const sheet = (data: Uint8Array): ImageSheet => ({
    kind: "images",
    count,
    height,
    width,
    channels,
    data: data.slice(0, count * height * width * channels),
  });
  return { originals: sheet(images.data), restored: sheet((back as Images).data) };
}
