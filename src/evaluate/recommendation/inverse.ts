/**
 * The inverse of a large symmetric positive definite matrix, by halves, so that nearly all of the
 * work is products of large blocks, which the engine does. With the Schur complement S = D − BᵀA⁻¹B,
 *
 *   [A  B]⁻¹   [A⁻¹ + W S⁻¹ Wᵀ   −W S⁻¹]
 *   [Bᵀ D]   = [−S⁻¹ Wᵀ              S⁻¹],   W = A⁻¹ B
 *
 * about 4/3 n³ operations. Small blocks are inverted in float64, products are in float32.
 */
import { internalError } from "../../base/errors.ts";
import type { Tensor } from "../../base/tensor.ts";
import { tensor } from "../../base/tensor.ts";
import { exportModel } from "../../graph/export.ts";
import { input } from "../../graph/value.ts";
import { writeModel } from "../../onnx/write.ts";
import { add, gemm, neg, sub } from "../../ops/index.ts";
import type { Engine, Session } from "../../runtime/engine.ts";

/** Blocks that are inverted here. */
const SMALL = 128;

/**
 * @param matrix `[size, size]`, symmetric and positive definite; its memory may be used
 * @returns `[size, size]`
 */
export async function inverseOf(
  engine: Engine,
  matrix: Float32Array,
  size: number,
  signal?: AbortSignal,
): Promise<Float32Array> {
  if (size <= SMALL) return inverseOfSmall(matrix, size);
  const sessions = {
    down: await engine.open(writeModel(downProgram()), { lean: true }),
    up: await engine.open(writeModel(upProgram()), { lean: true }),
  };
  try {
    return await byHalves({ ...sessions, signal }, matrix, size);
  } finally {
    await sessions.down.release();
    await sessions.up.release();
  }
}

interface Work {
  readonly down: Session;
  readonly up: Session;
  readonly signal: AbortSignal | undefined;
}

async function byHalves(work: Work, matrix: Float32Array, size: number): Promise<Float32Array> {
  if (size <= SMALL) return inverseOfSmall(matrix, size);
  work.signal?.throwIfAborted();
  // Sizes that the kernels like.
  const first = Math.ceil(size / 2 / 16) * 16;
  const rest = size - first;
  const block = (row: number, column: number, rows: number, columns: number): Float32Array => {
    const out = new Float32Array(rows * columns);
    for (let i = 0; i < rows; i += 1) {
      const from = (row + i) * size + column;
      out.set(matrix.subarray(from, from + columns), i * columns);
    }
    return out;
  };
  const a = await byHalves(work, block(0, 0, first, first), first);
  const { w, s } = (await work.down.run(
    {
      a: tensor("float32", a.slice(), [first, first]),
      b: tensor("float32", block(0, first, first, rest), [first, rest]),
      d: tensor("float32", block(first, first, rest, rest), [rest, rest]),
    },
    { transfer: true },
  )) as Record<"w" | "s", Tensor<"float32">>;
  const inner = await byHalves(work, s.data, rest);
  const { corner, side } = (await work.up.run(
    {
      a: tensor("float32", a, [first, first]),
      w,
      s: tensor("float32", inner.slice(), [rest, rest]),
    },
    { transfer: true },
  )) as Record<"corner" | "side", Tensor<"float32">>;
  for (let i = 0; i < first; i += 1) {
    matrix.set(corner.data.subarray(i * first, (i + 1) * first), i * size);
    matrix.set(side.data.subarray(i * rest, (i + 1) * rest), i * size + first);
  }
  for (let i = 0; i < rest; i += 1) {
    const row = (first + i) * size;
    for (let j = 0; j < first; j += 1) matrix[row + j] = side.data[j * rest + i] as number;
    matrix.set(inner.subarray(i * rest, (i + 1) * rest), row + first);
  }
  return matrix;
}

/** W = A⁻¹ B and S = D − Bᵀ W, `a` being A⁻¹. */
function downProgram() {
  const a = input("a", "float32", ["first", "first"]);
  const b = input("b", "float32", ["first", "rest"]);
  const d = input("d", "float32", ["rest", "rest"]);
  const w = gemm(a, b);
  return exportModel({
    name: "down",
    inputs: [a, b, d],
    outputs: { w, s: sub(d, gemm(b, w, { transA: 1 })) },
  });
}

/** −W S⁻¹ and A⁻¹ + W S⁻¹ Wᵀ, `s` being S⁻¹. */
function upProgram() {
  const a = input("a", "float32", ["first", "first"]);
  const w = input("w", "float32", ["first", "rest"]);
  const s = input("s", "float32", ["rest", "rest"]);
  const product = gemm(w, s);
  return exportModel({
    name: "up",
    inputs: [a, w, s],
    outputs: { corner: add(a, gemm(product, w, { transB: 1 })), side: neg(product) },
  });
}

/** By Cholesky: M = L Lᵀ, M⁻¹ = L⁻ᵀ L⁻¹. In place. */
function inverseOfSmall(matrix: Float32Array, size: number): Float32Array {
  const l = Float64Array.from(matrix);
  for (let j = 0; j < size; j += 1) {
    for (let i = j; i < size; i += 1) {
      let sum = l[i * size + j] as number;
      for (let k = 0; k < j; k += 1)
        sum -= (l[i * size + k] as number) * (l[j * size + k] as number);
      if (i > j) l[i * size + j] = sum / (l[j * size + j] as number);
      else if (sum > 0) l[i * size + i] = Math.sqrt(sum);
      else throw notPositive();
    }
  }
  // L⁻¹ by columns, kept turned: row j holds column j, so that what is summed lies in one piece.
  const turned = new Float64Array(size * size);
  for (let j = 0; j < size; j += 1) {
    turned[j * size + j] = 1 / (l[j * size + j] as number);
    for (let i = j + 1; i < size; i += 1) {
      let sum = 0;
      for (let k = j; k < i; k += 1)
        sum -= (l[i * size + k] as number) * (turned[j * size + k] as number);
      turned[j * size + i] = sum / (l[i * size + i] as number);
    }
  }
  for (let i = 0; i < size; i += 1) {
    for (let j = i; j < size; j += 1) {
      let sum = 0;
      for (let k = j; k < size; k += 1)
        sum += (turned[i * size + k] as number) * (turned[j * size + k] as number);
      matrix[i * size + j] = sum;
      matrix[j * size + i] = sum;
    }
  }
  return matrix;
}

function notPositive(): Error {
  return internalError("evaluate.inverse", {
    place: "inverse of a matrix",
    expected: "a positive definite one",
    got: "one that is not, or is too near to singular for float32",
  });
}
