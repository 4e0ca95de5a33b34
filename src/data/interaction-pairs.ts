/** Lines of a table as pairs of a user and an item: read by the database in codes, never an object a line. */
import { counted } from "../base/counted.ts";
import { inputError } from "../base/errors.ts";
import type { Connection } from "./duck.ts";
import { doubles, queryRow, queryRows } from "./duck.ts";
import type { Pairs } from "./interaction-rows.ts";
import type { InteractionOptions } from "./interactions.ts";
import { momentFrom, momentText } from "./moments.ts";
import { findName, listNames } from "./names.ts";
import type { InteractionColumns } from "./source.ts";
import type { Relation } from "./table-files.ts";
import { emptyTable } from "./tables.ts";
import type { TypedColumn } from "./table-types.ts";
import { typeColumns } from "./table-types.ts";

/** Different items of a user, at least, where nobody says otherwise. */
export const USER_ITEMS = 5;

/**
 * The columns that were asked for, or that the model knows.
 *
 * @throws `data.column`, `options.invalid`
 */
export function columnsOf(
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
  const time = optional("time");
  if (given.until !== undefined && time === undefined) throw noTimes(`${place}, --until`);
  return {
    user: required("user"),
    item: required("item"),
    weight,
    time,
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

/** @throws `data.empty`, `data.column-type` for weights or times that are words */
export async function typedOf(
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
  if (typed.rows === 0) throw emptyTable(relation, place);
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

/** A pair of codes a line, and what the codes stand for. */
export async function readPairs(
  connection: Connection,
  { from }: Relation,
  { user, item, weight, time }: Typed,
  { minWeight, until }: InteractionColumns & Pick<InteractionOptions, "until">,
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
  const counting = `${named} AND ${enough}`;
  const last =
    until === undefined || time === undefined
      ? undefined
      : await lastOf(connection, `FROM ${from} WHERE ${counting}`, time, until, place);
  const kept = last === undefined ? counting : `${counting} AND ${time?.sql} <= ${last}`;
  const [later] =
    last === undefined
      ? [0]
      : ((await queryRow(
          connection,
          `SELECT CAST(count_if(NOT (${time?.sql} <= ${last})) AS DOUBLE) FROM ${from} WHERE ${counting}`,
        )) as readonly [number]);
  const names = async (sql: string, table: string): Promise<readonly string[]> => {
    await connection.run(
      `CREATE OR REPLACE TEMP TABLE ${table} AS SELECT name, row_number() OVER (ORDER BY first) - 1 AS code FROM (SELECT name, min(n) AS first FROM (SELECT ${sql} AS name, row_number() OVER () AS n FROM ${from} WHERE ${kept}) GROUP BY name)`,
    );
    const found = await queryRows(connection, `SELECT name FROM ${table} ORDER BY code`);
    return found.map(([name]) => String(name));
  };
  const [users, items] = [await names(u, "ae_users"), await names(i, "ae_items")];
  const count = rows - unnamed - low - later;
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
    ...(last === undefined ? [] : laterNote(later, last)),
  ];
  return { pairs, users, items, notes };
}

/** The last moment that counts. */
async function lastOf(
  connection: Connection,
  rows: string,
  { sql, type }: TypedColumn,
  until: string | number,
  place: string,
): Promise<number> {
  const [latest] = (await queryRow(
    connection,
    `SELECT coalesce(max(${sql}) FILTER (NOT isnan(${sql})), 'nan'::DOUBLE) ${rows}`,
  )) as readonly [number];
  const moment = momentFrom(until, { dates: type === "datetime", latest }, `${place}, --until`);
  if ("at" in moment) return moment.at;
  const [found] = (await queryRow(
    connection,
    `SELECT quantile_disc(${sql}, ${moment.share}) FILTER (NOT isnan(${sql})) ${rows}`,
  )) as readonly [number | null];
  return found ?? latest;
}

/** What was left out by `--until`. */
export function laterNote(count: number, last: number): readonly string[] {
  if (count === 0) return [];
  return [`left out ${counted(count, "interaction")} later than ${momentText(last)} (--until)`];
}

export function noTimes(place: string): Error {
  return inputError("options.invalid", {
    place,
    expected: "the column of times beside it",
    got: "none",
    hint: "name it: --time-column NAME on the command line, { time: NAME } in code",
  });
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
