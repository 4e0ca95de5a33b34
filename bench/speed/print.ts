/** Results as lines for the terminal. */
import { valueText } from "./words.ts";
import type { CaseResult } from "./run.ts";

export function printed({ measures, peak, players }: CaseResult): string {
  const lines = players.map(({ name, figures, ratios, missing }) => {
    if (missing !== undefined) return `  ${name}: missing (${missing})`;
    const parts = measures.flatMap(({ key, title, unit }) => {
      const figure = figures[key];
      if (figure === undefined) return [];
      const ratio = ratios[key];
      const spread = `${valueText(figure.low, unit)} to ${valueText(figure.high, unit)}`;
      const times = ratio === undefined ? "" : `, ours ${ratio.median.toFixed(2)} times better`;
      const named = title.endsWith(unit) ? "" : ` ${unit}`;
      return [`    ${title}: ${valueText(figure.median, unit)}${named} (${spread}${times})`];
    });
    return [`  ${name}`, ...parts].join("\n");
  });
  const machine =
    peak === undefined
      ? []
      : [`  peak of matrix products: ${(peak.median / 1e9).toFixed(0)} GFLOP/s`];
  return `${[...lines, ...machine].join("\n")}\n\n`;
}
