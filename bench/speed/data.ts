/** Made-up data of the training cases, drawn from a fixed seed and given to all players alike. */
import { writeFileSync } from "node:fs";
import { keyAt } from "../../src/random/bits.ts";
import { normals, uniforms } from "../../src/random/numbers.ts";
import { catalogueOf } from "./catalogue.ts";

export interface MadeData {
  /** `int32`: places of what a row holds, rising, then a number that is none of them. */
  readonly type: "float32" | "uint8" | "int32";
  readonly rows: number;
  /** Of one row. */
  readonly shape: readonly number[];
  readonly make: () => Float32Array | Uint8Array | Int32Array;
}

/** Where data of a case lie, as players read it. */
export interface DataFile extends Pick<MadeData, "type" | "rows" | "shape"> {
  readonly file: string;
}

const SEED = 4;
const FACTORS = 6;

/** A table of numbers that a few factors explain, with noise. */
export function madeTable(rows: number, columns: number): MadeData {
  return {
    type: "float32",
    rows,
    shape: [columns],
    make: () => {
      const factors = normals(keyAt(SEED, 0), 1, rows * FACTORS);
      const loadings = normals(keyAt(SEED, 1), 1, columns * FACTORS);
      return normals(keyAt(SEED, 2), 1, rows * columns).map((noise, i) => {
        const [row, column] = [Math.floor(i / columns), i % columns];
        let sum = 0.3 * noise;
        for (let f = 0; f < FACTORS; f += 1)
          sum +=
            (factors[row * FACTORS + f] as number) * (loadings[column * FACTORS + f] as number);
        return sum;
      });
    },
  };
}

/** Images of one bright spot each, somewhere. */
export function madeImages(
  rows: number,
  [height, width, channels]: readonly [number, number, number],
): MadeData {
  return {
    type: "uint8",
    rows,
    shape: [height, width, channels],
    make: () => {
      const draws = uniforms(keyAt(SEED, 0), 3 * rows);
      const size = height * width * channels;
      return Uint8Array.from({ length: rows * size }, (_, i) => {
        const row = Math.floor(i / size);
        const [y, x] = [
          Math.floor((i % size) / (width * channels)),
          Math.floor((i % (width * channels)) / channels),
        ];
        const [down, right, spread] = [0, 1, 2].map((k) => draws[3 * row + k] as number) as [
          number,
          number,
          number,
        ];
        const distance = (y - down * height) ** 2 + (x - right * width) ** 2;
        return 255 * Math.exp(-distance / (8 + 60 * spread));
      });
    },
  };
}

/** Windows of one series: each channel a sum of a few waves, at its own pace, with noise. */
export function madeSeries(rows: number, [window, channels]: readonly [number, number]): MadeData {
  return {
    type: "float32",
    rows,
    shape: [window, channels],
    make: () => {
      const waves = channels * FACTORS;
      const [paces, phases] = [0, 1].map((k) => uniforms(keyAt(SEED, k), waves)) as [
        Float32Array,
        Float32Array,
      ];
      return normals(keyAt(SEED, 2), 1, rows * window * channels).map((noise, i) => {
        const [step, channel] = [Math.floor(i / channels), i % channels];
        let sum = 0.3 * noise;
        for (let f = channel * FACTORS; f < (channel + 1) * FACTORS; f += 1) {
          // Periods from 8 steps to 256.
          const period = 8 * 32 ** (paces[f] as number);
          sum += Math.sin(2 * Math.PI * (step / period + (phases[f] as number)));
        }
        return sum;
      });
    },
  };
}

const DIRECTIONS = 4096;
const ACTIVE = 16;

/** Vectors that are sums of few of many directions, with noise: what sparse codes can find. */
export function madeEmbeddings(rows: number, width: number): MadeData {
  return {
    type: "float32",
    rows,
    shape: [width],
    make: () => {
      const directions = normals(keyAt(SEED, 0), 1, DIRECTIONS * width);
      const chosen = uniforms(keyAt(SEED, 1), rows * ACTIVE);
      const strengths = uniforms(keyAt(SEED, 2), rows * ACTIVE);
      const values = normals(keyAt(SEED, 3), 1, rows * width).map((noise) => 0.1 * noise);
      for (let row = 0; row < rows; row += 1) {
        for (let a = 0; a < ACTIVE; a += 1) {
          // Squared, as some directions are met far more often than others.
          const from = Math.floor((chosen[row * ACTIVE + a] as number) ** 2 * DIRECTIONS) * width;
          const strength = 0.2 + (strengths[row * ACTIVE + a] as number);
          for (let i = 0; i < width; i += 1)
            values[row * width + i] =
              (values[row * width + i] as number) +
              (strength * (directions[from + i] as number)) / Math.sqrt(ACTIVE);
        }
      }
      return values;
    },
  };
}

/** Histories of a catalogue, each cut where it is too long, filled up where it is too short. */
export function madeHistories(rows: number, items: number, longest: number): MadeData {
  return {
    type: "int32",
    rows,
    shape: [longest],
    make: () => {
      const historyOf = catalogueOf(items, SEED);
      const codes = new Int32Array(rows * longest).fill(items);
      for (let row = 0; row < rows; row += 1) codes.set(historyOf(row, longest), row * longest);
      return codes;
    },
  };
}

export function writeData({ type, rows, shape, make }: MadeData, file: string): DataFile {
  writeFileSync(file, make());
  return { type, rows, shape, file };
}
