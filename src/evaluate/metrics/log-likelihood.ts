/**
 * The log-likelihood of a row by importance sampling, K draws from the posterior:
 *
 *   log p(x) ≈ log 1/K Σ_k p(x, z_k) / q(z_k | x),   z_k ~ q(z | x),
 *
 * in expectation a lower bound that rises to log p(x) as K grows. The draws are turns of a loop
 * with a running log-sum-exp, so memory does not grow with K, and what does not depend on the
 * draw (the encoder) is computed once.
 *
 * @see Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders" (2015), equation 8
 */
import { tensor } from "../../base/tensor.ts";
import type { Value } from "../../graph/value.ts";
import { constant, scalar } from "../../graph/value.ts";
import { add, cast, exp, flatten, log, loop, max, mul, sub, sum } from "../../ops/index.ts";
import { bits } from "../../random/graph.ts";
import type { MetricGroup, SubjectNetwork } from "./metric.ts";
import { meanOf } from "./metric.ts";
import { total } from "./total.ts";

/** Apart from the sites of a network, which are small. */
const DRAW_SITE = 0x1e55;

/** Below any log-weight, and finite: the difference of two infinities is no number. */
const LEAST = -1e30;

export const logLikelihood: MetricGroup = {
  title: "Loss",
  metrics: {
    logLikelihood: {
      label: "Log-likelihood",
      unit: "nats",
      better: "higher",
      compare: "difference",
      help: "of a row, by importance sampling",
    },
  },
  measure: ({ name, batch, network }, { samples }) => {
    // It takes as long as all the rest together, many times over: the controls go without.
    const wanted = name === "model" && samples !== undefined;
    if (!wanted || network?.family.logWeight === undefined) return {};
    return { logLikelihood: total(importanceSampled(network, batch, samples)) };
  },
  figures: (totals) => {
    const mean = meanOf(totals, "logLikelihood");
    return mean === undefined ? {} : { logLikelihood: mean };
  },
};

/** @returns `[batch]` */
export function importanceSampled(
  { family, key, partsAt }: Pick<SubjectNetwork, "family" | "key" | "partsAt">,
  batch: Parameters<NonNullable<typeof family.logWeight>>[1],
  samples: number,
): Value {
  const none = mul(sum(flatten(batch.x), { axes: [1] }), 0);
  const pair = constant(tensor("int64", BigInt64Array.of(0n, 1n), [2]));
  const { state } = loop(
    scalar(samples, "int64"),
    [add(none, LEAST), none],
    (turn, [most, share]) => {
      const places = cast(add(mul(turn, scalar(2, "int64")), pair), "uint32");
      const weight = family.logWeight?.(partsAt(bits(key, DRAW_SITE, places)), batch) as Value;
      const next = max(most as Value, weight);
      const scaled = mul(share as Value, exp(sub(most as Value, next)));
      return { state: [next, add(scaled, exp(sub(weight, next)))], scans: [] };
    },
  );
  const [most, share] = state as [Value, Value];
  return add(add(most, log(share)), -Math.log(samples));
}
