/** What the footers of Parquet files tell without reading a row: how many there are, and ranges. */

import { fileList, queryRows, readingError, type Connection } from "./duck.ts";

export interface Footer {
  readonly rows: number;
  /**
   * Smallest and largest value by column. Columns that the file says nothing sure about are not
   * here: DuckDB, for one, gives no range where there are infinite values or NaN.
   */
  readonly ranges: ReadonlyMap<string, readonly [low: number, high: number]>;
}

export async function readFooter(
  connection: Connection,
  files: readonly string[],
  place: string,
): Promise<Footer> {
  try {
    const list = fileList(files);
    const [totals] = await queryRows(
      connection,
      `SELECT CAST(sum(num_rows) AS DOUBLE), CAST(sum(num_row_groups) AS DOUBLE) FROM parquet_file_metadata(${list})`,
    );
    const [rows = 0, groups = 0] = (totals ?? []) as readonly number[];
    // A nested value has its place in a path of its own; a column that some file lacks has no
    // range in all groups. Both are left out by counting.
    const found = await queryRows(
      connection,
      `WITH m AS (SELECT path_in_schema AS name, num_values AS n, stats_null_count AS missing,
         TRY_CAST(coalesce(stats_min_value, stats_min) AS DOUBLE) AS low,
         TRY_CAST(coalesce(stats_max_value, stats_max) AS DOUBLE) AS high
         FROM parquet_metadata(${list}))
       SELECT name, coalesce(min(low), 0), coalesce(max(high), 0) FROM m GROUP BY name
       HAVING count(*) = ${groups} AND sum(n) = ${rows}
         AND bool_and(coalesce(missing = n, false) OR coalesce(isfinite(low) AND isfinite(high), false))`,
    );
    const ranges = found.map(
      ([name, low, high]) => [String(name), [Number(low), Number(high)]] as const,
    );
    return { rows, ranges: new Map(ranges) };
  } catch (error) {
    throw readingError(error, place);
  }
}
