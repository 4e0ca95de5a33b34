/** What was changed in a table: counted, listed, and said. */
import type { Column, Rows } from "../data/source.ts";
import { IMPUTED, REPAIRED } from "../model/denoise-marks.ts";
import type { Denoised } from "../model/types.ts";
import { cellText } from "./denoise-cell-text.ts";
import { textColumn } from "./columns.ts";

export interface Changes {
  /** Rows as they were read, the latest last. */
  readonly given: Rows[];
  /** Cells by column. */
  readonly imputed: Record<string, number>;
  readonly repaired: Record<string, number>;
  /** @returns the changed cells as a table, if there are any */
  add(batch: Denoised, first: number): Rows | undefined;
}

export function createChanges(): Changes {
  const given: Rows[] = [];
  const imputed: Record<string, number> = {};
  const repaired: Record<string, number> = {};
  return {
    given,
    imputed,
    repaired,
    add: ({ rows, changes }, first) => {
      const before = given.at(-1);
      if (changes === undefined || before === undefined) return undefined;
      const { columns, marks } = changes;
      const lines: { row: number; name: string; was: string | null; now: string; why: string }[] =
        [];
      for (const [cell, mark] of marks.entries()) {
        if (mark !== IMPUTED && mark !== REPAIRED) continue;
        const row = Math.floor(cell / columns.length);
        const at = cell % columns.length;
        const name = columns[at] as string;
        const counts = mark === IMPUTED ? imputed : repaired;
        counts[name] = (counts[name] ?? 0) + 1;
        lines.push({
          row: first + row + 1,
          name,
          was: cellText(before, row, name, at),
          now: cellText(rows, row, name, at) ?? "",
          why: mark === IMPUTED ? "missing" : "implausible",
        });
      }
      if (lines.length === 0) return undefined;
      const numbers: Column = {
        name: "row",
        type: "integer",
        values: Float64Array.from(lines, ({ row }) => row),
      };
      return {
        kind: "table",
        rows: lines.length,
        columns: [
          numbers,
          textColumn(
            "column",
            lines.map(({ name }) => name),
          ),
          textColumn(
            "was",
            lines.map(({ was }) => was),
          ),
          textColumn(
            "now",
            lines.map(({ now }) => now),
          ),
          textColumn(
            "why",
            lines.map(({ why }) => why),
          ),
        ],
      };
    },
  };
}

/** The changed columns of each row, missing where there are none. */
export function changedColumn(name: string, { rows, changes }: Denoised): Column {
  const { columns = [], marks } = changes ?? {};
  return textColumn(
    name,
    Array.from({ length: rows.rows }, (_, row) => {
      const own = columns.filter((_one, at) => (marks?.[row * columns.length + at] ?? 0) !== 0);
      return own.length === 0 ? null : own.join(", ");
    }),
  );
}

const SHOWN = 5;

export function changesText({ imputed, repaired }: Changes): string {
  const said = [
    wordsFor(imputed, "missing", "filled in"),
    wordsFor(repaired, "implausible", "replaced"),
  ].filter((words) => words !== "");
  return said.length === 0 ? "nothing was missing or implausible" : said.join("; ");
}

function wordsFor(counts: Readonly<Record<string, number>>, what: string, done: string): string {
  const all = Object.entries(counts).toSorted(([, a], [, b]) => b - a);
  const total = all.reduce((sum, [, n]) => sum + n, 0);
  if (total === 0) return "";
  const named = all.slice(0, SHOWN).map(([name, n]) => `${name} ${n.toLocaleString("en")}`);
  const more = all.length > SHOWN ? ` and ${all.length - SHOWN} more columns` : "";
  return `${total.toLocaleString("en")} ${what} cell${total === 1 ? "" : "s"} ${done} (${named.join(", ")}${more})`;
}
