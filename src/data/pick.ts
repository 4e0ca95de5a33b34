/** Some rows of a source, without holding the others. */
import { concatRows, takeRows } from "./rows.ts";
import type { Rows, Source } from "./source.ts";

/**
 * The rows at `indices`, in that order, in one walk over the source.
 *
 * @param indices row numbers from 0; one may come more than once
 */
export async function pickRows(
  source: Source,
  indices: Int32Array,
  signal?: AbortSignal,
): Promise<Rows> {
  const wanted = Int32Array.from(new Set(indices)).sort();
  const parts: Rows[] = [];
  let first = 0;
  let next = 0;
  for await (const rows of source.read(signal === undefined ? {} : { signal })) {
    const here: number[] = [];
    while (next < wanted.length && (wanted[next] as number) < first + rows.rows) {
      here.push((wanted[next] as number) - first);
      next += 1;
    }
    if (here.length > 0) parts.push(takeRows(rows, Int32Array.from(here)));
    first += rows.rows;
    if (next === wanted.length) break;
  }
  const place = new Map(Array.from(wanted, (row, i) => [row, i] as const));
  return takeRows(
    concatRows(parts),
    indices.map((row) => place.get(row) as number),
  );
}
