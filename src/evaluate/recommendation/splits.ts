/**
 * What is kept back of interactions to judge recommendations by.
 *
 * Strong generalization: users are held out whole; of each a part of the history is given, and the
 * rest is asked for. By time: of everybody the latest part is asked for, or what came after a moment.
 *
 * @see Liang, Krishnan, Hoffman and Jebara, "Variational autoencoders for collaborative filtering"
 *   (WWW 2018), section 4.2
 */
import { counted } from "../../base/counted.ts";
import { inputError } from "../../base/errors.ts";
import type { Interactions } from "../../data/source.ts";
import { atSite, keyAt } from "../../random/bits.ts";
import { permutation } from "../../random/numbers.ts";
import { columnCounts, cutInteractions, lengthOf, sparseOf } from "./histories.ts";

/** Users to recommend to: what is known of each, and what they took besides. Row by row the same. */
export interface HeldOut {
  readonly given: Interactions;
  readonly asked: Interactions;
}

export interface InteractionSplit {
  /** Its items are those that somebody of it took; the held-out part has the same. */
  readonly train: Interactions;
  readonly heldOut: HeldOut;
  /** Sentences: what could not be asked for. */
  readonly notes: readonly string[];
}

/** Of a shorter history nothing is asked for: a fifth of it is no item. */
export const LEAST_HISTORY = 5;
const ASKED_SHARE = 0.2;
const USERS_SHARE = 0.2;
/** More held-out users only narrow the error. */
const MOST_USERS = 10_000;
const USERS_SITE = 0x5e1d;
const ASKED_SITE = 0xa5ed;

export interface HoldOutOptions {
  readonly seed?: number;
  /** Share of the users with long enough histories that are held out. Default 0.2, at most 10,000. */
  readonly users?: number;
  /** Share of a held-out history that is asked for. Default 0.2. */
  readonly asked?: number;
  /** Which part of it: any, by chance (default), or the latest. */
  readonly by?: "chance" | "time";
}

/**
 * Holds out users. Those with fewer than 5 items stay for training.
 *
 * @throws `data.rows` where too few users have 5 items, `data.times` for `by: "time"` without times
 * @example
 * const { train, heldOut } = holdOutUsers(interactions, { seed: 1 });
 */
export function holdOutUsers(all: Interactions, options: HoldOutOptions = {}): InteractionSplit {
  const { seed = 0, users = USERS_SHARE, asked = ASKED_SHARE, by = "chance" } = options;
  const chosen = new Set(someUsers(all, users, seed));
  const parts = Int32Array.from({ length: all.rows }, (_, row) => row);
  const askedFor = by === "time" ? latest(all, asked) : drawn(all, asked, seed);
  return splitOf(all, {
    train: cutInteractions(all, { rows: parts.filter((row) => !chosen.has(row)) }),
    rows: parts.filter((row) => chosen.has(row)),
    asked: askedFor,
    notes: shortNote(all, "stay for training"),
  });
}

/** Of everybody with 5 items or more, a part that is given and one that is asked for. */
export function givenAndAsked(
  all: Interactions,
  { seed = 0, asked = ASKED_SHARE, by = "chance" }: Omit<HoldOutOptions, "users"> = {},
): HeldOut {
  const askedFor = by === "time" ? latest(all, asked) : drawn(all, asked, seed);
  const rows = longEnough(all);
  return {
    given: cutInteractions(all, { rows, stays: (at, row) => !askedFor(at, row) }),
    asked: cutInteractions(all, { rows, stays: askedFor }),
  };
}

/**
 * Holds out the latest part of everybody's history: the users are known, their future is not.
 * Histories of fewer than 5 items are only learned from.
 *
 * @throws `data.times` where no times are known, `data.rows` where nobody has 5 items
 * @example
 * const { train, heldOut } = holdOutLatest(interactions);
 */
export function holdOutLatest(
  all: Interactions,
  { asked = ASKED_SHARE }: Pick<HoldOutOptions, "asked"> = {},
): InteractionSplit {
  const askedFor = latest(all, asked);
  const rows = longEnough(all);
  if (rows.length === 0) throw tooFew(all, 1, rows.length);
  const known = new Set(rows);
  return splitOf(all, {
    train: cutInteractions(all, { stays: (at, row) => !known.has(row) || !askedFor(at, row) }),
    rows,
    asked: askedFor,
    notes: shortNote(all, "are only learned from"),
  });
}

/**
 * Holds out what came after a moment: everything before is given, and learned from where the user had
 * enough by then. The users are those who had something before and took something after.
 *
 * @param least items that a user must have had to be learned from
 * @throws `data.times` where no times are known
 * @example
 * const { train, heldOut } = holdOutAfter(interactions, Date.UTC(2024, 0, 1), 5);
 */
export function holdOutAfter(all: Interactions, moment: number, least: number): InteractionSplit {
  const { times } = all;
  if (times === undefined) throw noTimes();
  // Of what has no time nobody can say that it came after.
  const later: Asked = (at) => (times[at] as number) > moment;
  const every = Int32Array.from({ length: all.rows }, (_, row) => row);
  const after = every.map((row) => {
    let count = 0;
    for (let at = all.starts[row] as number; at < (all.starts[row + 1] as number); at += 1)
      count += Number(later(at, row));
    return count;
  });
  const before = every.map((row) => lengthOf(all, row) - (after[row] as number));
  const came = every.filter((row) => (after[row] as number) > 0);
  const rows = came.filter((row) => (before[row] as number) > 0);
  const strangers = came.length - rows.length;
  return splitOf(all, {
    train: cutInteractions(all, {
      rows: every.filter((row) => (before[row] as number) >= Math.max(1, least)),
      stays: (at, row) => !later(at, row),
    }),
    rows,
    asked: later,
    notes:
      strangers === 0 ? [] : [`${counted(strangers, "other user")} had no items before to go by.`],
  });
}

export interface HoldOutRowsOptions extends Pick<HoldOutOptions, "asked" | "by" | "seed"> {
  /** What is given of the rows is learned from too: else only the other rows are. */
  readonly known?: boolean;
}

/**
 * Holds out the users of given rows. Those with fewer than 5 items are passed over.
 *
 * @throws `data.times` for `by: "time"` without times
 */
export function holdOutRows(
  all: Interactions,
  rows: Int32Array,
  { seed = 0, asked = ASKED_SHARE, by = "chance", known = false }: HoldOutRowsOptions = {},
): InteractionSplit {
  const chosen = new Set(rows);
  const askedFor = by === "time" ? latest(all, asked) : drawn(all, asked, seed);
  const others = Int32Array.from({ length: all.rows }, (_, row) => row).filter(
    (row) => !chosen.has(row),
  );
  const able = new Set(longEnough(all));
  return splitOf(all, {
    train: known
      ? cutInteractions(all, { stays: (at, row) => !chosen.has(row) || !askedFor(at, row) })
      : cutInteractions(all, { rows: others }),
    rows: rows.filter((row) => able.has(row)),
    asked: askedFor,
    notes: [],
  });
}

type Asked = (at: number, row: number) => boolean;

interface Pieces {
  readonly train: Interactions;
  readonly rows: Int32Array;
  readonly asked: Asked;
  readonly notes: readonly string[];
}

/** The held-out part in the items of the training part: nobody can know of others. */
function splitOf(all: Interactions, pieces: Pieces): InteractionSplit {
  const counts = columnCounts(sparseOf(pieces.train));
  let size = 0;
  const codes = Int32Array.from(counts, (count) => (count > 0 ? size++ : -1));
  const renumbered = { codes, items: all.items.filter((_, code) => codes[code] !== -1) };
  const train = cutInteractions(pieces.train, { renumbered });
  const { asked: isAsked, rows: chosen } = pieces;
  const askable = chosen.filter((row) => {
    for (let at = all.starts[row] as number; at < (all.starts[row + 1] as number); at += 1)
      if (codes[all.codes[at] as number] !== -1 && isAsked(at, row)) return true;
    return false;
  });
  const given = cutInteractions(all, {
    rows: askable,
    renumbered,
    stays: (at, row) => !isAsked(at, row),
  });
  const asked = cutInteractions(all, { rows: askable, renumbered, stays: isAsked });
  const left = chosen.length - askable.length;
  const strangers = counts.length - size;
  const notes = [
    ...pieces.notes,
    ...(strangers === 0
      ? []
      : [
          `${counted(strangers, "item")} that nobody of the training part took cannot be asked for.`,
        ]),
    ...(left === 0 ? [] : [`${counted(left, "held-out user")} took no other items to ask for.`]),
  ];
  return { train, heldOut: { given, asked }, notes };
}

function longEnough(all: Interactions): Int32Array {
  return Int32Array.from({ length: all.rows }, (_, row) => row).filter(
    (row) => lengthOf(all, row) >= LEAST_HISTORY,
  );
}

function someUsers(all: Interactions, share: number, seed: number): Int32Array {
  const able = longEnough(all);
  if (able.length < 2) throw tooFew(all, 2, able.length);
  const count = Math.min(MOST_USERS, Math.max(1, Math.round(share * able.length)), able.length - 1);
  const order = permutation(atSite(keyAt(seed, 0), USERS_SITE), able.length);
  return order.slice(0, count).map((place) => able[place] as number);
}

function askedCount(length: number, share: number): number {
  return length < LEAST_HISTORY ? 0 : Math.min(length - 1, Math.max(1, Math.floor(share * length)));
}

/** Of each row some, by a draw of its own, so that it is the same in whatever company. */
function drawn(all: Interactions, share: number, seed: number): Asked {
  return perRow(all, share, (row, length) =>
    permutation(atSite(keyAt(seed, row), ASKED_SITE), length),
  );
}

function latest(all: Interactions, share: number): Asked {
  const { times } = all;
  if (times === undefined) throw noTimes();
  return perRow(all, share, (row, length) => {
    const first = all.starts[row] as number;
    const order = Int32Array.from({ length }, (_, place) => place);
    // A time that is not known counts as the first of all: it says nothing of what came last.
    const timeAt = (place: number): number => {
      const time = times[first + place] as number;
      return Number.isNaN(time) ? -Infinity : time;
    };
    return order.sort((a, b) => (timeAt(a) === timeAt(b) ? a - b : timeAt(b) - timeAt(a)));
  });
}

function noTimes(): Error {
  return inputError("data.times", {
    place: "interactions to split by time",
    expected: "a time for each interaction",
    got: "none",
    hint: "name the column that holds it, or hold out users by chance",
  });
}

/** @param order places of a row, those to ask for first */
function perRow(
  all: Interactions,
  share: number,
  order: (row: number, length: number) => Int32Array,
): Asked {
  let known = -1;
  let asked = new Set<number>();
  return (at, row) => {
    if (row !== known) {
      const length = lengthOf(all, row);
      asked = new Set(order(row, length).subarray(0, askedCount(length, share)));
      known = row;
    }
    return asked.has(at - (all.starts[row] as number));
  };
}

function shortNote(all: Interactions, what: string): readonly string[] {
  const short = all.rows - longEnough(all).length;
  if (short === 0) return [];
  return [`${counted(short, "user")} with fewer than ${LEAST_HISTORY} items ${what}.`];
}

function tooFew(all: Interactions, least: number, got: number): Error {
  return inputError("data.rows", {
    place: "interactions to hold some out of",
    expected: `at least ${counted(least, "user")} with ${LEAST_HISTORY} items or more`,
    got: `${got} of ${all.rows}`,
  });
}
