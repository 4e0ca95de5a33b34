/** Symbols of a small alphabet, told from the one before and from others of the same row. */
import { MixedBits } from "./mixed-bits.ts";
import type { BitCoder } from "./range-coder.ts";

/** Chances of one context input, at most. */
const MOST_SLOTS = 2 ** 20;

export class SymbolCoder {
  readonly #bits: MixedBits;
  readonly #depth: number;
  readonly #starts: readonly number[];
  readonly #buckets: readonly number[];

  /**
   * @param alphabet symbols there are
   * @param contexts how many values each context can have; one without any comes first by itself
   */
  constructor(coder: BitCoder, alphabet: number, contexts: readonly number[]) {
    this.#depth = Math.max(1, Math.ceil(Math.log2(Math.max(2, alphabet))));
    const nodes = 2 ** this.#depth;
    this.#buckets = [1, ...contexts].map((count) =>
      Math.max(1, Math.min(count, Math.floor(MOST_SLOTS / nodes))),
    );
    let slots = 0;
    this.#starts = this.#buckets.map((count) => {
      slots += count * nodes;
      return slots - count * nodes;
    });
    this.#bits = new MixedBits(coder, this.#buckets.length, slots, this.#depth + 1);
    this.#bits.at[0] = 0;
  }

  /** The value of context `input`, from 0. */
  context(input: number, value: number): void {
    const buckets = this.#buckets[input + 1] as number;
    const start = this.#starts[input + 1] as number;
    this.#bits.at[input + 1] = start + (value % buckets) * 2 ** this.#depth;
  }

  code(symbol: number): number {
    let node = 1;
    for (let depth = this.#depth - 1; depth >= 0; depth -= 1) {
      node = (node << 1) | this.#bits.code((symbol >>> depth) & 1, node, depth);
    }
    return node - 2 ** this.#depth;
  }
}
