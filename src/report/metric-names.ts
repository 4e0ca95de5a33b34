/** What the metrics of an evaluation are called, which way is better, and how to compare two. */

export interface MetricName {
  readonly label: string;
  readonly unit: string;
  readonly better: "lower" | "higher" | undefined;
  /** By how many per cent (errors), or by what difference (logarithms, shares). */
  readonly compare: "ratio" | "difference";
  /** Shown as a percentage. */
  readonly share?: true;
}

const METRICS: Readonly<Record<string, MetricName>> = {
  mse: { label: "Mean squared error", unit: "", better: "lower", compare: "ratio" },
  rmse: { label: "Root mean squared error", unit: "", better: "lower", compare: "ratio" },
  mae: { label: "Mean absolute error", unit: "", better: "lower", compare: "ratio" },
  nmse: { label: "Normalised squared error", unit: "", better: "lower", compare: "ratio" },
  psnr: { label: "Peak signal-to-noise", unit: "dB", better: "higher", compare: "difference" },
  ssim: { label: "Structural similarity", unit: "", better: "higher", compare: "difference" },
  r2: { label: "Variance explained (R²)", unit: "", better: "higher", compare: "difference" },
  varianceexplained: {
    label: "Variance explained",
    unit: "",
    better: "higher",
    compare: "difference",
  },
  accuracy: {
    label: "Categories right",
    unit: "",
    better: "higher",
    compare: "difference",
    share: true,
  },
  elbo: { label: "ELBO", unit: "nats", better: "higher", compare: "difference" },
  negativeelbo: { label: "Negative ELBO", unit: "nats", better: "lower", compare: "difference" },
  nll: { label: "Negative log-likelihood", unit: "nats", better: "lower", compare: "difference" },
  loglikelihood: { label: "Log-likelihood", unit: "nats", better: "higher", compare: "difference" },
  reconstruction: { label: "Reconstruction", unit: "", better: "lower", compare: "difference" },
  kl: { label: "KL divergence", unit: "nats", better: undefined, compare: "difference" },
  auroc: { label: "Area under ROC", unit: "", better: "higher", compare: "difference" },
};

/** The name of a metric; one we do not know keeps its own, and nobody wins by it. */
export function metricName(key: string): MetricName {
  const plain = key.toLowerCase().replace(/[^a-z0-9]/g, "");
  const known = Object.hasOwn(METRICS, plain) ? METRICS[plain] : undefined;
  return known ?? { label: key, unit: "", better: undefined, compare: "ratio" };
}

const CONTROLS: Readonly<Record<string, string>> = {
  pca: "PCA",
  mean: "Column means",
  median: "Column medians",
  nearestneighbour: "Nearest neighbour",
  nearestneighbor: "Nearest neighbour",
  identity: "No change",
  popularity: "Popularity",
};

export function controlName(key: string): string {
  const plain = key.toLowerCase().replace(/[^a-z0-9]/g, "");
  return (Object.hasOwn(CONTROLS, plain) ? CONTROLS[plain] : undefined) ?? key;
}
