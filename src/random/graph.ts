/** The numbers of `bits.ts` and `numbers.ts`, computed in the graph. */
import { tensor } from "../base/tensor.ts";
import type { Dim } from "../graph/dim.ts";
import { dimProduct, shapeError, showShape } from "../graph/dim.ts";
import type { Value } from "../graph/value.ts";
import { constant, scalar } from "../graph/value.ts";
import { add, mul } from "../ops/arithmetic.ts";
import { bitwiseXor, shiftRight } from "../ops/bits.ts";
import { cast } from "../ops/cast.ts";
import { cos, log, sin, sqrt } from "../ops/pointwise.ts";
import { positionsLike } from "../ops/count.ts";
import { gather, slice } from "../ops/select.ts";
import { concat, reshape, reshapeLike } from "../ops/shape.ts";
import { MIX_A, MIX_B, SITE_FIRST, SITE_SECOND, SPREAD } from "./bits.ts";

function word(value: number): Value {
  return scalar(value >>> 0, "uint32");
}

function mix(x0: Value): Value {
  const x1 = mul(bitwiseXor(x0, shiftRight(x0, 16)), word(MIX_A));
  const x2 = mul(bitwiseXor(x1, shiftRight(x1, 15)), word(MIX_B));
  return bitwiseXor(x2, shiftRight(x2, 16));
}

/**
 * 32 random bits an element.
 *
 * @param key uint32 `[2]`: the step's key
 * @param site where in the model the numbers are used
 * @param positions uint32, the element indices
 */
export function bits(key: Value, site: number, positions: Value): Value {
  const crossed = bitwiseXor(
    key,
    constant(
      tensor(
        "uint32",
        Uint32Array.of(Math.imul(site + 1, SITE_FIRST), Math.imul(site + 1, SITE_SECOND)),
        [2],
      ),
    ),
  );
  const x = mul(add(positions, gather(crossed, [0])), word(SPREAD));
  return mix(bitwiseXor(bitwiseXor(x, shiftRight(x, 15)), gather(crossed, [1])));
}

/** Bits → (0, 1). */
function unit(words: Value): Value {
  return add(mul(cast(shiftRight(words, 9), "float32"), 2 ** -23), 2 ** -24);
}

/** Uniform numbers in (0, 1), float32, in the shape of x. */
export function uniformLike(key: Value, site: number, x: Value): Value {
  return unit(bits(key, site, cast(positionsLike(x), "uint32")));
}

/** Standard normal numbers, float32, in the shape of x `[rows, …]`. */
export function normalLike(key: Value, site: number, x: Value): Value {
  const rows: Dim = x.shape[0] ?? 1;
  const width = dimProduct(x.shape.slice(1));
  if (typeof width !== "number") {
    throw shapeError("normalLike", "only the first size open", showShape(x.shape));
  }
  const pairs = Math.ceil(width / 2);
  // One position a pair: rows counted from the first column of x, times the pairs in a row.
  const flat = reshapeLike(x, [rows, width]);
  const first = reshape(positionsLike(slice(flat, 0, 1, 1)), [-1, 1]);
  const columns = constant(
    tensor(
      "int32",
      Int32Array.from({ length: pairs }, (_, i) => 2 * i),
      [1, pairs],
    ),
  );
  const even = cast(add(mul(first, scalar(2 * pairs, "int32")), columns), "uint32");
  const radius = sqrt(mul(log(unit(bits(key, site, even))), -2));
  const angle = mul(unit(bits(key, site, add(even, word(1)))), 2 * Math.PI);
  const both = concat([mul(radius, cos(angle)), mul(radius, sin(angle))], 1);
  return reshapeLike(width % 2 === 0 ? both : slice(both, 0, width, 1), x.shape);
}
