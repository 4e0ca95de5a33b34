/** Which rows each step of an epoch sees. */
import { atSite, keyAt } from "../random/bits.ts";
import { permutation } from "../random/numbers.ts";

/** Steps of one batch size. */
export interface Stretch {
  readonly batch: number;
  readonly steps: number;
}

/**
 * Cuts rows into batches of nearly one size, so that every row is seen once an epoch and
 * no step rests on a handful: 1,000 rows in batches of at most 128 are 8 of 125.
 */
export function stretches(rows: number, batch: number): readonly Stretch[] {
  const steps = Math.ceil(rows / batch);
  const small = Math.floor(rows / steps);
  const larger = rows - small * steps;
  return [
    { batch: small + 1, steps: larger },
    { batch: small, steps: steps - larger },
  ].filter((stretch) => stretch.steps > 0);
}

const ORDER_SITE = 0x0d3;
/** Above all others, as each block has one of its own. */
const BLOCKS_SITE = 2 ** 24;

/** The order of an epoch's rows, from (seed, epoch) alone. */
export function epochOrder(rows: Int32Array, seed: number, epoch: number): Int32Array {
  return permutation(atSite(keyAt(seed, epoch), ORDER_SITE), rows.length).map(
    (i) => rows[i] as number,
  );
}

/** The order of an epoch's blocks, from (seed, epoch) alone. */
export function blockOrder(blocks: number, seed: number, epoch: number): Int32Array {
  return permutation(atSite(keyAt(seed, epoch), BLOCKS_SITE), blocks);
}

/** The order of a block's rows in an epoch, from (seed, epoch, block) alone. */
export function orderWithin(rows: number, seed: number, epoch: number, block: number): Int32Array {
  return permutation(atSite(keyAt(seed, epoch), BLOCKS_SITE + 1 + block), rows);
}

/** A run of steps of one batch size, within one epoch. */
export interface Chunk {
  /** First step, counted within the epoch. */
  readonly first: number;
  readonly steps: number;
  readonly batch: number;
  /** First row, counted within the epoch's order. */
  readonly row: number;
}

/** The next chunk of at most `most` steps from a step of the epoch on; undefined at its end. */
export function nextChunk(plan: readonly Stretch[], step: number, most: number): Chunk | undefined {
  let first = 0;
  let row = 0;
  for (const { batch, steps } of plan) {
    if (step < first + steps) {
      const inside = step - first;
      return {
        first: step,
        batch,
        row: row + inside * batch,
        steps: Math.min(most, steps - inside),
      };
    }
    first += steps;
    row += steps * batch;
  }
  return undefined;
}

/** Steps of a plan in all. */
export function stepsOf(plan: readonly Stretch[]): number {
  return plan.reduce((total, { steps }) => total + steps, 0);
}

/** Rows that the first `steps` steps of an epoch see. */
export function rowsUpTo(plan: readonly Stretch[], steps: number): number {
  let left = steps;
  return plan.reduce((rows, stretch) => {
    const taken = Math.min(left, stretch.steps);
    left -= taken;
    return rows + taken * stretch.batch;
  }, 0);
}
