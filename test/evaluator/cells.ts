/** Arrays as the evaluator holds them: every number a double, whatever type it stands for. */
import type { DType, Tensor } from "../../src/base/tensor.ts";
import { sizeOf } from "../../src/base/tensor.ts";

export interface Cells {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** int64 is exact up to 2⁵³. */
  readonly data: Float64Array;
  /** The texts of a string array, whose `data` is then empty. */
  readonly texts?: readonly string[];
}

export function cells(dtype: DType, shape: readonly number[], data: Iterable<number>): Cells {
  const held = data instanceof Float64Array ? data : Float64Array.from(data);
  if (held.length !== sizeOf(shape)) {
    throw new Error(`${held.length} numbers for [${shape.join(", ")}]`);
  }
  return { dtype, shape, data: held };
}

export function textCells(shape: readonly number[], texts: readonly string[]): Cells {
  return { dtype: "string", shape, data: new Float64Array(), texts };
}

export function fromTensor(tensor: Tensor): Cells {
  if (tensor.dtype === "string") return textCells(tensor.shape, tensor.data);
  return cells(
    tensor.dtype,
    tensor.shape,
    Array.from<number | bigint, number>(tensor.data, Number),
  );
}

export function toTensor({ dtype, shape, data, texts }: Cells): Tensor {
  switch (dtype) {
    case "float32":
      return { dtype, shape, data: Float32Array.from(data) };
    case "float64":
      return { dtype, shape, data: data.slice() };
    case "int32":
      return { dtype, shape, data: Int32Array.from(data) };
    case "int64":
      return { dtype, shape, data: BigInt64Array.from(data, BigInt) };
    case "uint32":
      return { dtype, shape, data: Uint32Array.from(data) };
    case "uint8":
      return { dtype, shape, data: Uint8Array.from(data) };
    case "bool":
      return { dtype, shape, data: Uint8Array.from(data) };
    case "string":
      return { dtype, shape, data: texts ?? [] };
  }
}

/** A whole-number result, wrapped round as its type does. */
export function wrapped(dtype: DType, x: number): number {
  if (dtype === "uint32") return x >>> 0;
  if (dtype === "int32") return x | 0;
  if (dtype === "uint8") return x & 255;
  return x;
}

function stridesOf(shape: readonly number[]): readonly number[] {
  const strides = shape.map(() => 1);
  for (let i = shape.length - 2; i >= 0; i -= 1) {
    strides[i] = (strides[i + 1] as number) * (shape[i + 1] as number);
  }
  return strides;
}

/** Every position of a shape, in order. The array is reused. */
export function* positions(shape: readonly number[]): Generator<readonly number[]> {
  const at = shape.map(() => 0);
  for (let count = sizeOf(shape); count > 0; count -= 1) {
    yield at;
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      at[axis] = (at[axis] as number) + 1;
      if ((at[axis] as number) < (shape[axis] as number)) break;
      at[axis] = 0;
    }
  }
}

/** Where a position of a larger shape falls in a broadcast array. */
export function offset(shape: readonly number[], at: readonly number[]): number {
  const strides = stridesOf(shape);
  const lead = at.length - shape.length;
  return shape.reduce(
    (sum, size, i) => sum + (size === 1 ? 0 : (at[lead + i] as number) * (strides[i] as number)),
    0,
  );
}

export function broadcast(...shapes: readonly (readonly number[])[]): readonly number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) =>
    shapes.reduce((size, shape) => {
      const mine = shape[shape.length - rank + i] ?? 1;
      if (mine !== size && mine !== 1 && size !== 1) {
        throw new Error(`no broadcast of ${shapes.map((s) => `[${s.join(", ")}]`).join(" ")}`);
      }
      return size === 1 ? mine : size;
    }, 1),
  );
}
