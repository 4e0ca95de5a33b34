/**
 * What a learned predictor gives to a block, and how it is got back. The codec knows no model:
 * it codes the codes, predicts from the predictions and from the neighbours already decoded, and
 * keeps the result where it is smaller than without.
 */

/** NumPy's letter and size of the types that numbers can have in a file. */
export type DType =
  "b1" | "i1" | "u1" | "i2" | "u2" | "i4" | "u4" | "i8" | "u8" | "f2" | "f4" | "f8";

/** Where a block lies. */
export interface BlockShape {
  /** Place of its first element in the whole array, in C order. */
  readonly from: number;
  /**
   * Axes of the block, C order. A block is a run of whole rows, `[rows, ...shape of a row]`; of
   * arrays whose single row is larger than a block, a run along a later axis.
   */
  readonly shape: readonly number[];
}

/** A block of numbers on its way into a file. */
export interface NumberBlock extends BlockShape {
  readonly dtype: DType;
  /** As they are: NaN and infinities included. `[...shape]`. */
  readonly values: Float64Array;
}

/** A learned prediction of one block: integer codes, coded beside it, and what they predict. */
export interface LearnedBlock {
  /**
   * `[rows, size]`, a row after the other: one a row of the block, or one a window or a tile, as
   * the learned path cuts it. A code is told from the code before it in its column.
   */
  readonly codes: Int32Array;
  /** Codes a row; 0 where nothing needs to be told. */
  readonly size: number;
  /**
   * One an element of the block, in raw units, the same to the last bit on every machine. Finite.
   * They need not be close: they are one more neighbour, on all sides, of the linear prediction.
   */
  readonly predictions: Float64Array;
}

/** Makes it on the compressing side; tries may differ in how finely the codes are quantized. */
export interface LearnedEncoder {
  /** @param bound absolute; 0 is lossless */
  tries(block: NumberBlock, bound: number): AsyncIterable<LearnedBlock>;
}

/** And on the other side: `predictions` again, from the same codes. */
export interface LearnedDecoder {
  /** @param rows of `codes` */
  predict(codes: Int32Array, rows: number, block: BlockShape): Promise<Float64Array>;
}
