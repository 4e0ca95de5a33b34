/** Originals beside reconstructions, and generated samples. */

import * as Plot from "@observablehq/plot";
import { differenceSheet, imageAddress } from "./contact-sheet.ts";
import { formatNumber, formatTick } from "./format.ts";
import { dataText, html, type Fragment, type Html } from "./html.ts";
import type { ImageSheet, LineSheet, ReportData } from "./report-data.ts";
import { captionRuns } from "./caption-runs.ts";
import { picture } from "./picture.ts";
import { figure, note, section } from "./section.ts";
import { drawPlot, finiteExtent, wholeTicks } from "./svg.ts";
import { comparedRows, plainRows } from "./table-exhibit.ts";

/** Enough to judge by; more would bury the rest of the report. */
const MOST_IMAGES = 64;
const MOST_LINES = 24;

export async function reconstructions(data: ReportData): Promise<Html | undefined> {
  const { originals, reconstructions: again, captions } = data.reconstructions;
  if (originals.kind === "images" && again.kind === "images") {
    return section(
      "reconstructions",
      "Originals and reconstructions",
      [
        note("Top to bottom: the original, what came back, and the difference."),
        note(
          html`<span class="swatch too-bright"></span> too bright,
            <span class="swatch too-dark"></span> too dark; full colour is the largest difference
            here.`,
        ),
      ],
      await imagePairs(originals, again, captions),
    );
  }
  if (originals.kind === "lines" && again.kind === "lines") {
    return section(
      "reconstructions",
      "Originals and reconstructions",
      note("Each row as it was, and over it as it came back."),
      linePairs(originals, again, captions),
    );
  }
  if (originals.kind === "table" && again.kind === "table") {
    return section(
      "reconstructions",
      "Originals and reconstructions",
      [
        note("Each cell: the value as it was, and under it the value that came back."),
        note(
          html`<mark class="level-3">▲</mark> marks the three largest errors of a row, in units of
            the column’s spread.`,
        ),
      ],
      comparedRows(originals, again, captions, data.reconstructions.cellErrors),
    );
  }
  // A history comes back as a chance of each item: the two do not go side by side.
  return undefined;
}

export async function samples({ samples: made }: ReportData): Promise<Html | undefined> {
  if (made === undefined) return undefined;
  const words = note(
    "Rows made up: codes drawn from a mixture fitted to those of the training rows, then decoded.",
  );
  const count = made.kind === "table" ? made.rows.length : made.count;
  if (count === 0) return undefined;
  if (made.kind === "table") return section("samples", "Generated", words, plainRows(made));
  if (made.kind === "lines") {
    const shared = finiteExtent(made.data);
    const panels = range(Math.min(count, MOST_LINES)).map((i) =>
      figure(
        html`<small>sample ${i + 1}</small>`,
        drawLines([lineOf(made, i)], `Sample ${i + 1}`, shared),
      ),
    );
    return section("samples", "Generated", words, html`<div class="plots">${panels}</div>`);
  }
  const pictures = await Promise.all(
    range(Math.min(count, MOST_IMAGES)).map(async (i) =>
      picture(await imageAddress(made, i), `Generated image ${i + 1}`, made),
    ),
  );
  return section("samples", "Generated", words, html`<div class="sheet">${pictures}</div>`);
}

async function imagePairs(
  originals: ImageSheet,
  again: ImageSheet,
  captions: readonly string[],
): Promise<Fragment> {
  const shown = Math.min(originals.count, again.count, MOST_IMAGES);
  const differences = differenceSheet(originals, again);
  const pair = async (i: number): Promise<Html> => {
    const [before, after, difference] = await Promise.all([
      imageAddress(originals, i),
      imageAddress(again, i),
      imageAddress(differences, i),
    ]);
    const which = `image ${i + 1}, ${captions[i] ?? "no caption"}`;
    return html`<li>
      ${picture(before, `Original, ${which}`, originals)}
      ${picture(after, `Reconstruction, ${which}`, originals)}
      ${picture(difference, `Difference, ${which}`, originals)}
    </li>`;
  };
  const blocks: Html[] = [];
  for (const { caption, items } of captionRuns(captions, shown)) {
    const pairs = await Promise.all(items.map(pair));
    blocks.push(
      html`${caption !== "" && html`<h3 dir="auto">${dataText(caption, 80)}</h3>`}
        <ul class="pairs">
          ${pairs}
        </ul>`,
    );
  }
  return blocks.length === 0 ? html`<p class="empty">None to show.</p>` : blocks;
}

function linePairs(originals: LineSheet, again: LineSheet, captions: readonly string[]): Html {
  const shown = Math.min(originals.count, again.count, MOST_LINES);
  const panels = range(shown).map((i) => {
    const [before, after] = [lineOf(originals, i), lineOf(again, i)];
    let sum = 0;
    before.forEach((value, j) => (sum += (value - (after[j] ?? 0)) ** 2));
    const error = Math.sqrt(sum / Math.max(1, before.length));
    const caption = captions[i] ?? "";
    return figure(
      html`<b>${caption === "" ? `row ${i + 1}` : dataText(caption, 40)}</b>
        <span class="values">root mean squared error ${formatNumber(error)}</span>`,
      drawLines([before, after], `Row ${i + 1}, ${caption}: original and reconstruction`),
    );
  });
  return html`<p class="key">
      <span class="line original">original</span>
      <span class="line again">reconstruction</span>
    </p>
    <div class="plots">${panels}</div>`;
}

/** One line, or an original as a broad pale line with its reconstruction over it. */
function drawLines(
  lines: readonly Float32Array[],
  alt: string,
  shared?: readonly [number, number],
): Html {
  const extent = shared ?? finiteExtent(lines.flatMap((line) => [...line]));
  if (extent === undefined) return html`<p class="empty">No finite value.</p>`;
  const [low, high] = extent;
  const span = high - low || Math.abs(high) || 1;
  const length = lines[0]?.length ?? 0;
  const styles =
    lines.length === 1
      ? [{ stroke: "var(--training)", strokeWidth: 1.5 }]
      : [
          { stroke: "var(--original)", strokeWidth: 4 },
          { stroke: "var(--training)", strokeWidth: 1.5 },
        ];
  return drawPlot({
    alt,
    height: 130,
    marginLeft: 52,
    marginRight: 8,
    marginTop: 8,
    marginBottom: 22,
    x: {
      domain: [0, Math.max(1, length - 1)],
      ticks: wholeTicks(0, Math.max(1, length - 1), 8),
      tickFormat: formatTick,
      tickSize: 3,
      label: null,
    },
    y: {
      domain: [low - span * 0.05, high + span * 0.05],
      ticks: 3,
      tickFormat: formatTick,
      tickSize: 0,
      label: null,
    },
    marks: [
      Plot.gridY({ stroke: "var(--rule)", strokeOpacity: 1, ticks: 3 }),
      ...lines.map((line, i) =>
        Plot.lineY(line, {
          x: (_: unknown, j: number) => j,
          y: (value: number) => (Number.isFinite(value) ? value : NaN),
          ...styles[i],
        }),
      ),
    ],
  });
}

function lineOf({ data, length }: LineSheet, i: number): Float32Array {
  return data.subarray(i * length, (i + 1) * length);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
