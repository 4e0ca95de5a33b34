/** What each dimension of the code does to a row, in the user's columns and units. */
import { inputError } from "../base/errors.ts";
import type { Matrix, Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { Rows } from "../data/source.ts";
import type { CodedBlock, Travel } from "../evaluate/dimensions.ts";
import { codedBlocks, codesIn, openMover, travelsOf } from "../evaluate/dimensions.ts";
import { exportModel } from "../graph/export.ts";
import { input } from "../graph/value.ts";
import { writeModel } from "../onnx/write.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { permutation } from "../random/numbers.ts";
import type { Network } from "../train/network.ts";
import { partsIn } from "../train/network.ts";
import type { Weights } from "../train/weights.ts";
import { weightedScope } from "../train/weights.ts";
import { pickSource } from "./companions.ts";
import { sourceOf } from "./data.ts";
import type { Inner } from "./runner.ts";
import { movesReader } from "./moves.ts";
import { networkFrom, weightsFrom } from "./restore.ts";
import type { Data, Dimension, Dimensions, DimensionsOptions } from "./types.ts";

const MOST_ROWS = 1000;
const FEW_ROWS = 64;
/** Of rows and dimensions: each pair is decoded three times. */
const MOST_PAIRS = 2 ** 15;
const BLOCK = 256;
const TOP = 5;
const ROWS_SITE = 0xd1235;

/** @throws `options.invalid`, and what reading the data throws */
export async function dimensionsOf(
  inner: Inner,
  data: Data,
  { top = TOP, signal, onDimension }: DimensionsOptions,
): Promise<Dimensions> {
  if (!Number.isSafeInteger(top) || top < 1) {
    throw inputError("options.invalid", {
      place: "top, the columns a dimension",
      expected: "a whole number from 1",
      got: String(top),
    });
  }
  const { file, name, preprocessing } = inner;
  const { latent } = file.info;
  const engine = inner.engine();
  const network = networkFrom(file.info, name);
  const weights = weightsFrom(file.model, network, name);
  const source = sourceOf(data);
  const count = Math.max(FEW_ROWS, Math.min(MOST_ROWS, Math.floor(MOST_PAIRS / latent)));
  const chosen = permutation(atSite(keyAt(0, 0), ROWS_SITE), source.rows)
    .slice(0, count)
    .sort();
  const some = await pickSource(source, chosen, signal);
  const chunks = inner.chunks(some, { chunk: BLOCK, ...(signal === undefined ? {} : { signal }) });
  const blocks = await codedBlocks(engine, network, weights, chunks);
  const codes = codesIn(blocks, latent);
  const travels = travelsOf(codes);
  const mover = await openMover(engine, network, weights, blocks);
  const movesOf = movesReader(preprocessing);
  try {
    const error = await mover.error();
    const found: Omit<Dimension, "share">[] = [];
    const changes: Float32Array[] = [];
    for (const [dimension, travel] of travels.entries()) {
      signal?.throwIfAborted();
      const moved = await mover.move(dimension, travel);
      const { moves, change } = movesOf(moved, top);
      if (change !== undefined) changes.push(change);
      const { low, high } = travel;
      found.push({ dimension, low, high, error: moved.error, moves });
      onDimension?.({ dimension: dimension + 1, of: latent });
    }
    const rises = found.map((one) => Math.max(0, one.error - error));
    const total = rises.reduce((a, b) => a + b, 0);
    return {
      dimensions: found.map((one, i) => ({
        ...one,
        share: total > 0 ? (rises[i] as number) / total : 0,
      })),
      rows: codes.rows,
      of: source.rows,
      error,
      ends: await endsOf(inner, network, weights, blocks, codes, travels),
      ...(changes.length === 0 ? {} : { changes: joined(changes) }),
    };
  } finally {
    await mover.close();
  }
}

/** The most typical row, with each dimension at its low end and at its high end. */
async function endsOf(
  inner: Inner,
  network: Network,
  weights: Weights,
  blocks: readonly CodedBlock[],
  codes: Matrix,
  travels: readonly Travel[],
): Promise<Rows> {
  const { latent } = network;
  const row = typicalRow(codes, travels);
  const code = codes.data.subarray(row * latent, (row + 1) * latent);
  const all = new Float32Array(2 * latent * latent);
  for (const [d, { low, high }] of travels.entries()) {
    for (const [end, value] of [low, high].entries()) {
      all.set(code, (2 * d + end) * latent);
      all[(2 * d + end) * latent + d] = value;
    }
  }
  const z = input("latent", "float32", ["batch", latent]);
  const label = labelOf(blocks, row);
  const given = label && input("label", "float32", ["batch", label.length]);
  const shown = network.family.decode(partsIn(weightedScope(weights), network), z, given);
  const program = exportModel({
    name: "ends",
    inputs: [z, ...(given === undefined ? [] : [given])],
    outputs: inner.preprocessing.outputs(shown),
  });
  const session = await inner.engine().open(writeModel(program));
  try {
    const count = 2 * latent;
    const out = await session.run({
      latent: tensor("float32", all, [count, latent]),
      ...(label === undefined
        ? {}
        : {
            label: tensor(
              "float32",
              Float32Array.from(
                { length: count * label.length },
                (_, i) => label[i % label.length] as number,
              ),
              [count, label.length],
            ),
          }),
    });
    return inner.preprocessing.rows(out, count);
  } finally {
    await session.release();
  }
}

/** Nearest to the mean of the codes, each dimension in its own spread. */
export function typicalRow({ data, rows, columns }: Matrix, travels: readonly Travel[]): number {
  let [best, least] = [0, Infinity];
  for (let row = 0; row < rows; row += 1) {
    let distance = 0;
    for (const [d, { low, high, mean }] of travels.entries())
      distance += (((data[row * columns + d] as number) - mean) / (high - low || 1)) ** 2;
    if (distance < least) [best, least] = [row, distance];
  }
  return best;
}

function labelOf(blocks: readonly CodedBlock[], row: number): Float32Array | undefined {
  let at = row;
  for (const { rows, feeds } of blocks) {
    const label = feeds["label"] as Tensor<"float32"> | undefined;
    if (label === undefined) return undefined;
    const classes = label.shape[1] as number;
    if (at < rows) return label.data.slice(at * classes, (at + 1) * classes);
    at -= rows;
  }
  return undefined;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const [first] = parts as readonly [Float32Array];
  const all = new Float32Array(first.length * parts.length);
  for (const [i, part] of parts.entries()) all.set(part, i * first.length);
  return all;
}
