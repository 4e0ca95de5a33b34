/** The same images as JPEG, WebP and PNG, a file each, as near to the originals as ours. */
import type { Sharp } from "sharp";
import type { ImageSample } from "./image-sample.ts";
import { BYTES, psnrOf, squaredError } from "./psnr.ts";

export interface PictureControl {
  /** Of the files of the images looked at. */
  readonly bytes: number;
  /** 1 to 100. Absent: to the last bit. */
  readonly quality?: number;
  /** Over the images looked at. Absent: to the last bit. */
  readonly psnr?: number;
}

export interface PictureControls {
  /** How many images were packed, spread over all, and how many there are. */
  readonly images: number;
  readonly of: number;
  /** How near ours comes on the same images. Absent: to the last bit. */
  readonly psnr?: number;
  /** Absent where no quality comes as near. */
  readonly jpeg?: PictureControl;
  readonly webp?: PictureControl;
  readonly png?: PictureControl;
}

/**
 * Lossless WebP and PNG where ours is lossless; else JPEG and WebP at the lowest quality that comes
 * as near over all these images together.
 *
 * @param psnr of ours over the sample; Infinity where nothing is off
 */
export async function pictureControls(
  sample: ImageSample,
  psnr: number,
  signal: AbortSignal | undefined,
): Promise<PictureControls> {
  const { default: sharp } = await import("sharp");
  const { height, width, channels, count, of } = sample;
  const size = height * width * channels;
  const original = Float64Array.from(sample.data);

  const packed = async (encode: (image: Sharp) => Sharp, lossy: boolean) => {
    let bytes = 0;
    let squares = 0;
    // A few at a time: sharp works on threads of its own.
    for (let first = 0; first < count; first += 8) {
      signal?.throwIfAborted();
      const some = Array.from({ length: Math.min(8, count - first) }, async (_, i) => {
        const at = (first + i) * size;
        const raw = { width, height, channels };
        const image = sharp(sample.data.subarray(at, at + size), { raw });
        const file = await encode(channels === 1 ? image.toColourspace("b-w") : image).toBuffer();
        bytes += file.length;
        // Awaited apart: others add to the sum meanwhile.
        const error = lossy ? await off(file, at) : 0;
        squares += error;
      });
      await Promise.all(some);
    }
    return { bytes, psnr: psnrOf(squares, original.length, 1, BYTES) };
  };
  const off = async (file: Uint8Array, at: number): Promise<number> => {
    const back = sharp(file);
    const plain = channels === 1 ? back.grayscale() : back.removeAlpha().toColourspace("srgb");
    const restored = Float64Array.from(await plain.raw().toBuffer());
    return squaredError(original.subarray(at, at + size), restored, 1);
  };
  const lowest = async (encode: (image: Sharp, quality: number) => Sharp) => {
    const at = (quality: number) => packed((image) => encode(image, quality), true);
    let found: PictureControl | undefined;
    for (let low = 1, high = 100; low <= high;) {
      // The best first: where that is not near enough, none is.
      const quality = found === undefined ? 100 : (low + high) >> 1;
      const made = await at(quality);
      if (made.psnr >= psnr) {
        found = { ...made, quality };
        high = quality - 1;
      } else if (found === undefined) return undefined;
      else low = quality + 1;
    }
    return found;
  };

  const webp = { effort: 6 } as const;
  const exact = async (encode: (image: Sharp) => Sharp): Promise<PictureControl> => ({
    bytes: (await packed(encode, false)).bytes,
  });
  const lossless = await exact((image) => image.webp({ ...webp, lossless: true }));
  const base = { images: count, of };
  if (psnr === Infinity) {
    const filtered = (adaptiveFiltering: boolean) =>
      exact((image) => image.png({ compressionLevel: 9, adaptiveFiltering }));
    const png = least(await filtered(true), await filtered(false));
    return { ...base, webp: lossless, ...(png && { png }) };
  }
  let jpeg: PictureControl | undefined;
  for (const chromaSubsampling of channels === 1 ? ["4:2:0"] : ["4:2:0", "4:4:4"]) {
    const options = { mozjpeg: true, chromaSubsampling };
    jpeg = least(jpeg, await lowest((image, quality) => image.jpeg({ ...options, quality })));
  }
  const lossy = await lowest((image, quality) => image.webp({ ...webp, quality }));
  return { ...base, psnr, ...(jpeg && { jpeg }), webp: least(lossy, lossless) ?? lossless };
}

function least(
  a: PictureControl | undefined,
  b: PictureControl | undefined,
): PictureControl | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.bytes < a.bytes ? b : a;
}

/** Bytes of all images, as they are of those looked at. */
export function scaled({ images, of, ...rest }: PictureControls) {
  const names = ["jpeg", "webp", "png"] as const;
  return Object.fromEntries(
    names.flatMap((name) => {
      const control = rest[name];
      return control === undefined ? [] : [[name, Math.round((control.bytes * of) / images)]];
    }),
  ) as { readonly [name in (typeof names)[number]]?: number };
}
