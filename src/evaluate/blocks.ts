/** Rows in blocks of one size, whatever the reader's: figures must not depend on how data lie. */
import { concatRows, sliceRows } from "../data/rows.ts";
import type { Rows, Source } from "../data/source.ts";

/** Numbers a block may hold after preprocessing: 16 MB. */
const NUMBERS = 2 ** 22;
const ROWS = 512;

/** Rows a block, set by the size of a row alone. */
export function blockRows(features: number): number {
  return Math.max(16, Math.min(ROWS, Math.floor(NUMBERS / features)));
}

/**
 * A source whose chunks hold as many rows as asked for, all but the last.
 *
 * @param options.read rows that are read at a time; the reader's choice by default
 */
export function inBlocks(
  source: Source,
  options: { readonly read?: number | undefined } = {},
): Source {
  const { read } = options;
  return {
    ...source,
    read: ({ chunk = ROWS, signal } = {}) =>
      regrouped(
        source.read({
          ...(read === undefined ? {} : { chunk: read }),
          ...(signal === undefined ? {} : { signal }),
        }),
        chunk,
      ),
  } as Source;
}

async function* regrouped(chunks: AsyncIterable<Rows>, size: number): AsyncIterable<Rows> {
  let waiting: Rows[] = [];
  let count = 0;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    count += chunk.rows;
    if (count < size) continue;
    const joined = concatRows(waiting);
    let row = 0;
    for (; row + size <= joined.rows; row += size) yield sliceRows(joined, row, row + size);
    count = joined.rows - row;
    waiting = count > 0 ? [sliceRows(joined, row, joined.rows)] : [];
  }
  if (count > 0) yield concatRows(waiting);
}
