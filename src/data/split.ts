/** Training and validation rows. */
import { atSite, keyAt } from "../random/bits.ts";
import { permutation } from "../random/numbers.ts";

export interface Split {
  readonly training: Int32Array;
  readonly validation: Int32Array;
}

/** A site of its own, so that the split does not follow the order of training. */
const SPLIT_SITE = 0x5e1;

/**
 * Draws `share` of the rows for validation; both parts in their original order.
 * Fewer than 10 rows would say nothing: then none are drawn, and training runs its course.
 */
export function splitRows(rows: number, share: number, seed: number): Split {
  const held = Math.floor(rows * share) < 10 ? 0 : Math.floor(rows * share);
  const order = permutation(atSite(keyAt(seed, 0), SPLIT_SITE), rows);
  return { validation: order.slice(0, held).sort(), training: order.slice(held).sort() };
}
