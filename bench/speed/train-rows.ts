/** The rows and the family of a training case, for the programs that train it with our graphs. */
import { readFileSync } from "node:fs";
import process from "node:process";
import { arrayFrom, imagesFrom } from "../../src/data/memory.ts";
import { windowsFrom, windowsSource } from "../../src/data/series-windows.ts";
import type { Source } from "../../src/data/source.ts";
import type { Family } from "../../src/families/family.ts";
import type { DataFile } from "./data.ts";
import type { TrainingCase, TrainingWords } from "./training.ts";
import { cases } from "./cases/index.ts";

export interface OurTraining extends TrainingWords {
  readonly family: Family;
  readonly source: Source;
}

export function readTraining(): OurTraining {
  const [file, name] = process.argv.slice(2) as [string, string];
  const words = JSON.parse(readFileSync(file, "utf8")) as TrainingWords;
  const { training } = cases[name] as TrainingCase;
  return { ...words, family: training.network.family(), source: sourceOf(words.data) };
}

function sourceOf({ type, shape, file }: DataFile): Source {
  const bytes = readFileSync(file);
  if (type === "uint8") {
    const [height, width, channels] = shape as [number, number, number];
    return imagesFrom(Uint8Array.from(bytes), { height, width, channels });
  }
  const { buffer, byteOffset, byteLength } = Uint8Array.from(bytes);
  const values = new Float32Array(buffer, byteOffset, byteLength / 4);
  const [window, channels] = shape;
  if (window === undefined || channels === undefined) return arrayFrom(values, shape);
  return windowsSource(
    windowsFrom(Float64Array.from(values), {
      window,
      channels: Array.from({ length: channels }, (_, i) => String(i)),
    }),
  );
}
