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

/** Fewer labels do not say that a member is worth nothing. */
export const ENOUGH_TO_JUDGE = 50;

const ROUNDS = 6;
/** Halvings of the golden search: to a hundredth. */
const CUTS = 14;
const MOST = 4;
const GOLDEN = (Math.sqrt(5) - 1) / 2;
const PRIOR = 0.5;

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
 * @param prior how strongly a weight is drawn to its share of 1, in nats at 1 away
 */
export function memberWeights(
  members: readonly Float32Array[],
  taught: Pick<Taught, "kind" | "outputs">,
  target: Float32Array,
  prior = PRIOR,
): { readonly weights: readonly number[]; readonly loss: number } {
  const rows = target.length / taught.outputs;
  const even = 1 / members.length;
  const pull = (prior / rows) * noiseOf(members, taught, target);
  const weights = members.map(() => even);
  for (let round = 0; round < (members.length === 1 ? 1 : ROUNDS); round += 1) {
    for (const [m, member] of members.entries()) {
      const others = combined(
        members,
        weights.map((a, i) => (i === m ? 0 : a)),
      );
      weights[m] = leastOf((a) => {
        const sum = others.map((value, i) => value + a * (member[i] as number));
        return meanLoss(sum, target, taught) + pull * (a - even) ** 2;
      });
    }
  }
  return { weights, loss: meanLoss(combined(members, weights), target, taught) };
}

/** Members that stay or go together, and how many choices were made of held-out labels for them. */
export interface MemberGroup {
  readonly members: readonly Float32Array[];
  readonly choices: number;
}

/**
 * Weights as `memberWeights` has them, of those groups alone that are worth their choices: half the
 * logarithm of the rows in nats each. Others weigh 0: where they are in doubt, they add noise.
 *
 * @returns a weight a member, group after group
 * @see Schwarz, "Estimating the dimension of a model" (1978)
 */
export function worthwhileWeights(
  groups: readonly MemberGroup[],
  taught: Pick<Taught, "kind" | "outputs">,
  target: Float32Array,
): readonly number[] {
  const rows = target.length / taught.outputs;
  let best: { readonly weights: readonly number[]; readonly cost: number } | undefined;
  for (let chosen = 1; chosen < 2 ** groups.length; chosen += 1) {
    const isIn = (group: number): boolean => ((chosen >> group) & 1) === 1;
    const own = groups.filter((_, group) => isIn(group));
    const members = own.flatMap((group) => group.members);
    const fit = memberWeights(members, taught, target);
    // The best likelihood of numbers with a noise of unknown size.
    const nats = taught.kind === "classes" ? fit.loss : 0.5 * Math.log(Math.max(1e-12, fit.loss));
    const choices = own.reduce((total, group) => total + group.choices, 0);
    const cost = nats + (choices * 0.5 * Math.log(rows)) / rows;
    if (best !== undefined && cost >= best.cost) continue;
    const left = [...fit.weights];
    const weights = groups.flatMap((group, i) =>
      isIn(i) ? left.splice(0, group.members.length) : group.members.map(() => 0),
    );
    best = { weights, cost };
  }
  return best?.weights ?? [];
}

/** What a loss of numbers is measured in: the variance that the best member leaves. */
function noiseOf(
  members: readonly Float32Array[],
  taught: Pick<Taught, "kind" | "outputs">,
  target: Float32Array,
): number {
  if (taught.kind === "classes") return 1;
  return 2 * Math.min(...members.map((member) => meanLoss(member, target, taught)));
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
