/** Weights kept at length 1. */
import type { Value } from "../graph/value.ts";
import { div, max, mul } from "../ops/arithmetic.ts";
import { sqrt } from "../ops/pointwise.ts";
import { sumOfSquares } from "../ops/reduce.ts";
import { gather } from "../ops/select.ts";
import type { Initializer } from "./initializers.ts";
import type { Scope } from "./scope.ts";

/**
 * A scope whose first matrix with a row a unit has rows of length 1, so that what a unit says is
 * said by its activation alone.
 *
 * @see Salimans and Kingma, "Weight normalization" (2016), equation 2, with the gain left at 1
 * @example
 * const output = parts.decoder(code, layout.shape, (scope) => withUnitRows(scope, latent));
 *
 * @param chosen int64 `[some]`: the units that the code has columns for, of a network that has
 *   run on all of them before
 */
export function withUnitRows(scope: Scope, units: number, chosen?: Value): Scope {
  const width = chosen?.shape[0] ?? units;
  let found = false;
  const wrap = (inner: Scope): Scope => ({
    ...inner,
    child: (name) => wrap(inner.child(name)),
    parameter: (name, shape, initial, rest) => {
      if (shape.length !== 2 || shape[0] !== width)
        return inner.parameter(name, shape, initial, rest);
      const all = [units, shape[1] as number];
      if (found) {
        // A recurrent network is given its code in several places. Of all units, a matrix as high as the
        // code may also be one between hidden layers: it is the first alone that is held.
        const more = inner.parameter(name, all, initial, rest);
        return chosen === undefined ? more : gather(more, chosen);
      }
      found = true;
      const rows = scaledRows(inner.parameter(name, all, unitRows(initial), rest));
      return chosen === undefined ? rows : gather(rows, chosen);
    },
  });
  return wrap(scope);
}

/** Made once for a matrix, as gradients then pass through once, however often it is used. */
const known = new WeakMap<Value, Value>();

function scaledRows(weight: Value): Value {
  const squares = sumOfSquares(weight, { axes: [1], keep: true });
  // Times a column of numbers: the gradient of a quotient takes more passes over the matrix.
  const rows = known.get(weight) ?? mul(weight, div(1, sqrt(max(squares, 1e-12))));
  known.set(weight, rows);
  return rows;
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
