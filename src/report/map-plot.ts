/** The plot of a map: points coloured by group, or a histogram where there is one dimension. */

import * as Plot from "@observablehq/plot";
import { formatCount, formatNumber, formatTick } from "./format.ts";
import { shorten, type Html } from "./html.ts";
import type { LabelColours, LabelGroup } from "./label-colors.ts";
import type { LatentMap } from "./latent-map.ts";
import { drawPlot, finiteExtent } from "./svg.ts";

/** Bounds of the height of a map, in widths. */
const FLATTEST = 0.6;
const TALLEST = 1.05;

export const MAP_WIDTH = 520;

/** Where nothing tells points apart. */
export const ONE_GROUP: LabelColours = {
  groups: [{ kind: "label", name: "", colour: "var(--training)", count: 0 }],
  groupOf: new Int32Array(),
  sequential: false,
};

export interface MapPlot {
  readonly plot: Html;
  /** Points left out because they lie far from all others. */
  readonly outside: number;
}

export function drawMap({ x, y, method, rows }: LatentMap, colours: LabelColours): MapPlot {
  const width = MAP_WIDTH;
  const itself = method.startsWith("the latent");
  const window = mapWindow(x, y);
  const inside = Array.from(rows.keys()).filter(
    (i) => contains(window.x, x[i]) && contains(window.y, y[i]),
  );
  const outside = rows.length - inside.length;
  const groupAt = (i: number): LabelGroup | undefined =>
    colours.groups[colours.groupOf[i] ?? 0] ?? ONE_GROUP.groups[0];
  const hollow = (i: number): boolean => ["other", "none"].includes(groupAt(i)?.kind ?? "");
  const at = { x: (i: number) => x[i], y: (i: number) => y[i], r: rows.length > 1200 ? 2 : 2.8 };
  const colour = (i: number): string => groupAt(i)?.colour ?? "var(--training)";
  const [left, right, top, bottom] = itself ? [42, 8, 18, 38] : [1, 1, 1, 1];
  const axis = itself
    ? { ticks: 5, tickFormat: formatTick, tickSize: 4, labelArrow: "none" as const }
    : { axis: null };
  const plot = drawPlot({
    alt:
      `Map of ${formatCount(inside.length, "row")} by ${method}` +
      (colours.groups.length > 1 ? `, coloured in ${colours.groups.length} groups.` : "."),
    width,
    height: Math.round((width - left - right) * window.shape) + top + bottom,
    marginLeft: left,
    marginRight: right,
    marginTop: top,
    marginBottom: bottom,
    x: { domain: window.x, ...axis, label: itself ? "latent 1" : null },
    y: { domain: window.y, ...axis, label: itself ? "latent 2" : null },
    color: { type: "identity" },
    marks: [
      Plot.frame({ stroke: "var(--rule)", fill: "var(--wash)" }),
      Plot.dot(inside.filter(hollow), { ...at, stroke: colour, strokeWidth: 0.8 }),
      Plot.dot(
        inside.filter((i) => !hollow(i)),
        { ...at, fill: colour, fillOpacity: 0.8 },
      ),
      Plot.text(centres(x, y, inside, colours, (window.x[1] - window.x[0]) * 0.06), {
        x: "x",
        y: "y",
        text: "name",
        fontSize: 17,
        fontWeight: 700,
        fill: "var(--ink)",
        stroke: "var(--paper)",
        strokeWidth: 5,
        strokeOpacity: 0.9,
      }),
      Plot.text([method], {
        frameAnchor: "bottom-left",
        dx: 8,
        dy: -8,
        fill: "var(--ink-2)",
        stroke: "var(--wash)",
        strokeWidth: 4,
      }),
    ],
  });
  return { plot, outside };
}

/** Where to write the name of each group: the middle of its points, if they have one to speak of. */
function centres(
  x: Float32Array,
  y: Float32Array,
  inside: readonly number[],
  { groups, groupOf, sequential }: LabelColours,
  reach: number,
): { readonly x: number; readonly y: number; readonly name: string }[] {
  if (sequential || groups.length < 2) return [];
  return groups.flatMap((group, g) => {
    const members = inside.filter((i) => groupOf[i] === g);
    if (group.kind !== "label" || members.length === 0) return [];
    const centre = { x: median(members, x), y: median(members, y) };
    const near = inside.filter((i) => {
      return Math.hypot((x[i] ?? 0) - centre.x, (y[i] ?? 0) - centre.y) < reach;
    });
    // A group that is scattered has no place of its own: a name there would mislead.
    const own = near.filter((i) => groupOf[i] === g).length;
    return own > near.length * 0.6 ? [{ ...centre, name: shorten(group.name, 16) }] : [];
  });
}

function median(members: readonly number[], values: Float32Array): number {
  const sorted = Float32Array.from(members, (i) => values[i] ?? 0).sort();
  return sorted[sorted.length >> 1] ?? 0;
}

/** Equal scales on both axes, around all points but the far outliers. */
function mapWindow(x: Float32Array, y: Float32Array) {
  const [lowX, highX] = trimmed(x);
  const [lowY, highY] = trimmed(y);
  const spanX = Math.max(highX - lowX, (highY - lowY) / TALLEST) * 1.07 || 1;
  const spanY = Math.max(highY - lowY, (highX - lowX) * FLATTEST) * 1.07 || spanX * FLATTEST;
  const around = (middle: number, span: number): [number, number] => {
    return [middle - span / 2, middle + span / 2];
  };
  return {
    x: around((lowX + highX) / 2, spanX),
    y: around((lowY + highY) / 2, spanY),
    shape: spanY / spanX,
  };
}

/** The extent; cut at the outer half per cent only where that tail is longer than the body. */
function trimmed(values: Float32Array): readonly [number, number] {
  const sorted = values.slice().sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const [low, high] = [at(0.005), at(0.995)];
  const span = high - low;
  return [at(0) < low - span ? low - span : at(0), at(1) > high + span ? high + span : at(1)];
}

function contains([low, high]: readonly [number, number], value: number | undefined): boolean {
  return value !== undefined && value >= low && value <= high;
}

/** One dimension: how many rows lie where, stacked by group. */
export function drawStrip({ x }: LatentMap, { groups, groupOf }: LabelColours): Html {
  const [low, high] = finiteExtent(x) ?? [0, 1];
  const width = (high - low || 1) / 50;
  const bars: { x1: number; x2: number; count: number; colour: string }[] = [];
  for (let bin = 0; bin < 50; bin++) {
    groups.forEach((group, g) => {
      let count = 0;
      x.forEach((value, i) => {
        const its = Math.min(49, Math.floor((value - low) / width));
        if (its === bin && (groupOf[i] ?? 0) === g) count++;
      });
      const x1 = low + bin * width;
      if (count > 0) bars.push({ x1, x2: x1 + width, count, colour: group.colour });
    });
  }
  return drawPlot({
    alt: `Histogram of the one latent dimension, from ${formatNumber(low)} to ${formatNumber(high)}.`,
    width: MAP_WIDTH,
    height: 280,
    marginLeft: 52,
    x: { label: "latent 1", labelArrow: "none", ticks: 6, tickFormat: formatTick },
    y: { label: null, ticks: 5, tickFormat: formatTick },
    marks: [
      Plot.gridY({ stroke: "var(--rule)", strokeOpacity: 1, ticks: 5 }),
      Plot.rectY(bars, { x1: "x1", x2: "x2", y: "count", fill: "colour", inset: 0.25 }),
    ],
    color: { type: "identity" },
  });
}
