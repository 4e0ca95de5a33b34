/** Labels told right, as a table for a terminal: a line a contender, the best first. */
import type { LabelComparison, LabelControl } from "../evaluate/few-labels/compare.ts";
import { labelControls } from "../evaluate/few-labels/compare.ts";
import type { LabelFigures } from "../evaluate/few-labels/figures.ts";
import { formatCount } from "../report/format.ts";
import type { Colors } from "./terminal.ts";

const HEADINGS = {
  classes: { accuracy: "accuracy", auroc: "AUROC", logLoss: "log-loss", ece: "ECE" },
  numbers: { rmse: "RMSE", r2: "R²" },
} as const;

export function labelsTable(
  { label, kind, rows, learnedFrom, model, controls }: LabelComparison,
  colors: Pick<Colors, "dim">,
): string[] {
  const headings = Object.entries(HEADINGS[kind]);
  const lines = [
    ["model", model] as const,
    ...Object.entries(controls).map(
      ([name, figures]) => [labelControls[name as LabelControl], figures] as const,
    ),
  ].toSorted(([, a], [, b]) => meritOf(b) - meritOf(a));
  const cells = lines.map(([, figures]) =>
    headings.map(([name]) =>
      cellOf(name, new Map(Object.entries(figures)).get(name) as number | undefined),
    ),
  );
  const first = Math.max(...lines.map(([name]) => name.length));
  const widths = headings.map(([, title], i) =>
    Math.max(title.length, ...cells.map((row) => (row[i] ?? "").length)),
  );
  const lineOf = (name: string, texts: readonly string[]): string =>
    `  ${name.padEnd(first)}  ${texts.map((text, i) => text.padStart(widths[i] ?? 0)).join("  ")}`;
  return [
    `${label}, told of ${formatCount(rows, "row")}, learned from ${formatCount(learnedFrom, "label")}`,
    colors.dim(
      lineOf(
        "",
        headings.map(([, title]) => title),
      ),
    ),
    ...lines.map(([name], i) => lineOf(name, cells[i] as string[])),
  ];
}

function meritOf(figures: LabelFigures): number {
  return "accuracy" in figures ? figures.accuracy : figures.r2;
}

function cellOf(name: string, value: number | undefined): string {
  if (value === undefined) return "–";
  if (name === "accuracy" || name === "ece") return `${(100 * value).toFixed(1)} %`;
  return name === "rmse" ? String(Number(value.toPrecision(4))) : value.toFixed(3);
}
