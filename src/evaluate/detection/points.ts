/** Choosing rows of points. */
import { inputError } from "../../base/errors.ts";
import { atSite, keyAt } from "../../random/bits.ts";
import { ranks } from "../../random/ranks.ts";
import type { Points } from "./detector.ts";

const DRAW_SITE = 0xd2a3;

/** @throws `data.rows` for fewer than `least` rows, `data.values` for what is no finite number */
export function requirePoints(points: Points, least: number, place: string): void {
  const { rows, columns, data } = points;
  if (rows < least || columns < 1) {
    throw inputError("data.rows", {
      place,
      expected: `at least ${least} rows, of one column or more`,
      got: `${rows} rows of ${columns} columns`,
    });
  }
  for (let i = 0; i < rows * columns; i += 1) {
    if (Number.isFinite(data[i])) continue;
    throw inputError("data.values", {
      place: `${place}, row ${Math.floor(i / columns)}, column ${i % columns}`,
      expected: "a finite number",
      got: String(data[i]),
    });
  }
}

/** The given rows of points, as a copy. */
export function pickRows({ data, columns }: Points, rows: Int32Array): Points {
  const out =
    data instanceof Float32Array
      ? new Float32Array(rows.length * columns)
      : new Float64Array(rows.length * columns);
  for (const [to, from] of rows.entries())
    out.set(data.subarray(from * columns, (from + 1) * columns), to * columns);
  return { rows: rows.length, columns, data: out };
}

/** Rows drawn without repetition, rising; all of them where there are no more than `most`. */
export function drawnRows(rows: number, most: number, seed: number): Int32Array {
  const all = Int32Array.from({ length: rows }, (_, row) => row);
  if (rows <= most) return all;
  const rank = ranks(atSite(keyAt(seed, 0), DRAW_SITE), rows);
  return all.filter((row) => rank(row) < most);
}
