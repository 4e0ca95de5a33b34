/** Dense arrays with a type and a shape: what goes into and comes out of a graph. */
import { internalError } from "./errors.ts";

interface DataByType {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
  readonly uint32: Uint32Array;
  readonly uint8: Uint8Array;
  /** One byte an element, 0 or 1. */
  readonly bool: Uint8Array;
  readonly string: readonly string[];
}

export type DType = keyof DataByType;

interface TensorOf<T extends DType> {
  readonly dtype: T;
  readonly shape: readonly number[];
  readonly data: DataByType[T];
}

/** Row-major; `shape` is empty for a scalar. A union over the types: `dtype` tells what `data` is. */
export type Tensor<T extends DType = DType> = { [K in T]: TensorOf<K> }[T];

/** A row-major matrix, shape `[rows, columns]`. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/**
 * Makes a tensor and checks that data and shape agree.
 *
 * @example
 * tensor("float32", new Float32Array([1, 2, 3, 4]), [2, 2]);
 */
export function tensor<T extends DType>(
  dtype: T,
  data: DataByType[T],
  shape: readonly number[] = [data.length],
): Tensor<T> {
  if (data.length !== sizeOf(shape)) {
    throw internalError("tensor.size", {
      place: `tensor ${dtype}[${shape.join(", ")}]`,
      expected: `${sizeOf(shape)} elements`,
      got: String(data.length),
    });
  }
  return { dtype, shape, data } as Tensor<T>;
}
