/**
 * The terms of the training loss without their weights, by one draw of the code a row, and the
 * bound on the log-likelihood:
 *
 *   elbo = E_q[log p(x | z)] − KL(q(z | x) ‖ p(z)) = E_q[log p(x, z) − log q(z | x)]
 *
 * The first form, with the divergence in closed form, where the family's terms are these two; the
 * second, by one draw, where it is trained on something else.
 *
 * @see Kingma and Welling, "Auto-encoding variational Bayes" (2013), equations 2 and 3
 */
import type { Family } from "../../families/family.ts";
import type { Value } from "../../graph/value.ts";
import { add, flatten, mul, sum } from "../../ops/index.ts";
import type { MetricGroup } from "./metric.ts";
import { meanOf } from "./metric.ts";
import { total } from "./total.ts";

const TERM = "term.";

export const likelihood: MetricGroup = {
  title: "Loss",
  metrics: {
    elbo: {
      label: "ELBO",
      unit: "nats",
      better: "higher",
      compare: "difference",
      help: "bound on the log-likelihood of a row",
    },
    reconstruction: {
      label: "Reconstruction",
      unit: "",
      better: "lower",
      compare: "difference",
      help: "the loss of rebuilding a row",
    },
    kl: {
      label: "KL divergence",
      unit: "nats",
      better: undefined,
      compare: "difference",
      help: "what a code tells about its row; 0 = nothing",
    },
  },
  measure: ({ batch, network }) => {
    if (network === undefined) return {};
    const { family, parts } = network;
    const terms = Object.entries(family.loss(parts, batch)).map(
      ([name, { value }]) => [TERM + name, total(perRow(value, batch.x))] as const,
    );
    if (isBound(family) || family.logWeight === undefined) return Object.fromEntries(terms);
    const logWeight = total(family.logWeight(parts, batch));
    return { ...Object.fromEntries(terms), logWeight };
  },
  figures: (totals) => {
    const { family } = totals;
    if (family === undefined) return {};
    const named = Object.keys(family.terms).flatMap((name) => {
      const mean = meanOf(totals, TERM + name);
      return mean === undefined ? [] : [[name, mean] as const];
    });
    const terms = Object.fromEntries(named);
    const bound = isBound(family)
      ? -((terms["reconstruction"] ?? Number.NaN) + (terms["kl"] ?? Number.NaN))
      : meanOf(totals, "logWeight");
    return { ...(bound === undefined ? {} : { elbo: bound }), ...terms };
  },
};

/** Whether the terms of the loss are the two that make up the bound, and no more. */
function isBound({ terms }: Family): boolean {
  const both = terms["reconstruction"] === "nats" && terms["kl"] === "nats";
  return both && Object.keys(terms).length === 2;
}

/** A term about the whole batch counts the same for each row. */
function perRow(value: Value, x: Value): Value {
  return value.shape.length > 0 ? value : add(mul(sum(flatten(x), { axes: [1] }), 0), value);
}
