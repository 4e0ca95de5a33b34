/**
 * How good lists of recommended items are: `../recommendation/ranking.ts` has the formulas. Measured on
 * histories of which a part is kept back, beside controls of their own.
 */
import { recommendationFigures } from "../recommendation/names.ts";
import type { Metric, MetricGroup } from "./metric.ts";

export const recommendation: MetricGroup = {
  title: "Recommendations",
  metrics: Object.fromEntries(
    Object.entries(recommendationFigures).map(([name, { label, help, share, quality }]) => [
      name,
      {
        label,
        unit: share ? "" : "bits",
        better: quality ? "higher" : undefined,
        compare: "difference",
        ...(share ? { share } : {}),
        help,
      } satisfies Metric,
    ]),
  ),
};
