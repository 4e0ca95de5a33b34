/**
 * Fashion-MNIST's test images at the PSNR that WebP of quality 50 gives, all in one file, beside
 * WebP and JPEG with a file an image.
 */
import sharp, { type Sharp } from "sharp";
import { collect, imagesFrom } from "../../src/data/memory.ts";
import type { Images } from "../../src/data/source.ts";
import { compress } from "../../src/uses/compression/compress.ts";
import { decompress } from "../../src/uses/compression/decompress.ts";
import type { AccuracyCase, Figure } from "./case.ts";
import { idx } from "./case.ts";

const QUALITY = 50;
/** Images that the bound is looked for on. */
const PROBED = 1000;

export const imageCompression: AccuracyCase = {
  about: "Fashion-MNIST's test images at the PSNR of WebP of quality 50, in bytes an image",
  async *run(tell): AsyncGenerator<Figure> {
    const images: Images = await collect(await idx("fashion-mnist", "t10k"));
    const webp = await asFiles(images, (image) => image.webp({ quality: QUALITY, effort: 6 }));
    tell(`WebP, quality ${QUALITY}: ${webp.bytes.toFixed(1)} bytes, ${webp.psnr.toFixed(2)} dB`);
    const jpeg = await jpegAt(images, webp.psnr);
    tell(
      `JPEG, quality ${jpeg.quality}: ${jpeg.bytes.toFixed(1)} bytes, ${jpeg.psnr.toFixed(2)} dB`,
    );

    const made = await compress(imagesFrom(images.data, images), {
      psnr: webp.psnr,
      controls: false,
      time: 600,
    });
    const back = await decompress(made.bytes as Uint8Array);
    if (back.kind !== "images") throw new TypeError("images come back as images");
    const near = psnr(squares(images.data, back.data), images.data.length);
    const bytes = made.size / images.rows;
    const path = Object.keys(made.predictions).join("; ");
    tell(
      `within ${made.bounds[0]}: ${bytes.toFixed(1)} bytes, ${near.toFixed(2)} dB, ${path} (${made.seconds.toFixed(0)} s)`,
    );
    yield { name: "WebP, bytes an image", value: webp.bytes };
    yield { name: "JPEG at that PSNR or the next above, bytes an image", value: jpeg.bytes };
    yield { name: "PSNR, dB", value: near, target: { atLeast: webp.psnr } };
    yield { name: "bytes an image", value: bytes, target: { atMost: webp.bytes } };
  },
};

function first(images: Images, rows: number): Images {
  const size = images.data.length / images.rows;
  return { ...images, rows, data: images.data.subarray(0, rows * size) };
}

async function asFiles(images: Images, encode: (image: Sharp) => Sharp) {
  const { rows, height, width, data } = images;
  let bytes = 0;
  let square = 0;
  for (let row = 0; row < rows; row += 1) {
    const image = data.subarray(row * height * width, (row + 1) * height * width);
    const file = await encode(sharp(image, { raw: { width, height, channels: 1 } })).toBuffer();
    bytes += file.length;
    square += squares(image, await sharp(file).grayscale().raw().toBuffer());
  }
  return { bytes: bytes / rows, psnr: psnr(square, data.length) };
}

/** The lowest quality that is no worse. */
async function jpegAt(images: Images, wanted: number) {
  const some = first(images, PROBED);
  for (let quality = 40; quality < 100; quality += 3) {
    const encode = (image: Sharp) => image.jpeg({ quality, mozjpeg: true });
    if ((await asFiles(some, encode)).psnr < wanted) continue;
    return { quality, ...(await asFiles(images, encode)) };
  }
  return { quality: 100, ...(await asFiles(images, (image) => image.jpeg({ quality: 100 }))) };
}

function squares(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return sum;
}

/** Of all pixels together. */
function psnr(square: number, count: number): number {
  return 10 * Math.log10((255 * 255 * count) / square);
}
