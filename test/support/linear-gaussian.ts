/**
 * A network whose likelihood can be had in closed form: without hidden layers the decoder is
 * z W + b, so with Gaussian noise x is N(b, Wᵀ W + sigma² I), whatever the encoder says.
 */
import { dense } from "../../src/bodies/dense.ts";
import type { Family } from "../../src/families/family.ts";
import { partsOf } from "../../src/families/family.ts";
import { tensor } from "../../src/base/tensor.ts";
import type { Value } from "../../src/graph/value.ts";
import { constant } from "../../src/graph/value.ts";
import { numbersLayout } from "../../src/losses/layout.ts";
import type { Scope } from "../../src/nn/scope.ts";
import { createScope } from "../../src/nn/scope.ts";
import { normals } from "../../src/random/numbers.ts";
import { keyAt } from "../../src/random/bits.ts";
import { evaluate } from "../evaluator/evaluate.ts";

export const SIGMA = 0.6;
const FEATURES = 2;
const ROW = [0.4, -0.9] as const;

/**
 * Weights, the same for the same name and shape. The encoder's are small: its posteriors are near
 * the prior, not far narrower than the true ones, which would leave a few draws to count for all.
 */
function weight(name: string, shape: readonly number[]): Value {
  const seed = Array.from(name).reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const size = shape.reduce((a, b) => a * b, 1);
  const scale = name.startsWith("decoder") ? 0.5 : 0.2;
  const data = Float64Array.from(normals(keyAt(seed, 0), size, 1), (z) => scale * z);
  return constant(tensor("float64", data, shape));
}

/** log p(x) of the row, or log p(x | y) where the decoder reads a label behind the code. */
export function exactLogLikelihood(latent: number, label: readonly number[] = []): number {
  const numbers = evaluate(
    [
      weight("decoder.output.weight", [latent + label.length, FEATURES]),
      weight("decoder.output.bias", [FEATURES]),
    ],
    new Map(),
  ).map(({ data }) => Array.from(data, Number));
  const [matrix, bias] = numbers as [number[], number[]];
  const at = (row: number, column: number): number => matrix[row * FEATURES + column] as number;
  const off = ROW.map(
    (x, j) => x - (bias[j] as number) - label.reduce((sum, y, k) => sum + y * at(latent + k, j), 0),
  ) as [number, number];
  const covariance = (i: number, j: number): number => {
    let sum = i === j ? SIGMA ** 2 : 0;
    for (let k = 0; k < latent; k += 1) sum += at(k, i) * at(k, j);
    return sum;
  };
  const [a, b, d] = [covariance(0, 0), covariance(0, 1), covariance(1, 1)];
  const determinant = a * d - b * b;
  const distance = (d * off[0] ** 2 - 2 * b * off[0] * off[1] + a * off[1] ** 2) / determinant;
  return -0.5 * (distance + Math.log(determinant) + 2 * Math.log(2 * Math.PI));
}

/** The log of the mean of exp(logWeight) over draws, as importance sampling has it, and its standard error. */
export function estimatedLogLikelihood(
  family: Family,
  { latent, draws, label }: { latent: number; draws: number; label?: readonly number[] },
): { readonly estimate: number; readonly error: number } {
  let site = 0;
  const drawing = (scope: Scope): Scope => ({
    ...scope,
    normal: (x) => {
      const [rows, width] = x.shape as readonly [number, number];
      const data = Float64Array.from(normals(keyAt(77, site++), rows, width));
      return constant(tensor("float64", data, [rows, width]));
    },
    child: (name) => drawing(scope.child(name)),
  });
  const scope = createScope({
    dtype: "float64",
    training: false,
    parameter: ({ name, shape }) => weight(name, shape),
    buffer: ({ name, shape }) => weight(name, shape),
  });
  const rows = (values: readonly number[]): Value =>
    constant(
      tensor(
        "float64",
        Float64Array.from(
          { length: draws * values.length },
          (_, i) => values[i % values.length] as number,
        ),
        [draws, values.length],
      ),
    );
  const parts = partsOf(drawing(scope), dense([]), numbersLayout([FEATURES], false), latent);
  const batch = { x: rows(ROW), ...(label === undefined ? {} : { label: rows(label) }) };
  const [logs] = evaluate([family.logWeight?.(parts, batch) as Value], new Map());
  const values = Array.from(logs?.data ?? [], Number);
  const peak = Math.max(...values);
  const weights = values.map((log) => Math.exp(log - peak));
  const center = weights.reduce((sum, w) => sum + w, 0) / draws;
  const variance = weights.reduce((sum, w) => sum + (w - center) ** 2, 0) / draws;
  return {
    estimate: peak + Math.log(center),
    error: Math.sqrt(variance / draws) / center,
  };
}
