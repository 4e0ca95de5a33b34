/** What each dimension of the latent stands for: columns, lines or pictures that move with it. */

import * as Plot from "@observablehq/plot";
import { changeSheet } from "./change-sheet.ts";
import { imageAddress } from "./contact-sheet.ts";
import { formatCount, formatNumber, formatShare, formatTick } from "./format.ts";
import { dataText, html, type Html } from "./html.ts";
import type { Move } from "./moves.ts";
import { moveText } from "./moves.ts";
import type { DimensionShown, ImageSheet, LineSheet, ReportData } from "./report-data.ts";
import { figure, note, section } from "./section.ts";
import { picture } from "./picture.ts";
import { drawPlot, finiteExtent, wholeTicks } from "./svg.ts";

/** The others do little, and would bury the rest of the report. */
const MOST = 12;

export async function latentDimensions({
  data,
  dimensions,
}: ReportData): Promise<Html | undefined> {
  if (dimensions === undefined || dimensions.list.length === 0) return undefined;
  const { list, rows, ends, changes } = dimensions;
  const shown = list.toSorted((a, b) => b.share - a.share).slice(0, MOST);
  const words = [
    note(
      `Each goes from its 5% to its 95% quantile while the rest of a row’s code stays; a mean over ${formatCount(rows, "row")}.`,
    ),
    note(
      "The share says how much of the reconstruction hangs on it: the rise in error when it is held at its mean.",
    ),
    note(html`Dimension 1 is the column <code>latent0</code> of <code>ae encode</code>.`),
    shown.length < list.length &&
      note(`The ${shown.length} with the largest share, of ${formatNumber(list.length)}.`),
  ];
  const name = "What the dimensions stand for";
  if (ends?.kind === "images" && changes !== undefined) {
    words.push(
      note(
        html`A typical image with the dimension low and high, and the mean change:
          <span class="swatch too-bright"></span> brighter,
          <span class="swatch too-dark"></span> darker; full colour is the largest change of each.`,
      ),
    );
    return section("dimensions", name, words, await imageChanges(shown, ends, changes));
  }
  if (ends?.kind === "lines") {
    words.push(note("A typical row with the dimension low, and over it high."));
    return section("dimensions", name, words, lineChanges(shown, ends));
  }
  const choices = data.kind === "interactions";
  words.push(
    note(
      `${choices ? "× is how many times likelier an item becomes, ÷ less likely." : "Sizes are in spreads of the column."} ↕ marks changes that differ in direction between rows.`,
    ),
  );
  return section("dimensions", name, words, columnChanges(shown, choices));
}

function titleOf({ dimension, share }: DimensionShown): Html {
  return html`<b>dimension ${dimension + 1}</b>
    <small>${formatShare(share)} of the reconstruction</small>`;
}

async function imageChanges(
  shown: readonly DimensionShown[],
  ends: ImageSheet,
  changes: Float32Array,
): Promise<Html> {
  const changed = changeSheet(changes, ends);
  const items = await Promise.all(
    shown.map(async (one) => {
      const [low, high, change] = await Promise.all([
        imageAddress(ends, 2 * one.dimension),
        imageAddress(ends, 2 * one.dimension + 1),
        imageAddress(changed, one.dimension),
      ]);
      const which = `dimension ${one.dimension + 1}`;
      return html`<figure>
        <figcaption>${titleOf(one)}</figcaption>
        <div class="strip">
          ${picture(low, `A typical image, ${which} low`, ends)}
          ${picture(high, `A typical image, ${which} high`, ends)}
          ${picture(change, `Mean change, ${which}`, ends)}
        </div>
      </figure>`;
    }),
  );
  return html`<div class="plots changes">${items}</div>`;
}

function lineChanges(shown: readonly DimensionShown[], ends: LineSheet): Html {
  const lineOf = (i: number): Float32Array =>
    ends.data.subarray(i * ends.length, (i + 1) * ends.length);
  const panels = shown.map((one) =>
    figure(titleOf(one), drawEnds(lineOf(2 * one.dimension), lineOf(2 * one.dimension + 1), one)),
  );
  return html`<p class="key">
      <span class="line original">low</span>
      <span class="line again">high</span>
    </p>
    <div class="plots">${panels}</div>`;
}

function drawEnds(low: Float32Array, high: Float32Array, { dimension }: DimensionShown): Html {
  const extent = finiteExtent([...low, ...high]);
  if (extent === undefined) return html`<p class="empty">No finite value.</p>`;
  const [least, most] = extent;
  const span = most - least || Math.abs(most) || 1;
  const last = Math.max(1, low.length - 1);
  const at = { x: (_: unknown, j: number) => j, y: (y: number) => (Number.isFinite(y) ? y : NaN) };
  return drawPlot({
    alt: `A typical row with dimension ${dimension + 1} low and high`,
    height: 130,
    marginLeft: 52,
    marginRight: 8,
    marginTop: 8,
    marginBottom: 22,
    x: {
      domain: [0, last],
      ticks: wholeTicks(0, last, 8),
      tickFormat: formatTick,
      tickSize: 3,
      label: null,
    },
    y: {
      domain: [least - span * 0.05, most + span * 0.05],
      ticks: 3,
      tickFormat: formatTick,
      tickSize: 0,
      label: null,
    },
    marks: [
      Plot.gridY({ stroke: "var(--rule)", strokeOpacity: 1, ticks: 3 }),
      Plot.lineY(low, { ...at, stroke: "var(--original)", strokeWidth: 4 }),
      Plot.lineY(high, { ...at, stroke: "var(--training)", strokeWidth: 1.5 }),
    ],
  });
}

/** @param choices items, whose numbers are logarithms of chances */
function columnChanges(shown: readonly DimensionShown[], choices: boolean): Html {
  const largest = Math.max(...shown.flatMap(({ moves }) => moves.map(({ size }) => size)), 1e-9);
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Columns that move">
    <table class="moves">
      ${shown.map(
        (one) =>
          html`<tbody>
            <tr class="group">
              <th scope="rowgroup" colspan="3">${titleOf(one)}</th>
            </tr>
            ${
              one.moves.length === 0 &&
              html`<tr>
                <td class="none" colspan="3">moves nothing</td>
              </tr>`
            }
            ${one.moves.map(
              (move) =>
                html`<tr>
                  <th scope="row">${dataText(move.column, choices ? 60 : 40)}</th>
                  <td>
                    <bdi>${choices ? timesText(move) : moveText(move)}</bdi>
                    ${!move.steady && html`<span title="in some rows the other way">↕</span>`}
                  </td>
                  <td class="against">
                    ${!choices && formatNumber(move.size)}
                    <i
                      class="bar own"
                      style="width:${((100 * move.size) / largest).toFixed(1)}%"
                    ></i>
                  </td>
                </tr>`,
            )}
          </tbody>`,
      )}
    </table>
  </div>`;
}

/** `× 3.8`, `÷ 12`. */
function timesText({ from, to }: Move): string {
  const change = Number(to) - Number(from);
  const times = formatTick(Number(Math.exp(Math.abs(change)).toPrecision(2)));
  return `${change < 0 ? "÷" : "×"} ${times}`;
}
