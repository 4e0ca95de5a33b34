/** Images as PNG: single ones for the report, and many on one sheet. */

import sharp from "sharp";
import { inputError, internalError } from "../base/errors.ts";
import type { ImageSheet } from "./report-data.ts";

export interface ContactSheetOptions {
  /** Images side by side; a square sheet unless told. */
  readonly columns?: number;
  /** Whole number of screen pixels a pixel; by default images come out near 56 pixels. */
  readonly scale?: number;
}

/**
 * All images of `sheet` in rows on one PNG, in their order, each pixel enlarged
 * to a square, with a white seam between them (a clear one when there is alpha).
 *
 * Shows 1 channel as grey, 3 as RGB, 4 as RGBA; of other counts the first channel as grey.
 *
 * @example
 * await writeFile("digits.png", await contactSheet(digits, { columns: 8, scale: 2 }));
 */
export async function contactSheet(
  sheet: ImageSheet,
  options: ContactSheetOptions = {},
): Promise<Uint8Array> {
  const images = drawable(sheet);
  const { count, height, width, channels } = images;
  if (count < 1 || height < 1 || width < 1) {
    throw inputError("report.sheet-empty", {
      place: "contact sheet",
      expected: "at least one image of at least one pixel",
      got: `${count} images of ${height} × ${width}`,
    });
  }
  const scale = options.scale ?? Math.max(1, Math.round(56 / Math.max(height, width)));
  const columns = Math.min(count, options.columns ?? Math.ceil(Math.sqrt(count)));
  if (!isPositiveInteger(scale) || !isPositiveInteger(columns)) {
    throw inputError("report.sheet-options", {
      place: "contact sheet",
      expected: "columns and scale that are whole numbers of at least 1",
      got: `columns ${columns}, scale ${scale}`,
    });
  }
  const rows = Math.ceil(count / columns);
  const sheetWidth = columns * (width + 1) + 1;
  const sheetHeight = rows * (height + 1) + 1;
  const pixels = new Uint8Array(sheetWidth * sheetHeight * channels).fill(channels === 4 ? 0 : 255);
  for (let i = 0; i < count; i++) {
    const left = (i % columns) * (width + 1) + 1;
    const top = Math.floor(i / columns) * (height + 1) + 1;
    for (let y = 0; y < height; y++) {
      const from = (i * height + y) * width * channels;
      const to = ((top + y) * sheetWidth + left) * channels;
      pixels.set(images.data.subarray(from, from + width * channels), to);
    }
  }
  const enlarged = enlarge(pixels, sheetWidth, channels, scale);
  return encodePng(enlarged, sheetHeight * scale, sheetWidth * scale, channels);
}

/** Image `index` of `sheet` as a `data:` address of a PNG. */
export async function imageAddress(sheet: ImageSheet, index: number): Promise<string> {
  const { height, width, channels, data } = drawable(sheet);
  const size = height * width * channels;
  const png = await encodePng(
    data.subarray(index * size, (index + 1) * size),
    height,
    width,
    channels,
  );
  return `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
}

/**
 * Where and which way reconstructions differ from originals, as RGBA: orange
 * where too bright, blue where too dark, clear where equal, so that it reads on
 * light and dark paper. Full strength is the largest difference on the sheet.
 */
export function differenceSheet(originals: ImageSheet, reconstructions: ImageSheet): ImageSheet {
  checkSize(originals);
  checkSize(reconstructions);
  const { count, height, width, channels } = originals;
  const colours = channels === 4 ? 3 : channels;
  const pixels = count * height * width;
  const differences = new Float32Array(pixels);
  let largest = 0;
  for (let i = 0; i < pixels; i++) {
    let sum = 0;
    for (let c = 0; c < colours; c++) {
      const at = i * channels + c;
      sum += (reconstructions.data[at] ?? 0) - (originals.data[at] ?? 0);
    }
    differences[i] = sum / colours;
    largest = Math.max(largest, Math.abs(sum / colours));
  }
  const data = new Uint8Array(pixels * 4);
  for (let i = 0; i < pixels; i++) {
    const difference = differences[i] ?? 0;
    data.set(difference > 0 ? [226, 104, 0] : [24, 124, 214], i * 4);
    data[i * 4 + 3] = largest === 0 ? 0 : Math.round((255 * Math.abs(difference)) / largest);
  }
  return { kind: "images", count, height, width, channels: 4, data };
}

/** The sheet with a channel count that PNG has. */
function drawable(sheet: ImageSheet): ImageSheet & { readonly channels: 1 | 3 | 4 } {
  checkSize(sheet);
  const { channels, data } = sheet;
  if (channels === 1 || channels === 3 || channels === 4) return { ...sheet, channels };
  const first = new Uint8Array(data.length / channels);
  for (let i = 0; i < first.length; i++) first[i] = data[i * channels] ?? 0;
  return { ...sheet, channels: 1, data: first };
}

function checkSize({ count, height, width, channels, data }: ImageSheet): void {
  if (data.length === count * height * width * channels && channels > 0) return;
  throw internalError("report.sheet-size", {
    place: "image sheet",
    expected: `${count} × ${height} × ${width} × ${channels} bytes`,
    got: `${data.length} bytes`,
  });
}

async function encodePng(
  pixels: Uint8Array,
  height: number,
  width: number,
  channels: 1 | 3 | 4,
): Promise<Uint8Array> {
  const image = sharp(pixels, { raw: { width, height, channels } });
  const grey = channels === 1 ? image.toColourspace("b-w") : image;
  return new Uint8Array(await grey.png({ compressionLevel: 9 }).toBuffer());
}

/** Every pixel `scale` times wide and high. By hand: sharp's resize would blend colours with alpha. */
function enlarge(pixels: Uint8Array, width: number, channels: number, scale: number): Uint8Array {
  if (scale === 1) return pixels;
  const row = width * channels;
  const wide = row * scale;
  const out = new Uint8Array(pixels.length * scale * scale);
  for (let y = 0; y < pixels.length / row; y++) {
    const top = y * scale * wide;
    for (let x = 0; x < width * scale; x++) {
      const from = y * row + Math.floor(x / scale) * channels;
      for (let c = 0; c < channels; c++) out[top + x * channels + c] = pixels[from + c] ?? 0;
    }
    for (let copy = 1; copy < scale; copy++) out.copyWithin(top + copy * wide, top, top + wide);
  }
  return out;
}

function isPositiveInteger(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}
