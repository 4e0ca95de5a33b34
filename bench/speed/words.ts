/** How figures are written. */
import type { Measure } from "./types.ts";

/** Three figures, large numbers in groups of thousands. */
export function valueText(value: number, unit: Measure["unit"]): string {
  if (!Number.isFinite(value)) return "–";
  if (unit === "%") return value.toFixed(0);
  if (unit === "") return value.toFixed(3);
  const rounded = Number(value.toPrecision(3));
  return rounded >= 1000 ? rounded.toLocaleString("en-US") : String(rounded);
}
