/** How well scores find what labels mark, beside the controls: figures, and precision over recall. */

import * as Plot from "@observablehq/plot";
import { formatCount, formatNumber, formatShare } from "./format.ts";
import { dataText, html, type Html } from "./html.ts";
import type { Unusual } from "./report-data.ts";
import { figure, note } from "./section.ts";
import { drawPlot } from "./svg.ts";

type Shown = NonNullable<Unusual["detection"]>;

/** Colours of the controls, in their order. */
const COLOURS = ["var(--group-1)", "var(--group-2)", "var(--group-3)", "var(--group-6)"];

export function detectionFigures(detection: Shown): Html {
  const { of, rows, anomalies, contenders, verdict } = detection;
  const series = contenders.some(({ figures }) => figures.vusPr !== undefined);
  const noun = of === "points" ? "point" : "row";
  const ranked = contenders
    .map((one, i) => ({ ...one, colour: one.own ? "var(--training)" : colourOf(i - 1) }))
    .toSorted((a, b) => b.figures.averagePrecision - a.figures.averagePrecision);
  return html`<h3>Does it find what is known?</h3>
    ${note(dataText(verdict, 800))}
    <div class="plots known">
      ${picture(ranked, anomalies / Math.max(1, rows))}
      <table class="quantiles">
        <thead>
          <tr>
            <th scope="col">
              ${formatCount(anomalies, "anomaly", "anomalies")}
              <small>among ${formatCount(rows, noun)}</small>
            </th>
            ${series && html`<th scope="col">VUS-PR</th>`}
            <th scope="col">Average precision</th>
            <th scope="col">AUROC</th>
          </tr>
        </thead>
        <tbody>
          ${ranked.map(
            ({ name, own, figures, colour }) =>
              html`<tr>
                <th scope="row">
                  <span class="dot inline" style="--dot:${colour}"></span>
                  ${own ? html`<b>${dataText(name, 40)}</b>` : dataText(name, 40)}
                </th>
                ${series && html`<td>${figures.vusPr === undefined ? "–" : percent(figures.vusPr)}</td>`}
                <td>${percent(figures.averagePrecision)}</td>
                <td>${percent(figures.auroc)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

function colourOf(control: number): string {
  return COLOURS[control] ?? "var(--control)";
}

function percent(share: number): string {
  return `${formatNumber(Number((100 * share).toPrecision(3)))}%`;
}

function picture(
  contenders: readonly (Shown["contenders"][number] & { readonly colour: string })[],
  guessing: number,
): Html | undefined {
  const drawn = contenders.filter(({ curve }) => curve.length > 0);
  if (drawn.length === 0) return undefined;
  const told = drawn.map(({ name, figures }) => `${name} ${formatShare(figures.averagePrecision)}`);
  return figure(
    html`<b>precision over recall</b>
      <small>of the alarms, how many are right; of the anomalies, how many are found</small>`,
    drawPlot({
      alt: `Precision over recall; average precision: ${told.join(", ")}.`,
      height: 250,
      marginLeft: 44,
      marginRight: 14,
      marginTop: 12,
      marginBottom: 34,
      x: {
        domain: [0, 1],
        ticks: 5,
        tickFormat: formatShare,
        tickSize: 4,
        label: "recall",
        labelArrow: "none",
        labelAnchor: "right",
      },
      y: { domain: [0, 1.02], ticks: 5, tickFormat: formatShare, label: null },
      marks: [
        Plot.gridY({ stroke: "var(--rule)", strokeOpacity: 1, ticks: 5 }),
        Plot.ruleY([guessing], { stroke: "var(--ink-3)", strokeDasharray: "2,3" }),
        // The model's own curve lies over the others.
        ...drawn
          .toSorted((a, b) => Number(a.own) - Number(b.own))
          .map(({ curve, colour, own }) =>
            Plot.line(curve, { stroke: colour, strokeWidth: own ? 2.25 : 1.25 }),
          ),
      ],
    }),
  );
}
