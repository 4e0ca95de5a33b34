/** Sums over rows → metrics under the field's names. */
import type { Layout } from "../losses/layout.ts";

/** Sums of the evaluation program's outputs over all rows. */
export type Sums = Readonly<Record<string, number>>;

/**
 * `mse` a number (pixels in [0, 1], columns in standard deviations), `psnr` in dB for
 * bounded data, `accuracy` of categories; for a likelihood `elbo`, and each term by name.
 */
export function metricsFrom(
  sums: Sums,
  rows: number,
  layout: Layout,
  terms: Readonly<Record<string, string>>,
): Record<string, number> {
  const named = Object.entries(terms).map(
    ([name]) => [name, (sums[`term.${name}`] ?? Number.NaN) / rows] as const,
  );
  const likelihood = terms["kl"] === "nats";
  return {
    ...errorMetrics(sums, "", rows, layout),
    ...(likelihood ? { elbo: -named.reduce((total, [, value]) => total + value, 0) } : {}),
    ...Object.fromEntries(named),
  };
}

/** The part of the metrics that any reconstruction has. */
export function errorMetrics(
  sums: Sums,
  prefix: string,
  rows: number,
  layout: Layout,
): Record<string, number> {
  const metrics: Record<string, number> = {};
  const observed = sums["observed"] ?? 0;
  const squared = sums[`${prefix}squared`];
  if (squared !== undefined && observed > 0) {
    metrics["mse"] = squared / observed;
    if (layout.bounded) metrics["psnr"] = -10 * Math.log10(squared / observed);
  }
  const categories = layout.segments.filter(({ kind }) => kind === "category").length;
  const hits = sums[`${prefix}hits`];
  if (hits !== undefined) metrics["accuracy"] = hits / (rows * categories);
  return metrics;
}
