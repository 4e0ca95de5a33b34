/** Picking columns by name, and guessing what a mistyped name meant. */

import { inputError } from "../base/errors.ts";

/**
 * The candidate closest to `name` by edit distance, upper and lower case alike,
 * or undefined when none is close enough to be worth suggesting.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein distance with swaps of neighbours counted as one; stops at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let twoBack: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(
        (previous[j] ?? 0) + 1,
        (current[j - 1] ?? 0) + 1,
        (previous[j - 1] ?? 0) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (twoBack[j - 2] ?? 0) + 1);
      }
      current.push(cost);
    }
    twoBack = previous;
    previous = current;
  }
  return Math.min(limit, previous[b.length] ?? limit);
}

/** `"a", "b", "c" and 4 more`, for messages. */
export function listNames(names: readonly string[], limit = 8): string {
  const shown = names.slice(0, limit).map((name) => JSON.stringify(name));
  const rest = names.length - shown.length;
  return rest > 0 ? `${shown.join(", ")} and ${rest} more` : shown.join(", ");
}

/**
 * The position of `name` among `names`.
 *
 * @param option what the name came from, for the message: `--label`
 * @throws data.column when there is no such name
 */
export function findName(
  name: string,
  names: readonly string[],
  place: string,
  option: string,
): number {
  const index = names.indexOf(name);
  if (index >= 0) return index;
  const near = nearestName(name, names);
  throw inputError("data.column", {
    place: `${place}, ${option}`,
    expected: `one of the columns ${listNames(names)}`,
    got: JSON.stringify(name),
    hint:
      near === undefined
        ? "check the name; upper and lower case differ"
        : `write ${JSON.stringify(near)} if that is the one you mean`,
  });
}

export interface ColumnPick {
  /** Keep these columns only, in this order. Default: all, in the order of the data. */
  readonly select?: readonly string[];
  /** Leave these columns out. */
  readonly drop?: readonly string[];
  /** The column that holds labels: taken out of the data, kept for evaluation. */
  readonly label?: string;
}

/**
 * Resolves `select`, `drop` and `label` against the columns there are.
 *
 * @returns positions of the columns to keep, in order, and of the label
 * @throws data.column for an unknown name, data.columns when none is left
 */
export function pickColumns(
  names: readonly string[],
  pick: ColumnPick,
  place: string,
): {
  readonly keep: readonly number[];
  readonly label: number | undefined;
  readonly unused: readonly string[];
} {
  const label =
    pick.label === undefined ? undefined : findName(pick.label, names, place, "--label");
  const dropped = new Set((pick.drop ?? []).map((name) => findName(name, names, place, "--drop")));
  const wanted =
    pick.select === undefined
      ? names.map((_, index) => index)
      : [...new Set(pick.select.map((name) => findName(name, names, place, "--select")))];
  const keep = wanted.filter((index) => index !== label && !dropped.has(index));
  if (keep.length === 0) {
    throw inputError("data.columns", {
      place,
      expected: "at least 1 column to learn from",
      got: `0 of ${names.length} columns after select, drop and label`,
      hint: "select more columns, or drop fewer",
    });
  }
  const unused = names.filter((_, index) => index !== label && !keep.includes(index));
  return { keep, label, unused };
}
