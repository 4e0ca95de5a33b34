/**
 * Counter-based random bits: the number at (seed, step, site, index) is a pure
 * function of the four, so a run can be stopped anywhere and go on exactly, and
 * graph and TypeScript give the same numbers. `src/random/graph.ts` is the twin
 * of this file, operation by operation.
 *
 * Construction: the element index, offset by one 32-bit key, is spread by one
 * multiply and shift, crossed with a second key, and finished by the 32-bit
 * mixer "lowbias32" of C. Wellons (hash-prospector, 2018). See Salmon et al.,
 * "Parallel random numbers: as easy as 1, 2, 3" (SC 2011) for the idea.
 */

/** Two 32-bit keys; a pair names one stream. */
export interface Key {
  readonly first: number;
  readonly second: number;
}

export const SPREAD = 0x9e3779b1;
export const MIX_A = 0x7feb352d;
export const MIX_B = 0x846ca68b;
/** Multiply a site number into each half of a key. */
export const SITE_FIRST = 0x85ebca6b;
export const SITE_SECOND = 0xc2b2ae35;

/** lowbias32: a bijection of 32-bit words in which every input bit sways every output bit. */
export function mix(word: number): number {
  let x = word >>> 0;
  x = Math.imul(x ^ (x >>> 16), MIX_A);
  x = Math.imul(x ^ (x >>> 15), MIX_B);
  return (x ^ (x >>> 16)) >>> 0;
}

/**
 * The key of a training step (or any other counted event).
 *
 * @param seed any safe non-negative integer
 * @param step counted from 0 over the whole run
 */
export function keyAt(seed: number, step: number): Key {
  const low = seed >>> 0;
  const high = Math.floor(seed / 2 ** 32) >>> 0;
  const stepLow = step >>> 0;
  const stepHigh = Math.floor(step / 2 ** 32) >>> 0;
  const draw = (salt: number): number =>
    mix(mix(mix(mix(mix(salt) ^ low) + high) ^ stepLow) + stepHigh);
  return { first: draw(0x243f6a88), second: draw(0x85a308d3) };
}

/** The key of one place where randomness is used; sites are small integers. */
export function atSite({ first, second }: Key, site: number): Key {
  return {
    first: (first ^ Math.imul(site + 1, SITE_FIRST)) >>> 0,
    second: (second ^ Math.imul(site + 1, SITE_SECOND)) >>> 0,
  };
}

/** 32 random bits for one element. */
export function bitsAt({ first, second }: Key, index: number): number {
  const x = Math.imul(index + first, SPREAD);
  return mix(x ^ (x >>> 15) ^ second);
}

/** Uniform in (0, 1), never 0 or 1: 23 bits, centred, exact in float32. */
export function uniformAt(key: Key, index: number): number {
  return (bitsAt(key, index) >>> 9) * 2 ** -23 + 2 ** -24;
}
