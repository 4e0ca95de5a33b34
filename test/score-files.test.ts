/** Scores from file to file: read, run and written at the same time, and the same all the same. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dense, readTable, tableFrom, train, vanilla, type Model } from "autoencoders";
import { afterAll, beforeAll, expect, test } from "vitest";
import { literal, queryRows, withConnection } from "../src/data/duck.ts";
import { writeTable } from "../src/data/write.ts";
import { commandLine } from "./support/command-line.ts";

const ROWS = 50_000;
const COLUMNS = 7;

/** Columns that have something to do with one another; one with missing values. */
const columns = Object.fromEntries(
  Array.from({ length: COLUMNS }, (_, j) => [
    `x${j}`,
    Float64Array.from({ length: ROWS }, (_value, i) =>
      j === 3 && i % 17 === 0
        ? Number.NaN
        : Math.sin(i / (3 + (j % 3))) + ((i * (j + 1)) % 11) / 20,
    ),
  ]),
);

let folder: string;
const { ae } = commandLine(() => folder);
let data: string;
let model: Model;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ae-score-"));
  data = join(folder, "data.parquet");
  for await (const rows of tableFrom(columns).read()) await writeTable(data, rows);
  const family = vanilla({ latent: 3, body: dense([8]) });
  model = await train(family, tableFrom(columns), { epochs: 1, seed: 1, threads: 1 });
  await model.save(join(folder, "m.onnx"));
});
afterAll(async () => {
  await model.close();
  await rm(folder, { recursive: true });
});

const left = async (name: string) =>
  (await readdir(folder)).filter((file) => file.includes(name) || file.includes(".part"));

test("a file, columns in memory, and rows one after the other: the same scores", async () => {
  const { scores } = await model.score(await readTable(data));
  expect(scores.length).toBe(ROWS);
  expect(scores.every((score) => score > 0)).toBe(true);
  expect((await model.score(tableFrom(columns))).scores).toEqual(scores);
  // Chunks that end elsewhere: the runtime sums the last rows of each in another order.
  const otherwise = await model.score(tableFrom(columns), { chunk: 3_333 });
  const apart = otherwise.scores.map((score, i) => Math.abs(score - (scores[i] as number)));
  expect(Math.max(...apart)).toBeLessThan(1e-5);
  // So they are with reasons, which take more memory a row.
  const explained = await model.score(await readTable(data), { explain: 1 });
  const off = explained.scores.map((score, i) => Math.abs(score - (scores[i] as number)));
  expect(Math.max(...off)).toBeLessThan(1e-5);
  // The caller's arrays are the caller's still.
  expect(columns["x1"]?.length).toBe(ROWS);
  expect(columns["x3"]?.[1]).toBe(Math.sin(1 / 3) + 4 / 20);
});

test("the command writes each row's score under its number, in order", async () => {
  for (const ending of ["parquet", "csv"]) {
    expect(await ae(["score", "m.onnx", data, "-o", `s.${ending}`])).toMatchObject({ code: 0 });
    const table = literal(join(folder, `s.${ending}`));
    const found = await withConnection((connection) =>
      queryRows(connection, `SELECT CAST("row" AS DOUBLE), CAST(score AS DOUBLE) FROM ${table}`),
    );
    const { scores } = await model.score(tableFrom(columns));
    const expected = Array.from(scores, (score, i) => [i + 1, Number(score.toPrecision(7))]);
    expect(Float64Array.from(found.flat(), Number)).toEqual(Float64Array.from(expected.flat()));
  }
});

test("a bad cell far down is named, and nothing is left", async () => {
  const bad = join(folder, "bad.parquet");
  await withConnection((connection) =>
    connection.run(
      `COPY (SELECT * EXCLUDE (file_row_number)
         REPLACE (CASE WHEN file_row_number = 41000 THEN 'oops' ELSE x2::VARCHAR END AS x2)
         FROM read_parquet(${literal(data)}, file_row_number = true))
       TO ${literal(bad)} (FORMAT parquet)`,
    ),
  );
  const { code, err } = await ae(["score", "m.onnx", bad, "-o", "out.parquet"]);
  expect(code).toBe(1);
  expect(err).toContain('bad.parquet, column "x2", row 41001: expected a number');
  expect(await left("out.")).toEqual([]);
});

test("who cancels half-way leaves no file, and can go on", async () => {
  const controller = new AbortController();
  async function* scored() {
    let parts = 0;
    const batches = model.scoreBatches(await readTable(data), {
      signal: controller.signal,
      chunk: 2048,
    });
    for await (const { scores } of batches) {
      parts += 1;
      if (parts === 5) controller.abort(new Error("enough"));
      const values = Float64Array.from(scores);
      yield {
        kind: "table" as const,
        rows: values.length,
        columns: [{ name: "score", type: "number" as const, values }],
      };
    }
  }
  await expect(writeTable(join(folder, "half.parquet"), scored())).rejects.toThrow("enough");
  expect(await left("half.")).toEqual([]);
  const { scores } = await model.score(await readTable(data));
  expect(scores.length).toBe(ROWS);
});
