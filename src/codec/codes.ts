/** Codes of a learned prediction: each from the one before it in its column. */
import { IntegerCoder } from "./integers.ts";
import type { BitCoder } from "./range-coder.ts";

/** Columns with chances of their own; more share them. */
const COLUMNS = 256;
const NEAR = 9;

export class CodesCoder {
  readonly #integers: IntegerCoder;
  readonly #size: number;
  readonly #last: Int32Array;
  readonly #beforeLast: Int32Array;
  #at = 0;

  constructor(coder: BitCoder, size: number) {
    const columns = Math.max(1, Math.min(COLUMNS, size));
    this.#size = Math.max(1, size);
    this.#last = new Int32Array(this.#size);
    this.#beforeLast = new Int32Array(this.#size);
    this.#integers = new IntegerCoder(coder, [
      columns,
      columns * NEAR,
      NEAR * NEAR,
      20 * 20,
      columns * 12,
    ]);
  }

  code(code: number): number {
    const column = this.#at % this.#size;
    const bin = column % COLUMNS;
    const above = this.#last[column] as number;
    const beside = column > 0 ? (this.#last[column - 1] as number) : 0;
    const integers = this.#integers;
    integers.context(0, bin);
    integers.context(1, bin * NEAR + near(above));
    integers.context(2, near(beside) * NEAR + near(above));
    integers.context(3, powerOf(above) * 20 + powerOf(beside));
    integers.context(
      4,
      bin * 12 + Math.min(11, powerOf(above - (this.#beforeLast[column] as number)) >> 1),
    );
    const read = integers.code(code) | 0;
    this.#beforeLast[column] = above;
    this.#last[column] = read;
    this.#at += 1;
    return read;
  }
}

function near(code: number): number {
  return code < -4 ? 0 : code > 4 ? 8 : code + 4;
}

/** Sign and size: 0 to 19. */
function powerOf(code: number): number {
  const power = Math.min(9, 32 - Math.clz32(Math.abs(code)));
  return code < 0 ? 10 + power : power;
}
