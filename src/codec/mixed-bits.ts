/**
 * Chances of bits, from several contexts at once. Each context has counted its own bits; what they
 * say is weighed in log odds by weights that learn from each coded bit (logistic mixing: M. Mahoney,
 * "Adaptive Weighing of Context Models for Lossless Data Compression", 2005). Whole numbers only.
 */
import { LIMIT, SQUASH, STRETCH } from "./logistic.ts";
import type { BitCoder } from "./range-coder.ts";

/** Bits that a chance remembers, about. */
const MEMORY = 250;

/** 65,536 / (n + 1.6): how far the n-th bit moves a chance. */
const RATES = Uint16Array.from({ length: MEMORY + 1 }, (_, n) => Math.floor(65536 / (n + 1.6)));

const HALF = 32768;

/** Weights: 65,536 is 1. */
const ONE = 65536;
const MOST_WEIGHT = 16 * ONE;

export class MixedBits {
  /** Where each input's chances begin; the caller sets them before a symbol. */
  readonly at: Int32Array;
  readonly #coder: BitCoder;
  readonly #inputs: number;
  readonly #chances: Uint16Array;
  readonly #counts: Uint8Array;
  readonly #weights: Int32Array;
  readonly #seen: Uint8Array;
  readonly #stretched: Int32Array;
  readonly #slots: Int32Array;

  /**
   * @param slots chances of all inputs together
   * @param sets of weights
   */
  constructor(coder: BitCoder, inputs: number, slots: number, sets: number) {
    this.#coder = coder;
    this.#inputs = inputs;
    this.at = new Int32Array(inputs);
    // Kept as what differs from one half: memory that is not touched costs nothing.
    this.#chances = new Uint16Array(slots);
    this.#counts = new Uint8Array(slots);
    this.#weights = new Int32Array(sets * inputs).fill(Math.floor((1.2 * ONE) / inputs));
    this.#seen = new Uint8Array(sets);
    this.#stretched = new Int32Array(inputs);
    this.#slots = new Int32Array(inputs);
  }

  /**
   * Codes one bit.
   *
   * @param node which bit of the symbol
   * @param set which weights
   */
  code(bit: number, node: number, set: number): number {
    const inputs = this.#inputs;
    const chances = this.#chances;
    const weights = this.#weights;
    const stretched = this.#stretched;
    const slots = this.#slots;
    const first = set * inputs;
    let dot = 0;
    for (let i = 0; i < inputs; i += 1) {
      const slot = (this.at[i] as number) + node;
      slots[i] = slot;
      const x = STRETCH[(chances[slot] as number) ^ HALF] as number;
      stretched[i] = x;
      dot += x * (weights[first + i] as number);
    }
    // Sums of whole numbers below 2^53 are exact in a double.
    let odds = Math.trunc(dot / ONE);
    if (odds > LIMIT) odds = LIMIT;
    else if (odds < -LIMIT) odds = -LIMIT;
    const chance = SQUASH[odds + LIMIT] as number;
    const coded = this.#coder.code(bit, chance);

    const wrong = (coded === 1 ? 65536 : 0) - chance;
    const seen = this.#seen[set] as number;
    // Learns fast at first.
    const shift = seen < 32 ? 14 : seen < 255 ? 15 : 16;
    if (seen < 255) this.#seen[set] = seen + 1;
    const counts = this.#counts;
    for (let i = 0; i < inputs; i += 1) {
      const weight = (weights[first + i] as number) + (((stretched[i] as number) * wrong) >> shift);
      weights[first + i] =
        weight > MOST_WEIGHT ? MOST_WEIGHT : weight < -MOST_WEIGHT ? -MOST_WEIGHT : weight;
      const slot = slots[i] as number;
      const old = (chances[slot] as number) ^ HALF;
      const n = counts[slot] as number;
      const rate = RATES[n] as number;
      if (n < MEMORY) counts[slot] = n + 1;
      chances[slot] =
        (coded === 1
          ? old + Math.floor(((65535 - old) * rate) / 65536)
          : old - Math.floor((old * rate) / 65536)) ^ HALF;
    }
    return coded;
  }
}
