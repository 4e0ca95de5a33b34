/** Repeating a batch: the same rows under several draws, or under every label. */
import { dimProduct } from "../graph/dim.ts";
import type { Value } from "../graph/value.ts";
import { integers } from "../graph/value.ts";
import type { Batch } from "../losses/reconstruction.ts";
import { concat, expand, reshapeLike, shapeOf } from "../ops/shape.ts";

/** `[batch, …]` → `[count · batch, …]`: the whole batch, count times. */
export function tile(x: Value, count: number): Value {
  const [rows = 1, ...rest] = x.shape;
  const repeated = expand(
    reshapeLike(x, [1, rows, ...rest]),
    concat([integers([count]), shapeOf(x)], 0),
  );
  return reshapeLike(repeated, [dimProduct([count, rows]), ...rest]);
}

/** `[count · batch, …]` → `[count, batch, …]`, for values about a tiled batch of `like`'s rows. */
export function untile(x: Value, count: number, like: Value): Value {
  return reshapeLike(x, [count, like.shape[0] ?? 1, ...x.shape.slice(1)]);
}

/** Everything about the rows but their labels, count times. */
export function tileBatch({ x, observed, target }: Batch, count: number): Batch {
  const side = (of: Pick<Batch, "x" | "observed">): Pick<Batch, "x" | "observed"> => ({
    x: tile(of.x, count),
    ...(of.observed === undefined ? {} : { observed: tile(of.observed, count) }),
  });
  return {
    ...side({ x, ...(observed === undefined ? {} : { observed }) }),
    ...(target === undefined ? {} : { target: side(target) }),
  };
}
