/** Training and validation rows. */
import { atSite, keyAt } from "../random/bits.ts";
import { permutation } from "../random/numbers.ts";
import type { SeriesWindows } from "./source.ts";

export interface Split {
  readonly training: Int32Array;
  readonly validation: Int32Array;
}

/** A site of its own, so that the split does not follow the order of training. */
const SPLIT_SITE = 0x5e1;

/**
 * Draws `share` of the rows for validation; both parts in their original order.
 * Fewer than 10 rows would say nothing: then none are drawn, and training runs its course.
 */
export function splitRows(rows: number, share: number, seed: number): Split {
  const held = Math.floor(rows * share) < 10 ? 0 : Math.floor(rows * share);
  const order = permutation(atSite(keyAt(seed, 0), SPLIT_SITE), rows);
  return { validation: order.slice(0, held).sort(), training: order.slice(held).sort() };
}

/**
 * Windows of series held out in a few runs of neighbours: windows overlap, and one between two that
 * are trained on would be known already. Those that overlap a run and are not in it are left out of
 * both. Where that would leave fewer than half to train on, none are held out.
 */
export function splitWindows(windows: SeriesWindows, share: number, seed: number): Split {
  const { rows, starts, window } = windows;
  const wanted = Math.floor(rows * share);
  const all = Int32Array.from({ length: rows }, (_, row) => row);
  const none = { training: all, validation: new Int32Array(0) };
  if (wanted < 10) return none;
  const perPoint = rows / (windows.values.length / windows.channels.length);
  const reach = Math.max(1, Math.ceil(window * perPoint));
  // Each run costs about two windows' length of overlaps: half of what is held out at most.
  const runs = Math.max(1, Math.min(10, Math.floor(wanted / (4 * reach))));
  const order = permutation(atSite(keyAt(seed, 0), SPLIT_SITE), rows);
  const held = new Uint8Array(rows);
  // A run in each of as many stretches, so that runs do not meet.
  for (let run = 0; run < runs; run += 1) {
    const [low, high] = [run, run + 1].map((i) => Math.floor((i * rows) / runs)) as [
      number,
      number,
    ];
    const size = Math.floor(((run + 1) * wanted) / runs) - Math.floor((run * wanted) / runs);
    const first = low + ((order[run] as number) % Math.max(1, high - low - size + 1));
    held.fill(1, first, first + size);
  }
  const points = new Uint8Array(windows.values.length / windows.channels.length);
  const validation = all.filter((row) => held[row] === 1);
  for (const row of validation)
    points.fill(1, starts[row] as number, (starts[row] as number) + window);
  const before = new Int32Array(points.length + 1);
  for (const [i, one] of points.entries()) before[i + 1] = (before[i] as number) + one;
  const training = all.filter((row) => {
    const start = starts[row] as number;
    return before[start + window] === before[start];
  });
  return 2 * training.length < rows ? none : { training, validation };
}
