/** Weights kept at length 1. */
import { div, max } from "../ops/arithmetic.ts";
import { sqrt } from "../ops/pointwise.ts";
import { sumOfSquares } from "../ops/reduce.ts";
import type { Initializer } from "./initializers.ts";
import type { Scope } from "./scope.ts";

/**
 * A scope whose first matrix with a row a unit has rows of length 1, so that what a unit says is
 * said by its activation alone.
 *
 * @see Salimans and Kingma, "Weight normalization" (2016), equation 2, with the gain left at 1
 * @example
 * const output = parts.decoder(code, layout.shape, (scope) => withUnitRows(scope, latent));
 */
export function withUnitRows(scope: Scope, units: number): Scope {
  let found = false;
  const wrap = (inner: Scope): Scope => ({
    ...inner,
    child: (name) => wrap(inner.child(name)),
    parameter: (name, shape, initial, rest) => {
      if (found || shape.length !== 2 || shape[0] !== units)
        return inner.parameter(name, shape, initial, rest);
      found = true;
      const weight = inner.parameter(name, shape, unitRows(initial), rest);
      const squares = sumOfSquares(weight, { axes: [1], keep: true });
      return div(weight, sqrt(max(squares, 1e-12)));
    },
  });
  return wrap(scope);
}

/** Rows that start at length 1: the shorter a row, the further one step would turn it. */
function unitRows(initial: Initializer): Initializer {
  return (key, shape) => {
    const values = initial(key, shape);
    const width = shape[1] as number;
    for (let start = 0; start < values.length; start += width) {
      const row = values.subarray(start, start + width);
      const length = Math.sqrt(row.reduce((total, value) => total + value * value, 0));
      row.set(row.map((value) => value / Math.max(1e-6, length)));
    }
    return values;
  };
}
