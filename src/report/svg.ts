/**
 * Plots as static SVG. Observable Plot draws into a linkedom document; what it
 * drew is then written out here, through a list of the elements and attributes
 * a plot needs, so that nothing else can reach the report.
 */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { type Html, escapeText, trusted } from "./html.ts";

/** The part of the DOM that the writer reads. */
interface DomNode {
  readonly nodeType: number;
  readonly localName: string;
  readonly textContent: string | null;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  readonly childNodes: Iterable<DomNode>;
}

const ELEMENTS = new Set(["g", "path", "line", "rect", "circle", "text", "tspan"]);

const ATTRIBUTES = new Set(
  (
    "d x y x1 x2 y1 y2 dx dy cx cy r rx ry width height transform fill fill-opacity stroke " +
    "stroke-opacity stroke-width stroke-linecap stroke-linejoin stroke-miterlimit " +
    "stroke-dasharray opacity text-anchor font-size font-weight font-variant paint-order"
  ).split(" "),
);

/** Attributes that hold positions. */
const ROUNDED = new Set(["d", "cx", "cy"]);

/** Width every plot is drawn for, so that text has one size in all of them. */
export const PLOT_WIDTH = 420;

export interface DrawOptions extends Plot.PlotOptions {
  /** What the picture shows, in words, for those who cannot see it. */
  readonly alt: string;
}

/**
 * Draws a plot. Colours should be CSS variables of the report's style, as
 * `"var(--train)"`, so that they follow the light or dark scheme.
 */
export function drawPlot({ alt, ...options }: DrawOptions): Html {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const width = options.width ?? PLOT_WIDTH;
  const height = options.height ?? 220;
  const root: DomNode = Plot.plot({ ...options, width, height, document });
  const body = [...root.childNodes].map(writeNode).join("");
  return trusted(
    `<svg role="img" aria-label="${escapeText(alt)}" viewBox="0 0 ${width} ${height}" ` +
      `width="${width}" height="${height}" fill="currentColor" text-anchor="middle" ` +
      `font-size="11">${body}</svg>`,
  );
}

function writeNode(node: DomNode): string {
  if (node.nodeType === 3) return escapeText(node.textContent ?? "");
  if (node.nodeType !== 1 || !ELEMENTS.has(node.localName)) return "";
  const attributes = [...node.attributes]
    .filter(({ name }) => ATTRIBUTES.has(name))
    .map(
      ({ name, value }) => ` ${name}="${escapeText(ROUNDED.has(name) ? rounded(value) : value)}"`,
    )
    .join("");
  const children = [...node.childNodes].map(writeNode).join("");
  return `<${node.localName}${attributes}>${children}</${node.localName}>`;
}

/** A tenth of a pixel is enough for the eye and keeps the file small. */
function rounded(path: string): string {
  return path.replace(/-?\d+\.\d{2,}/g, (number) => String(Number(Number(number).toFixed(1))));
}

/** Round positions for tick marks on whole numbers between `low` and `high`. */
export function wholeTicks(low: number, high: number, count = 6): number[] {
  const span = Math.max(1, high - low);
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  const step = [1, 2, 5, 10].map((m) => m * power).find((candidate) => candidate >= rough) ?? power;
  const ticks: number[] = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high; tick += step) ticks.push(tick);
  if (low >= 1 && low < step && !ticks.includes(low)) ticks.unshift(low);
  return ticks;
}

/** Round positions on a logarithmic axis, at most about eight. */
export function logTicks(low: number, high: number): number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const decades = Math.log10(high / low);
  const steps = decades <= 2 ? [1, 2, 5] : decades <= 4 ? [1, 3] : [1];
  const stride = Math.max(1, Math.ceil(decades / 8));
  const ticks: number[] = [];
  for (let power = first; power <= last; power += stride) {
    for (const step of steps) ticks.push(Number(`${step}e${power}`));
  }
  return ticks.filter((tick) => tick >= low && tick <= high);
}

/** Smallest and largest finite value, or undefined when there is none. */
export function finiteExtent(values: Iterable<number>): readonly [number, number] | undefined {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : undefined;
}
