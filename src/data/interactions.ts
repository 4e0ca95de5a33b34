/** Who took what: from any table, or from memory. */
import { basename } from "node:path";
import { counted } from "../base/counted.ts";
import { inputError } from "../base/errors.ts";
import { readingError, withConnection } from "./duck.ts";
import {
  USER_ITEMS,
  columnsOf,
  laterNote,
  noTimes,
  readPairs,
  typedOf,
} from "./interaction-pairs.ts";
import { filtered, placesIn, recoded, rowsOfPairs, sliceInteractions } from "./interaction-rows.ts";
import { momentFrom } from "./moments.ts";
import { expandPath } from "./paths.ts";
import type { InteractionColumns, Interactions, InteractionSource } from "./source.ts";
import { openRelation } from "./table-files.ts";

export interface InteractionOptions extends Partial<InteractionColumns> {
  /** Users with fewer different items are left out; 5. */
  readonly minUserItems?: number | undefined;
  /** Items with fewer different users are left out; 1. */
  readonly minItemUsers?: number | undefined;
  /**
   * The last moment that counts; what is later is left out. A date, a number as the column of times
   * has them, or a share of the interactions, as `"80%"` for the earliest.
   */
  readonly until?: string | number | undefined;
  /** What a model was trained on: its columns are the defaults, its items the items, and nobody is left out. */
  readonly trained?:
    (Partial<InteractionColumns> & { readonly items: readonly string[] }) | undefined;
}

/**
 * Opens a table of interactions, a row an interaction, as rows of users. They are held in memory as
 * item codes, 4 bytes an interaction (8 with weights), and `notes` says what was left out.
 *
 * @param path a table of any format that `readTable` takes; text files of other endings (`.dat`,
 *   `.data`, `.inter`) are read as CSV, fields separated by `::` too
 * @throws `data.column` for names that are not there, `data.column-type` for weights or times that
 *   are none, `data.rows` where nothing is left
 * @example
 * const source = await readInteractions("ratings.csv", { user: "userId", item: "movieId", weight: "rating", minWeight: 4 });
 * console.log(source.rows, source.items.length, source.notes);
 */
export async function readInteractions(
  path: string,
  options: InteractionOptions = {},
): Promise<InteractionSource> {
  const files = await expandPath(path);
  const { trained } = options;
  return withConnection(async (connection) => {
    const relation = await openRelation(connection, files, path, "csv");
    const columns = columnsOf(relation, options, path);
    const typed = await typedOf(connection, relation, columns, path);
    const { until } = options;
    const read = await readPairs(connection, relation, typed, { ...columns, until }, path).catch(
      (error: unknown) => {
        throw readingError(error, path);
      },
    );
    const all = rowsOfPairs(read.pairs, read.users, read.items);
    const data =
      trained === undefined
        ? filtered(all, leastOf(options, path))
        : recoded(all, trained.items, placesIn(trained.items, all.items));
    if (data.rows === 0) throw nothingLeft(path, all, options);
    const notes = [
      ...relation.notes,
      ...read.notes,
      ...(trained === undefined ? leftOut(all, data, options) : unknownItems(all, data)),
    ];
    return interactionSource(data, { name: path, columns, notes });
  });
}

/** Interactions from memory. */
export interface InteractionLists {
  readonly user: ArrayLike<string | number>;
  readonly item: ArrayLike<string | number>;
  /** How much each counts; absent: 1. */
  readonly weight?: ArrayLike<number>;
  /** When each was. */
  readonly time?: ArrayLike<number>;
}

/**
 * Interactions from arrays, an entry an interaction.
 *
 * @throws `data.length` where they are not of one length, `data.rows` where nothing is left
 * @example
 * const source = interactionsFrom(
 *   { user: ["ann", "ann", "bob"], item: ["tea", "jam", "tea"] },
 *   { minUserItems: 1 },
 * );
 */
export function interactionsFrom(
  { user, item, weight, time }: InteractionLists,
  options: Pick<InteractionOptions, "minWeight" | "minUserItems" | "minItemUsers" | "until"> & {
    readonly name?: string;
  } = {},
): InteractionSource {
  const { name = "interactions", minWeight } = options;
  for (const [what, list] of Object.entries({ item, weight, time })) {
    if (list === undefined || list.length === user.length) continue;
    throw inputError("data.length", {
      place: `${name}, ${what}`,
      expected: `${user.length} entries, as user has`,
      got: String(list.length),
    });
  }
  const enough = Int32Array.from(Array.from({ length: user.length }, (_, i) => i)).filter(
    (i) => weight === undefined || (weight[i] as number) >= (minWeight ?? Number.MIN_VALUE),
  );
  const last = options.until === undefined ? undefined : lastOf(time, enough, options.until, name);
  const kept = last === undefined ? enough : enough.filter((i) => (time?.[i] as number) <= last);
  const coded = (list: ArrayLike<string | number>) => {
    const known = new Map<string, number>();
    const codes = kept.map((i) => {
      const word = String(list[i]);
      const code = known.get(word) ?? known.size;
      known.set(word, code);
      return code;
    });
    return { codes, names: [...known.keys()] };
  };
  const [users, items] = [coded(user), coded(item)];
  const all = rowsOfPairs(
    {
      users: users.codes,
      items: items.codes,
      weights:
        weight === undefined || minWeight !== undefined
          ? undefined
          : Float32Array.from(kept, (i) => weight[i] as number),
      times: time && Float64Array.from(kept, (i) => time[i] as number),
    },
    users.names,
    items.names,
  );
  const data = filtered(all, leastOf(options, name));
  if (data.rows === 0) throw nothingLeft(name, all, options);
  const columns = {
    user: "user",
    item: "item",
    minUserItems: options.minUserItems ?? USER_ITEMS,
  };
  const notes = [
    ...(last === undefined ? [] : laterNote(enough.length - kept.length, last)),
    ...leftOut(all, data, options),
  ];
  return interactionSource(data, { name, columns, notes });
}

/** The last moment that counts, of interactions in memory. */
function lastOf(
  time: ArrayLike<number> | undefined,
  kept: Int32Array,
  until: string | number,
  name: string,
): number {
  const place = `${name}, until`;
  if (time === undefined) throw noTimes(place);
  const times = Float64Array.from(kept, (i) => time[i] as number)
    .filter((at) => !Number.isNaN(at))
    .sort();
  const moment = momentFrom(until, { dates: false, latest: times.at(-1) ?? NaN }, place);
  if ("at" in moment) return moment.at;
  return times[Math.max(0, Math.ceil(moment.share * times.length) - 1)] ?? NaN;
}

/** A source over rows that are in memory. */
export function interactionSource(
  data: Interactions,
  {
    name = "interactions",
    columns = { user: "user", item: "item" },
    notes = [],
  }: {
    readonly name?: string;
    readonly columns?: InteractionColumns;
    readonly notes?: readonly string[];
  } = {},
): InteractionSource {
  return {
    kind: "interactions",
    name,
    rows: data.rows,
    items: data.items,
    data,
    columns,
    notes,
    async *read({ chunk = data.rows, signal } = {}) {
      for (let from = 0; from < data.rows; from += chunk) {
        signal?.throwIfAborted();
        yield await Promise.resolve(
          sliceInteractions(data, from, Math.min(data.rows, from + chunk)),
        );
      }
    },
  };
}

const ITEM_USERS = 1;

function leastOf(
  { minUserItems = USER_ITEMS, minItemUsers = ITEM_USERS }: InteractionOptions,
  place: string,
) {
  for (const [name, value] of Object.entries({ minUserItems, minItemUsers })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw inputError("options.invalid", {
      place: `${place}, ${name}`,
      expected: "a whole number from 1",
      got: String(value),
    });
  }
  return { userItems: minUserItems, itemUsers: minItemUsers };
}

function leftOut(
  before: Interactions,
  after: Interactions,
  { minUserItems = USER_ITEMS, minItemUsers = ITEM_USERS }: InteractionOptions,
): readonly string[] {
  const users = before.rows - after.rows;
  const items = before.items.length - after.items.length;
  const said = [
    ...(users === 0
      ? []
      : [`${counted(users, "user")} with fewer than ${counted(minUserItems, "item")}`]),
    ...(items === 0
      ? []
      : [
          `${counted(items, "item")} with fewer than ${counted(minItemUsers, "user")}${minItemUsers === 1 ? " left" : ""}`,
        ]),
  ];
  return said.length === 0
    ? []
    : [`left out ${said.join(" and ")} (--min-user-items, --min-item-users)`];
}

function unknownItems(before: Interactions, after: Interactions): readonly string[] {
  const unknown = before.codes.length - after.codes.length;
  if (unknown === 0) return [];
  let empty = 0;
  for (let row = 0; row < after.rows; row += 1)
    empty += Number(after.starts[row] === after.starts[row + 1]);
  const without =
    empty === 0 ? "" : `; ${counted(empty, "user")} had no other, and no history that counts`;
  return [
    `passed over ${counted(unknown, "interaction")} with items that the model was not trained on${without}`,
  ];
}

function nothingLeft(place: string, { rows, items }: Interactions, options: InteractionOptions) {
  const { minUserItems = USER_ITEMS, until } = options;
  return inputError("data.rows", {
    place: basename(place),
    expected: `users with at least ${counted(minUserItems, "item")}`,
    got: `${counted(rows, "user")} and ${counted(items.length, "item")}, and nobody with as many`,
    hint: `${until === undefined ? "lower" : "give a later --until, or lower"} --min-user-items, --min-item-users or --min-weight; check that --user and --item are not mixed up`,
  });
}
