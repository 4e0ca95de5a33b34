/** Whether what was learnt is about the data at large, and worth a network. */
import { counted } from "../../base/counted.ts";
import type { Errors, Evidence } from "./evidence.ts";
import { unexplained } from "./evidence.ts";
import {
  betterRun,
  hiddenTimes,
  largerNetwork,
  lessPrior,
  priorIsHeavy,
  smallerPenalty,
} from "./remedies.ts";
import type { Rule } from "./rule.ts";
import { THRESHOLDS } from "./thresholds.ts";
import { figure, percent } from "./words.ts";

/** Too few rows to tell learning from learning by heart. */
export const smallData: Rule = {
  code: "small-data",
  look: (evidence) => {
    const rows = evidence.rows.training + evidence.rows.heldOut;
    if (rows >= THRESHOLDS.fewRows) return undefined;
    const smaller = hiddenTimes(evidence, 1 / 4);
    return {
      severity: "warning",
      saw: `${counted(rows, "row")} for ${counted(evidence.parameters, "parameter")}${evidence.rows.heldOut === 0 ? ", and none held out: nobody can tell whether the model knows the data or these rows" : ""}.`,
      advice: `Give it more rows, hundreds if you can${smaller === undefined ? "" : `; until then a small network, ${smaller}`}.`,
      numbers: { rows, parameters: evidence.parameters },
    };
  },
};

/** Rows that were trained on come out well, others do not; or got worse while those got better. */
export const overfitting: Rule = {
  code: "overfitting",
  unless: ["exploding-gradients", "no-progress", "collapse"],
  look: (evidence) => gapFound(evidence) ?? turnFound(evidence),
};

function gapFound(evidence: Evidence) {
  if (evidence.heldOut === undefined) return undefined;
  const [known, unknown] = [unexplained(evidence.training.all), unexplained(evidence.heldOut.all)];
  if (unknown - known < THRESHOLDS.gap || unknown < THRESHOLDS.gapRatio * known) return undefined;
  return {
    severity: "warning" as const,
    saw: `The model knows its rows by heart: it leaves ${percent(known)} of the rows it trained on unexplained, and ${percent(unknown)} of the ${counted(evidence.rows.heldOut, "row")} held out.`,
    advice: lessByHeart(evidence),
    numbers: { training: known, heldOut: unknown },
  };
}

function turnFound(evidence: Evidence) {
  const { history, bestEpoch, start } = evidence;
  const [best, last] = [history[bestEpoch - 1], history.at(-1)];
  const first = history[0]?.validationLoss;
  if (best?.validationLoss === undefined || last?.validationLoss === undefined) return undefined;
  const fallen = Math.max(start.loss, first ?? start.loss) - best.validationLoss;
  const risen = last.validationLoss - best.validationLoss;
  if (risen < THRESHOLDS.heldOutRise * fallen || last.loss >= best.loss) return undefined;
  return {
    severity: "note" as const,
    saw: `After epoch ${bestEpoch} the loss of held-out rows rose from ${figure(best.validationLoss)} to ${figure(last.validationLoss)}, while that of training rows fell from ${figure(best.loss)} to ${figure(last.loss)}. The weights of epoch ${bestEpoch} were kept.`,
    advice: lessByHeart(evidence),
    numbers: {
      epoch: bestEpoch,
      best: best.validationLoss,
      last: last.validationLoss,
    },
  };
}

function lessByHeart(evidence: Evidence): string {
  const narrower = hiddenTimes(evidence, 1 / 2);
  const tries = [
    `a smaller code, --latent ${Math.max(1, Math.floor(evidence.latent / 2))}`,
    ...(narrower === undefined ? [] : [`narrower layers, ${narrower}`]),
  ];
  return `More rows help most. With these, try ${tries.join(", or ")}.`;
}

/** Straight lines did better, on all features and on the numbers among them. */
export const worseThanPca: Rule = {
  code: "worse-than-pca",
  unless: [
    "exploding-gradients",
    "vanishing-gradients",
    "dead-units",
    "no-progress",
    "collapse",
    "overfitting",
  ],
  look: (evidence) => {
    const { all, numbers } = evidence.heldOut ?? evidence.training;
    if (evidence.latent >= evidence.features || !isComparable(evidence)) return undefined;
    if (!isWorse(all) || (numbers !== undefined && !isWorse(numbers))) return undefined;
    const [mine, theirs] = [unexplained(all), (all.control ?? 0) / all.spread];
    return {
      severity: "warning",
      saw: `PCA with as many numbers a row reconstructs better: it leaves ${percent(theirs)} of the spread unexplained, the model ${percent(mine)}.`,
      advice: priorIsHeavy(evidence)
        ? lessPrior(evidence)
        : (betterRun(evidence) ??
          smallerPenalty(evidence) ??
          sharper(evidence) ??
          `Try ${largerNetwork(evidence)}; or take PCA, if it is reconstruction that you want.`),
      numbers: { model: mine, pca: theirs, latent: evidence.latent },
    };
  },
};

/** For greys, a Bernoulli likelihood cares little for small differences. */
function sharper({ family }: Evidence): string | undefined {
  return family.options["likelihood"] === "bernoulli"
    ? "Values between 0 and 1 are blurred by a Bernoulli likelihood: try --set likelihood=gaussian."
    : undefined;
}

/**
 * Whether PCA does the same work with the same means: of a sparse or discrete code, a row takes
 * fewer numbers than PCA gets.
 */
function isComparable({ family, training: { code, rows } }: Evidence): boolean {
  const on = code.used.reduce((a, b) => a + b, 0);
  return family.givesBack && !family.discrete && on > 0.9 * rows * code.used.length;
}

function isWorse(errors: Errors): boolean {
  const { error, control, spread } = errors;
  if (control === undefined || spread === 0) return false;
  return error > THRESHOLDS.worse * control && error > THRESHOLDS.good * spread;
}
