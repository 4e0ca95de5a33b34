/**
 * One value of a picture, bit by bit from the highest. Each bit asks whether the value lies in the
 * upper half of what is left: predictions answer by where they lie from the middle of it.
 */
import { PixelBits, oddsOf } from "./pixel-bits.ts";
import type { BitCoder } from "./range-coder.ts";
import { below } from "./spread.ts";

/** Inputs: hashes of what surrounds an element, predictions, and bells around two of these. */
const HASHES = 7;
const PREDICTIONS = 6;
export const BELLS = 2;
/** Contexts that a prediction can be asked in. */
const SITUATIONS = 36;
/** Contexts of the weights: how calm it is. */
export const CALMS = 24;
/** The hashed contexts whose knowledge chooses weights. */
const TELLING = [0, 1, 2] as const;
const LEVELS = 8;
const REFINED = 256;
const GATES = 40;

/** Distances in half units, −512 to 512: fine near 0. */
const DISTANCES = Int32Array.from({ length: 1025 }, (_, i) => {
  const size = Math.abs(i - 512);
  const found =
    size < 24
      ? size
      : size < 64
        ? 24 + ((size - 24) >> 2)
        : size < 256
          ? 34 + ((size - 64) >> 4)
          : 46;
  return i < 512 ? 46 - found : 46 + found;
});
const NEAREST = 46;
const BINS = 93;

export function hashOf(a: number, b: number): number {
  const hash = Math.imul(a ^ Math.imul(b + 0x7ed55d16, 0x2c1b3c6d), 0x297a2d39);
  return hash ^ (hash >>> 16);
}

export class PixelValue {
  /** What the next value is told from; the caller sets them. */
  readonly hashes = new Int32Array(HASHES);
  readonly predictions = new Float64Array(PREDICTIONS);
  readonly situations = new Int32Array(PREDICTIONS);
  /** One over the width of the bells around the first predictions. */
  readonly sharpness = new Float64Array(BELLS);
  channel = 0;
  calm = 0;
  /** Hash of the nearest neighbours. */
  near = 0;
  readonly #bits: PixelBits;
  readonly #depth: number;
  readonly #channels: number;
  readonly #low = new Float64Array(BELLS);
  readonly #middle = new Float64Array(BELLS);
  readonly #high = new Float64Array(BELLS);

  /**
   * @param depth bits a value: 1 to 8
   * @param count values to come
   */
  constructor(coder: BitCoder, depth: number, channels: number, count: number) {
    let lines = 64;
    while (lines < count && lines < 16384) lines *= 2;
    this.#depth = depth;
    this.#channels = channels;
    this.#bits = new PixelBits(coder, {
      hashed: HASHES,
      lines,
      counted: PREDICTIONS + 1,
      slots: channels * (PREDICTIONS * SITUATIONS * LEVELS * BINS + 256),
      given: BELLS,
      sets: [channels * CALMS * (LEVELS + 1), LEVELS * 64 + CALMS],
      refined: channels * (256 + CALMS) + REFINED,
      gates: channels * CALMS * LEVELS * GATES,
    });
  }

  /** Whether the value is `expected`, where all neighbours are: one bit. */
  same(same: boolean, expected: number): boolean {
    const bits = this.#bits;
    const { hashes, predictions, channel, calm } = this;
    for (let i = 0; i < HASHES; i += 1) {
      const hash = hashes[i] as number;
      bits.find(i, hashOf(hash, 0x5bd1e995));
      // Other values have chances of their own here.
      hashes[i] = hashOf(hash, 0x3c6ef372);
    }
    for (let i = 0; i < PREDICTIONS; i += 1) {
      const off = (predictions[i] as number) - expected;
      const distance = (2 * (off < 0 ? -off : off)) | 0;
      bits.at[i] = this.#slot(i, 0) + (distance < NEAREST ? distance : NEAREST);
    }
    bits.at[PREDICTIONS] = this.#order(0);
    bits.given.fill(0);
    const own = channel * CALMS + calm;
    return (
      bits.code(
        same ? 1 : 0,
        1,
        this.#channels * CALMS * LEVELS + own,
        LEVELS * 64 + calm,
        this.#channels * 256 + own,
        this.#channels * (256 + CALMS) + (hashOf(this.near, 77) & (REFINED - 1)),
      ) === 1
    );
  }

  /** @returns the value; writing, the given one */
  code(value: number): number {
    const bits = this.#bits;
    const { hashes, predictions, sharpness, channel, calm } = this;
    const depth = this.#depth;
    let node = 1;
    let sub = 1;
    let start = 1;
    let low = 0;
    let found = false;
    this.#low.fill(0);
    this.#high.fill(1);
    for (let level = 0; level < depth; level += 1) {
      if (level === 4) {
        start = node;
        sub = 1;
        found = false;
      }
      const half = 1 << (depth - level - 1);
      const middle = low + half - 0.5;
      for (let i = 0; i < BELLS; i += 1) {
        const m = below((middle - (predictions[i] as number)) * (sharpness[i] as number));
        this.#middle[i] = m;
        const l = this.#low[i] as number;
        const h = this.#high[i] as number;
        const all = h - l;
        const certain = (predictions[i] as number) > middle ? 0.999 : 0.001;
        bits.given[i] = oddsOf(all > 1e-8 ? (h - m) / all : certain);
      }
      const own = (channel * CALMS + calm) * LEVELS + level;
      const gate = own * GATES + (((bits.given[0] as number) * 2 + 18) | 0);
      const wanted = (value >>> (depth - level - 1)) & 1;
      let bit = bits.pass(wanted, gate);
      if (bit < 0) {
        if (!found) {
          found = true;
          for (let i = 0; i < HASHES; i += 1) bits.find(i, hashOf(hashes[i] as number, start));
        }
        for (let i = 0; i < PREDICTIONS; i += 1) {
          const distance = (((predictions[i] as number) - middle) * 2 + 512.5) | 0;
          bits.at[i] = this.#slot(i, level) + (DISTANCES[distance] as number);
        }
        bits.at[PREDICTIONS] = this.#order(node);
        const [a, b, c] = TELLING;
        const knows = (bits.known(a, sub) * 4 + bits.known(b, sub)) * 4 + bits.known(c, sub);
        bit = bits.code(
          wanted,
          sub,
          own,
          level * 64 + knows,
          channel * 256 + node,
          this.#channels * (256 + CALMS) + (hashOf(this.near, node) & (REFINED - 1)),
        );
        bits.passed(gate, bit);
      }
      node = (node << 1) | bit;
      sub = (sub << 1) | bit;
      if (bit === 1) low += half;
      const end = bit === 1 ? this.#low : this.#high;
      for (let i = 0; i < BELLS; i += 1) end[i] = this.#middle[i] as number;
    }
    return node & ((1 << depth) - 1);
  }

  #slot(prediction: number, level: number): number {
    const of = this.channel * PREDICTIONS + prediction;
    return ((of * SITUATIONS + (this.situations[prediction] as number)) * LEVELS + level) * BINS;
  }

  #order(node: number): number {
    const { channel } = this;
    return this.#channels * PREDICTIONS * SITUATIONS * LEVELS * BINS + channel * 256 + node;
  }
}
