/** Stochastic gradient descent, with momentum. */
import type { Value } from "../graph/value.ts";
import { add, mul } from "../ops/arithmetic.ts";
import type { Transform } from "./transform.ts";
import { chain, elementwise, scaleByLearningRate } from "./transform.ts";

export interface SgdOptions {
  /** 0 for plain descent. */
  readonly momentum?: number;
  readonly nesterov?: boolean;
}

/**
 * Momentum: velocity = momentum · velocity + gradient.
 *
 * @see Sutskever et al., "On the importance of initialization and momentum in deep
 *   learning" (2013), in the form of PyTorch's `SGD`
 */
export function trace({
  momentum,
  nesterov = false,
}: {
  readonly momentum: number;
  readonly nesterov?: boolean;
}): Transform {
  return elementwise(["velocity"], () => (g, [velocity]) => {
    const next = add(mul(velocity as Value, momentum), g);
    return { update: nesterov ? add(g, mul(next, momentum)) : next, state: [next] };
  });
}

export function sgd({ momentum = 0, nesterov = false }: SgdOptions = {}): Transform {
  return momentum === 0
    ? scaleByLearningRate
    : chain(trace({ momentum, nesterov }), scaleByLearningRate);
}
