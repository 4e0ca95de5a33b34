/** The rows and the family of a training case, for the programs that train it with our graphs. */
import { readFileSync } from "node:fs";
import process from "node:process";
import { arrayFrom, imagesFrom } from "../../src/data/memory.ts";
import { windowsFrom, windowsSource } from "../../src/data/series-windows.ts";
import { interactionSource } from "../../src/data/interactions.ts";
import type { Interactions, Source } from "../../src/data/source.ts";
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
  return {
    ...words,
    family: training.network.family(),
    source: sourceOf(words.data, words.network["items"]),
  };
}

function sourceOf({ type, rows, shape, file }: DataFile, items: unknown): Source {
  const bytes = readFileSync(file);
  if (type === "int32") {
    const { buffer } = Uint8Array.from(bytes);
    return historiesOf(new Int32Array(buffer), rows, Number(items));
  }
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

/** Rows of places, filled up with the number of items, which is none of them. */
function historiesOf(padded: Int32Array, rows: number, items: number): Source {
  const longest = padded.length / rows;
  const starts = new Int32Array(rows + 1);
  for (let row = 0; row < rows; row += 1) {
    const own = padded.subarray(row * longest, (row + 1) * longest);
    starts[row + 1] = (starts[row] as number) + own.filter((code) => code < items).length;
  }
  const data: Interactions = {
    kind: "interactions",
    rows,
    items: Array.from({ length: items }, (_, i) => String(i)),
    starts,
    codes: padded.filter((code) => code < items),
  };
  return interactionSource(data);
}
