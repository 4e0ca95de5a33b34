/** Series with what was unusual in them marked, and a list of when. */

import * as Plot from "@observablehq/plot";
import { formatCount, formatNumber, formatTick } from "./format.ts";
import { dataText, html, type Html } from "./html.ts";
import type { AlarmsShown, IntervalShown, SeriesShown, Unusual } from "./report-data.ts";
import { figure, note } from "./section.ts";
import { drawPlot, finiteExtent } from "./svg.ts";

/** As wide as the page's content. */
const WIDTH = 900;
/** Pieces of a line that are told apart; of each the lowest and the highest point are drawn. */
const PIECES = 700;
const LEFT = 58;

export function seriesPictures(
  { series }: Unusual,
  alarms: AlarmsShown | undefined,
): Html | undefined {
  if (series === undefined) return undefined;
  const { shown, left, intervals, count } = series;
  const known = shown.some((one) => one.known.length > 0);
  return html`<h3>When</h3>
    <p class="key">
      <span class="box found">above the threshold</span>
      ${known && html`<span class="box known">marked by the label</span>`}
    </p>
    ${shown.map((one) => laneFigure(one, alarms))}
    ${
      left.series > 0 &&
      note(
        `${formatCount(left.series, "series", "series")} with lower scores, or without an interval, not shown.`,
      )
    }
    ${
      left.channels > 0 &&
      note(`The channels to blame most; ${formatCount(left.channels, "more channel")} not shown.`)
    }
    ${intervalTable(intervals, count, shown.length + left.series > 1)}`;
}

function laneFigure(lane: SeriesShown, alarms: AlarmsShown | undefined): Html {
  const intervals = formatCount(lane.intervals.length, "interval");
  return figure(
    html`<b>${dataText(lane.name, 60)}</b>
      <small>${formatCount(lane.points, "point")}, ${intervals}</small>`,
    [
      ...lane.channels.map(({ name, values }) => html`${panel(lane, values, name)}`),
      panel(lane, lane.scores, "score", alarms?.value),
    ],
    "wide",
  );
}

/** One line over time; the axis of times under the last, that of the score. */
function panel(
  lane: SeriesShown,
  values: Float64Array,
  name: string,
  threshold?: number,
): Html | undefined {
  const extent = finiteExtent(values);
  if (extent === undefined) return undefined;
  const score = threshold !== undefined || values === lane.scores;
  const [low, high] = [extent[0], Math.max(extent[1], threshold ?? -Infinity)];
  const span = high - low || Math.abs(high) || 1;
  const bottom = score ? Math.min(0, low) : low - span * 0.05;
  const top = high + span * (lane.known.length > 0 ? 0.16 : 0.06);
  const xOf = (at: number): number | Date => timeOf(lane, at);
  // Half a step on each side, so that an interval of one point has a width.
  const bands = lane.intervals.map(([first, last]) => ({
    x1: xOf(Math.max(0, first - 0.5)),
    x2: xOf(Math.min(lane.points - 1, last + 0.5)),
  }));
  const known = lane.known.map(([first, last]) => ({ x1: xOf(first), x2: xOf(last) }));
  const line = thinned(values).flatMap((at, i, kept) => {
    const point = { x: xOf(at), y: values[at] as number };
    const before = kept[i - 1];
    const apart = before !== undefined && lane.breaks.some((gap) => gap > before && gap <= at);
    return apart ? [{ x: point.x, y: Number.NaN }, point] : [point];
  });
  return drawPlot({
    alt:
      `${name} of ${lane.name}, from ${formatNumber(extent[0])} to ${formatNumber(extent[1])}, ` +
      `with ${formatCount(lane.intervals.length, "interval")} marked.`,
    width: WIDTH,
    height: score ? 124 : 104,
    marginLeft: LEFT,
    marginRight: 12,
    marginTop: 20,
    marginBottom: score ? (lane.dates ? 36 : 24) : 6,
    x: {
      type: lane.dates && lane.times !== undefined ? "utc" : "linear",
      domain: [xOf(0), xOf(Math.max(1, lane.points - 1))],
      axis: score ? "bottom" : null,
      ticks: 8,
      tickSize: 4,
      label: null,
      ...(lane.dates && lane.times !== undefined ? {} : { tickFormat: formatTick }),
    },
    y: { domain: [bottom, top], ticks: 3, tickFormat: formatTick, tickSize: 0, label: null },
    marks: [
      Plot.rect(bands, { x1: "x1", x2: "x2", y1: bottom, y2: top, fill: "var(--level-3)" }),
      Plot.gridY({ stroke: "var(--rule)", strokeOpacity: 1, ticks: 3 }),
      Plot.rect(known, {
        x1: "x1",
        x2: "x2",
        y1: top - span * 0.07,
        y2: top,
        fill: "var(--ink-2)",
        // A short one is still seen.
        insetLeft: -0.75,
        insetRight: -0.75,
      }),
      ...(threshold === undefined
        ? []
        : [Plot.ruleY([threshold], { stroke: "var(--hot)", strokeWidth: 1.25 })]),
      Plot.line(line, {
        x: "x",
        y: "y",
        stroke: score ? "var(--ink-2)" : "var(--training)",
        strokeWidth: 1,
        strokeLinejoin: "round",
      }),
      Plot.text([shortName(name)], {
        frameAnchor: "top-left",
        dx: -LEFT + 4,
        dy: -17,
        textAnchor: "start",
        text: (word: string) => word,
        fontWeight: 600,
      }),
    ],
  });
}

function shortName(name: string): string {
  return name.length > 60 ? `${name.slice(0, 59)}…` : name;
}

/** Between points, as far between their times. */
function timeOf({ times, dates, points }: SeriesShown, at: number): number | Date {
  if (times === undefined) return at + 1;
  const low = Math.max(0, Math.min(points - 1, Math.floor(at)));
  const high = Math.min(points - 1, low + 1);
  const [from, to] = [times[low] as number, times[high] as number];
  const time = from + (at - low) * (to - from);
  return dates ? new Date(time) : time;
}

/** Points to draw: of each piece of the line its lowest and its highest, and the first that is missing. */
function thinned(values: Float64Array): number[] {
  if (values.length <= 2 * PIECES) return [...values.keys()];
  const kept: number[] = [];
  for (let piece = 0; piece < PIECES; piece += 1) {
    const from = Math.floor((piece * values.length) / PIECES);
    const to = Math.floor(((piece + 1) * values.length) / PIECES);
    let [low, high, missing] = [-1, -1, -1];
    for (let at = from; at < to; at += 1) {
      const value = values[at] as number;
      if (Number.isNaN(value)) {
        if (missing < 0) missing = at;
        continue;
      }
      if (low < 0 || value < (values[low] as number)) low = at;
      if (high < 0 || value > (values[high] as number)) high = at;
    }
    kept.push(...new Set([low, high, missing].filter((at) => at >= 0).sort((a, b) => a - b)));
  }
  return kept;
}

function intervalTable(intervals: readonly IntervalShown[], count: number, several: boolean): Html {
  if (count === 0) return html`<p class="empty">No point is above the threshold.</p>`;
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Unusual intervals">
      <table class="unusual">
        <thead>
          <tr>
            ${several && html`<th scope="col">Series</th>`}
            <th scope="col">From</th>
            <th scope="col">To</th>
            <th scope="col">Points</th>
            <th scope="col">Highest score</th>
            <th scope="col">Channels to blame</th>
          </tr>
        </thead>
        <tbody>
          ${intervals.map(
            ({ series, from, to, points, peak, channels }) =>
              html`<tr>
                ${several && html`<td>${dataText(series, 40)}</td>`}
                <td>${dataText(from, 40)}</td>
                <td>${dataText(to, 40)}</td>
                <td>${formatNumber(points)}</td>
                <td class="alarm">${formatNumber(peak)}</td>
                <td>${channels.map(({ name }, i) => [i > 0 && ", ", dataText(name, 40)])}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${
      count > intervals.length &&
      note(
        html`The ${intervals.length} with the highest scores, of ${formatNumber(count)}:
          <code>ae score --intervals</code> lists all.`,
      )
    }`;
}
