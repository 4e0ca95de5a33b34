/** Sizes of values, taken from where they are known instead of from the values themselves. */
import type { Dim } from "../graph/dim.ts";
import { dimProduct, dimQuotient } from "../graph/dim.ts";
import type { Value } from "../graph/value.ts";
import { integers } from "../graph/value.ts";
import { rewrite } from "../graph/walk.ts";
import { mul } from "./arithmetic.ts";
import { sizeOp } from "./count.ts";
import { concat, reshape, shapeOp } from "./shape.ts";

/**
 * A graph whose values' sizes are made from the given ones. What hangs on a size alone — the
 * mean's divisor, the positions that random numbers are drawn for — then depends on no value
 * inside a loop, so it is computed once and not at every turn.
 *
 * @param sizes by symbol, each int64 `[1]`
 */
export function withKnownSizes(
  outputs: readonly Value[],
  sizes: ReadonlyMap<string, Value>,
): readonly Value[] {
  return rewrite(outputs, ({ op, inputs: [x] }) => {
    if (x === undefined) return undefined;
    if (op === shapeOp) {
      const parts = x.shape.map((dim) => sizeFrom(dim, sizes));
      return parts.every((part) => part !== undefined) ? [concat(parts, 0)] : undefined;
    }
    if (op === sizeOp) {
      const size = sizeFrom(dimProduct(x.shape), sizes);
      return size && [reshape(size, [])];
    }
    return undefined;
  });
}

function sizeFrom(dim: Dim, sizes: ReadonlyMap<string, Value>): Value | undefined {
  if (typeof dim === "number") return integers([dim]);
  for (const [symbol, size] of sizes) {
    const count = dimQuotient(dim, symbol);
    if (typeof count === "number") return count === 1 ? size : mul(size, integers([count]));
  }
  return undefined;
}
