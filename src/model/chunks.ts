/** Data as feeds of a model's graph, a chunk at a time. */
import type { Tensor } from "../base/tensor.ts";
import { inputError } from "../base/errors.ts";
import type { Preprocessing } from "../data/preprocessing.ts";
import type { Rows } from "../data/source.ts";
import { REFERENCE_NUMBERS, SETS } from "../detect/detector.ts";
import { featuresOf } from "../losses/layout.ts";
import { sourceOf } from "./data.ts";
import { labelsOf } from "./labels.ts";
import { movable } from "./movable.ts";
import type { Data, ModelInfo, VerbOptions } from "./types.ts";

export interface Chunk {
  readonly rows: Rows;
  /** Of the first row, counted from 0. */
  readonly first: number;
  readonly feeds: Readonly<Record<string, Tensor>>;
}

export interface ChunkOptions extends VerbOptions {
  /** The feeds' memory may be given away, and `rows` may lose theirs with it. */
  readonly own?: boolean;
}

/** Numbers a chunk may hold after preprocessing: 16 MB. */
const CHUNK_NUMBERS = 2 ** 22;
const CHUNK_ROWS = 8192;

/** Rows a chunk when a row takes that many numbers. */
export function chunkRows(numbers: number): number {
  return Math.max(16, Math.min(CHUNK_ROWS, Math.floor(CHUNK_NUMBERS / numbers)));
}

/** Numbers between two operators that stay in the processor's cache: 1 MB. */
const BLOCK_NUMBERS = 2 ** 18;

/** Rows that go through a graph together, where each takes as many numbers on the way. */
export function blockRows(numbers: number): number {
  return Math.max(16, Math.floor(BLOCK_NUMBERS / numbers));
}

/** Rows that are compared with all references together. */
export const COMPARED_ROWS = blockRows(
  Math.max(...Object.values(SETS).map(({ sets, perSet }) => sets * perSet)),
);

/** What lies between a row and its nearest references takes this many numbers. */
export function explainedNumbers(features: number): number {
  return Math.min(SETS.global.sets * features, REFERENCE_NUMBERS / SETS.global.perSet);
}

/** Rows a chunk when scores are explained. */
export function explainedRows(features: number): number {
  return chunkRows(explainedNumbers(features));
}

/** @throws what reading the data throws, and `data.*` for rows that the model cannot take */
export async function* chunksOf(
  preprocessing: Preprocessing,
  info: Pick<ModelInfo, "label" | "family">,
  data: Data,
  { chunk, signal, onProgress, own = false }: ChunkOptions,
): AsyncIterable<Chunk> {
  const source = sourceOf(data);
  const labels = await labelsOf(source, info);
  if (chunk !== undefined) requireWhole("chunk, in rows", chunk, 1);
  const most = chunk ?? chunkRows(featuresOf(preprocessing.layout));
  let first = 0;
  for await (const rows of source.read({ chunk: most, own, ...(signal ? { signal } : {}) })) {
    signal?.throwIfAborted();
    const made = preprocessing.feeds(rows, source.name, first);
    const feeds = own ? movable(made, rows) : made;
    yield { rows, first, feeds: { ...feeds, ...labels?.(first, rows.rows) } };
    first += rows.rows;
    onProgress?.({ rows: first, of: source.rows });
  }
}

export function requireWhole(place: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw inputError("options.invalid", {
    place,
    expected: `a whole number from ${least}`,
    got: String(value),
  });
}
