/** How small the data get with an error bound, without and with the model, beside other ways. */
import { differenceSheet, imageAddress } from "./contact-sheet.ts";
import { formatCount, formatNumber, formatTick } from "./format.ts";
import { dataText, html, type Html } from "./html.ts";
import { picture } from "./picture.ts";
import type { CompressionShown, CompressionWay, ReportData } from "./report-data.ts";
import { note, section } from "./section.ts";

const MOST_IMAGES = 12;

export async function compression({ compression: shown }: ReportData): Promise<Html | undefined> {
  if (shown === undefined) return undefined;
  const { original, bound, largestError, notes, verdict, pictures } = shown;
  const part =
    shown.rows === shown.of
      ? `All ${formatCount(shown.of, "row")}`
      : `The first ${formatNumber(shown.rows)} of ${formatCount(shown.of, "row")}`;
  const near =
    bound === 0
      ? "every bit comes back."
      : `no element is off by more than ${formatTick(bound)}; the largest error is ${formatTick(largestError)}.`;
  return section(
    "compression",
    "Compressed",
    [
      html`<p>${dataText(verdict, 600)}</p>`,
      note(
        html`${part}, ${formatNumber(original.bytes)} bytes as ${dataText(original.as)}. In the
        files of this package ${near}`,
      ),
      ...notes.map((words) => note(dataText(words, 400))),
      pictures !== undefined && [
        note("Top to bottom: the original, what comes back, and the difference."),
        note(
          html`<span class="swatch too-bright"></span> too bright,
            <span class="swatch too-dark"></span> too dark; full colour is the largest difference
            here.`,
        ),
      ],
    ],
    [table(shown), pictures && (await pairs(pictures))],
  );
}

function table({ ways, original }: CompressionShown): Html {
  const decibels = ways.some(({ psnr }) => psnr !== undefined);
  const widest = Math.max(1, ...ways.map(({ bytes }) => bytes));
  const row = ({ name, own, bytes, exact, psnr }: CompressionWay): Html => {
    const kind = own ? "own" : "control";
    return html`<tr>
      <th scope="row">${dataText(name, 80)}</th>
      <td class="${own ? "own" : ""}">${formatNumber(bytes)}</td>
      <td>${formatNumber(original.bytes / Math.max(1, bytes))}</td>
      ${decibels && html`<td>${exact ? "exact" : (psnr?.toFixed(2) ?? "–")}</td>`}
      <td class="against">
        <i class="bar ${kind}" style="width:${((100 * bytes) / widest).toFixed(1)}%"></i>
      </td>
    </tr>`;
  };
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Table of sizes">
    <table class="figures">
      <thead>
        <tr>
          <th scope="col">Packed by</th>
          <th scope="col">Bytes</th>
          <th scope="col">Times smaller</th>
          ${decibels && html`<th scope="col">PSNR, dB</th>`}
          <th scope="col" class="against"></th>
        </tr>
      </thead>
      <tbody>
        ${ways.map(row)}
      </tbody>
    </table>
  </div>`;
}

async function pairs({
  originals,
  restored,
}: NonNullable<CompressionShown["pictures"]>): Promise<Html> {
  const differences = differenceSheet(originals, restored);
  const count = Math.min(originals.count, MOST_IMAGES);
  const items = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const [before, after, difference] = await Promise.all([
        imageAddress(originals, i),
        imageAddress(restored, i),
        imageAddress(differences, i),
      ]);
      return html`<li>
        ${picture(before, `Original, image ${i + 1}`, originals)}
        ${picture(after, `From the compressed file, image ${i + 1}`, originals)}
        ${picture(difference, `Difference, image ${i + 1}`, originals)}
      </li>`;
    }),
  );
  return html`<h3>Before and after</h3>
    <ul class="pairs">
      ${items}
    </ul>`;
}
