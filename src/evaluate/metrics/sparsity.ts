/**
 * Codes with exact zeros:
 *
 *   activeCodes (L0) = mean over rows of the number of units that are not 0
 *   deadUnits = share of units that are 0 in every row
 *
 * @see Gao et al., "Scaling and evaluating sparse autoencoders" (2024), section 2
 */
import { scalar } from "../../graph/value.ts";
import { cast, equal, not } from "../../ops/index.ts";
import type { MetricGroup } from "./metric.ts";
import { total } from "./total.ts";

/** Below this share of zeros they are accidents. */
const FEW = 0.001;

export const sparsity: MetricGroup = {
  title: "Code",
  metrics: {
    l0: {
      label: "Units on a row (L0)",
      unit: "",
      better: undefined,
      compare: "difference",
      help: "numbers of a code that are not 0",
    },
    deadUnits: {
      label: "Dead units",
      unit: "",
      better: "lower",
      compare: "difference",
      share: true,
      help: "units that are 0 in every row",
    },
  },
  measure: ({ codes, network }) =>
    network === undefined || network.family.symbols !== undefined
      ? {}
      : { nonZero: total(cast(not(equal(codes, scalar(0))), "float32")) },
  figures: ({ sums, rows, latent }): Readonly<Record<string, number>> => {
    const counts = sums["nonZero"];
    if (counts === undefined) return {};
    const l0 = counts.reduce((a, b) => a + b, 0) / rows;
    if (l0 > latent * (1 - FEW)) return {};
    return { l0, deadUnits: counts.filter((count) => count === 0).length / latent };
  },
};
