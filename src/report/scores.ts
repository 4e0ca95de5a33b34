/** How scores spread, and the lines above which a row is one in twenty, a hundred, a thousand. */

import * as Plot from "@observablehq/plot";
import { formatCount, formatNumber, formatTick, formatShare } from "./format.ts";
import { dataText, html, type Html } from "./html.ts";
import type { ReportData } from "./report-data.ts";
import { figure, note, section } from "./section.ts";
import { drawPlot, finiteExtent } from "./svg.ts";

const BINS = 48;

export function scoreHistogram({ scores }: ReportData): Html {
  const { unit, quantiles } = scores;
  const finite = scores.values.filter((value) => Number.isFinite(value)).sort();
  const lost = scores.values.length - finite.length;
  const words = [
    note("Higher is more unusual. The lines are shares of held-out rows that score lower."),
    lost > 0 && note(`${formatCount(lost, "score")} not finite and left out.`),
  ];
  if (finite.length === 0) {
    return section("scores", "Scores", words, html`<p class="empty">No score to show.</p>`);
  }
  const lines = quantiles
    .filter(({ value }) => Number.isFinite(value))
    .toSorted((a, b) => a.quantile - b.quantile);
  return section(
    "scores",
    "Scores",
    words,
    html`<div class="plots">${histogram(finite, unit, lines)}${quantileTable(lines, unit)}</div>`,
  );
}

type Quantile = ReportData["scores"]["quantiles"][number];

function quantileTable(quantiles: readonly Quantile[], unit: string): Html | undefined {
  if (quantiles.length === 0) return undefined;
  return html`<table class="quantiles">
    <thead>
      <tr>
        <th scope="col">Share below</th>
        <th scope="col">Score ${unit !== "" && html`<small>${dataText(unit, 30)}</small>`}</th>
        <th scope="col">Rows above</th>
      </tr>
    </thead>
    <tbody>
      ${quantiles.map(
        ({ quantile, value }) =>
          html`<tr>
            <th scope="row">${formatShare(quantile)}</th>
            <td>${formatNumber(value)}</td>
            <td>${oneIn(1 - quantile)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function oneIn(share: number): string {
  if (!(share > 0)) return "none";
  return share > 0.3 ? formatShare(share) : `1 in ${formatNumber(Math.round(1 / share))}`;
}

function histogram(sorted: Float32Array, unit: string, quantiles: readonly Quantile[]): Html {
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  const log = at(0) > 0 && at(1) / at(0.5) > 12;
  const far = quantiles.at(-1)?.value ?? at(0.999);
  const low = at(0);
  // A few rows far out would press all others into one bar: they are counted in words instead.
  const limit = log ? at(1) : Math.max(at(0.999), far) + (at(0.999) - low) * 0.05;
  const high = Math.max(Math.min(at(1), limit), low === at(1) ? low + Math.abs(low || 1) : low);
  const beyond = sorted.filter((value) => value > high).length;
  const edge = (i: number): number =>
    log ? low * (high / low) ** (i / BINS) : low + ((high - low) * i) / BINS;
  const bars = Array.from({ length: BINS }, (_, i) => ({ x1: edge(i), x2: edge(i + 1), count: 0 }));
  for (const value of sorted) {
    if (value > high) continue;
    const place = log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    const bar = bars[Math.min(BINS - 1, Math.max(0, Math.floor(place * BINS)))];
    if (bar !== undefined) bar.count++;
  }
  const shown = quantiles.filter(({ value }) => value >= low && value <= high);
  const [, most] = finiteExtent(bars.map(({ count }) => count)) ?? [0, 1];
  const place = (value: number): number =>
    log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return figure(
    html`<b>rows by score</b>
      <small>${dataText(unit, 30)}${log && ", log scale"}</small>
      ${beyond > 0 && html`<span class="values">${formatCount(beyond, "row")} further right</span>`}`,
    drawPlot({
      alt:
        `Histogram of ${formatCount(sorted.length, "score")}; the middle one is ` +
        `${formatNumber(at(0.5))}, the highest ${formatNumber(at(1))}.`,
      height: 230,
      marginLeft: 52,
      marginRight: 14,
      marginTop: 14 + 13 * levels(shown.map(({ value }) => place(value))).depth,
      marginBottom: 26,
      x: {
        type: log ? "log" : "linear",
        domain: [low, high],
        ticks: 5,
        tickFormat: formatTick,
        tickSize: 4,
        label: null,
      },
      y: { domain: [0, most * 1.03], ticks: 4, tickFormat: formatTick, label: null },
      marks: [
        Plot.gridY({ stroke: "var(--rule)", strokeOpacity: 1, ticks: 4 }),
        Plot.rectY(bars, {
          x1: "x1",
          x2: "x2",
          y1: 0,
          y2: "count",
          fill: "var(--training)",
          insetLeft: 0.4,
          insetRight: 0.4,
        }),
        ...quantileLines(shown, place),
      ],
    }),
  );
}

/** Lines with their shares over them, on as many levels as it takes for none to cover another. */
function quantileLines(
  quantiles: readonly Quantile[],
  place: (value: number) => number,
): Plot.Markish[] {
  const { level } = levels(quantiles.map(({ value }) => place(value)));
  return quantiles.flatMap((quantile, i) => [
    Plot.ruleX([quantile], {
      x: "value",
      stroke: "var(--validation)",
      strokeWidth: 1.25,
      insetTop: -13 * (level[i] ?? 0),
    }),
    Plot.text([quantile], {
      x: "value",
      frameAnchor: "top",
      text: ({ quantile: share }: Quantile) => formatShare(share),
      dy: -8 - 13 * (level[i] ?? 0),
      fill: "var(--validation)",
      fontWeight: 600,
      textAnchor: place(quantile.value) > 0.95 ? "end" : "middle",
    }),
  ]);
}

function levels(places: readonly number[]): { level: number[]; depth: number } {
  const taken: number[] = [];
  const level = places.map((at) => {
    let free = taken.findIndex((end) => at > end);
    if (free === -1) free = taken.length;
    taken[free] = at + 0.1;
    return free;
  });
  return { level, depth: taken.length };
}
