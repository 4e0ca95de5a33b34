/** What can be tried, as the exact option: each is offered only where it would change something. */
import type { Evidence } from "./evidence.ts";
import { figure } from "./words.ts";

/** The weight of the KL, where the family has one. */
export function klWeight({ family }: Evidence): number | undefined {
  const { beta } = family.options;
  return typeof beta === "number" ? beta : undefined;
}

function knows({ family }: Evidence, option: string): boolean {
  return family.optionNames.includes(option);
}

function numberOption({ family }: Evidence, option: string): number | undefined {
  const value = family.options[option];
  return typeof value === "number" ? value : undefined;
}

/** Against a prior that outweighs the data, what acts most directly first. */
export function lessPrior(evidence: Evidence): string {
  const capacity = numberOption(evidence, "capacity");
  const beta = klWeight(evidence) ?? 0;
  const sigma = numberOption(evidence, "sigma");
  const warmUp = numberOption(evidence, "warmUp");
  if (capacity !== undefined) {
    const more = Math.max(2 * capacity, evidence.latent);
    return `The code is held at ${figure(capacity)} nats: give it more with --set capacity=${figure(more)}.`;
  }
  if (beta > 1) {
    return `The KL weighs ${figure(beta)} times what the likelihood asks for: --set beta=1 brings the code back.`;
  }
  if (sigma !== undefined && sigma > 0.1) {
    return `A spread of ${figure(sigma)} lets the decoder be that far off: try --set sigma=learned.`;
  }
  if (knows(evidence, "freeBits") && (numberOption(evidence, "freeBits") ?? 0) < 0.1) {
    return "Let each number of the code say a little for free: --set freeBits=0.1.";
  }
  if (warmUp !== undefined && warmUp < 0.5) {
    return "Let the code settle before the KL has its full weight: --set warmUp=0.5.";
  }
  if (beta > 0.1) return `Lower the weight of the KL: --set beta=${figure(beta / 4)}.`;
  return `Take a smaller code: --latent ${Math.max(1, Math.ceil(evidence.latent / 2))}.`;
}

/** A tenth of a penalty that outweighs the reconstruction; undefined for families without one. */
export function smallerPenalty(evidence: Evidence): string | undefined {
  const lambda = numberOption(evidence, "lambda");
  if (lambda === undefined || lambda === 0) return undefined;
  return `The penalty may outweigh the reconstruction: --set lambda=${figure(lambda / 10)}.`;
}

/** Whether a prior that outweighs the data is likely, from what was set by hand. */
export function priorIsHeavy(evidence: Evidence): boolean {
  const sigma = numberOption(evidence, "sigma");
  return (klWeight(evidence) ?? 0) > 1 || (sigma !== undefined && sigma >= 0.5);
}

/** What is known of how it ran. */
export type Ran = Pick<Evidence, "history" | "settings" | "stopped"> & {
  readonly start: Pick<Evidence["start"], "loss">;
};

/** Another rate or more epochs, where the run itself fell short; undefined where it did not. */
export function betterRun(evidence: Ran): string | undefined {
  const { learningRate, usualRate, epochs } = evidence.settings;
  if (learningRate > 3 * usualRate) {
    return `The learning rate of ${figure(learningRate)} is far above the usual one: ${smallerSteps(evidence)}.`;
  }
  if (learningRate < usualRate / 3) {
    return `The learning rate of ${figure(learningRate)} is far below the usual one: --learning-rate ${figure(usualRate)}.`;
  }
  if (evidence.stopped === "time is up") return "The time was up: give it more with --time.";
  if (evidence.stopped === "epochs done" && stillFalling(evidence)) {
    return `It was still learning when it ended: --epochs ${Math.max(2 * epochs, 20)}.`;
  }
  return undefined;
}

/** Whether the last fifth of the epochs still brought something: more than a hundredth of it all. */
function stillFalling({ history, start }: Ran): boolean {
  const losses = history.map(({ loss, validationLoss }) => validationLoss ?? loss);
  const last = losses.at(-1);
  const before = losses[Math.floor(0.8 * losses.length) - 1] ?? start.loss;
  return last !== undefined && before - last > 0.01 * (start.loss - last);
}

/** A learning rate that has worked elsewhere, from one that was too large. */
export function smallerSteps({ settings }: Pick<Evidence, "settings">): string {
  const { learningRate, usualRate, clip } = settings;
  const rate = Math.min(usualRate, learningRate / 3);
  const also = clip === undefined ? ", or bound each step with --clip 1" : "";
  return `--learning-rate ${Number(rate.toPrecision(1))}${also}`;
}

/** Hidden layers half or twice as wide, for bodies that have them; undefined for others. */
export function hiddenTimes({ body }: Evidence, factor: number): string | undefined {
  const { hidden } = body.options;
  if (!Array.isArray(hidden) || hidden.length === 0) return undefined;
  const widths = hidden.map((width) => Math.max(4, Math.round(Number(width) * factor)));
  return `--hidden ${widths.join(",")}`;
}

/** A network that can bend further, in words. */
export function largerNetwork(evidence: Evidence): string {
  const { hidden } = evidence.body.options;
  if (!Array.isArray(hidden)) return "a larger body";
  const wider = hiddenTimes(evidence, 2);
  return wider === undefined ? "hidden layers, --hidden 64" : `wider layers, ${wider}`;
}

/** How many hidden layers a body stacks on each side, for those that say. */
export function depthOf({ body }: Evidence): number {
  const { hidden } = body.options;
  return Array.isArray(hidden) ? hidden.length : 0;
}
