/** Who took what, from any table: read by the database in codes, never an object a row. */
import { basename } from "node:path";
import { inputError } from "../base/errors.ts";
import type { Connection } from "./duck.ts";
import { doubles, queryRow, queryRows, readingError, withConnection } from "./duck.ts";
import type { Pairs } from "./interaction-rows.ts";
import { filtered, placesIn, recoded, rowsOfPairs, sliceInteractions } from "./interaction-rows.ts";
import { findName, listNames } from "./names.ts";
import { expandPath } from "./paths.ts";
import type { InteractionColumns, Interactions, InteractionSource } from "./source.ts";
import type { Relation } from "./table-files.ts";
import { openRelation } from "./table-files.ts";
import type { TypedColumn } from "./table-types.ts";
import { typeColumns } from "./table-types.ts";

export interface InteractionOptions extends Partial<InteractionColumns> {
  /** Users with fewer different items are left out; 5. */
  readonly minUserItems?: number | undefined;
  /** Items with fewer different users are left out; 1. */
  readonly minItemUsers?: number | undefined;
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
    const read = await readPairs(connection, relation, typed, columns, path).catch(
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
  options: Pick<InteractionOptions, "minWeight" | "minUserItems" | "minItemUsers"> & {
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
  const kept = Int32Array.from(Array.from({ length: user.length }, (_, i) => i)).filter(
    (i) => weight === undefined || (weight[i] as number) >= (minWeight ?? Number.MIN_VALUE),
  );
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
  return interactionSource(data, { name, columns, notes: leftOut(all, data, options) });
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

function columnsOf(
  { columns, notes }: Relation,
  { trained, ...given }: InteractionOptions,
  place: string,
): InteractionColumns {
  const names = columns.map(({ name }) => name);
  const required = (what: "user" | "item"): string => {
    const asked = given[what];
    if (asked !== undefined) return names[findName(asked, names, place, what)] as string;
    const known = trained?.[what];
    if (known !== undefined && names.includes(known)) return known;
    const headless = notes.some((note) => note.includes("not a header"));
    throw inputError("data.column", {
      place,
      expected: `the name of the column of ${what}s, with --${what}${known === undefined ? "" : ` or as in training, ${JSON.stringify(known)}`}`,
      got: `${headless ? "no header, so columns are called" : "columns"} ${listNames(names)}`,
      hint: `name it: --${what} ${names[what === "user" ? 0 : 1] ?? "NAME"} on the command line, { ${what}: ${JSON.stringify(names[what === "user" ? 0 : 1] ?? "NAME")} } in code`,
    });
  };
  const optional = (what: "weight" | "time"): string | undefined => {
    const asked = given[what];
    if (asked !== undefined) return names[findName(asked, names, place, what)];
    const known = trained?.[what];
    return known !== undefined && names.includes(known) ? known : undefined;
  };
  const weight = optional("weight");
  const minWeight = given.minWeight ?? (weight === undefined ? undefined : trained?.minWeight);
  if (minWeight !== undefined && weight === undefined) {
    throw inputError("options.invalid", {
      place: `${place}, --min-weight`,
      expected: "the column of weights beside it, with --weight",
      got: "none",
      hint: `name it: --weight ${names[2] ?? "NAME"}`,
    });
  }
  return {
    user: required("user"),
    item: required("item"),
    weight,
    time: optional("time"),
    minWeight,
    minUserItems: given.minUserItems ?? trained?.minUserItems ?? USER_ITEMS,
  };
}

interface Typed {
  readonly user: TypedColumn;
  readonly item: TypedColumn;
  readonly weight: TypedColumn | undefined;
  readonly time: TypedColumn | undefined;
}

async function typedOf(
  connection: Connection,
  relation: Relation,
  { user, item, weight, time }: InteractionColumns,
  place: string,
): Promise<Typed> {
  const wanted = [user, item, weight, time].filter((name) => name !== undefined);
  const columns = [...new Set(wanted)].flatMap(
    (name) => relation.columns.find((column) => column.name === name) ?? [],
  );
  // Names are taken as they are written: 007 is not 7.
  const words = new Set(
    columns.flatMap(({ name, type }) =>
      type === "text" && (name === user || name === item) ? [name] : [],
    ),
  );
  const typed = await typeColumns(connection, { ...relation, columns }, place, words);
  const of = (name: string | undefined) => typed.columns.find((column) => column.name === name);
  const numbers = (name: string | undefined, what: string): TypedColumn | undefined => {
    const column = of(name);
    if (column === undefined || column.type !== "text") return column;
    throw inputError("data.column-type", {
      place: `${place}, column ${JSON.stringify(name)}`,
      expected: what,
      got: "words",
      hint: "name another column",
    });
  };
  return {
    user: of(user) as TypedColumn,
    item: of(item) as TypedColumn,
    weight: numbers(weight, "weights, which are numbers"),
    time: numbers(time, "times: dates or numbers"),
  };
}

async function readPairs(
  connection: Connection,
  { from }: Relation,
  { user, item, weight, time }: Typed,
  { minWeight }: InteractionColumns,
  place: string,
) {
  const [u, i] = [user.labelSql, item.labelSql];
  const named = `(${u}) IS NOT NULL AND (${i}) IS NOT NULL`;
  // NaN, a missing weight, is above all numbers to the database.
  const enough =
    weight === undefined
      ? "true"
      : `(NOT isnan(${weight.sql}) AND ${weight.sql} ${minWeight === undefined ? "> 0" : `>= ${minWeight}`})`;
  const [rows, unnamed, low] = (await queryRow(
    connection,
    `SELECT CAST(count(*) AS DOUBLE), CAST(count_if(NOT (${named})) AS DOUBLE), CAST(count_if(${named} AND NOT ${enough}) AS DOUBLE) FROM ${from}`,
  )) as readonly [number, number, number];
  const kept = `${named} AND ${enough}`;
  const names = async (sql: string, table: string): Promise<readonly string[]> => {
    await connection.run(
      `CREATE OR REPLACE TEMP TABLE ${table} AS SELECT name, row_number() OVER (ORDER BY first) - 1 AS code FROM (SELECT name, min(n) AS first FROM (SELECT ${sql} AS name, row_number() OVER () AS n FROM ${from} WHERE ${kept}) GROUP BY name)`,
    );
    const found = await queryRows(connection, `SELECT name FROM ${table} ORDER BY code`);
    return found.map(([name]) => String(name));
  };
  const [users, items] = [await names(u, "ae_users"), await names(i, "ae_items")];
  const count = rows - unnamed - low;
  if (count > LARGEST) throw tooMany(place, count);
  const pairs = {
    users: new Int32Array(count),
    items: new Int32Array(count),
    weights: weight === undefined || minWeight !== undefined ? undefined : new Float32Array(count),
    times: time === undefined ? undefined : new Float64Array(count),
  } satisfies Pairs;
  const extra = [
    ...(pairs.weights === undefined ? [] : [`${weight?.sql} AS w`]),
    ...(pairs.times === undefined ? [] : [`${time?.sql} AS t`]),
  ];
  const own = [...(pairs.weights ? ["w"] : []), ...(pairs.times ? ["t"] : [])];
  const result = await connection.stream(
    `SELECT CAST(ae_users.code AS DOUBLE), CAST(ae_items.code AS DOUBLE)${own.map((name) => `, ${name}`).join("")} FROM (SELECT ${[`${u} AS u`, `${i} AS i`, ...extra].join(", ")} FROM ${from} WHERE ${kept}) AS x JOIN ae_users ON x.u = ae_users.name JOIN ae_items ON x.i = ae_items.name`,
  );
  const into = [pairs.users, pairs.items, pairs.weights, pairs.times].filter(
    (column) => column !== undefined,
  );
  let at = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    if (at + chunk.rowCount > count) break;
    for (const [column, to] of into.entries())
      to.set(doubles(chunk.getColumnVector(column)).subarray(0, chunk.rowCount), at);
    at += chunk.rowCount;
  }
  await connection.run("DROP TABLE ae_users; DROP TABLE ae_items");
  const notes = [
    ...(unnamed === 0 ? [] : [`left out ${counted(unnamed, "line")} without a user or an item`]),
    ...(low === 0
      ? []
      : [
          `left out ${counted(low, "interaction")} with a weight ${minWeight === undefined ? "of 0 or less, or none" : `below ${minWeight}, or none`}`,
        ]),
  ];
  return { pairs, users, items, notes };
}

/** Codes and starts are 32-bit, and so are the sizes of the tensors that hold them. */
const LARGEST = 2 ** 30;

function tooMany(place: string, count: number) {
  return inputError("data.too-large", {
    place,
    expected: `at most ${LARGEST.toLocaleString("en")} interactions`,
    got: count.toLocaleString("en"),
    hint: "take the later ones, or those with larger weights",
  });
}

const USER_ITEMS = 5;
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
  const { minUserItems = USER_ITEMS } = options;
  return inputError("data.rows", {
    place: basename(place),
    expected: `users with at least ${counted(minUserItems, "item")}`,
    got: `${counted(rows, "user")} and ${counted(items.length, "item")}, and nobody with as many`,
    hint: "lower --min-user-items, --min-item-users or --min-weight; check that --user and --item are not mixed up",
  });
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
