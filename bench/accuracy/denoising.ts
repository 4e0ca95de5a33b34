/**
 * Fashion-MNIST with Gaussian noise of σ = 0.3 on pixels from 0 to 1: the 10,000 test images denoised,
 * trained on clean images and on noisy ones alone, beside median, Gaussian and non-local-means filters
 * and PCA at their best settings. Twice: as numbers, whose noise is not clipped, and as bytes, whose is.
 */
import { arrayFrom, collect, imagesFrom } from "../../src/data/memory.ts";
import type { Images, Rows, Source } from "../../src/data/source.ts";
import { compareDenoising } from "../../src/evaluate/denoising/compare.ts";
import type { Picture } from "../../src/evaluate/denoising/picture.ts";
import { denoising } from "../../src/families/denoising.ts";
import { masked } from "../../src/families/masked.ts";
import type { Family } from "../../src/families/family.ts";
import { train } from "../../src/model/train.ts";
import { keyAt } from "../../src/random/bits.ts";
import { normals } from "../../src/random/numbers.ts";
import type { AccuracyCase, Figure } from "./case.ts";
import { epochsTold, idx } from "./case.ts";

const SIGMA = 0.3;
const EPOCHS = 5;
/** Test images that filters in TypeScript are run on; the model's own figure is over the same. */
const JUDGED = 1000;
const MARGINS = { clean: 3, noisy: 1.5 } as const;

export const denoisingCase: AccuracyCase = {
  about: "Fashion-MNIST with Gaussian noise σ = 0.3: PSNR above the best simple filter",
  async *run(tell): AsyncGenerator<Figure> {
    const training = await collect(await idx("fashion-mnist", "train"));
    const test = first(await collect(await idx("fashion-mnist", "t10k")), JUDGED);
    for (const kind of ["numbers", "bytes"] as const) {
      const clean = asKind(training, kind);
      const noisy = noisyOf(training, kind, 1);
      const testNoisy = noisyOf(test, kind, 2);
      for (const side of ["clean", "noisy"] as const) {
        const family = familyFor(side, kind, training);
        const model = await train(family, side === "clean" ? clean : noisy, {
          epochs: EPOCHS,
          batch: 64,
          validation: 0.02,
          on: epochsTold(tell, 1),
        });
        const { rows } = await model.denoise(testNoisy);
        await model.close();
        const found = compareDenoising(
          pictures(await collected(testNoisy), kind),
          pictures(await collected(asKind(test, kind)), kind),
          pictures(rows, kind),
        );
        tell(found.verdict);
        for (const [name, { psnr, ssim, setting }] of Object.entries(found.controls))
          tell(`${name} (${setting}): ${psnr.toFixed(2)} dB, SSIM ${ssim.toFixed(4)}`);
        const best = Math.max(...Object.values(found.controls).map(({ psnr }) => psnr));
        const what = `${kind}, trained on ${side} images`;
        yield { name: `${what}: PSNR, dB`, value: found.model.psnr };
        yield { name: `${what}: SSIM`, value: found.model.ssim };
        yield {
          name: `${what}: dB above the best control`,
          value: found.model.psnr - best,
          target: { atLeast: MARGINS[side] },
        };
      }
    }
  },
};

function familyFor(side: "clean" | "noisy", kind: "numbers" | "bytes", images: Images): Family {
  if (side === "noisy") return masked({ patch: 1 });
  // Numbers are scaled to a spread of 1, and noise is in that unit; pixels stay as they are.
  const level = kind === "bytes" ? SIGMA : SIGMA / spreadOf(images);
  return denoising({ corruption: "gaussian", level });
}

function spreadOf({ data }: Images): number {
  let [sum, squares] = [0, 0];
  for (const byte of data) {
    sum += byte / 255;
    squares += (byte / 255) ** 2;
  }
  return Math.sqrt(squares / data.length - (sum / data.length) ** 2);
}

function first(images: Images, count: number): Images {
  const size = images.height * images.width * images.channels;
  return { ...images, rows: count, data: images.data.subarray(0, count * size) };
}

function shapeOf({ height, width, channels }: Images): readonly number[] {
  return [height, width, channels];
}

function asKind(images: Images, kind: "numbers" | "bytes"): Source {
  if (kind === "bytes") return imagesFrom(images.data, images);
  return arrayFrom(
    Float32Array.from(images.data, (byte) => byte / 255),
    shapeOf(images),
  );
}

function noisyOf(images: Images, kind: "numbers" | "bytes", seed: number): Source {
  const noise = normals(keyAt(seed, 0), 1, images.data.length);
  const numbers = Float32Array.from(
    images.data,
    (byte, i) => byte / 255 + SIGMA * (noise[i] as number),
  );
  if (kind === "numbers") return arrayFrom(numbers, shapeOf(images));
  const bytes = Uint8ClampedArray.from(numbers, (value) => Math.round(255 * value));
  return imagesFrom(new Uint8Array(bytes.buffer), images);
}

async function collected(source: Source): Promise<Rows> {
  return collect(source);
}

function pictures(rows: Rows, kind: "numbers" | "bytes"): readonly Picture[] {
  if (rows.kind !== "images" && rows.kind !== "array") throw new TypeError("pictures");
  const [height, width, channels] =
    rows.kind === "images"
      ? [rows.height, rows.width, rows.channels]
      : (rows.shape as [number, number, number]);
  const size = height * width * channels;
  const scale = kind === "bytes" ? 1 / 255 : 1;
  return Array.from({ length: rows.rows }, (_, row) => ({
    height,
    width,
    channels,
    data: Float64Array.from(
      { length: size },
      (_one, i) => scale * (rows.data[row * size + i] ?? 0),
    ),
  }));
}
