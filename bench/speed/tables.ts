/** Tables made by DuckDB, as large as a case wants: numbers that a few factors explain. */
import { DuckDBInstance } from "@duckdb/node-api";

const FACTORS = 4;
const COLUMNS = 30;

/** Uniform in [0, 1), from the row and a number. */
const uniform = (k: number): string => `(hash(range * 64 + ${k}) % 16777213) / 16777213.0`;

/** A Parquet file of `rows` rows and 30 columns of numbers, written chunk by chunk. */
export async function writeParquet(file: string, rows: number): Promise<void> {
  const factors = Array.from({ length: FACTORS }, (_, k) => `${uniform(k)} AS f${k}`);
  const columns = Array.from({ length: COLUMNS }, (_, c) => {
    const parts = Array.from(
      { length: FACTORS },
      (_part, k) => `${Math.sin(1 + c * FACTORS + k).toFixed(3)} * f${k}`,
    );
    return `${10 ** (c % 4)} * (${parts.join(" + ")} + 0.1 * ${uniform(FACTORS + c)}) AS c${c}`;
  });
  const made = `SELECT range, ${factors.join(", ")} FROM range(${rows})`;
  await copy(`SELECT ${columns.join(", ")} FROM (${made})`, file);
}

/** The first rows of a Parquet file, as another. */
export function copyFirst(from: string, to: string, rows: number): Promise<void> {
  return copy(`SELECT * FROM '${from}' LIMIT ${rows}`, to);
}

async function copy(query: string, file: string): Promise<void> {
  const instance = await DuckDBInstance.create(":memory:", { memory_limit: "1GB" });
  const connection = await instance.connect();
  await connection.run(`COPY (${query}) TO '${file}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
}
