/**
 * Which dimensions of a code are used, for families whose codes follow a prior:
 *
 *   a dimension is active if the variance over rows of its mean code, Var_x(E_q[z_i]), > 0.01
 *
 * and the mean over rows of the divergence of each dimension, KL(q(z_i | x) ‖ p(z_i)).
 *
 * @see Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders" (2015), section 5.2
 */
import { cast, square } from "../../ops/index.ts";
import type { MetricGroup, Totals } from "./metric.ts";
import { total } from "./total.ts";

const ACTIVE = 0.01;

export const activity: MetricGroup = {
  title: "Code",
  metrics: {
    activeUnits: {
      label: "Active units",
      unit: "",
      better: undefined,
      compare: "difference",
      help: "dimensions that differ from row to row",
    },
  },
  measure: ({ codes, batch, network }) => ({
    code: total(codes),
    codeSquared: total(square(cast(codes, "float64"))),
    ...(network?.family.divergence === undefined
      ? {}
      : { divergence: total(network.family.divergence(network.parts, batch)) }),
  }),
  figures: (totals) => {
    const { family } = totals;
    // Without a prior a code has no scale that a variance could be held against.
    const scaled = family !== undefined && family.symbols === undefined;
    if (!scaled || !(family.can.generate || family.divergence)) return {};
    return { activeUnits: variances(totals).filter((variance) => variance > ACTIVE).length };
  },
  dimensions: (totals) => ({
    deviation: variances(totals).map(Math.sqrt),
    ...(totals.sums["divergence"] === undefined
      ? {}
      : { kl: totals.sums["divergence"].map((x) => x / totals.rows) }),
  }),
};

function variances({ sums, rows }: Totals): readonly number[] {
  const squares = sums["codeSquared"] ?? [];
  return (sums["code"] ?? []).map((x, i) => {
    const mean = x / rows;
    return Math.max(0, (squares[i] as number) / rows - mean ** 2);
  });
}
