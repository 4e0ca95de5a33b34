/** Ops, layers, losses and optimizers against what PyTorch computed (torch_values.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { tensor } from "../../src/base/tensor.ts";
import { gradients } from "../../src/autodiff/gradients.ts";
import type { DType } from "../../src/base/tensor.ts";
import type { Value } from "../../src/graph/value.ts";
import { constant, input, scalar } from "../../src/graph/value.ts";
import { bernoulli } from "../../src/losses/bernoulli.ts";
import { categoricalLoss } from "../../src/losses/categorical.ts";
import { gaussianFixed, gaussianLoss } from "../../src/losses/gaussian.ts";
import { klToStandardNormal } from "../../src/losses/kl.ts";
import type { Layout } from "../../src/losses/layout.ts";
import { numbersLayout } from "../../src/losses/layout.ts";
import { reconstructionLoss } from "../../src/losses/reconstruction.ts";
import { squared } from "../../src/losses/squared.ts";
import { dropout } from "../../src/nn/dropout.ts";
import { linear } from "../../src/nn/linear.ts";
import { layerNorm } from "../../src/nn/normalization.ts";
import type { Scope } from "../../src/nn/scope.ts";
import { createScope } from "../../src/nn/scope.ts";
import * as op from "../../src/ops/index.ts";
import { adam, adamW } from "../../src/optim/adam.ts";
import { clipByGlobalNorm } from "../../src/optim/clip.ts";
import { cosine } from "../../src/optim/schedules.ts";
import { sgd } from "../../src/optim/sgd.ts";
import type { Transform } from "../../src/optim/transform.ts";
import { chain } from "../../src/optim/transform.ts";
import type { Cells } from "../evaluator/cells.ts";
import { cells } from "../evaluator/cells.ts";
import { evaluate } from "../evaluator/evaluate.ts";
import { runGraph } from "../runtime.ts";
import { expectClose } from "../support/compare.ts";
import { FLOAT64, TRAJECTORY, TRAJECTORY_FLOAT32 } from "../tolerance.ts";

interface Recorded {
  readonly shape: readonly number[];
  readonly data: readonly (number | "NaN" | "Infinity" | "-Infinity")[];
}

interface Case {
  readonly inputs: readonly Recorded[];
  readonly output: Recorded;
  readonly weights: Recorded;
  readonly gradients: readonly (Recorded | null)[];
}

interface Recording {
  readonly ops: Readonly<Record<string, Case>>;
  readonly layers: Readonly<Record<string, Case>>;
  readonly losses: Readonly<Record<string, Case>>;
  readonly optimizers: {
    readonly x: Recorded;
    readonly t: Recorded;
    readonly start: Recorded;
    readonly kept: readonly number[];
    readonly cosine: readonly number[];
    readonly trajectories: Readonly<Record<string, Recorded>>;
  };
}

const recording = JSON.parse(
  readFileSync(new URL("recorded/torch-values.json", import.meta.url), "utf8"),
) as Recording;

type Build = (...inputs: readonly [Value, Value, Value]) => Value;

const read = ({ shape, data }: Recorded): Cells => cells("float64", shape, data.map(Number));

/** Value and gradients of a recorded case, first axis symbolic where the output keeps it. */
function check(recorded: Case, build: Build): void {
  const inputs = recorded.inputs.map(({ shape }, i) => input(`x${i}`, "float64", shape));
  const output = build(...(inputs as unknown as Parameters<Build>));
  const weights = input("weights", "float64", output.shape);
  const found = gradients(op.sum(op.mul(output, weights)), inputs);
  const feeds = new Map([
    ...inputs.map((value, i) => [value, read(recorded.inputs[i] as Recorded)] as const),
    [weights, read(recorded.weights)] as const,
  ]);
  const [value, ...toInputs] = evaluate([output, ...found], feeds);
  expectClose(value as Cells, read(recorded.output), FLOAT64, "value");
  for (const [i, expected] of recorded.gradients.entries()) {
    if (expected === null) continue;
    expectClose(toInputs[i] as Cells, read(expected), FLOAT64, `gradient ${i}`);
  }
}

/** Every recorded case has its build, and every build its case. */
function checkAll(
  kind: "ops" | "layers" | "losses",
  builds: Readonly<Record<string, Build>>,
): void {
  const base = (name: string): string => name.replace(/(Edges|Ties)$/, "");
  describe(kind, () => {
    test("are all recorded", () => {
      expect(new Set(Object.keys(recording[kind]).map(base))).toEqual(new Set(Object.keys(builds)));
    });
    test.each(Object.keys(recording[kind]))("%s", (name) => {
      check(recording[kind][name] as Case, builds[base(name)] as Build);
    });
  });
}

checkAll("ops", {
  exp: op.exp,
  abs: op.abs,
  sin: op.sin,
  cos: op.cos,
  sinh: op.sinh,
  asinh: op.asinh,
  erf: op.erf,
  tanh: op.tanh,
  sigmoid: op.sigmoid,
  softplus: op.softplus,
  relu: op.relu,
  leakyRelu: (x) => op.leakyRelu(x),
  elu: (x) => op.elu(x),
  silu: op.silu,
  gelu: op.gelu,
  square: op.square,
  squarePower: (x) => op.pow(x, 2),
  clip: (x) => op.clip(x, -1, 1),
  log: op.log,
  sqrt: op.sqrt,
  reciprocal: op.reciprocal,
  add: op.add,
  sub: op.sub,
  mul: op.mul,
  div: op.div,
  pow: op.pow,
  max: op.max,
  min: op.min,
  sum: (x) => op.sum(x, { axes: [1] }),
  mean: (x) => op.mean(x, { axes: [0, 2], keep: true }),
  sumOfSquares: (x) => op.sumOfSquares(x, { axes: [1] }),
  largest: (x) => op.largest(x, { axes: [-1] }),
  smallest: (x) => op.smallest(x, { axes: [1] }),
  softmax: (x) => op.softmax(x, Math.min(1, x.shape.length - 1)),
  logSoftmax: (x) => op.logSoftmax(x, Math.min(1, x.shape.length - 1)),
  logSumExp: (x) => op.logSumExp(x),
  matMul: op.matMul,
  gemm: (a, b, c) => op.gemm(a, b, { transA: 1, transB: 1, alpha: 0.5, beta: 2 }, c),
  topK: (x) => op.topK(x, 2).values,
  gather: (x) => op.gather(x, [2, 0, 2], 1),
  transpose: (x) => op.transpose(x, [2, 0, 1]),
  pad: (x) => op.pad(x, [0, 1], [0, 2]),
  slice: (x) => op.slice(x, 1, 6, 1, 2),
  where: (a, b) => op.where(op.greater(a, 0), a, b),
});

/** A scope whose parameters are given in the order they are asked for. */
function scopeOf(...parameters: readonly Value[]): Scope {
  const left = [...parameters];
  return createScope({
    dtype: "float64",
    training: true,
    parameter: () => left.shift() as Value,
    buffer: () => scalar(0, "float64"),
  });
}

checkAll("layers", {
  linear: (x, w, b) => linear(scopeOf(w, b), x, 2),
  linearRank3: (x, w, b) => linear(scopeOf(w, b), x, 2),
  layerNorm: (x, gain, bias) => layerNorm(scopeOf(gain, bias), x),
  layerNormConstant: (x, gain, bias) => layerNorm(scopeOf(gain, bias), x),
  dropout: (x, u) => dropout({ ...scopeOf(), uniform: () => u }, x, 0.3),
});

const mixed: Layout = {
  shape: [6],
  bounded: false,
  segments: [
    { kind: "numbers", start: 0, size: 2 },
    { kind: "flags", start: 2, size: 1 },
    { kind: "category", start: 3, size: 3 },
  ],
};
const numbers = numbersLayout([3], false);

checkAll("losses", {
  squared: (t, y) => squared.loss(scopeOf(), t, y, numbers),
  bernoulli: (t, y) => bernoulli.loss(scopeOf(), t, y, numbers),
  gaussian: gaussianLoss,
  gaussianFixed: (t, y) => gaussianFixed(0.3).loss(scopeOf(), t, y, numbers),
  categorical: categoricalLoss,
  kl: klToStandardNormal,
  reconstruction: (x, y, observed) =>
    reconstructionLoss(scopeOf(), mixed, { x, observed }, y, squared),
});

const optimizers: Readonly<Record<string, readonly [rate: number, Transform]>> = {
  sgd: [0.1, sgd()],
  momentum: [0.1, sgd({ momentum: 0.9 })],
  nesterov: [0.1, sgd({ momentum: 0.8, nesterov: true })],
  adam: [0.05, adam()],
  adamOptions: [0.05, adam({ beta1: 0.8, beta2: 0.95, epsilon: 1e-3 })],
  adamW: [0.05, adamW({ weightDecay: 0.1 })],
  clippedSgd: [0.1, chain(clipByGlobalNorm(0.05), sgd({ momentum: 0.9 }))],
  clippedAdam: [0.05, chain(clipByGlobalNorm(0.3), adam())],
};

type Float = "float32" | "float64";

function given(recorded: Recorded, dtype: Float): Value {
  const numbers = recorded.data.map(Number);
  return constant(
    dtype === "float32"
      ? tensor(dtype, Float32Array.from(numbers), recorded.shape)
      : tensor(dtype, Float64Array.from(numbers), recorded.shape),
  );
}

/**
 * Fifty steps as a loop, gradients inside, weights and biases as two parts; the parameters
 * after each step, `[50, 8]`.
 */
function trajectory([rate, optimizer]: readonly [number, Transform], dtype: Float): Value {
  const { x, t, start } = recording.optimizers;
  const zeros = op.zerosLike(given(start, dtype));
  const cut = (flat: Value) => op.split(flat, [6, 2]) as [Value, Value];
  const { scans } = op.loop(
    scalar(50, "int64"),
    [given(start, dtype), ...optimizer.state.map(() => zeros)],
    (index, [flat, ...state]) => {
      const [w, b] = cut(flat as Value);
      const y = op.tanh(op.gemm(given(x, dtype), op.reshape(w, [3, 2]), {}, b));
      const loss = op.mean(op.square(op.sub(y, given(t, dtype))));
      const { update, state: next } = optimizer.apply(gradients(loss, [w, b]), state.map(cut), {
        parameters: [w, b],
        number: (at) => op.gather(given(counted(50, at), dtype), index),
        learningRate: scalar(rate, dtype),
        decays: [1, 0],
      });
      const moved = op.add(flat as Value, op.concat(update, 0));
      return { state: [moved, ...next.map((parts) => op.concat(parts, 0))], scans: [moved] };
    },
  );
  return scans[0] as Value;
}

function counted(steps: number, at: (step: number) => number): Recorded {
  return { shape: [steps], data: Array.from({ length: steps }, (_, step) => at(step)) };
}

interface Rows {
  readonly dtype: DType;
  readonly data: ArrayLike<number | bigint | string>;
}

function keptRows({ data }: Rows): { shape: readonly number[]; data: readonly number[] } {
  const { kept } = recording.optimizers;
  const rows = kept.map((step) =>
    Array.from({ length: 8 }, (_, i) => Number(data[(step - 1) * 8 + i])),
  );
  return { shape: [kept.length, 8], data: rows.flat() };
}

describe("optimizers, 50 steps", () => {
  test("are all recorded", () => {
    expect(Object.keys(optimizers)).toEqual(Object.keys(recording.optimizers.trajectories));
  });

  test.each(Object.keys(optimizers))("%s in float64", (name) => {
    const expected = read(recording.optimizers.trajectories[name] as Recorded);
    const steps = trajectory(optimizers[name] as (typeof optimizers)[string], "float64");
    const [got] = evaluate([steps], new Map());
    expectClose(keptRows(got as Cells), expected, TRAJECTORY, name);
  });

  test.each(Object.keys(optimizers))("%s in the runtime, float32", async (name) => {
    const expected = read(recording.optimizers.trajectories[name] as Recorded);
    const steps = trajectory(optimizers[name] as (typeof optimizers)[string], "float32");
    const [got] = await runGraph([steps]);
    expectClose(keptRows(got as Rows), expected, TRAJECTORY_FLOAT32, name);
  });
});

test("the cosine schedule is PyTorch's", () => {
  const rates = cosine({ rate: 0.02, floor: 0.01 });
  for (const [step, expected] of recording.optimizers.cosine.entries()) {
    expect(rates(step, 20)).toBeCloseTo(expected, 15);
  }
});
