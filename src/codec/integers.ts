/**
 * Whole numbers near 0 into mixed bits: 0 or not, sign, size in powers of two, and the bits below
 * the highest; the upper three of these have chances of their own, the rest are even.
 */
import { MixedBits } from "./mixed-bits.ts";
import { codeRaw, type BitCoder } from "./range-coder.ts";

const ZERO = 0;
const SIGN = 1;
const SIZE = 2;
/** One more than the largest power: what is no number but an escape. */
const ESCAPE = 64;
const BITS = SIZE + ESCAPE + 1;
/** Powers with chances of their own for the bits below the highest. */
const POWERS = 16;
const MODELLED = 3;
const NODES = BITS + POWERS * 2 ** MODELLED;

export class IntegerCoder {
  /** Of the last coded number: its absolute value, as high and low 32 bits. */
  high = 0;
  low = 0;
  negative = 0;
  /** Whether it was an escape. */
  escaped = false;
  readonly #coder: BitCoder;
  readonly #bits: MixedBits;
  readonly #starts: Int32Array;
  #set = 0;

  /** @param contexts how many values each context can have */
  constructor(coder: BitCoder, contexts: readonly number[]) {
    this.#coder = coder;
    this.#starts = new Int32Array(contexts.length);
    let slots = 0;
    for (const [i, count] of contexts.entries()) {
      this.#starts[i] = slots;
      slots += count * NODES;
    }
    this.#bits = new MixedBits(coder, contexts.length, slots, 4 * NODES);
  }

  /** Which weights the next number takes: 0 to 3. */
  set weights(which: number) {
    this.#set = which * NODES;
  }

  /** The value of context `input` for the next number, from 0. */
  context(input: number, value: number): void {
    this.#bits.at[input] = (this.#starts[input] as number) + value * NODES;
  }

  /** An integer of at most 32 bits and a sign; NaN: an escape. */
  code(value: number): number {
    if (value !== value) this.codeWide(0, 0, 0, true);
    else this.codeWide(value < 0 ? 1 : 0, 0, Math.abs(value), false);
    if (this.escaped) return Number.NaN;
    const size = this.high * 4294967296 + this.low;
    return this.negative === 1 ? -size : size;
  }

  codeWide(negative: number, high: number, low: number, escape: boolean): void {
    const bits = this.#bits;
    const set = this.#set;
    this.escaped = false;
    this.negative = 0;
    this.high = 0;
    this.low = 0;
    const zero = escape || (high | low) !== 0 ? 0 : 1;
    if (bits.code(zero, ZERO, set + ZERO) === 1) return;
    const sign = bits.code(negative, SIGN, set + SIGN);
    const given = escape ? ESCAPE : high === 0 ? 31 - Math.clz32(low) : 63 - Math.clz32(high);
    let power = 0;
    while (power < ESCAPE) {
      if (bits.code(power < given ? 1 : 0, SIZE + power, set + SIZE + power) === 0) break;
      power += 1;
    }
    if (power === ESCAPE) {
      this.escaped = true;
      return;
    }
    this.negative = sign;
    let prefix = 1;
    let left = power;
    const base = BITS + Math.min(power, POWERS - 1) * 2 ** MODELLED;
    for (let i = 0; i < MODELLED && left > 0; i += 1) {
      left -= 1;
      const bit = left >= 32 ? (high >>> (left - 32)) & 1 : (low >>> left) & 1;
      const node = base + prefix;
      prefix = (prefix << 1) | bits.code(bit, node, set + node);
    }
    if (left > 32) {
      const upper = codeRaw(this.#coder, high & (2 ** (left - 32) - 1), left - 32);
      this.high = ((prefix << (left - 32)) | upper) >>> 0;
      this.low = codeRaw(this.#coder, low, 32);
    } else if (left === 32) {
      this.high = prefix;
      this.low = codeRaw(this.#coder, low, 32);
    } else {
      const lower =
        left === 0 ? 0 : codeRaw(this.#coder, left === 32 ? low : low & (2 ** left - 1), left);
      // prefix is at most 4 bits.
      const whole = prefix * 2 ** left + lower;
      this.high = Math.floor(whole / 4294967296);
      this.low = whole >>> 0;
    }
  }
}
