/** What is unusual: how scores spread, where alarms begin, which rows, why, and whether labels agree. */

import * as Plot from "@observablehq/plot";
import { SCORE_UNIT } from "../detect/detector.ts";
import { formatCount, formatNumber, formatTick, formatShare } from "./format.ts";
import { dataText, html, type Html } from "./html.ts";
import { detectionFigures } from "./precision-recall.ts";
import type { AlarmsShown, ReportData } from "./report-data.ts";
import { figure, note, section } from "./section.ts";
import { seriesPictures } from "./series-picture.ts";
import { drawPlot, finiteExtent, logTicks } from "./svg.ts";
import { unusualRows } from "./unusual-rows.ts";

const BINS = 48;

export async function unusual({ scores, unusual: found }: ReportData): Promise<Html> {
  const { unit, quantiles, alarms } = scores;
  const finite = scores.values.filter((value) => Number.isFinite(value)).sort();
  const lost = scores.values.length - finite.length;
  const words = [
    note(
      unit === SCORE_UNIT
        ? "How far from all that was learned: 1 is as far as usual, 2 twice as far out."
        : "Higher is more unusual.",
    ),
    ...(alarms === undefined
      ? [note("The lines are shares of held-out rows that score lower.")]
      : alarms.words.map((sentence) => note(dataText(sentence, 600)))),
    lost > 0 && note(`${formatCount(lost, "score")} not finite and left out.`),
  ];
  if (finite.length === 0) {
    return section("scores", TITLE, words, html`<p class="empty">No score to show.</p>`);
  }
  const lines = quantiles
    // Below the middle there is nothing unusual, and the highest score of all is chance.
    .filter(({ quantile, value }) => Number.isFinite(value) && quantile >= 0.5 && quantile < 1)
    .toSorted((a, b) => a.quantile - b.quantile);
  return section(
    "scores",
    TITLE,
    words,
    html`${alarms !== undefined && alarmKey(finite, alarms)}
      <div class="plots">
        ${histogram(finite, unit, lines, alarms)}${quantileTable(lines, unit)}
      </div>
      ${found !== undefined && [seriesPictures(found, alarms), await unusualRows(found)]}
      ${found?.detection !== undefined && detectionFigures(found.detection)}`,
  );
}

function alarmKey(finite: Scored, { calibration }: AlarmsShown): Html {
  return html`<p class="key">
    <span class="box">${formatNumber(finite.length)} here</span>
    ${
      calibration.length > 0 &&
      html`<span class="line validation">as many usual ones would lie, by the calibration</span>`
    }
    <span class="line threshold">alarms begin</span>
  </p>`;
}

const TITLE = "What is unusual";

type Scored = Float32Array | Float64Array;

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

function histogram(
  sorted: Scored,
  unit: string,
  quantiles: readonly Quantile[],
  alarms: AlarmsShown | undefined,
): Html {
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  const usual = alarms?.calibration.filter(Number.isFinite) ?? new Float32Array(0);
  const least = Math.min(at(0), usual[0] ?? Infinity);
  const log = least > 0 && at(1) / at(0.5) > (alarms === undefined ? 12 : 4);
  const far = Math.max(quantiles.at(-1)?.value ?? at(0.999), usual.at(-1) ?? -Infinity);
  const low = least;
  // A few rows far out would press all others into one bar: they are counted in words instead.
  const limit = log ? at(1) : Math.max(at(0.999), far) + (at(0.999) - low) * 0.05;
  const end = Math.max(at(1), alarms?.value ?? -Infinity);
  const high = Math.max(
    Math.min(end, Math.max(limit, alarms?.value ?? limit)),
    low === at(1) ? low + Math.abs(low || 1) : low,
  );
  const beyond = sorted.filter((value) => value > high).length;
  const place = (value: number): number =>
    log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  const edge = (i: number): number =>
    log ? low * (high / low) ** (i / BINS) : low + ((high - low) * i) / BINS;
  const counted = (values: Scored): number[] => {
    const counts = Array.from({ length: BINS }, () => 0);
    for (const value of values) {
      if (value > high) continue;
      const bin = Math.min(BINS - 1, Math.max(0, Math.floor(place(value) * BINS)));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    return counts;
  };
  const bars = counted(sorted).map((count, i) => ({ x1: edge(i), x2: edge(i + 1), count }));
  const scale = sorted.length / Math.max(1, usual.length);
  // A step line: both edges of each bar at its height.
  const outline = counted(usual).flatMap((count, i) => [
    { x: edge(i), count: count * scale },
    { x: edge(i + 1), count: count * scale },
  ]);
  const shown =
    alarms === undefined ? quantiles.filter(({ value }) => value >= low && value <= high) : [];
  const [, most] = finiteExtent(
    [...bars, ...(usual.length > 0 ? outline : [])].map(({ count }) => count),
  ) ?? [0, 1];
  const remark = [log && "log scale", alarms !== undefined && "heights by their square root"]
    .filter(Boolean)
    .join(", ");
  return figure(
    html`<b>how scores spread</b>
      <small>${dataText(unit, 30)}${remark !== "" && `, ${remark}`}</small>
      ${beyond > 0 && html`<span class="values">${formatNumber(beyond)} further right</span>`}`,
    drawPlot({
      alt:
        `Histogram of ${formatCount(sorted.length, "score")}; the middle one is ` +
        `${formatNumber(at(0.5))}, the highest ${formatNumber(at(1))}` +
        (alarms === undefined ? "." : `; alarms begin at ${formatNumber(alarms.value)}.`),
      height: 230,
      marginLeft: 52,
      marginRight: 14,
      marginTop:
        14 +
        (alarms === undefined ? 13 * levels(shown.map(({ value }) => place(value))).depth : 13),
      marginBottom: 26,
      x: {
        type: log ? "log" : "linear",
        domain: [low, high],
        ticks: log ? logTicks(low, high) : 5,
        tickFormat: formatTick,
        tickSize: 4,
        label: null,
      },
      y: {
        // The few at the right are what this is about: side by side with thousands nobody saw them.
        ...(alarms === undefined ? {} : { type: "sqrt" }),
        domain: [0, most * 1.03],
        ticks: 4,
        tickFormat: formatTick,
        label: null,
      },
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
        ...(usual.length === 0
          ? []
          : [
              Plot.line(outline, {
                x: "x",
                y: "count",
                stroke: "var(--validation)",
                strokeWidth: 1.25,
                strokeDasharray: "4,2",
              }),
            ]),
        ...(alarms === undefined ? quantileLines(shown, place) : thresholdLine(alarms, place)),
      ],
    }),
  );
}

function thresholdLine({ value }: AlarmsShown, place: (value: number) => number): Plot.Markish[] {
  const at = place(value);
  if (!(at >= 0 && at <= 1)) return [];
  return [
    Plot.ruleX([value], { stroke: "var(--hot)", strokeWidth: 1.75 }),
    Plot.text([value], {
      x: (score: number) => score,
      frameAnchor: "top",
      text: (score: number) => formatNumber(score),
      dy: -14,
      fill: "var(--hot)",
      fontWeight: 600,
      textAnchor: at > 0.92 ? "end" : at < 0.08 ? "start" : "middle",
    }),
  ];
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
