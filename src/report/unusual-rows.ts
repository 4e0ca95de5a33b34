/** The most unusual rows, and why: columns with what was there and what was expected, or pictures. */

import { heatPicture } from "./heat-picture.ts";
import { formatNumber, formatShare, formatTick } from "./format.ts";
import { dataText, html, type Html } from "./html.ts";
import type { Reason, Unusual, UnusualRow } from "./report-data.ts";
import { figure, note } from "./section.ts";
import { numberText } from "./table-exhibit.ts";

export async function unusualRows({ rows, images, label }: Unusual): Promise<Html | undefined> {
  if (rows.length === 0) return undefined;
  if (images !== undefined) {
    const pictures = await Promise.all(
      rows.map(async (row, i) => {
        const png = await heatPicture(images.sheet, images.heat, i);
        const address = `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
        return figure(
          html`<b>image ${formatNumber(row.row)}</b>
            <small>score ${formatNumber(row.score)}${chanceText(row)}</small>
            ${row.label !== null && html`<span class="values">${dataText(row.label, 24)}</span>`}`,
          html`<img
            src="${address}"
            alt="Image ${row.row}, where it is unusual, and both"
            class="crisp"
          />`,
        );
      }),
    );
    return html`<h3>The most unusual images</h3>
      ${note("The image, where it is unusual, and that over the image: white is as usual there.")}
      <div class="heats">${pictures}</div>`;
  }
  if (rows.some(({ name }) => name !== undefined)) return unusualUsers(rows);
  const labelled = label !== undefined && rows.some((row) => row.label !== null);
  return html`<h3>The most unusual rows</h3>
    ${note(
      "Each with the chance that a usual row scores as high, and the columns that its score comes from: what was there, what the training rows have that lie nearest, and how many usual distances that adds.",
    )}
    <div class="scroll" role="region" tabindex="0" aria-label="The most unusual rows">
      <table class="unusual">
        <thead>
          <tr>
            <th scope="col">Row</th>
            <th scope="col">Score</th>
            <th scope="col">Chance</th>
            ${labelled && html`<th scope="col">${dataText(label, 24)}</th>`}
            <th scope="col">Because of</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                <th scope="row">${formatNumber(row.row)}</th>
                <td class="${row.alarm ? "alarm" : ""}">
                  ${formatNumber(row.score)}${row.alarm && html`<span class="spoken">, alarm</span>`}
                </td>
                <td>${Number.isFinite(row.chance) ? formatShare(row.chance) : "–"}</td>
                ${labelled && html`<td>${row.label === null ? "–" : dataText(row.label, 24)}</td>`}
                <td>
                  <ul>
                    ${row.reasons.map(reason)}
                  </ul>
                </td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

function unusualUsers(rows: readonly UnusualRow[]): Html {
  return html`<h3>The users with the most unusual taste</h3>
    ${note(
      "Each with the chance that a usual user scores as high, and the items of the history that the model would have expected least, with their chance to be next.",
    )}
    <div class="scroll" role="region" tabindex="0" aria-label="The most unusual users">
      <table class="unusual">
        <thead>
          <tr>
            <th scope="col">User</th>
            <th scope="col">Score</th>
            <th scope="col">Chance</th>
            <th scope="col">Because of</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ name = "", score, chance, alarm, reasons }) =>
              html`<tr>
                <th scope="row">${dataText(name, 40)}</th>
                <td class="${alarm ? "alarm" : ""}">
                  ${formatNumber(score)}${alarm && html`<span class="spoken">, alarm</span>`}
                </td>
                <td>${Number.isFinite(chance) ? formatShare(chance) : "–"}</td>
                <td>
                  <ul>
                    ${reasons.map(
                      ({ column, expected }) =>
                        html`<li>
                          <b>${dataText(column, 60)}</b>
                          ${expected !== null && html`<small>${oddsText(Number(expected))}</small>`}
                        </li>`,
                    )}
                  </ul>
                </td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

/** `1 in 12,000`. */
function oddsText(chance: number): string {
  return `1 in ${formatNumber(Math.round(Number((1 / chance).toPrecision(2))))}`;
}

function chanceText({ chance }: UnusualRow): string {
  return Number.isFinite(chance) ? `, chance ${formatShare(chance)}` : "";
}

function reason({ column, share, actual, expected }: Reason): Html {
  const added = Number(Math.max(0, share).toPrecision(2));
  return html`<li>
    <b>${dataText(column, 40)}</b> ${cell(actual)}${
      actual === expected
        ? html`, <small>as expected</small>`
        : html` <small>expected</small> ${cell(expected)}`
    }
    <small>+${formatTick(added)}</small>
  </li>`;
}

function cell(value: string | null): Html {
  return value === null ? html`<span class="none">missing</span>` : numberText(value);
}
