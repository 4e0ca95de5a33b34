/**
 * What products with matrices of mostly zeros are written as: a row with few numbers reads the few
 * rows of the other matrix that they meet. The rows are copied side by side, which is slow, so that
 * it has to save much (docs/decisions/training-step.md).
 */
import type { Dim } from "../graph/dim.ts";
import type { Node, Value } from "../graph/value.ts";
import { scalarOf } from "../graph/value.ts";
import { add } from "./arithmetic.ts";
import type { GemmAttributes } from "./matrix.ts";
import { matMul } from "./matrix.ts";
import { gather } from "./select.ts";
import { reshape } from "./shape.ts";

/** Numbers of a row for each that is none of zero: with fewer, the plain product is faster. */
const RARE = 64;
/** What the copied rows may take of memory, beside the matrix of mostly zeros. */
const MOST_COPIED = 4;

function worthwhile(few: Dim | undefined, all: Dim | undefined, width: Dim | undefined): boolean {
  if (typeof few !== "number" || typeof all !== "number" || typeof width !== "number") return false;
  return RARE * few <= all && few * width <= MOST_COPIED * all;
}

/** The rule of `Gemm`: a · b + c where a is zeros with few numbers spread over each row. */
export function productOfFew(
  [, b, c]: readonly Value[],
  [source]: readonly (Node | undefined)[],
  attributes: GemmAttributes,
): Value | undefined {
  if (b === undefined || !isPlain(attributes) || attributes.transB === 1) return undefined;
  const [base, index, few] = source?.op.name === "ScatterElements" ? source.inputs : [];
  if (base === undefined || index === undefined || few === undefined) return undefined;
  if (source?.attributes["axis"] !== 1 || !isZero(base)) return undefined;
  const [count, width] = [few.shape[1], b.shape[1]];
  if (!worthwhile(count, b.shape[0], width)) return undefined;
  const rows = gather(b, index);
  const y = reshape(matMul(reshape(few, [-1, 1, count as number]), rows), [-1, width as number]);
  return c === undefined ? y : add(y, c);
}

/** The rule of `GatherElements` along rows: few numbers of each row of g · bᵀ. */
export function fewOfProduct(
  [, index]: readonly Value[],
  [source]: readonly (Node | undefined)[],
): Value | undefined {
  if (index === undefined || source?.op.name !== "Gemm") return undefined;
  const [g, b, c] = source.inputs;
  const attributes = source.attributes as GemmAttributes;
  if (g === undefined || b === undefined || c !== undefined) return undefined;
  if (!isPlain(attributes) || attributes.transB !== 1) return undefined;
  const [count, width] = [index.shape[1], b.shape[1]];
  if (!worthwhile(count, b.shape[0], width)) return undefined;
  const y = matMul(gather(b, index), reshape(g, [-1, width as number, 1]));
  return reshape(y, [-1, count as number]);
}

function isPlain({ transA = 0, alpha = 1, beta = 1 }: GemmAttributes): boolean {
  return transA === 0 && alpha === 1 && beta === 1;
}

function isZero(value: Value): boolean {
  return value.node.op.name === "Expand" && scalarOf(value.node.inputs[0]) === 0;
}
