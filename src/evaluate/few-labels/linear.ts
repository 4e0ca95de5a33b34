/**
 * Linear heads by full-batch training in the engine, for all folds and penalties at once:
 *
 *   minimize  mean over rows of loss(x W + b, y) + λ/2 · ‖W‖²,
 *
 * the loss −log softmax[y] for classes, half a square for numbers. Accelerated gradient steps of
 * length 1 / L, restarted where momentum points uphill. λ is the one whose held-out loss is least.
 *
 * @see Böhning, "Multinomial logistic regression algorithm" (1992), for L; Hoerl and Kennard,
 *   "Ridge regression" (1970); O'Donoghue and Candès, "Adaptive restart for accelerated gradient
 *   schemes" (2015)
 */
import { gradients } from "../../autodiff/gradients.ts";
import type { Matrix, Tensor } from "../../base/tensor.ts";
import { tensor } from "../../base/tensor.ts";
import { exportModel } from "../../graph/export.ts";
import type { Value } from "../../graph/value.ts";
import { constant, input, integers, scalar } from "../../graph/value.ts";
import type { OnnxModel } from "../../onnx/messages.ts";
import { writeModel } from "../../onnx/write.ts";
import {
  add,
  div,
  expand,
  gemm,
  greater,
  logSoftmax,
  loop,
  mul,
  reshape,
  sqrt,
  square,
  sub,
  sum,
  sumOfSquares,
  where,
} from "../../ops/index.ts";
import type { Engine } from "../../runtime/engine.ts";
import type { Taught } from "./choose.ts";

const STEPS = 300;
const POWER_STEPS = 30;
/** Of features of mean square 1 each: from almost none to almost nothing but the bias. */
const PENALTIES = [1e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1, 3, 10];

export interface LinearHead {
  /** What features are freed of and divided by before the weights. */
  readonly center: Float32Array;
  readonly scale: number;
  /** `[features, outputs]`, of features as they come. */
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

export interface LinearFit {
  /** Fitted on all rows. */
  readonly head: LinearHead;
  /** Fitted without each fold. */
  readonly folds: readonly LinearHead[];
  readonly penalty: number;
  /** Outputs of each row by the head that did not see it, `[rows, outputs]`. */
  readonly outOfFold: Float32Array;
}

/** @param folds of each row, from 0 */
export async function fitLinear(
  engine: Engine,
  x: Matrix,
  { kind, target, outputs }: Pick<Taught, "kind" | "target" | "outputs">,
  folds: Int32Array,
): Promise<LinearFit> {
  const { rows, columns } = x;
  const { center, scale, data } = standardised(x);
  const foldCount = folds.reduce((a, b) => Math.max(a, b), 0) + 1;
  // The last group sees all rows.
  const groups = foldCount + 1;
  const models = groups * PENALTIES.length;
  const mask = new Float32Array(rows * models);
  const sizes = Array.from({ length: groups }, (_, group) =>
    folds.reduce((n, fold) => n + Number(fold !== group), 0),
  );
  for (let row = 0; row < rows; row += 1) {
    for (let model = 0; model < models; model += 1) {
      const group = Math.floor(model / PENALTIES.length);
      if (folds[row] !== group) mask[row * models + model] = 1 / (sizes[group] as number);
    }
  }
  const perModel = (of: (group: number, penalty: number) => number): Tensor =>
    tensor(
      "float32",
      Float32Array.from({ length: models }, (_, model) =>
        of(Math.floor(model / PENALTIES.length), PENALTIES[model % PENALTIES.length] as number),
      ),
    );
  const session = await engine.open(writeModel(linearProgram({ columns, outputs, models, kind })));
  const out = await session.run({
    x: tensor("float32", data, [rows, columns]),
    y: tensor("float32", target, [rows, outputs]),
    mask: tensor("float32", mask, [rows, models]),
    penalty: perModel((_, penalty) => penalty),
    more: perModel((group) => rows / (sizes[group] as number)),
  });
  await session.release();
  const floats = (name: string): Float32Array => (out[name] as Tensor<"float32">).data;
  const [all, weights, biases] = [floats("outputs"), floats("weights"), floats("biases")];
  const heldOut = (penalty: number): Float32Array => {
    const found = new Float32Array(rows * outputs);
    for (let row = 0; row < rows; row += 1) {
      const model = (folds[row] as number) * PENALTIES.length + penalty;
      const from = (row * models + model) * outputs;
      found.set(all.subarray(from, from + outputs), row * outputs);
    }
    return found;
  };
  const losses = PENALTIES.map((_, penalty) =>
    meanLoss(heldOut(penalty), target, { outputs, kind }),
  );
  const best = losses.indexOf(Math.min(...losses));
  const headOf = (group: number): LinearHead => {
    const model = group * PENALTIES.length + best;
    const own = new Float32Array(columns * outputs);
    for (let column = 0; column < columns; column += 1) {
      const from = (column * models + model) * outputs;
      own.set(weights.subarray(from, from + outputs), column * outputs);
    }
    const bias = biases.slice(model * outputs, (model + 1) * outputs);
    return { center, scale, weights: own, bias };
  };
  return {
    head: headOf(foldCount),
    folds: Array.from({ length: foldCount }, (_, fold) => headOf(fold)),
    penalty: PENALTIES[best] as number,
    outOfFold: heldOut(best),
  };
}

/** Freed of their means, and all divided by one number: their relative sizes say something. */
function standardised({ data, rows, columns }: Matrix) {
  const center = new Float32Array(columns);
  for (let i = 0; i < data.length; i += 1) {
    const column = i % columns;
    center[column] = (center[column] as number) + (data[i] as number) / rows;
  }
  const free = Float32Array.from(data, (value, i) => value - (center[i % columns] as number));
  const square = free.reduce((total, value) => total + value * value, 0) / Math.max(1, free.length);
  const scale = Math.sqrt(square) || 1;
  return { center, scale, data: free.map((value) => value / scale) };
}

/** Mean loss of outputs, `[rows, outputs]` both. */
export function meanLoss(
  given: Float32Array,
  target: Float32Array,
  { outputs, kind }: Pick<Taught, "outputs" | "kind">,
): number {
  const rows = target.length / outputs;
  let total = 0;
  for (let row = 0; row < rows; row += 1) {
    const own = given.subarray(row * outputs, (row + 1) * outputs);
    const top = Math.max(...own);
    const norm = top + Math.log(own.reduce((s, value) => s + Math.exp(value - top), 0));
    for (let i = 0; i < outputs; i += 1) {
      const wanted = target[row * outputs + i] as number;
      total +=
        kind === "classes"
          ? wanted * (norm - (own[i] as number))
          : ((own[i] as number) - wanted) ** 2 / 2;
    }
  }
  return total / rows;
}

function linearProgram({
  columns,
  outputs,
  models,
  kind,
}: {
  readonly columns: number;
  readonly outputs: number;
  readonly models: number;
  readonly kind: Taught["kind"];
}): OnnxModel {
  const width = models * outputs;
  const x = input("x", "float32", ["rows", columns]);
  const y = input("y", "float32", ["rows", outputs]);
  const mask = input("mask", "float32", ["rows", models]);
  const penalty = input("penalty", "float32", [models]);
  const more = input("more", "float32", [models]);
  const each = (perModel: Value): Value =>
    reshape(expand(reshape(perModel, [models, 1]), integers([models, outputs])), [1, width]);
  const outputsOf = (w: Value, b: Value): Value =>
    reshape(gemm(x, w, {}, b), [-1, models, outputs]);
  const wanted = reshape(y, [-1, 1, outputs]);
  const lossOf = (w: Value, b: Value): Value => {
    const given = outputsOf(w, b);
    const losses =
      kind === "classes"
        ? mul(sum(mul(logSoftmax(given, 2), wanted), { axes: [2] }), -1)
        : mul(sum(square(sub(given, wanted)), { axes: [2] }), 0.5);
    const squares = sum(reshape(square(w), [columns, models, outputs]), { axes: [0, 2] });
    return add(sum(mul(losses, mask)), mul(sum(mul(squares, penalty)), 0.5));
  };
  // Of a softmax half of what it is of squares; the bias is one more feature that is always 1.
  const bend = kind === "classes" ? 0.5 : 1;
  const step = each(
    div(scalar(1), add(mul(mul(add(largestEigenvalue(x), 1), more), bend), penalty)),
  );
  const zeros = (shape: readonly number[]): Value =>
    constant(tensor("float32", new Float32Array(shape.reduce((a, b) => a * b, 1)), shape));
  const start = [zeros([columns, width]), zeros([1, width])] as const;
  const perModel = (a: Value, b: Value, length: number): Value =>
    sum(reshape(mul(a, b), [length, models, outputs]), { axes: [0, 2] });
  const ones = constant(tensor("float32", new Float32Array(models).fill(1), [models]));
  const { state } = loop(scalar(STEPS, "int64"), [...start, ...start, ones], (_, now) => {
    const [w, b, aheadW, aheadB, momentum] = now as [Value, Value, Value, Value, Value];
    const [slopeW, slopeB] = gradients(lossOf(aheadW, aheadB), [aheadW, aheadB]) as [Value, Value];
    const nextW = sub(aheadW, mul(slopeW, step));
    const nextB = sub(aheadB, mul(slopeB, step));
    const [moveW, moveB] = [sub(nextW, w), sub(nextB, b)];
    const uphill = greater(add(perModel(moveW, slopeW, columns), perModel(moveB, slopeB, 1)), 0);
    const grown = mul(add(sqrt(add(mul(square(momentum), 4), 1)), 1), 0.5);
    const carry = each(where(uphill, 0, div(sub(momentum, 1), grown)));
    return {
      state: [
        nextW,
        nextB,
        add(nextW, mul(moveW, carry)),
        add(nextB, mul(moveB, carry)),
        where(uphill, 1, grown),
      ],
      scans: [],
    };
  });
  const [weights, biases] = state as [Value, Value];
  return exportModel({
    name: "linear heads",
    inputs: [x, y, mask, penalty, more],
    outputs: { outputs: outputsOf(weights, biases), weights, biases: reshape(biases, [width]) },
  });
}

/** Of XᵀX / rows, a little too large rather than too small. */
function largestEigenvalue(x: Value): Value {
  const columns = x.shape[1] as number;
  const ones = Float32Array.from({ length: columns }, (_, i) => 1 + i / columns);
  const onto = (v: Value): Value => gemm(x, gemm(x, v), { transA: 1 });
  const length = (v: Value): Value => sqrt(add(sumOfSquares(v), 1e-20));
  const { state } = loop(
    scalar(POWER_STEPS, "int64"),
    [constant(tensor("float32", ones, [columns, 1]))],
    (_, [v]) => {
      const next = onto(v as Value);
      return { state: [div(next, length(next))], scans: [] };
    },
  );
  // Mean squares: Σ x² over rows and columns is rows · columns, as features are standardised.
  return mul(div(length(onto(state[0] as Value)), div(add(sumOfSquares(x), 1e-12), columns)), 1.05);
}
