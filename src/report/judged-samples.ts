/** New rows beside real ones and beside the controls' rows: every figure, and what follows from them. */
import type { Judgement, SampleFigure, SampleFigures } from "../evaluate/synthesis/index.ts";
import { sampleControls, sampleFigures, sampleFigureText } from "../evaluate/synthesis/index.ts";
import { formatCount } from "./format.ts";
import { dataText, html, type Html } from "./html.ts";
import type { ReportData } from "./report-data.ts";
import { note, section } from "./section.ts";

export function judgedSamples({ judged }: ReportData): Html | undefined {
  if (judged === undefined) return undefined;
  const { rows, space, findings, notes } = judged;
  return section(
    "judged-samples",
    "How good is what it makes?",
    [
      ...findings.map((sentence) => note(dataText(sentence, 1200))),
      note(
        html`${formatCount(rows.samples, "new row")} against ${formatCount(rows.heldOut, "row")}
        that were not learned from; the controls learned from ${formatCount(rows.train, "row")}.`,
      ),
      ...(space === undefined
        ? []
        : [note(dataText(`Fréchet distance, density and coverage are those in ${space}.`, 400))]),
      ...notes.map((sentence) => note(dataText(sentence, 400))),
    ],
    figuresTable(judged),
  );
}

function figuresTable({ model, controls, real }: Judgement): Html {
  const makers: readonly (readonly [string, SampleFigures, boolean])[] = [
    ["the model", model, true],
    ...Object.entries(controls).map(
      ([name, figures]) =>
        [sampleControls[name as keyof typeof sampleControls], figures, false] as const,
    ),
    ["real rows", real, false],
  ];
  const names = (Object.keys(sampleFigures) as SampleFigure[]).filter((name) =>
    makers.some(([, figures]) => figures[name] !== undefined),
  );
  const cell = (figures: SampleFigures, name: SampleFigure): string => {
    const value = figures[name];
    return value === undefined ? "–" : sampleFigureText(name, value);
  };
  return html`<table class="quantiles">
    <thead>
      <tr>
        <th scope="col">figure</th>
        ${makers.map(
          ([name, , own]) => html`<th scope="col">${own ? html`<b>${name}</b>` : name}</th>`,
        )}
        <th scope="col">best</th>
      </tr>
    </thead>
    <tbody>
      ${names.map(
        (name) =>
          html`<tr>
            <th scope="row">${sampleFigures[name].label}</th>
            ${makers.map(([, figures]) => html`<td>${cell(figures, name)}</td>`)}
            <td>${sampleFigures[name].best}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
