/** What a run keeps in memory of its data: all rows, or held-out rows and a sample of the others. */
import type { Facts } from "../data/facts.ts";
import { gatherFacts } from "../data/facts.ts";
import type { Labels } from "../data/labels.ts";
import { collect } from "../data/memory.ts";
import { concatRows, takeRows } from "../data/rows.ts";
import type { Rows, Source } from "../data/source.ts";
import type { Split } from "../data/split.ts";
import { splitRows, splitWindows } from "../data/split.ts";
import { inputError } from "../base/errors.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { ranks } from "../random/ranks.ts";
import type { Settings } from "./settings.ts";
import type { Reading } from "./types.ts";

/** Rows, and their clean side where there are pairs. */
export interface Sides {
  readonly source: Source;
  readonly clean: Source | undefined;
}

export interface Walk {
  readonly signal: AbortSignal | undefined;
  readonly tell: ((done: Reading) => void) | undefined;
}

export interface Material {
  readonly rows: Rows;
  readonly clean: Rows | undefined;
  /** Places among `rows`. */
  readonly split: Split;
  /** Rows to train on in all, resident or not. */
  readonly training: number;
  /** Of what is not resident; undefined when all is. */
  readonly streamed?: Streamed;
}

export interface Streamed {
  /** Of all training rows. */
  readonly facts: Facts;
  /** From a row of the source to its place in a random order, whose first are held out. */
  readonly rank: (row: number) => number;
  /** Rows of the source that `Material.rows` are. */
  readonly places: Int32Array;
}

/** All rows in memory. */
export async function residentMaterial(
  { source, clean }: Sides,
  walk: Walk,
  settingsOf: (rows: number) => Settings,
): Promise<Material> {
  const options = (of: number) => ({
    ...(walk.signal === undefined ? {} : { signal: walk.signal }),
    tell: (rows: number) => walk.tell?.({ rows, of, doing: "reading" }),
  });
  const rows = await collect(source, options(source.rows));
  const settings = settingsOf(rows.rows);
  const { validation, seed } = settings;
  const split =
    rows.kind === "series"
      ? splitWindows(rows, validation, seed)
      : splitRows(rows.rows, validation, seed);
  requireRows(rows.rows, source.name);
  const cleanRows = clean && (await collect(clean, options(clean.rows)));
  return { rows, clean: cleanRows, split, training: split.training.length };
}

/** A site of its own, so that the split does not follow the order of training. */
const RANK_SITE = 0x5e2;

/** Held-out rows and a random sample of the others; of these all, what scales rest on. */
export async function sampledMaterial(
  sides: Sides,
  walk: Walk,
  { heldOut, sample }: { readonly heldOut: number; readonly sample: number },
  seed: number,
): Promise<Material> {
  const { source, clean } = sides;
  const rank = ranks(atSite(keyAt(seed, 0), RANK_SITE), source.rows);
  const parts: { readonly rows: Rows; readonly clean: Rows | undefined }[] = [];
  const places: number[] = [];
  const validation: number[] = [];
  const training: number[] = [];
  const facts = gatherFacts();
  for await (const { first, rows, cleanRows } of chunksOf(sides, walk, "reading")) {
    const placed = Float64Array.from({ length: rows.rows }, (_, i) => rank(first + i));
    // Scales come from what shall be given back.
    facts.add(cleanRows ?? rows, (row) => (placed[row] as number) >= heldOut);
    const kept: number[] = [];
    for (const [row, place] of placed.entries()) {
      if (place >= heldOut + sample) continue;
      (place < heldOut ? validation : training).push(places.length);
      places.push(first + row);
      kept.push(row);
    }
    if (kept.length === 0) continue;
    const some = Int32Array.from(kept);
    parts.push({ rows: takeRows(rows, some), clean: cleanRows && takeRows(cleanRows, some) });
  }
  return {
    rows: concatRows(parts.map(({ rows }) => rows)),
    clean: clean && concatRows(parts.map((part) => part.clean as Rows)),
    split: { validation: Int32Array.from(validation), training: Int32Array.from(training) },
    training: source.rows - heldOut,
    streamed: { facts: facts.end(), rank, places: Int32Array.from(places) },
  };
}

/** Labels of the rows in memory, of the labels of all. */
export function labelsIn({ streamed }: Material, labels: Labels | undefined): Labels | undefined {
  if (streamed === undefined || labels === undefined) return labels;
  return Array.from(streamed.places, (row) => labels[row] ?? null);
}

/** Rows read at a time where two sources are walked side by side. */
const PAIRED = 1024;

/** Walks both sides chunk by chunk. */
export async function* chunksOf(
  { source, clean }: Sides,
  { signal, tell }: Walk,
  doing: Reading["doing"],
): AsyncGenerator<{ readonly first: number; readonly rows: Rows; readonly cleanRows?: Rows }> {
  const options = {
    ...(signal === undefined ? {} : { signal }),
    ...(clean === undefined ? {} : { chunk: PAIRED }),
  };
  const others = clean?.read(options)[Symbol.asyncIterator]();
  let first = 0;
  try {
    for await (const rows of source.read(options)) {
      signal?.throwIfAborted();
      const other = (await others?.next())?.value as Rows | undefined;
      if (clean !== undefined) requirePair(rows.rows, other?.rows ?? 0, clean.name);
      yield { first, rows, ...(other === undefined ? {} : { cleanRows: other }) };
      first += rows.rows;
      tell?.({ rows: first, of: source.rows, doing });
    }
  } finally {
    await others?.return?.();
  }
  if (first === source.rows) return;
  throw inputError("data.changed", {
    place: source.name,
    expected: `${source.rows.toLocaleString("en")} rows, as when it was opened`,
    got: first.toLocaleString("en"),
    hint: "leave the data alone while they are read",
  });
}

function requirePair(noisy: number, clean: number, place: string): void {
  if (noisy === clean) return;
  throw inputError("data.pairs", {
    place,
    expected: `${noisy} rows, each the clean side of the row at its place`,
    got: String(clean),
  });
}

function requireRows(rows: number, place: string): void {
  if (rows >= 2) return;
  throw inputError("data.rows", {
    place,
    expected: "at least 2 rows to learn from",
    got: rows === 1 ? "1 row" : "no rows",
    hint: "an autoencoder learns what rows have in common: give it more, hundreds if you can",
  });
}
