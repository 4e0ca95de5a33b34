/**
 * How well the score finds the rows that a label marks as anomalies: `../detection/ranking.ts` has
 * the formulas. Measured on the scores themselves, beside controls of their own.
 */
import type { MetricGroup } from "./metric.ts";

export const detection: MetricGroup = {
  title: "Anomalies",
  metrics: {
    auroc: {
      label: "Area under the ROC curve",
      unit: "",
      better: "higher",
      compare: "difference",
      share: true,
      help: "how often an anomaly scores above another row; a coin has 50%",
    },
    averagePrecision: {
      label: "Average precision",
      unit: "",
      better: "higher",
      compare: "difference",
      share: true,
      help: "share of anomalies among the highest scores",
    },
    vusPr: {
      label: "Volume under the precision–recall surface",
      unit: "",
      better: "higher",
      compare: "difference",
      share: true,
      help: "of series: average precision that forgives an alarm beside an interval",
    },
  },
};
