/** What items are called: a column of names beside a column of items, of any table. */
import type { Connection } from "./duck.ts";
import { queryRows, readingError, withConnection } from "./duck.ts";
import { findName } from "./names.ts";
import { expandPath } from "./paths.ts";
import { openRelation } from "./table-files.ts";
import { typeColumns } from "./table-types.ts";

export interface TitleColumns {
  /** Default: `fallback`, where there is such a column, else the first. */
  readonly item?: string | undefined;
  /** Default: the column called title or name, else the one after the items. */
  readonly title?: string | undefined;
  /** What the items' column is called elsewhere. */
  readonly fallback?: string | undefined;
}

/**
 * @throws `data.column` for names that are not there
 * @example
 * const titles = await readTitles("movies.csv", { item: "movieId", title: "title" });
 */
export async function readTitles(
  path: string,
  { item, title, fallback }: TitleColumns = {},
): Promise<ReadonlyMap<string, string>> {
  const files = await expandPath(path);
  return withConnection(async (connection: Connection) => {
    const relation = await openRelation(connection, files, path, "csv");
    const names = relation.columns.map(({ name }) => name);
    const at =
      item === undefined
        ? Math.max(0, names.indexOf(fallback ?? ""))
        : findName(item, names, path, "item");
    const usual = names.findIndex((name, i) => i !== at && /^(?:title|name)$/i.test(name));
    const named =
      title === undefined
        ? usual >= 0
          ? usual
          : Math.min(names.length - 1, at + 1)
        : findName(title, names, path, "title-column");
    const columns = [...new Set([at, named])].flatMap((i) => relation.columns[i] ?? []);
    // As they are written, as in the interactions.
    const words = new Set(columns.flatMap(({ name, type }) => (type === "text" ? [name] : [])));
    const typed = await typeColumns(connection, { ...relation, columns }, path, words);
    const sql = (i: number): string =>
      typed.columns.find(({ name }) => name === names[i])?.labelSql ?? "NULL";
    const rows = await queryRows(
      connection,
      `SELECT ${sql(at)}, ${sql(named)} FROM ${relation.from}`,
    ).catch((error: unknown) => {
      throw readingError(error, path);
    });
    return new Map(
      rows.flatMap(([code, name]) =>
        code === null || name === null ? [] : [[String(code), String(name)] as const],
      ),
    );
  });
}
