/**
 * Labels that the family itself predicts, from the row alone:
 *
 *   labelAccuracy = share of labelled rows whose likeliest class is the given one
 */
import { argMax, cast, equal, mul, sum } from "../../ops/index.ts";
import type { MetricGroup } from "./metric.ts";
import { total } from "./total.ts";

export const prediction: MetricGroup = {
  title: "Labels",
  metrics: {
    labelAccuracy: {
      label: "Labels predicted right",
      unit: "",
      better: "higher",
      compare: "difference",
      share: true,
      help: "by the model's own classifier, from the row alone",
    },
  },
  measure: ({ batch, network }) => {
    const { label } = batch;
    if (network?.family.classify === undefined || label === undefined) return {};
    const unseen = { ...batch, label: mul(label, 0) };
    const classes = network.family.classify(network.parts, unseen);
    const known = sum(label, { axes: [1] });
    const right = cast(equal(argMax(classes, 1), argMax(label, 1)), "float32");
    return { labelled: total(known), labelsRight: total(mul(right, known)) };
  },
  figures: ({ sums }): Readonly<Record<string, number>> => {
    const [labelled = 0] = sums["labelled"] ?? [];
    const [right = 0] = sums["labelsRight"] ?? [];
    return labelled > 0 ? { labelAccuracy: right / labelled } : {};
  },
};
