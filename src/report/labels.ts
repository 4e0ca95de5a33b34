/** What the model tells of labels, beside what the same labels teach without it. */
import type { LabelControl } from "../evaluate/few-labels/compare.ts";
import { labelControls } from "../evaluate/few-labels/compare.ts";
import type { LabelFigures } from "../evaluate/few-labels/figures.ts";
import { dataText, html, type Html } from "./html.ts";
import type { ReportData } from "./report-data.ts";
import { note, section } from "./section.ts";

export function labels({ labels: shown }: ReportData): Html | undefined {
  if (shown === undefined) return undefined;
  const { label, kind, rows, learnedFrom, model, controls, notes, verdict } = shown;
  const lines = [
    { name: "this model", figures: model },
    ...Object.entries(controls).map(([name, figures]) => ({
      name: labelControls[name as LabelControl] as string,
      figures,
    })),
  ].toSorted((a, b) => meritOf(b.figures) - meritOf(a.figures));
  const headings =
    kind === "classes" ? ["accuracy", "AUROC", "log-loss", "ECE"] : ["error (RMSE)", "R²"];
  return section(
    "labels",
    "Told from few labels",
    [
      note(
        kind === "classes"
          ? "AUROC is how well chances put rows of a class before the others, .5 is guessing. ECE is how far chances are from how often they are right: 0 is best."
          : "RMSE is the usual error in the label's own unit; R² the share of its variance that is told.",
      ),
      ...notes.map((one) => note(one)),
      html`<p>${dataText(verdict)}</p>`,
    ],
    html`<table>
      <thead>
        <tr>
          <th>
            ${dataText(label)}, ${rows.toLocaleString("en")} rows,
            ${learnedFrom.toLocaleString("en")} labels learned from
          </th>
          ${headings.map((heading) => html`<th>${heading}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${lines.map(
          ({ name, figures }) =>
            html`<tr>
              <th>${name}</th>
              ${cellsOf(figures).map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>`,
  );
}

function cellsOf(figures: LabelFigures): readonly string[] {
  if ("rmse" in figures)
    return [String(Number(figures.rmse.toPrecision(4))), figures.r2.toFixed(3)];
  const { accuracy, auroc, logLoss, ece } = figures;
  return [
    `${(100 * accuracy).toFixed(1)} %`,
    auroc === undefined ? "–" : auroc.toFixed(3),
    logLoss.toFixed(3),
    `${(100 * ece).toFixed(1)} %`,
  ];
}

function meritOf(figures: LabelFigures): number {
  return "accuracy" in figures ? figures.accuracy : figures.r2;
}
