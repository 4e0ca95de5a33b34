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
      // Kept as plain decaying sums, M = β₁M + g and V = β₂V + g²: their factors 1 − β join
      // the bias corrections in one scalar, so that long vectors are passed over less often.
      const first = add(mul(m as Value, beta1), g);
      const second = add(mul(v as Value, beta2), square(g));
      const count = add(step, 1);
      const correction1 = sub(1, pow(scalar(beta1, step.dtype), count));
      const correction2 = sub(1, pow(scalar(beta2, step.dtype), count));
      const root = sqrt(mul(correction2, 1 / (1 - beta2)));
      const scale = mul(div(root, correction1), 1 - beta1);
      const update = mul(div(first, add(sqrt(second), mul(root, epsilon))), scale);
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
