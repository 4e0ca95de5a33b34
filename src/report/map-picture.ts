/** The map of a latent as a picture of its own: the plot, what its colours mean, and how it was made. */

import { formatNumber } from "./format.ts";
import { escapeText, htmlText, shorten } from "./html.ts";
import { colourLabels, type LabelColours, type LabelGroup } from "./label-colors.ts";
import { MAP_WIDTH, drawMap, drawStrip, ONE_GROUP } from "./map-plot.ts";
import { colourScores } from "./score-colors.ts";
import { withColours } from "./style.ts";

export interface MapPicture {
  readonly title: string;
  /** `[points]` each. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** One dimension alone: `y` says nothing. */
  readonly strip: boolean;
  /** What the picture is, as `"UMAP, 15 neighbours"` or `"the latent itself"`. */
  readonly method: string;
  /** What colours the points. */
  readonly colour:
    | { readonly by: "label"; readonly name: string; readonly values: readonly (string | null)[] }
    | {
        readonly by: "score";
        readonly unit: string;
        readonly values: Float32Array;
        readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
      }
    | undefined;
  /** Sentences below the plot. */
  readonly notes: readonly string[];
}

const MARGIN = 20;
const LEGEND = 220;
const LINE = 20;
const GAP = 24;
/** Width of a character of a note, about. */
const CHARACTER = 6.1;

/**
 * One SVG that needs nothing beside it; colours are written out, so that viewers without style
 * sheets show it too. The same data give the same picture.
 */
export function mapSvg(picture: MapPicture): string {
  const { title, method, strip } = picture;
  const order = drawingOrder(picture);
  const at = (values: Float32Array): Float32Array =>
    Float32Array.from(order, (i) => values[i] as number);
  const colours = coloursOf(picture, order);
  const map = { x: at(picture.x), y: at(picture.y), rows: order, method };
  const { plot, outside } = strip
    ? { plot: drawStrip(map, colours), outside: 0 }
    : drawMap(map, colours);
  const inner = htmlText(plot);
  const height = Number(/ height="(\d+)"/.exec(inner)?.[1]);
  const top = MARGIN + 32;
  const legend = legendOf(picture, colours);
  const width = MARGIN + MAP_WIDTH + (legend === undefined ? 0 : GAP + legend.width) + MARGIN;
  const legendTop = top + 12;
  const plotBottom = top + Math.max(height, (legend?.entries.length ?? 0) * LINE + 12);
  const notes = [
    ...picture.notes,
    ...(picture.colour?.by === "score"
      ? [
          `Score: ${picture.colour.unit}. In brackets: the share of held-out rows that score no higher.`,
        ]
      : []),
    ...(outside > 0
      ? [
          `${formatNumber(outside)} far outside the picture ${outside === 1 ? "is" : "are"} not drawn.`,
        ]
      : []),
  ].flatMap((note) => lines(note, (width - 2 * MARGIN) / CHARACTER));
  const total = plotBottom + (notes.length > 0 ? 14 + notes.length * 17 : 0) + MARGIN;
  const left = MARGIN + MAP_WIDTH + GAP;
  return withColours(
    [
      `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeText(title)}" ` +
        `viewBox="0 0 ${width} ${total}" width="${width}" height="${total}" ` +
        `font-family="var(--sans)" font-size="13" fill="var(--ink)">`,
      `<rect width="${width}" height="${total}" fill="var(--paper)"/>`,
      text(MARGIN, MARGIN + 14, shorten(title, 80), 'font-size="17" font-weight="600"'),
      inner.replace(
        "<svg ",
        `<svg x="${MARGIN}" y="${top}" font-family="var(--sans)" color="var(--ink-2)" `,
      ),
      ...(legend?.entries ?? []).map(
        (entry, i) => `<g transform="translate(${left} ${legendTop + i * LINE})">${entry}</g>`,
      ),
      ...notes.map((line, i) =>
        text(MARGIN, plotBottom + 22 + i * 17, line, 'font-size="12" fill="var(--ink-2)"'),
      ),
      "</svg>\n",
    ].join("\n"),
  );
}

/**
 * The same as PNG, twice as large for sharp screens.
 *
 * @example
 * await writeFile("map.png", await mapPng(svg));
 */
export async function mapPng(svg: string): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp");
  return new Uint8Array(
    await sharp(new TextEncoder().encode(svg), { density: 144 })
      .png({ compressionLevel: 9, palette: true })
      .toBuffer(),
  );
}

/** Unusual rows last, so that they lie on top. */
function drawingOrder({ x, colour }: MapPicture): Int32Array {
  const order = Int32Array.from(x.keys());
  if (colour?.by !== "score") return order;
  return order.sort((a, b) => (colour.values[a] as number) - (colour.values[b] as number));
}

function coloursOf({ colour }: MapPicture, order: Int32Array): LabelColours {
  if (colour === undefined) return ONE_GROUP;
  return colour.by === "label"
    ? colourLabels(Array.from(order, (i) => colour.values[i] ?? null))
    : colourScores(
        Array.from(order, (i) => colour.values[i] as number),
        colour.quantiles,
      );
}

/** A line each. */
interface Legend {
  readonly width: number;
  readonly entries: readonly string[];
}

function legendOf({ colour }: MapPicture, { groups }: LabelColours): Legend | undefined {
  if (colour === undefined) return undefined;
  const title = colour.by === "label" ? colour.name : "score";
  const shown = groups.filter(({ count }) => count > 0);
  const longest = Math.max(...shown.map((group) => nameOf(group).length));
  const width = Math.min(LEGEND, Math.max(110, 70 + 7.5 * longest));
  return {
    width,
    entries: [
      text(0, 5, shorten(title, Math.floor(width / 8)), 'font-weight="600"'),
      ...shown.map((group) => entryOf(group, width)),
    ],
  };
}

/** @param right where the count ends */
function entryOf(group: LabelGroup, right: number): string {
  const hollow = group.kind === "other" || group.kind === "none";
  const dot = hollow
    ? `fill="none" stroke="${group.colour}" stroke-width="1.5"`
    : `fill="${group.colour}"`;
  return (
    `<circle cx="6" cy="0" r="5" ${dot}/>` +
    text(20, 5, nameOf(group), hollow ? 'font-style="italic"' : "") +
    text(right, 5, formatNumber(group.count), 'text-anchor="end" fill="var(--ink-2)"')
  );
}

function nameOf({ kind, name }: LabelGroup): string {
  if (kind === "other") return "all others";
  if (kind === "none") return "none";
  return name === "" ? "empty" : shorten(name, 24);
}

function text(x: number, y: number, words: string, attributes = ""): string {
  return `<text x="${x}" y="${y}"${attributes === "" ? "" : ` ${attributes}`}>${escapeText(words)}</text>`;
}

/** Words in lines of so many characters. */
function lines(note: string, most: number): readonly string[] {
  const found: string[] = [];
  for (const word of note.split(" ")) {
    const last = found.at(-1);
    if (last !== undefined && last.length + word.length < most)
      found[found.length - 1] = `${last} ${word}`;
    else found.push(word);
  }
  return found;
}
