/** All ops: the functions that make values, and the table of the records behind them. */
import type { Op } from "../graph/value.ts";
import * as arithmetic from "./arithmetic.ts";
import * as bits from "./bits.ts";
import * as casts from "./cast.ts";
import * as choice from "./choice.ts";
import * as compare from "./compare.ts";
import * as convNative from "./conv-native.ts";
import * as conv from "./conv.ts";
import * as count from "./count.ts";
import * as loops from "./loop.ts";
import * as matrix from "./matrix.ts";
import * as pointwise from "./pointwise.ts";
import * as rank from "./rank.ts";
import * as reduce from "./reduce.ts";
import * as select from "./select.ts";
import * as shape from "./shape.ts";
import * as softmaxes from "./softmax.ts";
import * as text from "./text.ts";

export * from "./arithmetic.ts";
export * from "./bits.ts";
export * from "./cast.ts";
export * from "./choice.ts";
export * from "./compare.ts";
export { convOp, convTransposeOp } from "./conv-native.ts";
export * from "./conv.ts";
export * from "./count.ts";
export * from "./loop.ts";
export * from "./matrix.ts";
export * from "./pointwise.ts";
export * from "./rank.ts";
export * from "./reduce.ts";
export * from "./select.ts";
export * from "./shape.ts";
export * from "./softmax.ts";
export * from "./text.ts";
export type { Operand } from "./operand.ts";

/** Files of records. A record is listed by being exported under a name that ends in `Op`. */
const FILES: readonly Readonly<Record<string, unknown>>[] = [
  arithmetic,
  bits,
  casts,
  choice,
  compare,
  convNative,
  conv,
  count,
  loops,
  matrix,
  pointwise,
  rank,
  reduce,
  select,
  shape,
  softmaxes,
  text,
];

/**
 * Every op a graph may hold. The op suite (test/ops.test.ts) asks a sample of each: a record
 * is tested by being listed.
 */
export const ops: readonly Op[] = FILES.flatMap((file) =>
  Object.entries(file).flatMap(([name, record]) => (name.endsWith("Op") ? [record as Op] : [])),
);

/** ONNX operators that our models are made of: `"Add"`, or `"ai.onnx.ml:LabelEncoder"`. */
export const allowedOps: ReadonlySet<string> = new Set(
  ops
    .filter((op) => op.lower === undefined)
    .map((op) => (op.domain === undefined ? op.name : `${op.domain}:${op.name}`)),
);
