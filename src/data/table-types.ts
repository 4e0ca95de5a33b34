/**
 * What the columns of a relation hold. The whole file decides, so no later row can contradict:
 * text that is numbers throughout is read as such, and so is what one more pass finds to be dates,
 * booleans, or numbers in another writing.
 */

import { inputError } from "../base/errors.ts";
import { literal, queryRow, queryRows, readingError, type Connection } from "./duck.ts";
import type { RawColumn, Relation } from "./table-files.ts";
import { profileAll, type Profile } from "./table-profile.ts";
import type { ColumnType } from "./source.ts";

/** A column with its final type and the SQL that gives its values. */
export interface TypedColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** DOUBLE without nulls (missing is NaN), or VARCHAR with nulls for text. */
  readonly sql: string;
  /** VARCHAR with nulls: the value as a label. */
  readonly labelSql: string;
  readonly infinite: number;
}

export interface TypedRelation {
  readonly rows: number;
  readonly columns: readonly TypedColumn[];
  readonly notes: readonly string[];
}

/** A hyphen or dot alone is missing in a column of numbers, and a category elsewhere. */
const blanks = ["-", "--", "."];

/** Date formats beyond ISO 8601; month before day where both would fit. */
const dateFormats = ["/", "-", "."]
  .flatMap((s) => ["%m#%d#%y", "%m#%d#%Y", "%d#%m#%y", "%d#%m#%Y"].map((f) => f.replaceAll("#", s)))
  .flatMap((date) => [date, `${date} %H:%M`, `${date} %H:%M:%S`, `${date} %I:%M %p`])
  .concat(["%b %d %Y", "%b %d, %Y", "%d %b %Y", "%d-%b-%y", "%d-%b-%Y", "%B %d, %Y", "%d %B %Y"]);

/**
 * Decides the type of every column of `relation`. Reads all rows at most three times.
 *
 * @param asText names of columns to leave as text
 */
export async function typeColumns(
  connection: Connection,
  relation: Relation,
  place: string,
  asText: ReadonlySet<string> = new Set(),
): Promise<TypedRelation> {
  const notes: string[] = [];
  try {
    const { rows, profiles } = await profileAll(connection, relation);
    const words = profiles.filter(({ column, numbers, present, padded }) => {
      return (
        !asText.has(column.name) &&
        column.type === "text" &&
        present > 0 &&
        (numbers < present || padded > 0)
      );
    });
    const readings = await readWords(connection, relation, words);
    const columns = profiles.map((p) =>
      asText.has(p.column.name) ? textOf(p) : finish(p, readings.get(p.column), place, notes),
    );
    return { rows, columns, notes };
  } catch (error) {
    throw readingError(error, place);
  }
}

/** What a column of words is better read as, and the SQL that does it. */
interface Reading {
  readonly type: "boolean" | "datetime" | "number";
  /** DOUBLE, null where missing. */
  readonly sql: string;
  readonly present: number;
  readonly infinite: number;
  readonly note?: string;
}

/** Booleans, dates, times, and numbers with stray blanks or decimal commas. */
async function readWords(
  connection: Connection,
  relation: Relation,
  words: readonly Profile[],
): Promise<Map<RawColumn, Reading>> {
  const readings = new Map<RawColumn, Reading>();
  if (words.length === 0) return readings;
  // The first values rule out nearly everything; the whole file decides on the rest.
  const sample = await queryRows(
    connection,
    `SELECT ${words.map(({ value }) => `trim(${value})`).join(", ")} FROM ${relation.from} LIMIT 1000`,
  );
  const candidates = words.flatMap((word, w) => {
    const seen = sample.map((row) => row[w]).filter((v): v is string => typeof v === "string");
    const options = candidatesOf(word, relation.delimiter !== ",");
    return options.filter(({ looks }) => seen.every((v) => looks.test(v)));
  });
  for (const counted of await countReadings(connection, relation.from, candidates)) {
    const { candidate, read, present, infinite } = counted;
    const { column } = candidate.profile;
    if (readings.has(column) || read === 0 || read < present) continue;
    const { type, sql, note } = candidate;
    readings.set(column, { type, sql, present, infinite, ...(note === undefined ? {} : { note }) });
  }
  return readings;
}

interface Candidate {
  readonly profile: Profile;
  /** What every value must look like, to be worth trying. */
  readonly looks: RegExp;
  readonly type: Reading["type"];
  readonly sql: string;
  /** SQL of the values that must then read; default all that are present. */
  readonly values?: string;
  readonly note?: string;
}

function candidatesOf(profile: Profile, commas: boolean): Candidate[] {
  const { value, padded } = profile;
  const text = `trim(${value})`;
  const milliseconds = (time: string) => `(epoch_us(${time}) / 1000.0)`;
  const unblanked = `CASE WHEN ${text} IN (${blanks.map(literal).join(", ")}) THEN NULL ELSE ${text} END`;
  const found: Candidate[] = [
    {
      profile,
      looks: /^(?:true|false)$/i,
      type: "boolean",
      sql: `CASE lower(${text}) WHEN 'true' THEN 1.0::DOUBLE WHEN 'false' THEN 0.0::DOUBLE END`,
    },
    {
      profile,
      looks: /^\d{4}[-/]\d/,
      type: "datetime",
      sql: milliseconds(`TRY_CAST(${text} AS TIMESTAMPTZ)`),
    },
    {
      profile,
      looks: /^\d{1,2}:\d\d/,
      type: "datetime",
      sql: milliseconds(`TRY_CAST(${text} AS TIME)`),
    },
    ...dateFormats.map((format): Candidate => ({
      profile,
      looks: formatTest(format),
      type: "datetime",
      sql: milliseconds(`try_strptime(${text}, ${literal(format)})`),
      note: `read as dates written ${format}`,
    })),
  ];
  if (padded > 0) return found;
  found.push({
    profile,
    looks: /^(?:--?|\.|[-+]?[\d.]+(?:[eE][-+]?\d+)?)$/,
    type: "number",
    sql: `TRY_CAST(${unblanked} AS DOUBLE)`,
    values: unblanked,
    note: 'a lone "-", "--" or "." is read as missing',
  });
  if (commas) {
    found.push({
      profile,
      looks: /^[-+]?\d*(?:,\d+)?$/,
      type: "number",
      sql: `CASE WHEN regexp_full_match(${text}, '[-+]?[0-9]*(,[0-9]+)?') THEN TRY_CAST(replace(${text}, ',', '.') AS DOUBLE) END`,
      note: "read as numbers with a decimal comma",
    });
  }
  return found;
}

function formatTest(format: string): RegExp {
  const parts: Record<string, string> = {
    Y: "\\d{4}",
    p: "[AaPp][Mm]",
    b: "[A-Za-z]{3}",
    B: "[A-Za-z]+",
    y: "\\d{2}",
  };
  const source = format
    .replaceAll(".", "\\.")
    .replace(/%(\w)/g, (_, part: string) => parts[part] ?? "\\d{1,2}");
  return new RegExp(`^${source}$`);
}

async function countReadings(
  connection: Connection,
  from: string,
  candidates: readonly Candidate[],
) {
  if (candidates.length === 0) return [];
  const counts = candidates.flatMap(({ sql, values, profile: { value } }) =>
    [`count(${sql})`, `count(${values ?? value})`, `count_if(isinf(${sql}))`].map(
      (count) => `CAST(${count} AS DOUBLE)`,
    ),
  );
  const row = (await queryRow(
    connection,
    `SELECT ${counts.join(", ")} FROM ${from}`,
  )) as readonly number[];
  return candidates.map((candidate, i) => {
    const [read = 0, present = 0, infinite = 0] = row.slice(3 * i, 3 * i + 3);
    return { candidate, read, present, infinite };
  });
}

function finish(
  p: Profile,
  reading: Reading | undefined,
  place: string,
  notes: string[],
): TypedColumn {
  const { column, value, present, numbers, infinite } = p;
  const { name } = column;
  const say = (what: string) => notes.push(`${place}: column ${JSON.stringify(name)}: ${what}.`);
  const orNaN = (sql: string) => `coalesce(${sql}, 'nan'::DOUBLE)`;
  const base = { name, infinite };
  const typed = (type: ColumnType, sql: string): TypedColumn => {
    const label = type === "text" || type === "datetime" ? `CAST(${value} AS VARCHAR)` : null;
    return { ...base, type, sql: orNaN(sql), labelSql: label ?? labelOf(type, sql) };
  };
  if (column.type !== "text") {
    if (column.type === "integer" && p.largest > Number.MAX_SAFE_INTEGER) {
      say("integers beyond 2^53 are rounded to the nearest that fits a float64");
    }
    const sql =
      column.type === "datetime" ? `epoch_us(${value}) / 1000.0` : `CAST(${value} AS DOUBLE)`;
    return typed(column.type, sql);
  }
  if (numbers > 0 && numbers === present && p.padded === 0) {
    const whole = p.whole === numbers;
    if (whole && p.largest > Number.MAX_SAFE_INTEGER) {
      say("integers beyond 2^53 are rounded to the nearest that fits a float64");
    }
    return typed(whole ? "integer" : "number", `TRY_CAST(${column.sql} AS DOUBLE)`);
  }
  if (reading !== undefined) {
    if (reading.note !== undefined) say(reading.note);
    const { present: left } = reading;
    const type = reading.type === "number" && p.whole === left ? "integer" : reading.type;
    return { ...typed(type, reading.sql), infinite: reading.infinite };
  }
  return textOf(p);
}

function textOf({ column, value }: Profile): TypedColumn {
  const sql = column.type === "text" ? value : `CAST(${value} AS VARCHAR)`;
  return { name: column.name, type: "text", sql, labelSql: sql, infinite: 0 };
}

/** Labels read the same whether a class was written `1` or `1.0`. */
function labelOf(type: ColumnType, sql: string): string {
  if (type === "boolean") return `CASE ${sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END`;
  return `CASE WHEN isnan(${sql}) THEN NULL WHEN ${sql} = floor(${sql}) AND abs(${sql}) < 9e15 THEN CAST(CAST(${sql} AS BIGINT) AS VARCHAR) ELSE CAST(${sql} AS VARCHAR) END`;
}

/** Refuses infinite values, naming the first row that holds one. */
export async function refuseInfinite(
  connection: Connection,
  relation: Relation,
  columns: readonly TypedColumn[],
  place: string,
): Promise<void> {
  const bad = columns.filter((column) => column.infinite > 0);
  const [first] = bad;
  if (first === undefined) return;
  const result = await connection.stream(
    `SELECT CAST(isinf(${first.sql}) AS DOUBLE) FROM ${relation.from}`,
  );
  let row = 0;
  search: for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    for (let i = 0; i < chunk.rowCount; i++) {
      row++;
      if (chunk.getColumnVector(0).getItem(i) === 1) break search;
    }
  }
  const others = bad.length > 1 ? `, and ${bad.length - 1} more column(s)` : "";
  throw inputError("data.infinite", {
    place: `${place}, row ${row}, column ${JSON.stringify(first.name)}`,
    expected: "finite numbers, or missing values",
    got: `an infinite value (${first.infinite} in this column${others})`,
    hint: "make infinite values empty, or leave the column out with --drop",
  });
}
