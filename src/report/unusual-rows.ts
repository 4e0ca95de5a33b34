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
  if (rows.some(({ name }) => name !== undefined)) {
    return html`<h3>The users with the most unusual taste</h3>
      ${note(
        "Each with the chance that a usual user scores as high, and the items of the history that the model would have expected least, with their chance to be next.",
      )}
      ${unusualTable(rows, {
        title: "The most unusual users",
        who: ["User", ({ name = "" }) => dataText(name, 40)],
        reason: unlikelyItem,
      })}`;
  }
  const labelled = label !== undefined && rows.some((row) => row.label !== null);
  return html`<h3>The most unusual rows</h3>
    ${note(
      "Each with the chance that a usual row scores as high, and the columns that its score comes from: what was there, what the training rows have that lie nearest, and how many usual distances that adds.",
    )}
    ${unusualTable(rows, {
      title: "The most unusual rows",
      who: ["Row", ({ row }) => formatNumber(row)],
      label: labelled ? label : undefined,
      reason,
    })}`;
}

interface Shown {
  readonly title: string;
  /** What the first column is called, and what it says of a row. */
  readonly who: readonly [string, (row: UnusualRow) => Html | string];
  /** What the column of labels is called, where there is one. */
  readonly label?: string | undefined;
  readonly reason: (one: Reason) => Html;
}

function unusualTable(
  rows: readonly UnusualRow[],
  { title, who: [heading, whoIs], label, reason: told }: Shown,
): Html {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${title}">
    <table class="unusual">
      <thead>
        <tr>
          <th scope="col">${heading}</th>
          <th scope="col">Score</th>
          <th scope="col">Chance</th>
          ${label !== undefined && html`<th scope="col">${dataText(label, 24)}</th>`}
          <th scope="col">Because of</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              <th scope="row">${whoIs(row)}</th>
              <td class="${row.alarm ? "alarm" : ""}">
                ${formatNumber(row.score)}${row.alarm && html`<span class="spoken">, alarm</span>`}
              </td>
              <td>${Number.isFinite(row.chance) ? formatShare(row.chance) : "–"}</td>
              ${label !== undefined && html`<td>${row.label === null ? "–" : dataText(row.label, 24)}</td>`}
              <td>
                <ul>
                  ${row.reasons.map(told)}
                </ul>
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function unlikelyItem({ column, expected }: Reason): Html {
  return html`<li>
    <b>${dataText(column, 60)}</b>
    ${expected !== null && html`<small>${oddsText(Number(expected))}</small>`}
  </li>`;
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
