/**
 * How evenly a finite alphabet of codes is used, over all rows and positions, p_k being the share
 * of symbol k:
 *
 *   codesUsed = share of symbols that occur at all
 *   perplexity = exp(−Σ p_k log p_k): so many symbols, used evenly, would tell as much
 *
 * @see van den Oord, Vinyals and Kavukcuoglu, "Neural discrete representation learning" (2017)
 */
import { scalar } from "../../graph/value.ts";
import { add, cast, mul, reshape, scatterAdd } from "../../ops/index.ts";
import type { MetricGroup } from "./metric.ts";

export const codeBook: MetricGroup = {
  title: "Code",
  metrics: {
    codesUsed: {
      label: "Code book used",
      unit: "",
      better: "higher",
      compare: "difference",
      share: true,
      help: "symbols that occur at all",
    },
    perplexity: {
      label: "Perplexity of symbols",
      unit: "",
      better: "higher",
      compare: "ratio",
      help: "so many symbols, used evenly, would tell as much",
    },
  },
  measure: ({ batch, network }) => {
    if (network?.family.symbols === undefined) return {};
    const { index, size } = network.family.symbols(network.parts, batch);
    const flat = reshape(index, [-1]);
    const ones = add(mul(cast(flat, "float32"), 0), scalar(1));
    return { symbols: cast(scatterAdd(ones, flat, 0, size), "float64") };
  },
  figures: ({ sums }): Readonly<Record<string, number>> => {
    const counts = sums["symbols"];
    if (counts === undefined) return {};
    const all = counts.reduce((a, b) => a + b, 0);
    const entropy = counts.reduce(
      (sum, n) => (n === 0 ? sum : sum - (n / all) * Math.log(n / all)),
      0,
    );
    return {
      codesUsed: counts.filter((count) => count > 0).length / counts.length,
      perplexity: Math.exp(entropy),
    };
  },
};
