/** Images from folders, globs and single files: PNG, JPEG and WebP, through sharp. */

import { basename, dirname, relative, sep } from "node:path";

import type { Sharp } from "sharp";

import { inputError, type AutoencoderError } from "../base/errors.ts";
import { rawHead, packingOf, unpackedHead } from "./bytes.ts";
import { isIdx, readIdx } from "./idx.ts";
import { labelling } from "./memory.ts";
import { expandPath, filesUnder, kindOf } from "./paths.ts";
import type { Images, ImageSource, ReadOptions } from "./source.ts";

export interface ImageOptions {
  /** Width and height in pixels to bring every image to: scaled to cover, centre kept. */
  readonly size?: readonly [width: number, height: number];
  /** 1 grey, 3 colour, 4 colour with alpha. Default: 3 if any image has colour, else 1. */
  readonly channels?: 1 | 3 | 4;
  /** `"folder"`: each image's folder is its label. For IDX, the path of its label file. */
  readonly label?: string;
}

/** Endings of image files and what sharp calls the format. */
const formats: Record<string, string> = { png: "png", jpg: "jpeg", jpeg: "jpeg", webp: "webp" };

export const imageEndings: readonly string[] = Object.keys(formats);

/** More pixels than this in one image are refused: a small file can unpack to gigabytes. */
const pixelLimit = 1e8;

/** Images decoded at a time. sharp works on its own threads. */
const concurrency = 8;

/** Whether the name ends as an image file does. */
export function isImageName(name: string): boolean {
  return Object.hasOwn(formats, endingOf(name));
}

function endingOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1).toLowerCase();
}

/**
 * Opens images: a folder (searched through), a glob, one file, or an IDX file.
 * Files come in natural order of their paths. Headers are read at once, pixels
 * on each walk.
 *
 * JPEGs are turned upright as their EXIF data says; alpha is dropped unless
 * `channels` is 4; 16 bits a channel become 8.
 *
 * @throws data.missing, data.no-images, data.image when a file is not what it
 *   says, data.image-size when sizes differ and no `size` is given
 *
 * @example
 * const faces = await readImages("faces/", { size: [64, 64], label: "folder" });
 */
export async function readImages(path: string, options: ImageOptions = {}): Promise<ImageSource> {
  const files = await imageFiles(path);
  const [only] = files;
  if (files.length === 1 && only !== undefined && !isImageName(only)) {
    const head = await rawHead(only, 4);
    const idx =
      packingOf(head) === "gzip" ? isIdx((await unpackedHead(only, 4)).bytes) : isIdx(head);
    if (idx || /idx\d-ubyte/.test(basename(only))) {
      refuseSizing(path, options);
      return readIdx(path, options.label === undefined ? {} : { label: options.label });
    }
  }
  const notes: string[] = [];
  const headers = await pooled(files, (file) => readHeader(file));
  const bad = headers.filter((header): header is AutoencoderError => header instanceof Error);
  if (bad.length > 0) throw severalBad(bad, path);
  const images = headers.filter((header): header is Header => !(header instanceof Error));
  const [width, height] = options.size ?? commonSize(images, path);
  for (const [name, side] of [
    ["width", width],
    ["height", height],
  ] as const) {
    if (!Number.isInteger(side) || side < 1) {
      throw inputError("data.size", {
        place: `${path}, --size`,
        expected: `a whole ${name} of at least 1 pixel`,
        got: String(side),
        hint: "write it as WIDTHxHEIGHT, such as 64x64",
      });
    }
  }
  const channels = options.channels ?? (images.some((image) => image.colour) ? 3 : 1);
  const transparent = images.filter((image) => image.alpha).length;
  const colour = images.filter((image) => image.colour).length;
  if (colour > 0 && channels === 1)
    notes.push(`${path}: ${colour} colour image(s) are read in grey.`);
  if (transparent > 0 && channels < 4) {
    notes.push(`${path}: ${transparent} image(s) have an alpha channel; it is left out.`);
  }
  const folder = (await kindOf(path)) === "folder" ? path : dirname(path);
  const labels = labelsOf(files, options.label, path);
  return {
    kind: "images",
    name: path,
    rows: files.length,
    height,
    width,
    channels,
    notes,
    nameOf: (row) => {
      const file = files[row];
      return file === undefined ? `#${row}` : relative(folder, file);
    },
    read: (read) => walk(files, { width, height, channels }, read),
    ...labelling(labels, files.length, path, options.label),
  };
}

async function imageFiles(path: string): Promise<readonly string[]> {
  const found = await expandPath(path);
  const [first = path] = found;
  const isFolder = found.length === 1 && (await kindOf(first)) === "folder";
  const files = isFolder ? await filesUnder(first, isImageName) : found;
  if (files.length > 0) return files;
  throw inputError("data.no-images", {
    place: path,
    expected: `a folder with at least 1 image (.${imageEndings.join(", .")})`,
    got: "none, at any depth",
    hint: "check the folder, or convert the images to PNG",
  });
}

function refuseSizing(path: string, { size, channels }: ImageOptions): void {
  if (size === undefined && channels === undefined) return;
  throw inputError("data.size", {
    place: `${path}, ${size === undefined ? "--channels" : "--size"}`,
    expected: "an IDX file's own size and channels",
    got: String(size?.join("x") ?? channels),
    hint: "leave the option out",
  });
}

interface Header {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly colour: boolean;
  readonly alpha: boolean;
}

async function openImage(file: string): Promise<Sharp> {
  const { default: sharp } = await import("sharp");
  return sharp(file, { limitInputPixels: pixelLimit, failOn: "error" });
}

/** An image's header, or the error that says what is wrong with it. */
async function readHeader(file: string): Promise<Header | AutoencoderError> {
  const expected = formats[endingOf(file)];
  try {
    const metadata = await (await openImage(file)).metadata();
    if (expected === undefined || metadata.format !== expected) {
      return badImage(file, expected, `a ${metadata.format.toUpperCase()} image`);
    }
    const { width, height } = metadata.autoOrient;
    if (width * height > pixelLimit) {
      return badImage(
        file,
        expected,
        `${width} × ${height} pixels, above the limit of ${pixelLimit}`,
      );
    }
    const colour = metadata.space !== "b-w" && metadata.space !== "grey16";
    return { file, width, height, colour, alpha: metadata.hasAlpha };
  } catch (error) {
    return badImage(file, expected, reason(error), error);
  }
}

function badImage(
  file: string,
  format: string | undefined,
  got: string,
  cause?: unknown,
): AutoencoderError {
  return inputError(
    "data.image",
    {
      place: file,
      expected:
        format === undefined
          ? `an image ending in .${imageEndings.join(", .")}`
          : `a ${format.toUpperCase()} image, as its name says`,
      got,
      hint: "replace the file, give it the right ending, or take it out of the folder",
    },
    { cause },
  );
}

function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.includes("unsupported image format")
    ? "something that is no image"
    : (text.replace(/^Input file (?:contains|has) /, "").split("\n")[0] ?? text);
}

/** One bad file is its own error; of several, the first and the names of some more. */
function severalBad(bad: readonly AutoencoderError[], path: string): AutoencoderError {
  const [first] = bad;
  if (first !== undefined && bad.length === 1) return first;
  const shown = bad.slice(0, 5).map(({ parts }) => `${parts.place} (${parts.got})`);
  const rest = bad.length - shown.length;
  return inputError("data.image", {
    place: path,
    expected: "files that are what their names say",
    got: `${bad.length} that are not: ${shown.join("; ")}${rest > 0 ? `; and ${rest} more` : ""}`,
    hint: "replace the files, or take them out of the folder",
  });
}

function commonSize(images: readonly Header[], path: string): readonly [number, number] {
  const [first] = images;
  if (first === undefined) throw new RangeError("no images");
  const other = images.find((i) => i.width !== first.width || i.height !== first.height);
  if (other === undefined) return [first.width, first.height];
  const dimensions = (i: Header) => `${i.width}x${i.height}`;
  const small = Math.min(...images.map((i) => Math.min(i.width, i.height)), 256);
  throw inputError("data.image-size", {
    place: path,
    expected: `images of one size: ${basename(first.file)} is ${dimensions(first)}`,
    got: `${basename(other.file)} of ${dimensions(other)}`,
    hint: `bring them to one size (width x height) with --size, such as --size ${small}x${small}`,
  });
}

function labelsOf(
  files: readonly string[],
  label: string | undefined,
  path: string,
): string[] | undefined {
  if (label === undefined) return undefined;
  if (label === "folder") return files.map((file) => basename(dirname(file)) || sep);
  throw inputError("data.labels", {
    place: `${path}, --label`,
    expected: '"folder", to take each image\'s folder as its label',
    got: JSON.stringify(label),
    hint: "sort the images into one folder a class and write --label folder",
  });
}

async function* walk(
  files: readonly string[],
  shape: { readonly width: number; readonly height: number; readonly channels: number },
  { chunk, signal }: ReadOptions = {},
): AsyncGenerator<Images> {
  const { width, height, channels } = shape;
  const bytes = width * height * channels;
  const size = chunk ?? Math.max(1, Math.min(4096, Math.floor(2 ** 23 / bytes)));
  for (let from = 0; from < files.length; from += size) {
    signal?.throwIfAborted();
    const some = files.slice(from, from + size);
    const data = new Uint8Array(some.length * bytes);
    await pooled(some, async (file, index) => {
      signal?.throwIfAborted();
      data.set(await decode(file, shape), index * bytes);
    });
    yield { kind: "images", rows: some.length, height, width, channels, data };
  }
}

async function decode(
  file: string,
  { width, height, channels }: { width: number; height: number; channels: number },
): Promise<Uint8Array> {
  try {
    const image = (await openImage(file))
      .autoOrient()
      .resize(width, height, { fit: "cover" })
      .toColourspace(channels === 1 ? "b-w" : "srgb");
    const shaped = channels === 4 ? image.ensureAlpha() : image.removeAlpha();
    const { data, info } = await shaped
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    if (info.width === width && info.height === height && info.channels === channels) return data;
    throw new Error(`it decodes to ${info.width} × ${info.height} × ${info.channels}`);
  } catch (error) {
    throw badImage(file, formats[endingOf(file)], reason(error), error);
  }
}

/** `act` over all items, a few at a time; results in the order of the items. */
async function pooled<T, R>(
  items: readonly T[],
  act: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item !== undefined) results[index] = await act(item, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  return results;
}
