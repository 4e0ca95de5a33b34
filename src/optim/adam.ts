/** Adam, and AdamW with its decoupled weight decay. */
import type { Value } from "../graph/value.ts";
import { scalar } from "../graph/value.ts";
import { add, div, mul, pow, sub } from "../ops/arithmetic.ts";
import { sqrt, square } from "../ops/pointwise.ts";
import type { Transform } from "./transform.ts";
import { chain, scaleByLearningRate } from "./transform.ts";
import { addWeightDecay } from "./weight-decay.ts";

export interface AdamOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/**
 * The direction of Adam: first moment over the root of the second, both freed of
 * their bias towards zero.
 *
 * @see Kingma and Ba, "Adam" (2015), algorithm 1
 */
export function scaleByAdam({
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
}: AdamOptions = {}): Transform {
  return {
    state: ["first", "second"],
    apply: (g, [m, v], { step }) => {
      const first = add(mul(m as Value, beta1), mul(g, 1 - beta1));
      const second = add(mul(v as Value, beta2), mul(square(g), 1 - beta2));
      const count = add(step, 1);
      // Both corrections are scalars, so that the vectors are passed over once less:
      // first/c1 / (√(second/c2) + ε) = first · (√c2/c1) / (√second + ε·√c2).
      const root = sqrt(sub(1, pow(scalar(beta2, step.dtype), count)));
      const scale = div(root, sub(1, pow(scalar(beta1, step.dtype), count)));
      const update = div(mul(first, scale), add(sqrt(second), mul(root, epsilon)));
      return { update, state: [first, second] };
    },
  };
}

/** Adam with a learning rate. */
export function adam(options: AdamOptions = {}): Transform {
  return chain(scaleByAdam(options), scaleByLearningRate);
}

/**
 * Adam whose weight decay bypasses the moments.
 *
 * @see Loshchilov and Hutter, "Decoupled weight decay regularization" (2019), algorithm 2
 */
export function adamW({
  weightDecay = 0.01,
  ...options
}: AdamOptions & { readonly weightDecay?: number } = {}): Transform {
  return chain(scaleByAdam(options), addWeightDecay(weightDecay), scaleByLearningRate);
}
