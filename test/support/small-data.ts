/** Small data with structure, one of each kind, for suites that train: the same at every call. */
import { uniforms } from "../../src/random/numbers.ts";
import { keyAt } from "../../src/random/bits.ts";
import { sourceOf } from "../../src/model/data.ts";
import type {
  Images,
  NumericArray,
  Rows,
  SeriesWindows,
  Source,
  Table,
} from "../../src/data/source.ts";

const DAY = 86_400_000;

/** Uniform numbers in (0, 1), a stream a name. */
function stream(name: string): () => number {
  const seed = Array.from(name, (letter) => letter.charCodeAt(0)).reduce((a, b) => a * 31 + b, 7);
  const numbers = uniforms(keyAt(seed, 0), 100_000);
  let at = 0;
  return () => numbers[at++ % numbers.length] as number;
}

/**
 * Eight columns on a curve in two dimensions: numbers (one heavy-tailed, one whole), words
 * that follow a number, a boolean, a date. One value in ten of two columns is missing.
 */
export function smallTable(rows = 160): Table {
  const draw = stream("table");
  const latent = Array.from({ length: rows }, () => [draw() * 6 - 3, draw() * 2 - 1] as const);
  const gone = (share: number): boolean => draw() < share;
  const numbers = (f: (t: number, u: number) => number, missing = 0): Float64Array =>
    Float64Array.from(latent, ([t, u]) => (gone(missing) ? Number.NaN : f(t, u)));
  const words = ["north", "east", "south", "häven"];
  return {
    kind: "table",
    rows,
    columns: [
      { name: "sine", type: "number", values: numbers((t) => 40 * Math.sin(t)) },
      { name: "square", type: "number", values: numbers((t, u) => t * t + u, 0.1) },
      { name: "tail", type: "number", values: numbers((t, u) => Math.exp(2.5 * t + u)) },
      { name: "count", type: "integer", values: numbers((t, u) => Math.round(10 * (t + u))) },
      {
        name: "word",
        type: "text",
        dictionary: words,
        codes: Int32Array.from(latent, ([t]) => (gone(0.1) ? -1 : Math.floor(((t + 3) / 6) * 4))),
      },
      {
        name: "half",
        type: "text",
        dictionary: ["left", "right"],
        codes: Int32Array.from(latent, ([, u]) => (u > 0 ? 1 : 0)),
      },
      { name: "flag", type: "boolean", values: numbers((t, u) => Number(t * u > 0)) },
      {
        name: "day",
        type: "datetime",
        values: numbers((t) => 1.7e12 + Math.round(t * 100) * DAY),
      },
    ],
  };
}

/** Bars of one brightness and slope: `[rows, size, size, channels]`. */
export function smallImages(rows = 160, size = 8, channels = 1): Images {
  const draw = stream("images");
  const data = new Uint8Array(rows * size * size * channels);
  for (let row = 0; row < rows; row += 1) {
    const [place, slope, light] = [draw() * size, draw() * 2 - 1, 0.5 + 0.5 * draw()];
    for (let y = 0; y < size; y += 1) {
      for (let x = 0; x < size; x += 1) {
        const off = Math.abs(x - place - slope * (y - size / 2));
        for (let c = 0; c < channels; c += 1) {
          data[((row * size + y) * size + x) * channels + c] = Math.round(
            (255 * light * Math.max(0, 1 - off / 2)) / (1 + c),
          );
        }
      }
    }
  }
  return { kind: "images", rows, height: size, width: size, channels, data };
}

/** Six numbers a row, of different units, on a curve; one in ten of the third is missing. */
export function smallVectors(rows = 160): NumericArray {
  const draw = stream("vectors");
  const data = new Float32Array(rows * 6);
  for (let row = 0; row < rows; row += 1) {
    const [t, u] = [draw() * 6 - 3, draw() * 2 - 1];
    const third = draw() < 0.1 ? Number.NaN : 1e-4 * t * u;
    data.set([t, Math.sin(t) + u, third, 1000 + 5 * t * t, Math.exp(t), u], row * 6);
  }
  return { kind: "array", rows, shape: [6], data };
}

/** Waves over a grid: `[rows, 6, 5]`. */
export function smallGrids(rows = 160): NumericArray {
  const draw = stream("grids");
  const data = new Float64Array(rows * 30);
  for (let row = 0; row < rows; row += 1) {
    const [phase, speed] = [draw() * 6, 0.5 + draw()];
    for (let i = 0; i < 30; i += 1) {
      data[row * 30 + i] = 20 + 3 * Math.sin(phase + speed * Math.floor(i / 5) + (i % 5) / 2);
    }
  }
  return { kind: "array", rows, shape: [6, 5], data };
}

/**
 * Two channels of different units on one slow wave, in windows of 8 at every step; one value in
 * twenty of the second is missing.
 */
export function smallSeries(rows = 160): SeriesWindows {
  const draw = stream("series");
  const count = rows + 7;
  const values = new Float64Array(2 * count);
  for (let t = 0; t < count; t += 1) {
    const phase = t / 3 + Math.sin(t / 11);
    values[2 * t] = 100 + 30 * Math.sin(phase) + draw();
    values[2 * t + 1] = draw() < 0.05 ? Number.NaN : 0.01 * Math.cos(phase) ** 2;
  }
  const starts = Int32Array.from({ length: rows }, (_, i) => i);
  return { kind: "series", rows, window: 8, channels: ["speed", "load"], values, starts };
}

/**
 * Rows with a label each, by the place of a row in its data; `gaps`: none from row 100 on.
 *
 * @param first place of the first of these rows
 */
export function withLabels(rows: Rows, gaps: boolean, first = 0): Source {
  const labels = Array.from({ length: rows.rows }, (_, row) =>
    gaps && first + row >= 100 ? null : (["low", "middle", "high"][(first + row) % 3] as string),
  );
  return { ...sourceOf(rows), label: "level", labels: () => Promise.resolve(labels) };
}

/** Each kind by name. */
export const smallData = {
  table: smallTable,
  images: smallImages,
  vectors: smallVectors,
  grids: smallGrids,
  series: smallSeries,
} as const satisfies Record<string, (rows?: number) => Rows>;
