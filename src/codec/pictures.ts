/** Blocks as pictures, one after the other, and what surrounds an element of them. */
import type { Layout } from "./layout.ts";

export interface Pictures {
  readonly pictures: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** A matrix is one picture; of more axes, the last two (before channels) are those of a picture. */
export function picturesOf({ axes, channels }: Layout): Pictures {
  const apart = channels && axes.length >= 3;
  const space = apart ? axes.slice(0, -1) : axes;
  return {
    pictures: space.slice(0, -2).reduce((product, n) => product * n, 1),
    height: space.length > 1 ? (space.at(-2) as number) : 1,
    width: space.at(-1) ?? 1,
    channels: apart ? (axes.at(-1) as number) : 1,
  };
}

/** Elements beside a row that stand for what lies outside. */
const PAD = 3;

/**
 * Four rows, the newest first, with room on both sides: neighbours outside a picture take the value
 * of the nearest inside, and the first row looks at the first row of the picture before.
 */
export class Rows {
  /** Row at hand, the row above it, and so on. */
  here: Int32Array;
  above: Int32Array;
  second: Int32Array;
  third: Int32Array;
  readonly #width: number;
  readonly #channels: number;

  constructor(width: number, channels: number) {
    const row = (): Int32Array => new Int32Array((width + 2 * PAD) * channels);
    [this.here, this.above, this.second, this.third] = [row(), row(), row(), row()];
    this.#width = width;
    this.#channels = channels;
  }

  /** Where the row's first element lies. */
  get start(): number {
    return PAD * this.#channels;
  }

  /** @param before undefined, or what stands for the rows above the first */
  next(before?: Int32Array): void {
    const oldest = this.third;
    this.third = this.second;
    this.second = this.above;
    this.above = this.here;
    this.here = oldest;
    const first = this.start;
    const end = first + this.#width * this.#channels;
    if (before !== undefined) {
      for (const row of [this.above, this.second, this.third]) {
        for (let i = first; i < end; i += 1) row[i] = before[i - first] as number;
        for (let i = end; i < row.length; i += 1) row[i] = row[i - this.#channels] as number;
      }
    }
    const { above, here } = this;
    for (let i = end; i < above.length; i += 1) above[i] = above[i - this.#channels] as number;
    for (let i = 0; i < first; i += 1) here[i] = above[first + (i % this.#channels)] as number;
  }
}
