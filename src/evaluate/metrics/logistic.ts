/**
 * Multinomial logistic regression on standardised columns, fitted in the engine:
 *
 *   minimize  1/n Σ_i −log softmax(x_i W + b)[y_i] + ‖W‖² / 2n
 *
 * (scikit-learn's LogisticRegression with C = 1) by accelerated gradient steps of length 1 / L,
 * restarted where momentum points uphill. L = (λ + 1) / 2 + 1 / n bounds the curvature, λ being
 * the largest eigenvalue of XᵀX / n, by power iteration.
 *
 * @see Böhning, "Multinomial logistic regression algorithm" (1992), for the bound;
 *   O'Donoghue and Candès, "Adaptive restart for accelerated gradient schemes" (2015)
 */
import type { Matrix, Tensor } from "../../base/tensor.ts";
import { tensor } from "../../base/tensor.ts";
import { gradients } from "../../autodiff/gradients.ts";
import { exportModel } from "../../graph/export.ts";
import type { Value } from "../../graph/value.ts";
import { constant, input, scalar } from "../../graph/value.ts";
import type { OnnxModel } from "../../onnx/messages.ts";
import { writeModel } from "../../onnx/write.ts";
import {
  add,
  argMax,
  cast,
  div,
  dynamicSize,
  equal,
  gemm,
  greater,
  logSoftmax,
  loop,
  mean,
  mul,
  reshape,
  sqrt,
  sub,
  sum,
  sumOfSquares,
  where,
} from "../../ops/index.ts";
import type { Engine } from "../../runtime/engine.ts";

const STEPS = 400;
const POWER_STEPS = 50;

/** Which class each row has, as numbers from 0; −1 for one that was not there to learn. */
export interface Classes {
  readonly fit: Int32Array;
  readonly test: Int32Array;
  readonly count: number;
}

/** The share of test rows whose class is found, for each pair of matrices of the same rows. */
export async function logisticAccuracies(
  engine: Engine,
  pairs: readonly { readonly fit: Matrix; readonly test: Matrix }[],
  { fit, test, count }: Classes,
): Promise<readonly number[]> {
  const found: number[] = [];
  for (const pair of pairs) {
    const session = await engine.open(writeModel(logisticProgram(pair.fit.columns, count)));
    try {
      const { guess } = await session.run({
        x: matrixTensor(pair.fit),
        y: tensor("int32", fit),
        test: matrixTensor(pair.test),
      });
      const guesses = (guess as Tensor<"int32">).data;
      found.push(test.reduce((n, y, i) => n + Number(y === guesses[i]), 0) / test.length);
    } finally {
      await session.release();
    }
  }
  return found;
}

function matrixTensor({ data, rows, columns }: Matrix): Tensor {
  return tensor("float32", data, [rows, columns]);
}

function logisticProgram(columns: number, classes: number): OnnxModel {
  const x = input("x", "float32", ["rows", columns]);
  const y = input("y", "int32", ["rows"]);
  const test = input("test", "float32", ["others", columns]);
  const count = dynamicSize(x, [0]);
  const hot = cast(
    equal(
      reshape(y, [-1, 1]),
      constant(
        tensor(
          "int32",
          Int32Array.from({ length: classes }, (_, i) => i),
          [1, classes],
        ),
      ),
    ),
    "float32",
  );
  const step = div(
    scalar(1),
    add(mul(add(largestEigenvalue(x, count), 1), 0.5), div(scalar(1), count)),
  );
  const toWeights = (wrt: readonly [Value, Value]): readonly Value[] => {
    const [weights, biases] = wrt;
    const losses = sum(mul(logSoftmax(gemm(x, weights, {}, biases), 1), hot), { axes: [1] });
    const penalty = div(mul(sumOfSquares(weights), 0.5), count);
    return gradients(sub(penalty, mean(losses)), wrt);
  };
  const start = [
    constant(tensor("float32", new Float32Array(columns * classes), [columns, classes])),
    constant(tensor("float32", new Float32Array(classes), [classes])),
  ];
  const { state } = loop(scalar(STEPS, "int64"), [...start, ...start, scalar(1)], (_, now) => {
    const [w, b, aheadW, aheadB, momentum] = now as [Value, Value, Value, Value, Value];
    const ahead = [aheadW, aheadB] as const;
    const slopes = toWeights([aheadW, aheadB]);
    const next = ahead.map((value, i) => sub(value, mul(slopes[i] as Value, step)));
    const moves = [w, b].map((value, i) => sub(next[i] as Value, value));
    const uphill = greater(
      moves.map((move, i) => sum(mul(move, slopes[i] as Value))).reduce((p, q) => add(p, q)),
      scalar(0),
    );
    const grown = mul(add(sqrt(add(mul(mul(momentum, momentum), 4), 1)), 1), 0.5);
    const nextMomentum = where(uphill, scalar(1), grown);
    const carry = where(uphill, scalar(0), div(sub(momentum, 1), grown));
    return {
      state: [
        ...next,
        ...next.map((value, i) => add(value, mul(moves[i] as Value, carry))),
        nextMomentum,
      ],
      scans: [],
    };
  });
  const [weights, biases] = state as [Value, Value];
  return exportModel({
    name: "probe",
    inputs: [x, y, test],
    outputs: { guess: cast(argMax(gemm(test, weights, {}, biases), 1), "int32") },
  });
}

/** Of XᵀX / n, a little too large rather than too small. */
function largestEigenvalue(x: Value, count: Value): Value {
  const columns = x.shape[1] as number;
  const scatter = div(gemm(x, x, { transA: 1 }), count);
  const ones = Float32Array.from({ length: columns }, (_, i) => 1 + i / columns);
  const length = (v: Value): Value => sqrt(add(sumOfSquares(v), 1e-20));
  const { state } = loop(
    scalar(POWER_STEPS, "int64"),
    [constant(tensor("float32", ones, [columns, 1]))],
    (_, [v]) => {
      const next = gemm(scatter, v as Value);
      return { state: [div(next, length(next))], scans: [] };
    },
  );
  return mul(length(gemm(scatter, state[0] as Value)), 1.05);
}
