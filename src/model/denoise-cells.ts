/**
 * Tables and vectors: what is missing is filled in, what is implausible replaced, all else kept.
 *
 * Each column is hidden in turn, a group of them at a time, and expected from the rest of its row. Filled
 * in values then stand in for what was missing when the others are expected, for some rounds: MICE's loop
 * with one network in place of a regression a column (van Buuren and Groothuis-Oudshoorn, 2011).
 *
 * A cell is implausible when it is off from what is expected by more than the same column's other cells
 * are: off is a distance for numbers, in the column's spread, and −ln p for categories. How far usual
 * cells lie is a Weibull distribution through two quantiles of each column, which a few odd cells do not
 * move; a value that less than `repair` of usual cells would reach is replaced.
 */
import { tensor } from "../base/tensor.ts";
import type { Tensor } from "../base/tensor.ts";
import type { Preprocessing } from "../data/preprocessing.ts";
import type { Rows, Source } from "../data/source.ts";
import { exportModel } from "../graph/export.ts";
import type { Value } from "../graph/value.ts";
import { constant } from "../graph/value.ts";
import { tile, tileBatch, untile } from "../families/tile.ts";
import { partOfFeature } from "../losses/layout.ts";
import {
  abs,
  add,
  concat,
  flatten,
  log,
  max,
  mul,
  neg,
  reshape,
  reshapeLike,
  slice,
  split,
  sub,
  sum,
  zerosLike,
} from "../ops/index.ts";
import { permutation } from "../random/numbers.ts";
import { keyAt } from "../random/bits.ts";
import { batchFromRaw, completeLabel, partsIn, rawInputs } from "../train/network.ts";
import { weightedScope } from "../train/weights.ts";
import { chunkRows } from "./chunks.ts";
import { misplaced } from "./denoise-misplaced.ts";
import { IMPUTED, KEPT, REPAIRED } from "./denoise-marks.ts";
import { cellsOf, withCells } from "./denoise-fill.ts";
import type { Inner } from "./runner.ts";
import { labelsOf } from "./labels.ts";
import { plausible } from "./plausible.ts";
import { networkFrom, weightsFrom } from "./restore.ts";
import type { DenoiseOptions, Denoised } from "./types.ts";

/** Groups of columns that are hidden in turn, at most: each costs a pass. */
const TURNS = 8;
/** Few: where two cells of a row hang together, more rounds can run away. */
const ROUNDS = 2;
const REPAIR = 1e-4;
/** Cells of a column that usual ones are judged by. */
const JUDGED = 50_000;
/** Fewer tell nothing of a tail. */
const FEWEST = 30;

interface Judged {
  readonly rows: Rows;
  /** `[rows, columns]`: how far each cell is off, 0 where it is missing. */
  readonly off: Float32Array;
}

export async function* denoisedCells(
  inner: Inner,
  source: Source,
  options: DenoiseOptions,
): AsyncGenerator<Denoised> {
  const { rounds = ROUNDS, repair = REPAIR, signal, onProgress, noise } = options;
  const { preprocessing, file } = inner;
  if (noise !== undefined)
    throw misplaced(
      "noise",
      "images, or arrays of height and width",
      preprocessing.kind === "table" ? "a table" : "vectors",
    );
  const { columns } = preprocessing;
  const session = await inner.opened("denoise", () => cellProgram(inner));
  const labels = await labelsOf(source, file.info);

  async function judge(rows: Rows, first: number): Promise<Judged> {
    const feeds = preprocessing.feeds(rows, source.name, first);
    const out = await session.run({ ...feeds, ...labels?.(first, rows.rows) });
    return {
      rows: plausible(preprocessing.rows(out, rows.rows), file.info.schema),
      off: (out["off"] as Tensor<"float32">).data,
    };
  }

  const turns = turnsOf(preprocessing).length;
  const chunk = options.chunk ?? chunkRows(turns * partOfFeature(preprocessing.layout).length);
  const reading = { chunk, ...(signal ? { signal } : {}) };
  const limits =
    repair === false
      ? undefined
      : await limitsOf(source, columns, repair, reading, async (rows, first) => {
          const { off } = await judge(rows, first);
          return off;
        });
  let first = 0;
  for await (const rows of source.read(reading)) {
    signal?.throwIfAborted();
    const marks = new Uint8Array(rows.rows * columns.length);
    const missing = cellsOf(rows, columns);
    let found = await judge(rows, first);
    for (let cell = 0; cell < marks.length; cell += 1) {
      const limit = limits?.[cell % columns.length] ?? Infinity;
      if (missing[cell] === 1) marks[cell] = IMPUTED;
      else if ((found.off[cell] as number) > limit) marks[cell] = REPAIRED;
    }
    let filled = withCells(rows, found.rows, columns, marks);
    for (let round = 1; round < rounds && marks.some((mark) => mark !== KEPT); round += 1) {
      found = await judge(filled, first);
      filled = withCells(rows, found.rows, columns, marks);
    }
    first += rows.rows;
    onProgress?.({ rows: first, of: source.rows });
    yield { rows: filled, changes: { columns, marks } };
  }
}

/** How far off a cell of each column may be. */
async function limitsOf(
  source: Source,
  columns: readonly string[],
  rate: number,
  reading: { readonly chunk: number; readonly signal?: AbortSignal },
  judge: (rows: Rows, first: number) => Promise<Float32Array>,
): Promise<Float64Array> {
  const width = columns.length;
  const seen = columns.map((): number[] => []);
  const step = Math.max(1, Math.floor(source.rows / JUDGED));
  let first = 0;
  for await (const rows of source.read(reading)) {
    reading.signal?.throwIfAborted();
    const missing = cellsOf(rows, columns);
    const off = await judge(rows, first);
    for (let row = (step - (first % step)) % step; row < rows.rows; row += step)
      for (const [column, all] of seen.entries()) {
        const cell = row * width + column;
        if (missing[cell] === 0) all.push(off[cell] as number);
      }
    first += rows.rows;
  }
  return Float64Array.from(seen, (all) => usualLimit(all, rate));
}

/**
 * What less than `rate` of usual distances reach, by Weibull distributions through two quantiles: near
 * the middle, and further out where a heavy tail shows. The larger counts.
 */
export function usualLimit(distances: readonly number[], rate: number): number {
  if (distances.length < FEWEST) return Infinity;
  const sorted = Float64Array.from(distances).sort();
  return Math.max(limitThrough(sorted, rate, 0.5, 0.9), limitThrough(sorted, rate, 0.8, 0.98));
}

/** S(t) = exp(−(t / λ)ᵏ) through the quantiles at `low` and `high`, solved for S(t) = rate. */
function limitThrough(sorted: Float64Array, rate: number, low: number, high: number): number {
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] as number;
  const far = at(high);
  if (!(far > 0)) return Infinity;
  // A column of mostly one value has a median of nothing, and a tail that no two quantiles tell of.
  const near = Math.min(Math.max(at(low), 0.1 * far), 0.99 * far);
  const [lowLog, highLog] = [-Math.log(1 - low), -Math.log(1 - high)];
  const shape = Math.min(2, Math.log(highLog / lowLog) / Math.log(far / near));
  return far * (-Math.log(rate) / highLog) ** (1 / shape);
}

/** Columns by turns: 1 where hidden. Shuffled once and for all, lest neighbours hide together. */
function turnsOf({ columns }: Preprocessing): readonly (readonly number[])[] {
  const places = permutation(keyAt(0, 0), columns.length);
  const groups = Math.min(TURNS, columns.length);
  return Array.from({ length: groups }, (_, turn) =>
    Array.from(places, (place) => Number(place % groups === turn)),
  );
}

/**
 * Raw rows → expected ones under the names of the reconstruction, never missing, and `off`
 * `[batch, columns]`.
 */
function cellProgram({ file, name }: Inner) {
  const network = networkFrom(file.info, name);
  const { family, preprocessing } = network;
  const { layout, partColumns } = preprocessing;
  const inputs = rawInputs(network);
  const batch = batchFromRaw(network, inputs);
  const parts = partsIn(weightedScope(weightsFrom(file.model, network, name)), network);
  const label = completeLabel(network, parts, batch);
  let features: Value;
  if (family.guess !== undefined) features = family.guess(parts, batch);
  else {
    const ofPart = partOfFeature(layout);
    const turns = turnsOf(preprocessing).map((turn) =>
      ofPart.map((part) => turn[partColumns[part] as number] as number),
    );
    const hide = perTurn(turns, batch.x);
    const rows = tileBatch(batch, turns.length);
    const hidden = { ...rows, x: mul(rows.x, sub(1, hide)) };
    const labels = label === undefined ? undefined : tile(label, turns.length);
    const seen = labels === undefined ? hidden : { ...hidden, label: labels };
    const shown = family.decode(parts, family.encode(parts, seen), labels);
    features = sum(untile(mul(flatten(shown), hide), turns.length, batch.x), { axes: [0] });
  }
  return exportModel({
    name: "denoise",
    inputs: Object.values(inputs),
    outputs: {
      ...preprocessing.outputs(present(features, preprocessing)),
      off: distancesOff(features, batch.x, batch.observed, preprocessing),
    },
  });
}

function perTurn(turns: readonly (readonly number[])[], x: Value): Value {
  const width = turns[0]?.length ?? 0;
  const table = constant(
    tensor("float32", Float32Array.from(turns.flat()), [turns.length, 1, width]),
  );
  const zeros = reshape(zerosLike(slice(x, 0, 1, 1)), [1, -1, 1]);
  return reshape(add(table, zeros), [-1, width]);
}

/** Features of which none says that a value is missing. */
function present(features: Value, { layout, schema }: Preprocessing): Value {
  const keep = new Float32Array(partOfFeature(layout).length).fill(1);
  for (const { kind, start, size } of layout.segments)
    if (kind === "flags") keep.fill(0, start, start + size);
  if (schema.kind === "table") {
    const words = schema.columns.flatMap((column) => ("words" in column ? [column] : []));
    const segments = layout.segments.filter(({ kind }) => kind === "category");
    // The slot behind the words, if the column has one.
    for (const [i, { start }] of segments.entries())
      if (words[i]?.missing === true) keep[start + words[i].words.length] = 0;
  }
  return mul(features, constant(tensor("float32", keep, [1, keep.length])));
}

/** `[batch, columns]` */
function distancesOff(
  features: Value,
  x: Value,
  observed: Value | undefined,
  { layout, columns, partColumns }: Preprocessing,
): Value {
  const sizes = layout.segments.map(({ size }) => size);
  const given = split(x, sizes, 1);
  const expected = split(features, sizes, 1);
  const order: number[] = [];
  let part = 0;
  const distances = layout.segments.flatMap(({ kind, size }, i) => {
    const [actual, guess] = [given[i] as Value, expected[i] as Value];
    const own = partColumns.slice(part, part + (kind === "category" ? 1 : size));
    part += own.length;
    if (kind === "flags") return [];
    order.push(...own);
    if (kind === "numbers") {
      const gap = abs(sub(actual, guess));
      return [observed === undefined ? gap : mul(gap, observed)];
    }
    return [neg(log(max(sum(mul(actual, guess), { axes: [1], keep: true }), 1e-6)))];
  });
  const all = distances.length === 1 ? (distances[0] as Value) : concat(distances, 1);
  const places = columns.map((_, column) => order.indexOf(column));
  return reshapeLike(gatherColumns(all, places), all.shape);
}

function gatherColumns(x: Value, places: readonly number[]): Value {
  if (places.every((place, i) => place === i)) return x;
  return concat(
    places.map((place) => slice(x, place, place + 1, 1)),
    1,
  );
}
