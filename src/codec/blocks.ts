/** Cuts an array into blocks that can be decoded alone. */
import type { BlockShape } from "./learned.ts";

/** Elements a block, at most, unless the writer says otherwise. */
export const BLOCK = 2 ** 20;

/** How an array is cut: runs along one axis, for each place of the axes before it. */
interface Cut {
  readonly axis: number;
  /** Runs for each place of the axes before. */
  readonly runs: number;
  readonly places: number;
  /** Elements of one step along the axis. */
  readonly width: number;
}

function cutOf(shape: readonly number[], most: number): Cut {
  let axis = 0;
  let width = shape.slice(1).reduce((product, n) => product * n, 1);
  let places = 1;
  // A row that is too large is cut along the next axis.
  while (axis < shape.length - 1 && width > most) {
    places *= shape[axis] as number;
    axis += 1;
    width /= shape[axis] as number;
  }
  const length = shape[axis] ?? 1;
  const runs = Math.ceil(length / Math.max(1, Math.floor(most / width)));
  return { axis, runs, places, width };
}

/** @param most elements a block */
export function blockCount(shape: readonly number[], most: number): number {
  if (shape.some((n) => n === 0)) return 0;
  const { runs, places } = cutOf(shape, most);
  return runs * places;
}

/** Block number `block`: runs of an axis are of nearly one length. */
export function blockAt(shape: readonly number[], most: number, block: number): BlockShape {
  const { axis, runs, width } = cutOf(shape, most);
  const length = shape[axis] ?? 1;
  const run = block % runs;
  const from = Math.floor((run * length) / runs);
  const to = Math.floor(((run + 1) * length) / runs);
  const place = Math.floor(block / runs);
  return {
    from: place * length * width + from * width,
    shape: [to - from, ...shape.slice(axis + 1)],
  };
}

export function elementsOf({ shape }: Pick<BlockShape, "shape">): number {
  return shape.reduce((product, n) => product * n, 1);
}
