/**
 * Chances that mean what they say. A sum of log-chances, each times a weight, has the weights that
 * make held-out labels likeliest:
 *
 *   log p = log softmax(Σ_m a_m ℓ_m),   a_m ≥ 0;
 *
 * of one member that is temperature scaling, T = 1 / a.
 *
 * @see Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks" (2017),
 *   section 4.2; Hinton, "Training products of experts by minimizing contrastive divergence" (2002)
 */
import type { Taught } from "./choose.ts";
import { meanLoss } from "./linear.ts";

const ROUNDS = 6;
/** Halvings of the golden search: to a hundredth. */
const CUTS = 14;
const MOST = 4;
const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** What draws a weight to its share of 1, in rows: few labels say little. */
const PRIOR_ROWS = 5;

/** Σ a_m · member, `[rows, outputs]`. */
export function combined(
  members: readonly Float32Array[],
  weights: readonly number[],
): Float32Array {
  const [first] = members;
  return Float32Array.from({ length: first?.length ?? 0 }, (_, i) =>
    members.reduce((total, member, m) => total + (weights[m] as number) * (member[i] as number), 0),
  );
}

/**
 * The weights under which the loss of labels that members did not see is least, and that loss.
 *
 * @param members outputs of rows, `[rows, outputs]` each: log-chances, or standardised numbers
 */
export function memberWeights(
  members: readonly Float32Array[],
  taught: Pick<Taught, "kind" | "outputs">,
  target: Float32Array,
): { readonly weights: readonly number[]; readonly loss: number } {
  const rows = target.length / taught.outputs;
  const even = 1 / members.length;
  const weights = members.map(() => even);
  const lossAt = (own: readonly number[]): number =>
    meanLoss(combined(members, own), target, taught) +
    (PRIOR_ROWS / rows) * 0.1 * own.reduce((total, a) => total + (a - even) ** 2, 0);
  for (let round = 0; round < (members.length === 1 ? 1 : ROUNDS); round += 1) {
    for (const m of members.keys())
      weights[m] = leastOf((a) => lossAt(weights.map((one, i) => (i === m ? a : one))));
  }
  return { weights, loss: meanLoss(combined(members, weights), target, taught) };
}

/** Where a function with one valley is least, between 0 and MOST. */
function leastOf(at: (a: number) => number): number {
  let [low, high] = [0, MOST];
  for (let cut = 0; cut < CUTS; cut += 1) {
    const [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
    if (at(left) < at(right)) high = right;
    else low = left;
  }
  return (low + high) / 2;
}

/** Chances of each row by its outputs, in place of them. */
export function chancesOf(outputs: Float32Array, classes: number): Float32Array {
  const chances = new Float32Array(outputs.length);
  for (let from = 0; from < outputs.length; from += classes) {
    const own = outputs.subarray(from, from + classes);
    const top = Math.max(...own);
    const total = own.reduce((sum, value) => sum + Math.exp(value - top), 0);
    for (let i = 0; i < classes; i += 1)
      chances[from + i] = Math.exp((own[i] as number) - top) / total;
  }
  return chances;
}
