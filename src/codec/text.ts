/** Texts, byte by byte, each from the bytes before it and from the text before it. */
import { MixedBits } from "./mixed-bits.ts";
import type { BitCoder } from "./range-coder.ts";

const ORDERS = 6;

/** Codes texts that end in a byte 0. */
export class TextCoder {
  readonly #bits: MixedBits;
  readonly #mask: number;
  #before: readonly number[] = [];

  /** @param size bytes to expect */
  constructor(coder: BitCoder, size: number) {
    let slots = 4096;
    while (slots < 24 * size && slots < 2 ** 20) slots *= 2;
    this.#mask = slots - 1;
    this.#bits = new MixedBits(coder, ORDERS, ORDERS * (slots + 256), 256 * 3);
  }

  /**
   * @param text undefined: read it
   * @param most bytes; reading, a longer text ends there
   */
  code(text: string | undefined, most = Infinity): string {
    const given = text === undefined ? undefined : bytesOfText(text);
    const bytes: number[] = [];
    while (bytes.length <= most) {
      const byte = this.#byte(bytes, given === undefined ? 0 : (given[bytes.length] ?? 0));
      if (byte === 0) break;
      bytes.push(byte);
    }
    this.#before = bytes;
    return text ?? textOfBytes(bytes);
  }

  #byte(bytes: readonly number[], byte: number): number {
    const n = bytes.length;
    const [c1 = 0, c2 = 0, c3 = 0, c4 = 0] = [
      bytes[n - 1],
      bytes[n - 2],
      bytes[n - 3],
      bytes[n - 4],
    ];
    const above = this.#before[n] ?? 0;
    const bits = this.#bits;
    this.#context(0, 0, 0);
    this.#context(1, c1 + 1, 0);
    this.#context(2, c1 + 256 * c2, 1);
    this.#context(3, c1 + 256 * c2 + 65536 * c3, 2);
    this.#context(4, Math.imul(c4 + 1, 0x2c1b3c6d) ^ (c1 + 256 * c2 + 65536 * c3), 3);
    this.#context(5, above + 256 * c1 + 65536 * Math.min(n, 64), 4);
    const set = above === 0 ? 0 : c1 === (this.#before[n - 1] ?? 0) ? 1 : 2;
    let node = 1;
    for (let i = 7; i >= 0; i -= 1) {
      node = (node << 1) | bits.code((byte >>> i) & 1, node, set * 256 + node);
    }
    return node & 255;
  }

  #context(input: number, value: number, salt: number): void {
    let hash = Math.imul(value ^ (salt * 0x9e3779b9), 0x85ebca6b);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0xc2b2ae35);
    hash ^= hash >>> 13;
    this.#bits.at[input] = input * (this.#mask + 257) + (hash & this.#mask);
  }
}

/** Each 16-bit unit alone, as UTF-8 would: halves of pairs keep, and none gives a byte 0. */
export function bytesOfText(text: string): readonly number[] {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit > 0 && unit < 0x80) bytes.push(unit);
    else if (unit < 0x800) bytes.push(0xc0 | (unit >> 6), 0x80 | (unit & 63));
    else bytes.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 63), 0x80 | (unit & 63));
  }
  return bytes;
}

function textOfBytes(bytes: readonly number[]): string {
  let text = "";
  for (let i = 0; i < bytes.length;) {
    const byte = bytes[i] as number;
    const at = (step: number): number => (bytes[i + step] ?? 0) & 63;
    if (byte < 0x80) {
      text += String.fromCharCode(byte);
      i += 1;
    } else if (byte < 0xe0) {
      text += String.fromCharCode(((byte & 31) << 6) | at(1));
      i += 2;
    } else {
      text += String.fromCharCode(((byte & 15) << 12) | (at(1) << 6) | at(2));
      i += 3;
    }
  }
  return text;
}
