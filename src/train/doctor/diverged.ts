/** Why a loss stopped being a number: from what was seen up to then. */
import { counted } from "../../base/counted.ts";
import type { ErrorParts } from "../../base/errors.ts";
import type { Tensor } from "../../base/tensor.ts";
import { figure } from "./words.ts";

/** The step that broke, and what came before it. */
export interface Breakdown {
  /** Steps of the run before it. */
  readonly step: number;
  /** Its figures by the program's columns: the loss, the terms, the gradient. */
  readonly figures: Readonly<Record<string, number>>;
  /** Lengths of gradients before it: of the first steps, and the largest; absent before any step. */
  readonly gradients: { readonly first: number; readonly largest: number } | undefined;
  /** Learning rate of the step before it. */
  readonly rate: number;
  /** The number of the batch that lies furthest out, in the network's units, and its row from 0. */
  readonly furthest: { readonly value: number; readonly row: number } | undefined;
}

/** A gradient that many times as long as at first was on its way out. */
const GROWN = 10;
/** Standard deviations; heavy tails come to a few hundred. */
const FAR = 1e4;

/**
 * What broke, and what to do about it.
 *
 * The gradient is measured before it moves a weight, so a step that was too large shows in the
 * figures of the next.
 */
export function describeBreakdown(breakdown: Breakdown): ErrorParts {
  const { step, figures } = breakdown;
  const place = brokenColumn(figures);
  const cause = causeOf(breakdown);
  return {
    place: `training, step ${step + 1}, ${place}`,
    expected: "a finite number",
    got: `${String(figures[place])}: ${cause.saw}`,
    hint: cause.advice,
  };
}

interface Cause {
  readonly saw: string;
  readonly advice: string;
}

/** The first to break: a term before the loss that it is part of, the gradient last. */
function brokenColumn(figures: Readonly<Record<string, number>>): string {
  const broken = Object.keys(figures).filter((name) => !Number.isFinite(figures[name]));
  return broken.find((name) => name !== "loss" && name !== "gradient") ?? broken[0] ?? "loss";
}

function causeOf({ step, figures, gradients, rate, furthest }: Breakdown): Cause {
  const far =
    furthest !== undefined && !(Math.abs(furthest.value) < FAR)
      ? `row ${furthest.row + 1} holds a number ${figure(Math.abs(furthest.value))} spreads from the middle`
      : undefined;
  const lower = `train again with a learning rate below ${rate.toPrecision(2)}, as --learning-rate ${Number((rate / 3).toPrecision(1))}, or with --clip 1`;
  const column = brokenColumn(figures);

  if (gradients !== undefined && gradients.largest > GROWN * gradients.first) {
    return {
      saw: `the gradient had grown from ${figure(gradients.first)} to ${figure(gradients.largest)} before, so the steps were too large`,
      advice: lower,
    };
  }
  if (far !== undefined) {
    return {
      saw: `${far}, which is most likely a slip of the data`,
      advice: "correct that row or leave it out; if it is right, take the logarithm of its column",
    };
  }
  if (column === "loss") {
    return {
      saw: "each term was finite, but not their weighted sum",
      advice:
        "lower the weights of the terms, which are options of the family such as beta or lambda",
    };
  }
  if (gradients === undefined) {
    return {
      saw: "no step had been made yet, so neither the learning rate nor the weights are to blame",
      advice: `look at the options of the family that act on ${column}, and at the data for numbers far outside the rest`,
    };
  }
  return {
    saw: `out of ${counted(step, "step")} with gradients of ${figure(gradients.largest)} at most, so one step was too large`,
    advice: lower,
  };
}

/** Of resident rows, in the network's units: only float tensors can be far out. */
export function furthestOf(
  compact: Readonly<Record<string, Tensor>>,
  rows: Int32Array,
): Breakdown["furthest"] {
  let found: Breakdown["furthest"];
  for (const { dtype, data, shape } of Object.values(compact)) {
    if (dtype !== "float32") continue;
    const width = data.length / (shape[0] as number);
    for (const row of rows) {
      for (let i = row * width; i < (row + 1) * width; i += 1) {
        const value = data[i] as number;
        // A missing value is NaN, and compares with nothing.
        if (Math.abs(value) > Math.abs(found?.value ?? 0)) found = { value, row };
      }
    }
  }
  return found;
}
