/**
 * The likelihood of a whole row of a table, column after column: how likely each value is given the
 * columns before it and the code. Numbers come as bins, missing among them, so that spikes, gaps
 * and ends of ranges are values like others.
 */
import { tensor } from "../base/tensor.ts";
import type { DType } from "../base/tensor.ts";
import type { Value } from "../graph/value.ts";
import { constant } from "../graph/value.ts";
import { autoregressive } from "../nn/autoregressive.ts";
import type { Autoregressive } from "../nn/autoregressive.ts";
import type { Scope } from "../nn/scope.ts";
import { add, clip, mul, neg, sub } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { equal, greater } from "../ops/compare.ts";
import { gemm } from "../ops/matrix.ts";
import { argMax } from "../ops/rank.ts";
import { sum } from "../ops/reduce.ts";
import { slice } from "../ops/select.ts";
import { concat, reshape, split } from "../ops/shape.ts";
import { logSoftmax } from "../ops/softmax.ts";
import type { Variable } from "./layout.ts";
import { perturbed } from "./mixture.ts";

type NumberVariable = Extract<Variable, { kind: "number" }>;

/** The network that says how likely a row is. */
export function rowNetwork(
  scope: Scope,
  variables: readonly Variable[],
  code: Value,
): Autoregressive {
  return autoregressive(scope, variables.map(slotsOf), code);
}

function slotsOf(variable: Variable): number {
  return variable.kind === "category"
    ? variable.size
    : variable.low.length + (variable.flag === undefined ? 0 : 1);
}

/**
 * −log p(row | code), `[batch, 1]` in nats.
 *
 * @param x features, `[batch, features]`
 */
export function rowLoss(network: Autoregressive, variables: readonly Variable[], x: Value): Value {
  const values = variables.map((variable) => slotsIn(x, variable));
  const logits = split(network.logits(concat(values, 1)), variables.map(slotsOf), 1);
  const chosen = logits.map((one, i) => mul(values[i] as Value, logSoftmax(one, 1)));
  return neg(sum(concat(chosen, 1), { axes: [1], keep: true }));
}

/** One-hot `[batch, slots]`. */
function slotsIn(x: Value, variable: Variable): Value {
  if (variable.kind === "category")
    return slice(x, variable.start, variable.start + variable.size, 1);
  const value = slice(x, variable.at, variable.at + 1, 1);
  const { above, below } = edgesOf(variable);
  const bin = sub(
    cast(greater(value, row(above, x.dtype)), x.dtype),
    cast(greater(value, row(below, x.dtype)), x.dtype),
  );
  if (variable.flag === undefined) return bin;
  const gone = slice(x, variable.flag, variable.flag + 1, 1);
  return concat([mul(bin, sub(1, gone)), gone], 1);
}

const FAR = 3e38;

/** Half-way between a bin and the next: values of neither belong to the nearer one. */
function edgesOf({ low, high }: NumberVariable) {
  const between = low.slice(1).map((next, i) => (next + (high[i] as number)) / 2);
  return { above: [-FAR, ...between], below: [...between, FAR] };
}

/**
 * One draw of every column, in the order of the user's: features `[batch, features]`, of numbers
 * somewhere in their bin.
 *
 * @param temperature a scalar: 0 = the likeliest of each column, 1 as learned
 */
export function rowDraw(
  scope: Scope,
  network: Autoregressive,
  variables: readonly Variable[],
  temperature: Value,
): Value {
  let known = network.start();
  const drawn: { readonly at: number; readonly features: Value }[] = [];
  for (const [i, variable] of variables.entries()) {
    const logits = network.next(known, i);
    const size = slotsOf(variable);
    // A word that stands for all others is no answer.
    const answers = variable.kind === "category" ? slice(logits, 0, size - 1, 1) : logits;
    const chosen = reshape(argMax(perturbed(scope, answers, temperature), 1), [-1, 1]);
    const value = cast(equal(chosen, whole(size)), logits.dtype);
    known = network.seen(known, i, value);
    if (variable.kind === "category") {
      drawn.push({ at: variable.start, features: value });
      continue;
    }
    const bins = variable.low.length;
    const bin = slice(value, 0, bins, 1);
    const column = (values: readonly number[]): Value =>
      gemm(bin, reshape(row(values, logits.dtype), [bins, 1]));
    const low = column(variable.low);
    const reach = column(variable.high.map((high, k) => high - (variable.low[k] as number)));
    const place = clip(add(mul(sub(scope.uniform(low), 0.5), temperature), 0.5), 0, 1);
    drawn.push({ at: variable.at, features: add(low, mul(reach, place)) });
    if (variable.flag !== undefined)
      drawn.push({ at: variable.flag, features: slice(value, bins, bins + 1, 1) });
  }
  const inOrder = drawn.toSorted((a, b) => a.at - b.at);
  return concat(
    inOrder.map(({ features }) => features),
    1,
  );
}

function row(values: readonly number[], dtype: DType): Value {
  const shape = [1, values.length];
  return dtype === "float64"
    ? constant(tensor("float64", Float64Array.from(values), shape))
    : constant(tensor("float32", Float32Array.from(values), shape));
}

function whole(count: number): Value {
  const values = BigInt64Array.from({ length: count }, (_, i) => BigInt(i));
  return constant(tensor("int64", values, [1, count]));
}
