/** All ops: the functions that make values, and the table of the records behind them. */
import type { Op } from "../graph/value.ts";
import {
  addOp,
  subOp,
  mulOp,
  divOp,
  logOp,
  powOp,
  maxOp,
  minOp,
  modOp,
  negOp,
  clipOp,
} from "./arithmetic.ts";
import { bitwiseXorOp, bitShiftOp } from "./bits.ts";
import { castOp } from "./cast.ts";
import { whereOp } from "./choice.ts";
import {
  equalOp,
  greaterOp,
  lessOp,
  greaterOrEqualOp,
  lessOrEqualOp,
  andOp,
  orOp,
} from "./compare.ts";
import { convOp, convTransposeOp } from "./conv-native.ts";
import { conv2dOp, conv2dWeightOp, convTranspose2dOp } from "./conv.ts";
import { sizeOp, rangeOp } from "./count.ts";
import { loopOp } from "./loop.ts";
import { gemmOp, matMulOp } from "./matrix.ts";
import {
  expOp,
  sqrtOp,
  reciprocalOp,
  absOp,
  signOp,
  floorOp,
  roundOp,
  sinOp,
  cosOp,
  sinhOp,
  asinhOp,
  erfOp,
  tanhOp,
  sigmoidOp,
  softplusOp,
  reluOp,
  leakyReluOp,
  eluOp,
  notOp,
  isNaNOp,
  identityOp,
  stopGradientOp,
} from "./pointwise.ts";
import { topKOp, argMaxOp } from "./rank.ts";
import { reduceSumOp, reduceSumSquareOp, reduceMaxOp, reduceMinOp } from "./reduce.ts";
import { sliceOp, gatherOp, padOp, scatterElementsOp, gatherElementsOp } from "./select.ts";
import { shapeOp, reshapeOp, expandOp, transposeOp, concatOp, splitOp } from "./shape.ts";
import { softmaxOp, logSoftmaxOp } from "./softmax.ts";
import { labelEncoderOp } from "./text.ts";

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

/**
 * Every op a graph may hold. The op suite (test/ops.test.ts) asks a sample of each: a record
 * is tested by being listed.
 */
export const ops: readonly Op[] = [
  addOp,
  subOp,
  mulOp,
  divOp,
  logOp,
  powOp,
  maxOp,
  minOp,
  modOp,
  negOp,
  clipOp,
  bitwiseXorOp,
  bitShiftOp,
  castOp,
  whereOp,
  equalOp,
  greaterOp,
  lessOp,
  greaterOrEqualOp,
  lessOrEqualOp,
  andOp,
  orOp,
  conv2dOp,
  convTranspose2dOp,
  conv2dWeightOp,
  convOp,
  convTransposeOp,
  sizeOp,
  rangeOp,
  loopOp,
  gemmOp,
  matMulOp,
  expOp,
  sqrtOp,
  reciprocalOp,
  absOp,
  signOp,
  floorOp,
  roundOp,
  sinOp,
  cosOp,
  sinhOp,
  asinhOp,
  erfOp,
  tanhOp,
  sigmoidOp,
  softplusOp,
  reluOp,
  leakyReluOp,
  eluOp,
  notOp,
  isNaNOp,
  identityOp,
  stopGradientOp,
  topKOp,
  argMaxOp,
  reduceSumOp,
  reduceSumSquareOp,
  reduceMaxOp,
  reduceMinOp,
  sliceOp,
  gatherOp,
  padOp,
  scatterElementsOp,
  gatherElementsOp,
  shapeOp,
  reshapeOp,
  expandOp,
  transposeOp,
  concatOp,
  splitOp,
  softmaxOp,
  logSoftmaxOp,
  labelEncoderOp,
];

/** ONNX operators that our models are made of: `"Add"`, or `"ai.onnx.ml:LabelEncoder"`. */
export const allowedOps: ReadonlySet<string> = new Set(
  ops
    .filter((op) => op.lower === undefined)
    .map((op) => (op.domain === undefined ? op.name : `${op.domain}:${op.name}`)),
);
