/**
 * Rows of a table beside what came back. The table is turned: one line a column
 * of the data, one column a row, because names are long and rows shown are few.
 */

import { captionRuns } from "./caption-runs.ts";
import { formatCount, formatTick } from "./format.ts";
import { dataText, html, type Html } from "./html.ts";
import type { CellRows } from "./report-data.ts";

const MOST_ROWS = 12;
const MOST_COLUMNS = 24;
/** Largest errors marked a row, and the least that counts as one (in spreads). */
const MARKED = 3;
const WORTH_MARKING = 0.5;

export function comparedRows(
  originals: CellRows,
  again: CellRows,
  captions: readonly string[],
  cellErrors: Float32Array | undefined,
): Html {
  const shown = Math.min(originals.rows.length, again.rows.length, MOST_ROWS);
  const columns = originals.columns.length;
  if (shown === 0 || columns === 0) return html`<p class="empty">None to show.</p>`;
  const cameBack = byName(originals, again);
  const errors = Array.from({ length: shown }, (_, row) =>
    originals.columns.map((_, column) => {
      const given = cellErrors?.[row * columns + column];
      if (given !== undefined) return Number.isNaN(given) ? 0 : Math.abs(given);
      // Without errors a change of category is all that can be told.
      return plainChange(originals.rows[row]?.[column], cameBack(row, column)) ? 1 : 0;
    }),
  );
  const kept = worstColumns(errors, columns);
  const marked = errors.map((row) => largest(row, kept));
  const groups = captionRuns(captions, shown);
  const left = columns - kept.length;
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Table of rows">
      <table class="cells">
        <thead>
          ${
            groups.some(({ caption }) => caption !== "") &&
            html`<tr>
              <td></td>
              ${groups.map(
                ({ caption, items }) =>
                  html`<th scope="colgroup" colspan="${items.length}">
                    ${dataText(caption, 40)}
                  </th>`,
              )}
            </tr>`
          }
          <tr>
            <th scope="col">Column</th>
            ${errors.map((_, row) => html`<th scope="col"><small>row ${row + 1}</small></th>`)}
          </tr>
        </thead>
        <tbody>
          ${kept.map(
            (column) =>
              html`<tr>
                <th scope="row">${dataText(originals.columns[column] ?? "", 32)}</th>
                ${errors.map((row, r) =>
                  cell(
                    originals.rows[r]?.[column] ?? null,
                    cameBack(r, column),
                    row[column] ?? 0,
                    marked[r]?.has(column) === true,
                    cellErrors !== undefined,
                  ),
                )}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${
      left > 0 &&
      html`<p class="note">
        ${formatCount(left, "more column")} with smaller errors ${left === 1 ? "is" : "are"} not
        shown.
      </p>`
    }`;
}

function cell(
  before: string | null,
  after: string | null,
  error: number,
  isMarked: boolean,
  measured: boolean,
): Html {
  const level = !(error >= WORTH_MARKING) ? 0 : error < 1 ? 1 : error < 2 ? 2 : 3;
  const size = measured ? ` ${formatTick(Number(error.toPrecision(2)))}σ` : "";
  const errorMark =
    isMarked && html`<b class="error">▲${size}<span class="spoken">, large error</span></b>`;
  const again =
    before === after
      ? html`<span class="same">same</span>`
      : html`<span class="arrow">→</span> ${cellText(after)} ${errorMark}`;
  return html`<td class="level-${level}">
    <span class="before">${cellText(before)}</span> <span class="after">${again}</span>
  </td>`;
}

/** Rows as they are: generated samples. */
export function plainRows({ columns, rows }: CellRows): Html {
  const shown = rows.slice(0, MOST_ROWS);
  const kept = columns.slice(0, MOST_COLUMNS);
  const left = columns.length - kept.length;
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Table of rows">
      <table class="cells">
        <thead>
          <tr>
            <th scope="col">Column</th>
            ${shown.map((_, row) => html`<th scope="col"><small>sample ${row + 1}</small></th>`)}
          </tr>
        </thead>
        <tbody>
          ${kept.map(
            (name, column) =>
              html`<tr>
                <th scope="row">${dataText(name, 32)}</th>
                ${shown.map((row) => html`<td>${cellText(row[column] ?? null)}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${left > 0 && html`<p class="note">${formatCount(left, "more column")} not shown.</p>`}`;
}

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 20, useGrouping: "min2" });

function cellText(value: string | null): Html {
  return value === null ? html`<span class="none">missing</span>` : numberText(value);
}

/** A cell as it is read best: a number with the digits that say something, else the text. */
export function numberText(value: string): Html {
  // Leading zeros are kept: such a text is a code, not a number.
  if (!/^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(value)) return dataText(value, 28);
  // Numbers come with all the digits a float has; four say as much here.
  const number = Number(value);
  const digits = Math.max(4, Math.trunc(Math.abs(number)).toFixed(0).length);
  return html`${grouped.format(Number(number.toPrecision(digits))).replace("-", "−")}`;
}

function plainChange(before: string | null | undefined, after: string | null): boolean {
  if (before === after) return false;
  return before === null || after === null || !Number.isFinite(Number(after));
}

/** Cells of the reconstruction found by column name, as the order may differ. */
function byName(
  originals: CellRows,
  again: CellRows,
): (row: number, column: number) => string | null {
  const at = originals.columns.map((name, column) =>
    again.columns[column] === name ? column : again.columns.indexOf(name),
  );
  return (row, column) => again.rows[row]?.[at[column] ?? -1] ?? null;
}

/** The columns with the largest errors, in the order of the data. */
function worstColumns(errors: readonly (readonly number[])[], columns: number): number[] {
  const worst = Array.from({ length: columns }, (_, column) => ({
    column,
    error: Math.max(...errors.map((row) => row[column] ?? 0)),
  }));
  return worst
    .sort((a, b) => b.error - a.error || a.column - b.column)
    .slice(0, MOST_COLUMNS)
    .map(({ column }) => column)
    .sort((a, b) => a - b);
}

function largest(row: readonly number[], columns: readonly number[]): Set<number> {
  const ranked = columns
    .filter((column) => (row[column] ?? 0) >= WORTH_MARKING)
    .sort((a, b) => (row[b] ?? 0) - (row[a] ?? 0));
  return new Set(ranked.slice(0, MARKED));
}
