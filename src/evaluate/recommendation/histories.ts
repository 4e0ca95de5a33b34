/** Rows of interactions as what they are: sparse rows, cut and turned. */
import type { Interactions } from "../../data/source.ts";

/** The columns that each row holds, rising; values are all 1. */
export interface SparseRows {
  readonly rows: number;
  readonly columns: number;
  readonly starts: Int32Array;
  readonly codes: Int32Array;
}

export function sparseOf({ rows, items, starts, codes }: Interactions): SparseRows {
  return { rows, columns: items.length, starts, codes };
}

export function lengthOf({ starts }: Pick<SparseRows, "starts">, row: number): number {
  return (starts[row + 1] as number) - (starts[row] as number);
}

/** How many interactions there are. */
export function interactionCount({ rows, starts }: Pick<SparseRows, "rows" | "starts">): number {
  return (starts[rows] as number) - (starts[0] as number);
}

/** How many rows hold each column. */
export function columnCounts(sparse: SparseRows): Int32Array {
  const counts = new Int32Array(sparse.columns);
  const { starts, codes, rows } = sparse;
  for (let at = starts[0] as number; at < (starts[rows] as number); at += 1) {
    const code = codes[at] as number;
    counts[code] = (counts[code] as number) + 1;
  }
  return counts;
}

/** Columns as rows, each rising. */
export function transposed(sparse: SparseRows): SparseRows {
  const { rows, columns, starts, codes } = sparse;
  const counts = columnCounts(sparse);
  const ends = new Int32Array(columns + 1);
  for (let j = 0; j < columns; j += 1) ends[j + 1] = (ends[j] as number) + (counts[j] as number);
  const next = ends.slice(0, columns);
  const turned = new Int32Array(ends[columns] as number);
  for (let row = 0; row < rows; row += 1) {
    for (let at = starts[row] as number; at < (starts[row + 1] as number); at += 1) {
      const code = codes[at] as number;
      turned[next[code] as number] = row;
      next[code] = (next[code] as number) + 1;
    }
  }
  return { rows: columns, columns: rows, starts: ends, codes: turned };
}

interface Cut {
  /** In the order in which they shall stand. Default: all. */
  readonly rows?: Int32Array;
  /** Whether the interaction at a place in `codes` stays. Default: all do. */
  readonly stays?: (at: number, row: number) => boolean;
  /** The new code of each item, in the order of the old ones; −1: its interactions go. */
  readonly renumbered?: { readonly codes: Int32Array; readonly items: readonly string[] };
}

/** Some of the interactions, as new ones. */
export function cutInteractions(from: Interactions, cut: Cut): Interactions {
  const rows = cut.rows ?? Int32Array.from({ length: from.rows }, (_, row) => row);
  const starts = new Int32Array(rows.length + 1);
  const kept: number[] = [];
  for (const [to, row] of rows.entries()) {
    for (let at = from.starts[row] as number; at < (from.starts[row + 1] as number); at += 1) {
      if (cut.renumbered?.codes[from.codes[at] as number] === -1) continue;
      if (cut.stays === undefined || cut.stays(at, row)) kept.push(at);
    }
    starts[to + 1] = kept.length;
  }
  const places = Int32Array.from(kept);
  const { weights, times, users } = from;
  const codes = places.map((at) => from.codes[at] as number);
  return {
    kind: "interactions",
    rows: rows.length,
    items: cut.renumbered?.items ?? from.items,
    starts,
    codes:
      cut.renumbered === undefined
        ? codes
        : codes.map((code) => cut.renumbered?.codes[code] as number),
    ...(weights && { weights: Float32Array.from(places, (at) => weights[at] as number) }),
    ...(times && { times: Float64Array.from(places, (at) => times[at] as number) }),
    ...(users && { users: Array.from(rows, (row) => users[row] as string) }),
  };
}
