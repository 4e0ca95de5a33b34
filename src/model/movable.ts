/** Feeds that need no copy on their way to the engine. */
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import { isOwned } from "../data/owned.ts";
import type { Rows } from "../data/source.ts";

type Feeds = Readonly<Record<string, Tensor>>;

/**
 * Feeds whose memory may move to the engine. What belongs to somebody else is copied first, side
 * by side into one piece: many columns then travel as one.
 *
 * @param rows what the feeds were made of
 */
export function movable(feeds: Feeds, rows: Rows): Feeds {
  if (isOwned(rows)) return feeds;
  const held = buffersOf(rows);
  const borrowed = Object.entries(feeds).filter(
    ([, { data }]) => ArrayBuffer.isView(data) && held.has(data.buffer),
  ) as [string, Exclude<Tensor, { dtype: "string" }>][];
  const bytes = borrowed.reduce((sum, [, { data }]) => sum + whole(data.byteLength), 0);
  const block = new ArrayBuffer(bytes);
  let at = 0;
  const copies = borrowed.map(([name, { dtype, data, shape }]) => {
    const copy = new (data.constructor as Float64ArrayConstructor)(block, at, data.length);
    copy.set(data as Float64Array);
    at += whole(data.byteLength);
    return [name, tensor(dtype as "float64", copy, shape)] as const;
  });
  return { ...feeds, ...Object.fromEntries(copies) };
}

/** Bytes rounded up, so that numbers of any size may follow. */
function whole(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

function buffersOf(rows: Rows): ReadonlySet<ArrayBufferLike> {
  // Their feeds are made anew.
  if (rows.kind === "interactions") return new Set();
  if (rows.kind === "series") return new Set([rows.values.buffer]);
  if (rows.kind !== "table") return new Set([rows.data.buffer]);
  return new Set(
    rows.columns.map((column) => (column.type === "text" ? column.codes : column.values).buffer),
  );
}
