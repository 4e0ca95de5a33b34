/** Adam, and AdamW with its decoupled weight decay. */
import type { Value } from "../graph/value.ts";
import { add, div, mul } from "../ops/arithmetic.ts";
import { sqrt, square } from "../ops/pointwise.ts";
import type { Transform } from "./transform.ts";
import { chain, elementwise, scaleByLearningRate } from "./transform.ts";
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
  // Kept as plain decaying sums, M = β₁M + g and V = β₂V + g²: their factors 1 − β join
  // the bias corrections in one scalar, so that long vectors are passed over less often.
  const root = (step: number): number => Math.sqrt((1 - beta2 ** (step + 1)) / (1 - beta2));
  return elementwise(["first", "second"], ({ number }) => {
    const scale = number((step) => (root(step) / (1 - beta1 ** (step + 1))) * (1 - beta1));
    const floor = number((step) => root(step) * epsilon);
    return (g, [m, v]) => {
      const first = add(mul(m as Value, beta1), g);
      const second = add(mul(v as Value, beta2), square(g));
      const update = mul(div(first, add(sqrt(second), floor)), scale);
      return { update, state: [first, second] };
    };
  });
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
