/** Weight decay. */
import { add, mul } from "../ops/arithmetic.ts";
import type { Transform } from "./transform.ts";
import { stateless } from "./transform.ts";

/** Adds `rate` times the weights to the update; biases and gains are left alone. */
export function addWeightDecay(rate: number): Transform {
  return stateless((update, { parameters, decays }) =>
    add(update, mul(mul(parameters, decays), rate)),
  );
}
