/** All metrics, in the order in which they are shown. A group is measured by being listed. */
import { activity } from "./activity.ts";
import { codeBook } from "./code-book.ts";
import { detection } from "./detection.ts";
import { informationGap } from "./information-gap.ts";
import { keptNeighbours } from "./kept-neighbours.ts";
import { likelihood } from "./likelihood.ts";
import { logLikelihood } from "./log-likelihood.ts";
import type { Metric, MetricGroup } from "./metric.ts";
import { prediction } from "./prediction.ts";
import { probe } from "./probe.ts";
import { recommendation } from "./recommendation.ts";
import { reconstruction } from "./reconstruction.ts";
import { samples } from "./samples.ts";
import { sparsity } from "./sparsity.ts";
import { structuralSimilarity } from "./structural-similarity.ts";

export const metricGroups: readonly MetricGroup[] = [
  reconstruction,
  structuralSimilarity,
  likelihood,
  logLikelihood,
  activity,
  sparsity,
  codeBook,
  informationGap,
  keptNeighbours,
  prediction,
  probe,
  detection,
  samples,
  recommendation,
];

/** A metric with the heading that it is shown under; undefined for one that no group knows. */
export function metricOf(name: string): (Metric & { readonly title: string }) | undefined {
  const group = metricGroups.find(({ metrics }) => Object.hasOwn(metrics, name));
  const metric = group?.metrics[name];
  return group && metric && { ...metric, title: group.title };
}
