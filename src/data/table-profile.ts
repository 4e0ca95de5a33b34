/**
 * What the values of columns look like, counted over all rows: the basis of their types. Text that
 * is numbers throughout is proved so by a few sums; all that is asked about other text costs
 * several times as much. Where the file itself tells types and ranges, no row is read.
 */
import { missingTokens } from "./csv-dialect.ts";
import { literal, queryRow, type Connection } from "./duck.ts";
import type { RawColumn, Relation } from "./table-files.ts";

export interface Profile {
  readonly column: RawColumn;
  /** The value, null when missing. */
  readonly value: string;
  /** Of text; not counted in columns that the file has a type for, as the next three. */
  readonly present: number;
  /** Values that read as finite or infinite numbers. */
  readonly numbers: number;
  /** Of these, written with digits and a sign only. */
  readonly whole: number;
  /** Of these, with a leading zero such as `00501`: codes, not quantities. */
  readonly padded: number;
  readonly infinite: number;
  readonly largest: number;
}

/** DuckDB's planning time grows with the square of the columns: a wide table goes in parts. */
const profileWidth = 100;

/** @returns a profile for each column, in order */
export async function profileAll(
  connection: Connection,
  relation: Relation,
): Promise<{ readonly rows: number; readonly profiles: readonly Profile[] }> {
  let open = relation.columns.filter((column) => !isSettled(column));
  let { rows } = relation;
  const found = new Map<RawColumn, Profile>();
  for (const profile of [profilePlain, profileFully]) {
    for (let from = 0; from < open.length; from += profileWidth) {
      const some = { ...relation, columns: open.slice(from, from + profileWidth) };
      const part = await profile(connection, some);
      for (const one of part.profiles) found.set(one.column, one);
      rows ??= part.rows;
    }
    open = open.filter((column) => !found.has(column));
  }
  rows ??= (await countAll(connection, { ...relation, columns: [] }, () => []))[0] ?? 0;
  const profiles = relation.columns.map((column) => found.get(column) ?? settled(column));
  return { rows, profiles };
}

/** Whether the file's own type and range leave nothing to find out. */
function isSettled({ type, range }: RawColumn): boolean {
  if (type === "boolean" || type === "datetime") return true;
  return type !== "text" && range !== undefined;
}

function settled(column: RawColumn): Profile {
  const [low, high] = column.range ?? [0, 0];
  const largest = Math.max(Math.abs(low), Math.abs(high));
  const none = { present: 0, numbers: 0, whole: 0, padded: 0, infinite: 0 };
  return { column, value: column.sql, ...none, largest };
}

interface Profiled {
  readonly rows?: number;
  readonly profiles: readonly Profile[];
}

/** Rows that tell what a column may be; whether it is so, all rows decide. */
const SAMPLE = 2048;

/** Of finite numbers, those written with digits and a sign only. */
const wholeTest = (v: string, d: string) =>
  `isfinite(${d}) AND NOT contains(${v}, '.') AND NOT contains(${v}, 'e') AND NOT contains(${v}, 'E')`;

// Strings from "00" up to, not including, "0:" begin with 0 and a digit.
const paddedTest = (v: string, d: string) =>
  `${d} IS NOT NULL AND ((${v} >= '00' AND ${v} < '0:') OR contains(${v}, '_'))`;

/**
 * Text columns of nothing but finite numbers, which a few sums prove; the others are left for a
 * closer look. All that is asked about a number costs several times what reading it does.
 */
async function profilePlain(connection: Connection, relation: Relation): Promise<Profiled> {
  const seen = await looksOf(connection, relation);
  const likely = relation.columns.flatMap((column, i) => {
    const { present = 0, numbers = 0, whole = 0 } = seen[i] ?? {};
    return present > 0 && numbers === present ? [{ column, whole: whole === numbers }] : [];
  });
  if (likely.length === 0) return { profiles: [] };
  const [rows = 0, ...counted] = await countAll(
    connection,
    { ...relation, columns: likely.map(({ column }) => column) },
    (v, d, i) => [
      `count(${v})`,
      `count(${d})`,
      // NaN sorts above all numbers, the infinite ones included.
      `coalesce(min(${d}), 0)`,
      `coalesce(max(${d}), 0)`,
      // count_if, not FILTER: DuckDB takes ten times as long over many filters.
      `count_if(${paddedTest(v, d)})`,
      likely[i]?.whole === true ? `count_if(${wholeTest(v, d)})` : "0",
    ],
  );
  const profiles = likely.flatMap(({ column }, i): Profile[] => {
    const [present = 0, numbers = 0, low = 0, high = 0, padded = 0, whole = 0] = counted.slice(
      6 * i,
      6 * i + 6,
    );
    if (numbers < present || !Number.isFinite(low) || !Number.isFinite(high)) return [];
    const largest = Math.max(Math.abs(low), Math.abs(high));
    // Nothing is blank where every value that is there is a number.
    return [{ column, value: column.sql, present, numbers, whole, padded, infinite: 0, largest }];
  });
  return { rows, profiles };
}

/** What the first rows of text columns look like. */
async function looksOf(connection: Connection, relation: Relation) {
  const texts = relation.columns.filter(({ type }) => type === "text");
  if (texts.length === 0) return [];
  const from = `(SELECT * FROM ${relation.from} LIMIT ${SAMPLE})`;
  const [, ...counted] = await countAll(
    connection,
    { ...relation, from, columns: texts },
    (v, d) => [`count(${v})`, `count(${d})`, `count_if(${wholeTest(v, d)})`],
  );
  return relation.columns.map((column) => {
    const at = texts.indexOf(column);
    if (at < 0) return undefined;
    const [present = 0, numbers = 0, whole = 0] = counted.slice(3 * at, 3 * at + 3);
    return { present, numbers, whole };
  });
}

async function profileFully(connection: Connection, relation: Relation): Promise<Profiled> {
  const tokens = relation.tokens ? missingTokens : [""];
  const list = tokens.map(literal).join(", ");
  const [rows = 0, ...counted] = await countAll(connection, relation, (v, d, i) => {
    const infinite = `count_if(isinf(${d}))`;
    const largest = `coalesce(max(CASE WHEN isfinite(${d}) THEN abs(${d}) END), 0)`;
    if (relation.columns[i]?.type !== "text") return ["0", "0", "0", "0", infinite, largest, "0"];
    return [
      `count_if(${v} IS NOT NULL AND (${d} IS NULL OR NOT isnan(${d})))`,
      `count_if(${d} IS NOT NULL AND NOT isnan(${d}))`,
      `count_if(${wholeTest(v, d)})`,
      `count_if(${paddedTest(v, d)})`,
      infinite,
      largest,
      `count(CASE WHEN ${v} = '' OR starts_with(${v}, ' ') OR ends_with(${v}, ' ') THEN CASE WHEN trim(${v}) IN (${list}) AND (${d} IS NULL OR NOT isnan(${d})) THEN 1 END END)`,
    ];
  });
  const profiles = relation.columns.map((column, i): Profile => {
    const [known = 0, numbers = 0, whole = 0, padded = 0, infinite = 0, largest = 0, blank = 0] =
      counted.slice(7 * i, 7 * i + 7);
    // The reader drops bare tokens; this is for those with spaces around them.
    const value =
      blank === 0
        ? column.sql
        : `CASE WHEN trim(${column.sql}) IN (${list}) THEN NULL ELSE ${column.sql} END`;
    return { column, value, present: known - blank, numbers, whole, padded, infinite, largest };
  });
  return { rows, profiles };
}

/**
 * Counts over all rows in one pass.
 *
 * @param ask the names of a column's value and of the value as a number, if it is one → what to count
 * @returns the rows, then the counts, column by column
 */
async function countAll(
  connection: Connection,
  { columns, from }: Relation,
  ask: (value: string, number: string, column: number) => readonly string[],
): Promise<readonly number[]> {
  const values = columns.map(({ sql }, i) => `, ${sql} AS v${i}`).join("");
  const numbers = columns
    .map(({ type }, i) => `, ${type === "text" ? "TRY_CAST" : "CAST"}(v${i} AS DOUBLE) AS d${i}`)
    .join("");
  const counts = columns
    .flatMap((_, i) => ask(`v${i}`, `d${i}`, i))
    .map((count) => `, CAST(${count} AS DOUBLE)`)
    .join("");
  return (await queryRow(
    connection,
    `WITH v AS (SELECT 1 AS one${values} FROM ${from}), d AS (SELECT *${numbers} FROM v)
     SELECT CAST(count(*) AS DOUBLE)${counts} FROM d`,
  )) as readonly number[];
}
