/** Colours for scores: where among the scores of held-out rows a row lies. */
import { formatNumber } from "./format.ts";
import type { LabelColours, LabelGroup } from "./label-colors.ts";

/** The shares at which the colour changes: the lower half, the usual, the rare. */
const EDGES = [0.5, 0.9, 0.99];
const COLOURS = ["var(--step-0)", "var(--step-2)", "var(--step-4)", "var(--step-6)"];

/** @param quantiles of the scores of held-out rows */
export function colourScores(
  scores: ArrayLike<number>,
  quantiles: readonly { readonly quantile: number; readonly value: number }[],
): LabelColours {
  const edges = EDGES.flatMap((share) => {
    const found = quantiles.find(({ quantile }) => quantile === share);
    return found === undefined ? [] : [{ share, value: found.value }];
  });
  const groupOf = Int32Array.from(scores, (score) =>
    Number.isNaN(score) ? edges.length + 1 : edges.filter(({ value }) => score > value).length,
  );
  const last = edges.at(-1);
  const groups: Omit<LabelGroup, "count">[] = [
    ...edges.map(({ share, value }, i) => ({
      kind: "range" as const,
      name: `up to ${formatNumber(value)} (${share * 100}%)`,
      colour: COLOURS[i] as string,
    })),
    {
      kind: "range",
      name: last === undefined ? "all" : `above ${formatNumber(last.value)}`,
      colour: COLOURS[edges.length] as string,
    },
    { kind: "none", name: "", colour: "var(--faint)" },
  ];
  const counts = groups.map(() => 0);
  for (const group of groupOf) counts[group] = (counts[group] as number) + 1;
  return {
    groups: groups.map((group, i) => ({ ...group, count: counts[i] as number })),
    groupOf,
    sequential: true,
  };
}
