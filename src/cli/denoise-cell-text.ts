/** A cell in words, as it stands in a list of changes. */
import type { Rows } from "../data/source.ts";
import { tableCell } from "../model/blame.ts";
import { tidy } from "./columns.ts";

/** @param at its place among the model's columns */
export function cellText(rows: Rows, row: number, name: string, at: number): string | null {
  if (rows.kind === "array") {
    const value = rows.data[(row * rows.data.length) / rows.rows + at] as number;
    return Number.isNaN(value) ? null : String(tidy(value));
  }
  if (rows.kind !== "table") return null;
  const column = rows.columns.find((one) => one.name === name);
  if (column === undefined) return null;
  const cell = tableCell(column, row);
  return cell === null ? null : String(typeof cell === "number" ? tidy(cell) : cell);
}
