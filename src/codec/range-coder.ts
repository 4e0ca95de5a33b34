/**
 * An adaptive binary range coder in whole numbers: every machine makes the same bytes. Carryless,
 * after M. Mahoney, "Adaptive Weighing of Context Models for Lossless Data Compression" (2005).
 *
 * A model that codes through `BitCoder` is written once and serves both ways: the writing side gives
 * the bit and gets it back, the reading side gives anything and gets the bit that was written.
 */

/** Chances are whole numbers out of this many. */
export const CERTAIN = 65536;

export interface BitCoder {
  /** @param chance that the bit is 1, from 1 to `CERTAIN` − 1 */
  code(bit: number, chance: number): number;
}

/** Bits into bytes. */
export class BitWriter implements BitCoder {
  #bytes = new Uint8Array(1024);
  #size = 0;
  #low = 0;
  #high = 0xffffffff;

  code(bit: number, chance: number): number {
    const range = (this.#high - this.#low) >>> 0;
    const middle =
      (this.#low + (range >>> 16) * chance + (((range & 0xffff) * chance) >>> 16)) >>> 0;
    if (bit === 1) this.#high = middle;
    else this.#low = (middle + 1) >>> 0;
    while (((this.#low ^ this.#high) & 0xff000000) === 0) {
      this.#put(this.#high >>> 24);
      this.#low = (this.#low << 8) >>> 0;
      this.#high = ((this.#high << 8) | 255) >>> 0;
    }
    return bit;
  }

  /** What was written. Nothing can be written after it. */
  finish(): Uint8Array {
    // One byte between both ends tells the rest: readers see zeros after the last byte.
    const low = this.#low;
    if (low > 0) this.#put(((low >>> 24) + 1) & 0xff);
    let size = this.#size;
    while (size > 0 && this.#bytes[size - 1] === 0) size -= 1;
    return this.#bytes.slice(0, size);
  }

  #put(byte: number): void {
    if (this.#size === this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#size);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#size++] = byte;
  }
}

/** Bytes back into bits. */
export class BitReader implements BitCoder {
  readonly #bytes: Uint8Array;
  #at = 0;
  #low = 0;
  #high = 0xffffffff;
  #value = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    for (let i = 0; i < 4; i += 1) this.#value = ((this.#value << 8) | this.#next()) >>> 0;
  }

  code(_bit: number, chance: number): number {
    const range = (this.#high - this.#low) >>> 0;
    const middle =
      (this.#low + (range >>> 16) * chance + (((range & 0xffff) * chance) >>> 16)) >>> 0;
    let bit = 0;
    if (this.#value <= middle) {
      bit = 1;
      this.#high = middle;
    } else this.#low = (middle + 1) >>> 0;
    while (((this.#low ^ this.#high) & 0xff000000) === 0) {
      this.#low = (this.#low << 8) >>> 0;
      this.#high = ((this.#high << 8) | 255) >>> 0;
      this.#value = ((this.#value << 8) | this.#next()) >>> 0;
    }
    return bit;
  }

  #next(): number {
    return this.#at < this.#bytes.length ? (this.#bytes[this.#at++] as number) : 0;
  }
}

/** `count` bits of even chance, highest first. @param count at most 32 */
export function codeRaw(coder: BitCoder, value: number, count: number): number {
  let read = 0;
  for (let i = count - 1; i >= 0; i -= 1) {
    read = (read << 1) | coder.code((value >>> i) & 1, CERTAIN / 2);
  }
  return read >>> 0;
}
