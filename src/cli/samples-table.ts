/** What is said of new rows, for a terminal: a line a figure, a column a maker of rows. */
import type { Judgement, SampleFigure, SampleFigures } from "../evaluate/synthesis/index.ts";
import { sampleControls, sampleFigures, sampleFigureText } from "../evaluate/synthesis/index.ts";
import { formatCount } from "../report/format.ts";
import type { Colors } from "./terminal.ts";

export function samplesTable(judged: Judgement, colors: Pick<Colors, "dim">): string[] {
  const makers: readonly (readonly [string, SampleFigures])[] = [
    ["model", judged.model],
    ...Object.entries(judged.controls).map(
      ([name, figures]) => [sampleControls[name as keyof typeof sampleControls], figures] as const,
    ),
    ["real rows", judged.real],
  ];
  const names = (Object.keys(sampleFigures) as SampleFigure[]).filter((name) =>
    makers.some(([, figures]) => figures[name] !== undefined),
  );
  const first = Math.max(...names.map((name) => sampleFigures[name].label.length));
  const cell = (figures: SampleFigures, name: SampleFigure): string => {
    const value = figures[name];
    return value === undefined ? "–" : sampleFigureText(name, value);
  };
  const widths = makers.map(([label, figures]) =>
    Math.max(label.length, ...names.map((name) => cell(figures, name).length)),
  );
  const lineOf = (cells: readonly string[]): string =>
    cells.map((text, i) => text.padStart(widths[i] ?? 0)).join("  ");
  return [
    `${formatCount(judged.rows.samples, "new row")} beside ${formatCount(judged.rows.heldOut, "real one")}`,
    colors.dim(`  ${" ".repeat(first)}  ${lineOf(makers.map(([label]) => label))}  best`),
    ...names.map((name) => {
      const { label, best } = sampleFigures[name];
      const cells = lineOf(makers.map(([, figures]) => cell(figures, name)));
      return `  ${label.padEnd(first)}  ${cells}  ${colors.dim(best)}`;
    }),
  ];
}
