/** Missing numbers in the graph. */
import type { Value } from "../graph/value.ts";
import { cast, isNaN, sub, where } from "../ops/index.ts";

/** NaN → 0, which is the mean of a scaled column; where values were there, and where not. */
export function replaceMissing(x: Value): {
  readonly filled: Value;
  /** 1 where a value is there. */
  readonly observed: Value;
  /** 1 where none is. */
  readonly absent: Value;
} {
  const gone = isNaN(x);
  const absent = cast(gone, x.dtype);
  return { filled: where(gone, 0, x), observed: sub(1, absent), absent };
}
