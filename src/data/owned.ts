/**
 * Chunks whose memory is nobody else's, so that whoever asked for them may give it away: to a
 * worker thread, say, without a copy. By identity, so that no copy of a chunk claims it too, and
 * only where asked for, so that what keeps chunks for later never finds them empty.
 */
import type { Rows } from "./source.ts";

const owned = new WeakSet<Rows>();

/** For readers, when `own` was asked of them and the chunk is made anew. */
export function markOwned<T extends Rows>(rows: T): T {
  owned.add(rows);
  return rows;
}

export function isOwned(rows: Rows): boolean {
  return owned.has(rows);
}
