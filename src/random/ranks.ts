/** A random order that is never written down: each element's place in it, by itself. */
import type { Key } from "./bits.ts";
import { bitsAt } from "./bits.ts";

/** Even rounds sway the low half, odd ones the high half: three of each. */
const ROUNDS = 6;

/**
 * From an index below `count` to its place in a random order of all: a bijection that takes no
 * memory, however many there are.
 *
 * A Feistel network on just enough bits to hold `count` (Luby and Rackoff, "How to construct
 * pseudorandom permutations", 1988), walked until it comes to lie below `count` (Black and
 * Rogaway, "Ciphers with arbitrary finite domains", 2002): twice at most, on average.
 *
 * @param count from 1 to 2⁵³
 * @example
 * const rank = ranks(keyAt(seed, 0), 1000);
 * const heldOut = rank(row) < 100; // true of exactly 100 rows
 */
export function ranks({ first, second }: Key, count: number): (index: number) => number {
  const bits = Math.max(2, Math.ceil(Math.log2(count)));
  const lowBits = bits >> 1;
  const lowSize = 2 ** lowBits;
  const lowMask = lowSize - 1;
  const highMask = 2 ** (bits - lowBits) - 1;
  const keys = Array.from({ length: ROUNDS }, (_, round) => ({
    first: (first + Math.imul(round, 0x9e3779b1)) >>> 0,
    second: (second ^ Math.imul(round + 1, 0x85ebca6b)) >>> 0,
  }));
  return (index) => {
    let place = index;
    do {
      let low = place % lowSize;
      let high = Math.floor(place / lowSize);
      for (let round = 0; round < ROUNDS; round += 2) {
        low = (low ^ (bitsAt(keys[round] as Key, high) >>> 3)) & lowMask;
        high = (high ^ (bitsAt(keys[round + 1] as Key, low) >>> 3)) & highMask;
      }
      place = high * lowSize + low;
    } while (place >= count);
    return place;
  };
}
