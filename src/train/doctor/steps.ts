/** Whether the steps of a run did what steps shall do. */
import { counted } from "../../base/counted.ts";
import type { Evidence, Layer } from "./evidence.ts";
import { unexplained } from "./evidence.ts";
import { depthOf, betterRun, smallerPenalty, smallerSteps } from "./remedies.ts";
import type { Rule } from "./rule.ts";
import { THRESHOLDS } from "./thresholds.ts";
import { figure, percent } from "./words.ts";

/** A gradient that grew by far while the loss rose. While a loss falls, a learned spread makes it grow too. */
export const explodingGradients: Rule = {
  code: "exploding-gradients",
  look: (evidence) => {
    const { history, start } = evidence;
    let lowest = start.loss;
    const before = [startLength(evidence)];
    for (const { epoch, loss, gradient } of history) {
      const usual = median(before);
      const fallen = start.loss - lowest;
      const rise = loss - lowest;
      const least = Math.max(THRESHOLDS.explodingRise * fallen, 0.1 * Math.abs(start.loss));
      if (gradient > THRESHOLDS.exploding * usual && rise > least) {
        return {
          severity: "warning",
          saw: `In epoch ${epoch} the gradient was ${figure(gradient / usual)} times as long as before (${figure(gradient)}, usually ${figure(usual)}), and the loss rose from ${figure(lowest)} to ${figure(loss)}.`,
          advice: `The steps were too large: ${smallerSteps(evidence)}.`,
          numbers: { epoch, gradient, usual, loss, before: lowest },
        };
      }
      lowest = Math.min(lowest, loss);
      before.push(gradient);
    }
    return undefined;
  },
};

/** A first layer that hears next to nothing of the loss, when the run began and when it ended. */
export const vanishingGradients: Rule = {
  code: "vanishing-gradients",
  look: (evidence) => {
    const [start, end] = [firstByLargest(evidence.start), firstByLargest(evidence.training)];
    if (start === undefined || end === undefined) return undefined;
    if (start >= THRESHOLDS.vanishing || end >= THRESHOLDS.vanishing) return undefined;
    const { activation } = evidence.body.options;
    const saturates = activation === "sigmoid" || activation === "tanh";
    const other = saturates
      ? "an activation that does not flatten out, --set activation=relu"
      : "--set normalize=true";
    const depth = depthOf(evidence);
    return {
      severity: "warning",
      saw: `A weight of the first layer gets ${figure(start)} of the gradient that one of the last gets (${figure(end)} at the end), so the first layers hardly learn.`,
      advice: `Try ${other}${depth > 2 ? `, or fewer layers than ${depth} on each side` : ""}.`,
      numbers: { start, end },
    };
  },
};

/** Hidden units that are off in every row, or numbers of the code that are. */
export const deadUnits: Rule = {
  code: "dead-units",
  unless: ["vanishing-gradients", "collapse"],
  look: (evidence) => {
    const { layers } = evidence.training;
    const worst = layers.reduce<Layer | undefined>(
      (a, b) => (a === undefined || b.dead / b.units > a.dead / a.units ? b : a),
      undefined,
    );
    if (worst !== undefined && worst.dead >= THRESHOLDS.deadShare * worst.units) {
      const { learningRate, usualRate } = evidence.settings;
      const smaller = learningRate > usualRate ? `${smallerSteps(evidence)}; or ` : "";
      return {
        severity: "warning",
        saw: `${figure(worst.dead)} of the ${counted(worst.units, "unit")} of hidden layer "${worst.name}" are off in every one of ${counted(evidence.training.rows, "row")}: no gradient passes them, and they will not come back.`,
        advice: `Try ${smaller}an activation that lets some through, --set activation=leakyRelu.`,
        numbers: { dead: worst.dead, units: worst.units, rows: evidence.training.rows },
      };
    }
    return deadCode(evidence);
  },
};

function deadCode(evidence: Evidence) {
  const { used } = evidence.training.code;
  const dead = used.filter((rows) => rows === 0).length;
  const on = used.reduce((a, b) => a + b, 0);
  const live = used.length - dead;
  // In a few rows of a few active units each, many are silent by chance.
  const judged = on >= THRESHOLDS.chances * used.length || on < evidence.training.rows;
  if (!judged || evidence.training.rows < THRESHOLDS.chances) return undefined;
  if (dead < THRESHOLDS.deadCodeShare * used.length) return undefined;
  const perRow = on / evidence.training.rows;
  const smallerCode =
    live > 0 ? `Take a code of the size that is used, --latent ${live}.` : undefined;
  return {
    severity: "warning" as const,
    saw: `${figure(dead)} of the ${counted(used.length, "unit")} of the code are zero in every one of ${counted(evidence.training.rows, "row")}, while a row makes ${figure(perRow)} active.`,
    advice:
      smallerPenalty(evidence) ?? smallerCode ?? `Try smaller steps, ${smallerSteps(evidence)}.`,
    numbers: { dead, units: used.length, active: perRow, rows: evidence.training.rows },
  };
}

/** A reconstruction no nearer to the rows than their mean is. */
export const noProgress: Rule = {
  code: "no-progress",
  unless: ["exploding-gradients", "vanishing-gradients", "dead-units", "collapse"],
  look: (evidence) => {
    const { training, history, settings } = evidence;
    const left = unexplained(training.all);
    if (training.all.spread === 0 || left < THRESHOLDS.noProgress) return undefined;
    const last = history.at(-1);
    const pca = training.numbers;
    const linear = pca === undefined || pca.spread === 0 ? 0 : (pca.control ?? 0) / pca.spread;
    const hopeless =
      linear > 0.9
        ? `PCA of this size leaves ${percent(linear)} too: the columns have little to do with one another. Try a larger code, --latent ${2 * evidence.latent}.`
        : undefined;
    const higher = `Try larger steps, --learning-rate ${figure(Number((3 * settings.learningRate).toPrecision(1)))}.`;
    return {
      severity: "warning",
      saw: `After ${counted(history.length, "epoch")} the model shows rows no better than their average would: ${percent(left)} of the spread is left unexplained (loss ${figure(evidence.start.loss)} before, ${figure(last?.loss ?? Number.NaN)} at the end).`,
      advice: betterRun(evidence) ?? hopeless ?? smallerPenalty(evidence) ?? higher,
      numbers: { unexplained: left, start: evidence.start.loss, end: last?.loss ?? 0 },
    };
  },
};

/** Length of the whole gradient at the first weights, of the matrices at least. */
function startLength({ start }: Evidence): number {
  return Math.hypot(...start.gradients.map(({ length }) => length));
}

/** Gradient a weight of the encoder's first matrix, by the largest of all matrices; undefined where all are zero. */
function firstByLargest({ gradients }: Evidence["start"]): number | undefined {
  const first = gradients.find(({ name }) => name.startsWith("encoder."));
  const largest = Math.max(0, ...gradients.map(({ size }) => size));
  return first === undefined || largest === 0 ? undefined : first.size / largest;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
