/** Weight decay. */
import type { Value } from "../graph/value.ts";
import { add, mul } from "../ops/arithmetic.ts";
import type { Transform } from "./transform.ts";
import { stateless } from "./transform.ts";

/** Adds `rate` times the weights to the update; biases and gains are left alone. */
export function addWeightDecay(rate: number): Transform {
  return stateless((update, { parameters, decays }) =>
    update.map((part, i) => {
      const decay = decays[i] ?? 0;
      if (decay === 0) return part;
      return add(part, mul(mul(parameters[i] as Value, decay), rate));
    }),
  );
}
