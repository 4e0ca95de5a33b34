/** What figures and controls are called. */
import { metricOf } from "../evaluate/metrics/index.ts";
import type { Metric } from "../evaluate/metrics/metric.ts";

export type MetricName = Metric & { readonly title?: string };

/** Figures of reconstructions that no group measures, for reports made of other programs' figures. */
const OTHERS: Readonly<Record<string, MetricName>> = {
  mae: {
    title: "Reconstruction",
    label: "Mean absolute error",
    unit: "",
    better: "lower",
    compare: "ratio",
    help: "",
  },
  r2: {
    title: "Reconstruction",
    label: "Variance explained (R²)",
    unit: "",
    better: "higher",
    compare: "difference",
    help: "",
  },
};

/** The name of a metric; one we do not know keeps its own, and nobody wins by it. */
export function metricName(key: string): MetricName {
  const known = metricOf(key) ?? (Object.hasOwn(OTHERS, key) ? OTHERS[key] : undefined);
  return (
    known ?? { title: "Loss", label: key, unit: "", better: undefined, compare: "ratio", help: "" }
  );
}

const CONTROLS: Readonly<Record<string, string>> = {
  pca: "PCA",
  untrained: "Untrained network",
  raw: "Raw features",
  mean: "Column means",
  popularity: "Popularity",
  itemNeighbours: "Item k-NN",
  ease: "EASE",
};

export function controlName(key: string): string {
  return (Object.hasOwn(CONTROLS, key) ? CONTROLS[key] : undefined) ?? key;
}
