/** What an accuracy case is, and the data that cases share. */
import { join } from "node:path";
import process from "node:process";
import { collect, imagesFrom } from "../../src/data/memory.ts";
import { readImages } from "../../src/data/images.ts";
import type { Images, ImageSource } from "../../src/data/source.ts";
import { keyAt } from "../../src/random/bits.ts";
import { uniforms } from "../../src/random/numbers.ts";

/** A figure, and what it shall be; `target` absent: shown for comparison. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly target?: { readonly atMost: number } | { readonly atLeast: number };
}

export interface AccuracyCase {
  readonly about: string;
  /** Says what it does as it goes; gives its figures one by one. */
  run(tell: (text: string) => void): AsyncIterable<Figure>;
}

/** A file of the shared data, whose folder `AE_DATA` names. */
export function dataFile(...path: readonly string[]): string {
  const folder = process.env["AE_DATA"];
  if (folder === undefined) {
    throw new Error(
      `AE_DATA is not set: it names the folder that holds ${path.join("/")}; see docs/results.md`,
    );
  }
  return join(folder, ...path);
}

export function idx(set: "mnist" | "fashion-mnist", part: "train" | "t10k"): Promise<ImageSource> {
  return readImages(dataFile(set, `${part}-images-idx3-ubyte.gz`));
}

/** Each pixel drawn once, 0 or 255, with its brightness as the chance of 255. */
export async function binarized(source: ImageSource, seed: number): Promise<ImageSource> {
  const { data, height, width, channels }: Images = await collect(source);
  const draws = uniforms(keyAt(seed, 0), data.length);
  const drawn = data.map((byte, i) => ((draws[i] as number) * 255 < byte ? 255 : 0));
  return imagesFrom(drawn, { height, width, channels, name: `${source.name}, binarized` });
}

/** Progress of a training run as a line an epoch in ten. */
export function epochsTold(tell: (text: string) => void, every: number) {
  return ({ epoch, loss, validationLoss, seconds }: EpochTold): void => {
    if (epoch % every !== 0) return;
    const held = validationLoss === undefined ? "" : `, held out ${validationLoss.toFixed(3)}`;
    tell(`epoch ${epoch}: loss ${loss.toFixed(3)}${held} (${seconds.toFixed(1)} s)`);
  };
}

interface EpochTold {
  readonly epoch: number;
  readonly loss: number;
  readonly validationLoss: number | undefined;
  readonly seconds: number;
}
