/** Rows of interactions in memory: from pairs of codes, filtered, recoded, cut, picked and joined. */
import type { Interactions } from "./source.ts";

/** Who took what, an entry an interaction, in any order. */
export interface Pairs {
  readonly users: Int32Array;
  readonly items: Int32Array;
  readonly weights?: Float32Array | undefined;
  readonly times?: Float64Array | undefined;
}

/**
 * Rows of pairs: sorted, and those of the same user and item joined: their weights are added, and
 * the first time counts, as from then on the user has the item.
 *
 * @param users names by code
 * @param items names by code
 */
export function rowsOfPairs(
  pairs: Pairs,
  users: readonly string[],
  items: readonly string[],
): Interactions {
  const order = sortedBy(pairs.users, users.length, sortedBy(pairs.items, items.length));
  const starts = new Int32Array(users.length + 1);
  const codes = new Int32Array(order.length);
  const weights = pairs.weights && new Float32Array(order.length);
  const times = pairs.times && new Float64Array(order.length);
  let [count, user] = [0, 0];
  for (const at of order) {
    const next = pairs.users[at] as number;
    while (user < next) starts[(user += 1)] = count;
    const item = pairs.items[at] as number;
    const again = count > (starts[user] as number) && codes[count - 1] === item;
    if (!again) {
      codes[count] = item;
      count += 1;
    }
    const to = count - 1;
    if (weights) weights[to] = (again ? (weights[to] as number) : 0) + (pairs.weights?.[at] ?? 0);
    if (times) {
      const time = pairs.times?.[at] ?? NaN;
      times[to] = again ? Math.min(times[to] as number, time) : time;
    }
  }
  starts.fill(count, user + 1);
  return {
    kind: "interactions",
    rows: users.length,
    items,
    starts,
    codes: codes.slice(0, count),
    ...(weights === undefined ? {} : { weights: weights.slice(0, count) }),
    ...(times === undefined ? {} : { times: times.slice(0, count) }),
    users,
  };
}

/** Places in the order of their keys, and of equal keys in the order given: a counting sort. */
function sortedBy(keys: Int32Array, count: number, before?: Int32Array): Int32Array {
  const ends = new Int32Array(count + 1);
  for (const key of keys) ends[key + 1] = (ends[key + 1] as number) + 1;
  for (let i = 0; i < count; i += 1) ends[i + 1] = (ends[i + 1] as number) + (ends[i] as number);
  const order = new Int32Array(keys.length);
  for (let i = 0; i < keys.length; i += 1) {
    const at = before === undefined ? i : (before[i] as number);
    const key = keys[at] as number;
    order[ends[key] as number] = at;
    ends[key] = (ends[key] as number) + 1;
  }
  return order;
}

/** How many users each item has. */
export function usersPerItem({ items, codes }: Interactions): Int32Array {
  const counts = new Int32Array(items.length);
  for (const code of codes) counts[code] = (counts[code] as number) + 1;
  return counts;
}

/**
 * Only users with at least so many items and items with at least so many users, until that holds
 * for all that are left; items by falling number of users.
 */
export function filtered(
  rows: Interactions,
  { userItems, itemUsers }: { readonly userItems: number; readonly itemUsers: number },
): Interactions {
  const { starts, codes } = rows;
  const keptUser = new Uint8Array(rows.rows).fill(1);
  const keptItem = new Uint8Array(rows.items.length).fill(1);
  const users = usersPerItem(rows);
  for (let changed = true; changed;) {
    changed = false;
    for (const [item, count] of users.entries()) {
      if (keptItem[item] === 0 || (count >= itemUsers && count > 0)) continue;
      keptItem[item] = 0;
      changed = true;
    }
    for (let user = 0; user < rows.rows; user += 1) {
      if (keptUser[user] === 0) continue;
      const [from, to] = [starts[user] as number, starts[user + 1] as number];
      let left = 0;
      for (let i = from; i < to; i += 1) left += keptItem[codes[i] as number] as number;
      if (left >= userItems && left > 0) continue;
      keptUser[user] = 0;
      changed = true;
      for (let i = from; i < to; i += 1) {
        const code = codes[i] as number;
        users[code] = (users[code] as number) - 1;
      }
    }
  }
  const order = Array.from(rows.items.keys())
    .filter((item) => keptItem[item] === 1)
    .toSorted((a, b) => (users[b] as number) - (users[a] as number));
  const to = new Int32Array(rows.items.length).fill(-1);
  for (const [code, item] of order.entries()) to[item] = code;
  const chosen = Int32Array.from(rows.starts.subarray(0, rows.rows).keys()).filter(
    (user) => keptUser[user] === 1,
  );
  return recoded(
    takeInteractions(rows, chosen),
    order.map((item) => rows.items[item] as string),
    to,
  );
}

/**
 * The rows with other items.
 *
 * @param to the new code of each item; −1 leaves its interactions out
 */
export function recoded(
  rows: Interactions,
  items: readonly string[],
  to: Int32Array,
): Interactions {
  const { starts, codes, weights, times } = rows;
  const users = new Int32Array(codes.length);
  const kept = new Int32Array(codes.length);
  let count = 0;
  for (let user = 0; user < rows.rows; user += 1) {
    for (let i = starts[user] as number; i < (starts[user + 1] as number); i += 1) {
      if ((to[codes[i] as number] as number) < 0) continue;
      users[count] = user;
      kept[count] = i;
      count += 1;
    }
  }
  const places = kept.subarray(0, count);
  const names = rows.users ?? Array.from({ length: rows.rows }, () => "");
  const made = rowsOfPairs(
    {
      users: users.subarray(0, count),
      items: places.map((i) => to[codes[i] as number] as number),
      weights: weights && Float32Array.from(places, (i) => weights[i] as number),
      times: times && Float64Array.from(places, (i) => times[i] as number),
    },
    names,
    items,
  );
  if (rows.users !== undefined) return made;
  const { users: _, ...rest } = made;
  return rest;
}

/** From the items of some rows to the places of the same names in `items`, −1 where there is none. */
export function placesIn(items: readonly string[], from: readonly string[]): Int32Array {
  const known = new Map(items.map((name, code) => [name, code] as const));
  return Int32Array.from(from, (name) => known.get(name) ?? -1);
}

/** The codes that a row holds, sharing memory. */
export function historyOf(
  { starts, codes }: Pick<Interactions, "starts" | "codes">,
  row: number,
): Int32Array {
  return codes.subarray(starts[row] as number, starts[row + 1] as number);
}

/** Rows `from` (included) to `to` (not included), sharing memory. */
export function sliceInteractions(rows: Interactions, from: number, to: number): Interactions {
  const [first, last] = [rows.starts[from] as number, rows.starts[to] as number];
  return {
    ...rows,
    rows: to - from,
    starts: rows.starts.slice(from, to + 1).map((start) => start - first),
    codes: rows.codes.subarray(first, last),
    ...(rows.weights === undefined ? {} : { weights: rows.weights.subarray(first, last) }),
    ...(rows.times === undefined ? {} : { times: rows.times.subarray(first, last) }),
    ...(rows.users === undefined ? {} : { users: rows.users.slice(from, to) }),
  };
}

/** The rows at `indices`, in that order. */
export function takeInteractions(rows: Interactions, indices: Int32Array): Interactions {
  const { starts } = rows;
  const made = new Int32Array(indices.length + 1);
  for (const [i, row] of indices.entries())
    made[i + 1] = (made[i] as number) + (starts[row + 1] as number) - (starts[row] as number);
  const gather = <T extends Int32Array | Float32Array | Float64Array>(from: T, to: T): T => {
    for (const [i, row] of indices.entries())
      to.set(from.subarray(starts[row], starts[row + 1]), made[i]);
    return to;
  };
  const count = made[indices.length] as number;
  return {
    ...rows,
    rows: indices.length,
    starts: made,
    codes: gather(rows.codes, new Int32Array(count)),
    ...(rows.weights && { weights: gather(rows.weights, new Float32Array(count)) }),
    ...(rows.times && { times: gather(rows.times, new Float64Array(count)) }),
    ...(rows.users && { users: Array.from(indices, (row) => rows.users?.[row] as string) }),
  };
}

/** One after the other; items of all. */
export function concatInteractions(parts: readonly Interactions[]): Interactions {
  const [first] = parts as readonly [Interactions];
  const known = new Map<string, number>();
  const same = parts.every(({ items }) => items === first.items);
  const alike = same
    ? parts
    : (() => {
        for (const { items } of parts)
          for (const item of items) if (!known.has(item)) known.set(item, known.size);
        const items = [...known.keys()];
        return parts.map((part) => recoded(part, items, placesIn(items, part.items)));
      })();
  const rows = alike.reduce((sum, part) => sum + part.rows, 0);
  const count = alike.reduce((sum, part) => sum + part.codes.length, 0);
  const starts = new Int32Array(rows + 1);
  const codes = new Int32Array(count);
  const weights = first.weights && new Float32Array(count).fill(1);
  const times = first.times && new Float64Array(count).fill(NaN);
  let [row, at] = [0, 0];
  for (const part of alike) {
    for (let i = 1; i <= part.rows; i += 1) starts[row + i] = at + (part.starts[i] as number);
    codes.set(part.codes, at);
    if (part.weights) weights?.set(part.weights, at);
    if (part.times) times?.set(part.times, at);
    row += part.rows;
    at += part.codes.length;
  }
  const named = alike.every(({ users }) => users !== undefined);
  return {
    kind: "interactions",
    rows,
    items: (alike[0] as Interactions).items,
    starts,
    codes,
    ...(weights === undefined ? {} : { weights }),
    ...(times === undefined ? {} : { times }),
    ...(named ? { users: alike.flatMap(({ users }) => users ?? []) } : {}),
  };
}
