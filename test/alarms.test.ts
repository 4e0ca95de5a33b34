/** Alarms of fitted models: promised, set anew without training, and the same in the file's graph. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  dense,
  imagesFrom,
  load,
  tableFrom,
  train,
  vanilla,
  type Model,
  type Table,
} from "autoencoders";
import { pValueOf } from "../src/detect/calibration.ts";
import { keyAt } from "../src/random/bits.ts";
import { normals, permutation, uniforms } from "../src/random/numbers.ts";
import { tensor } from "../src/base/tensor.ts";
import { runModel } from "./runtime.ts";

/** Rows on a bent surface in five columns, named as outputs of the file are. */
const NAMES = ["alarm", "p_value", "detector.threshold", "score.reconstruction", "plain"];

function tableOf(seed: number, rows: number, scale = 1): Table {
  const hidden = uniforms(keyAt(seed, 1), rows * 2);
  const noise = normals(keyAt(seed, 2), rows, NAMES.length);
  const at = (row: number, column: number): number => {
    const [t, u] = [6 * (hidden[2 * row] as number), hidden[2 * row + 1] as number];
    const clean = [Math.sin(t), Math.cos(t) * u, t / 3, u * u, t * u][column] as number;
    return scale * (clean + 0.05 * (noise[row * NAMES.length + column] as number));
  };
  return {
    kind: "table",
    rows,
    columns: NAMES.map((name, column) => ({
      name,
      type: "number",
      values: Float64Array.from({ length: rows }, (_, row) => at(row, column)),
    })),
  };
}

function rowsAt(table: Table, which: Int32Array): Table {
  const columns = table.columns.map((column) => ({
    ...column,
    values: Float64Array.from(
      which,
      (row) => (column as { values: Float64Array }).values[row] ?? 0,
    ),
  }));
  return { kind: "table", rows: which.length, columns: columns as Table["columns"] };
}

const raised = ({ alarms = new Uint8Array() }: { readonly alarms?: Uint8Array }): number =>
  alarms.reduce((sum, one) => sum + one, 0);

/** What the file itself says, by the runtime alone. */
async function inGraph(model: Model, table: Table) {
  const inputs = Object.fromEntries(
    table.columns.map((column) => {
      const { values } = column as { values: Float64Array };
      const { schema } = model.info;
      const known = schema.kind === "table" ? schema.columns : [];
      const input = known.find(({ name }) => name === column.name)?.input ?? column.name;
      return [input, tensor("float64", values)];
    }),
  );
  const out = await runModel(model.bytes(), inputs);
  return {
    scores: out["score"]?.data as Float32Array,
    pValues: out["p_value"]?.data as Float32Array,
    alarms: Uint8Array.from(out["alarm"]?.data as Uint8Array),
  };
}

const odd = tableOf(9, 300, 1.7);
let model: Model;
beforeAll(async () => {
  const family = vanilla({ latent: 2, body: dense([16]) });
  model = await train(family, tableOf(1, 3000), { epochs: 10, seed: 1, threads: 1 });
});
afterAll(() => model.close());

test("scores come with p-values and alarms; the family's own loss has none", async () => {
  const { scores, pValues = [], alarms = [] } = await model.score(odd);
  expect(pValues.length).toBe(300);
  expect(alarms.length).toBe(300);
  for (const [row, score] of scores.entries()) {
    expect(pValues[row]).toBe(pValueOf(model.calibration, score));
    expect(alarms[row]).toBe(Number(score > Math.fround(model.info.alarms.value)));
  }
  expect(Object.keys(await model.score(odd, { by: "reconstruction" }))).toEqual(["scores"]);
  const parts = [];
  for await (const part of model.scoreBatches(odd, { chunk: 77 })) parts.push(part);
  expect(parts.map(({ alarms: some }) => some?.length)).toEqual([77, 77, 77, 69]);
  expect(parts.flatMap((part) => [...(part.pValues ?? [])])).toHaveLength(300);
});

test("what the library says is what the file says, also after the alarms were set anew", async () => {
  const changed = await model.recalibrate(tableOf(2, 500), { falseAlarms: 0.05 });
  const again = await load(changed.bytes(), { threads: 1 });
  for (const one of [model, changed, again]) {
    const told = await one.score(odd);
    const file = await inGraph(one, odd);
    // Two sessions sum in their own order, in the last digits of a float32.
    const apart = told.scores.map((score, row) => Math.abs(score / (file.scores[row] ?? 0) - 1));
    expect(Math.max(...apart)).toBeLessThan(1e-5);
    for (const [row, score] of file.scores.entries())
      expect(file.pValues[row]).toBe(Math.fround(pValueOf(one.calibration, score)));
    expect(file.alarms).toEqual(
      Uint8Array.from(file.scores, (score) => Number(score > Math.fround(one.info.alarms.value))),
    );
  }
  expect(again.info).toEqual(changed.info);
  expect(again.calibration).toEqual(changed.calibration);
  expect(again.calibration.length).toBe(500);
  await Promise.all([changed.close(), again.close()]);
});

test("the promise: over splits of rows that training did not see, 1 % of false alarms", async () => {
  const pool = tableOf(3, 6000);
  let sum = 0;
  const splits = 30;
  for (let split = 0; split < splits; split += 1) {
    const order = permutation(keyAt(split, 0), 6000);
    const set = await model.recalibrate(rowsAt(pool, order.slice(0, 999)), { falseAlarms: 0.01 });
    expect(set.info.alarms).toMatchObject({ by: "false-alarms", at: 0.01, rows: 999 });
    sum += raised(await set.score(rowsAt(pool, order.slice(999)))) / 5001 / splits;
    await set.close();
  }
  expect(sum).toBeGreaterThan(0.008);
  expect(sum).toBeLessThan(0.012);
  // And what is odd is found.
  expect(raised(await model.score(odd))).toBeGreaterThan(150);
});

test("rows in an order of their own: the threshold is set by rows from all over", async () => {
  const rows = 100_000;
  const noise = normals(keyAt(5, 0), rows, 2);
  // The last quarter of the file is of a wider kind.
  const wide = (row: number): number => (row < 0.75 * rows ? 1 : 3);
  const columns = [0, 1].map((column) =>
    Float64Array.from(
      { length: rows },
      (_, row) => wide(row) * (noise[2 * row + column] as number),
    ),
  );
  const data = tableFrom({ a: columns[0] as Float64Array, b: columns[1] as Float64Array });
  const family = vanilla({ latent: 1, body: dense([8]) });
  const one = await train(family, data, { epochs: 1, batch: 1024, seed: 1, threads: 1 });
  expect(one.info.alarms).toMatchObject({ by: "false-alarms", at: 0.01, rows: 8192 });
  const share = raised(await one.score(data)) / rows;
  expect(share).toBeGreaterThan(0.007);
  expect(share).toBeLessThan(0.013);
  await one.close();
});

describe("set anew", () => {
  test("weights, codes and scores stay; this model too; either is closed by itself", async () => {
    const before = await model.score(odd);
    const { info } = model;
    const changed = await model.recalibrate(tableOf(4, 400), { contamination: 0.1 });
    expect(await changed.encode(odd)).toEqual(await model.encode(odd));
    const { scores, alarms } = await changed.score(odd);
    expect(scores).toEqual(before.scores);
    expect(raised({ alarms: alarms as Uint8Array })).toBeGreaterThan(raised(before));
    expect(model.info).toBe(info);
    expect(changed.info.training).toEqual(info.training);
    expect(changed.info.alarms).toMatchObject({ by: "contamination", at: 0.1, rows: 400 });
    const rows = tableOf(4, 400);
    expect(raised(await changed.score(rows))).toBe(40);
    await model.close();
    expect((await changed.score(odd)).scores).toEqual(before.scores);
    await changed.close();
    expect(await model.score(odd)).toEqual(before);
  });

  test("the quantiles of scores are those of the new rows", async () => {
    const rows = tableOf(5, 800);
    const changed = await model.recalibrate(rows, { quantile: 0.9 });
    const { scores } = changed.info;
    const at = (quantiles: typeof scores.quantiles, q: number) =>
      quantiles.find(({ quantile }) => quantile === q)?.value;
    const own = (await model.score(rows)).scores.toSorted();
    const loss = (await model.score(rows, { by: "reconstruction" })).scores.toSorted();
    expect(at(scores.quantiles, 1)).toBe(own.at(-1));
    expect(at(scores.quantiles, 0)).toBe(own[0]);
    expect(at(scores.reconstruction.quantiles, 1)).toBe(loss.at(-1));
    expect(scores.reconstruction.unit).toBe(model.info.scores.reconstruction.unit);
    expect(changed.info.alarms.value).toBeCloseTo(own[Math.round(0.9 * 799)] as number, 2);
    expect(raised(await changed.score(rows))).toBe(80);
    await changed.close();
  });

  test("without data: another rule, by the scores from before", async () => {
    const { rows, data } = model.info.alarms;
    const loose = await model.recalibrate(undefined, { falseAlarms: 0.2 });
    expect(loose.calibration).toEqual(model.calibration);
    expect(loose.info.alarms).toMatchObject({ by: "false-alarms", at: 0.2, rows, data });
    expect(loose.info.alarms.value).toBeLessThan(model.info.alarms.value);
    expect(loose.info.scores).toEqual(model.info.scores);
    const fixed = await loose.recalibrate(undefined, { score: 3.25 });
    expect(fixed.info.alarms).toMatchObject({ by: "score", at: 3.25, value: 3.25 });
    const file = await inGraph(fixed, odd);
    expect(file.alarms).toEqual(Uint8Array.from(file.scores, (score) => Number(score > 3.25)));
    await Promise.all([loose.close(), fixed.close()]);
  });

  test("without a rule: the one from before, and as strict as the rows allow", async () => {
    const few = await model.recalibrate(tableOf(6, 30), { falseAlarms: 1 / 31 });
    const more = await few.recalibrate(tableOf(7, 50));
    expect(more.info.alarms.at).toBe(1 / 51);
    const many = await more.recalibrate(tableOf(7, 500));
    expect(many.info.alarms).toMatchObject({ by: "false-alarms", at: 0.01 });
    const own = await many.recalibrate(undefined, { falseAlarms: 0.07 });
    expect((await own.recalibrate(tableOf(7, 60))).info.alarms.at).toBe(0.07);
    await Promise.all([few, more, many, own].map((one) => one.close()));
  });

  test("what cannot be is refused", async () => {
    const rows = tableOf(8, 50);
    await expect(model.recalibrate(rows, { falseAlarms: 0.01 })).rejects.toMatchObject({
      code: "threshold.rows",
      message: expect.stringContaining("at least 99 rows") as unknown,
    });
    await expect(model.recalibrate(rows, { falseAlarms: 1.5 })).rejects.toThrow("between 0 and 1");
    await expect(model.recalibrate()).rejects.toThrow(
      "expected data, a rule, or both, got neither",
    );
    const both = { falseAlarms: 0.1, score: 2 };
    await expect(model.recalibrate(rows, both)).rejects.toThrow(
      "one of falseAlarms, contamination",
    );
    await expect(model.recalibrate(rows, {} as { score: number })).rejects.toThrow("got none");
    const other = tableFrom({ a: [1, 2], b: [3, 4] });
    await expect(model.recalibrate(other)).rejects.toThrow('expected columns "alarm"');
    await expect(
      model.recalibrate(rows, undefined, { signal: AbortSignal.abort(new Error("enough")) }),
    ).rejects.toThrow("enough");
  });
});

describe("heat maps", () => {
  const SIZE = 12;

  /** A bright bar each, at one of several places, and noise. */
  const barsOf = (seed: number, count: number): Uint8Array => {
    const draw = uniforms(keyAt(seed, 0), count);
    const noise = uniforms(keyAt(seed, 1), count * SIZE * SIZE);
    const data = Uint8Array.from(noise, (one) => 40 * one);
    for (let i = 0; i < count; i += 1) {
      const column = 1 + Math.floor((draw[i] as number) * (SIZE - 2));
      for (let y = 0; y < SIZE; y += 1) data[(i * SIZE + y) * SIZE + column] = 220;
    }
    return data;
  };

  test("are hottest where something was changed", async () => {
    const usual = imagesFrom(barsOf(1, 600), { height: SIZE, width: SIZE });
    const family = vanilla({ latent: 8, body: dense([64]) });
    const images = await train(family, usual, { epochs: 80, batch: 32, seed: 1, threads: 1 });
    const changed = barsOf(2, 60);
    const spots = Array.from({ length: 60 }, (_, i) => [(i * 5) % 10, (i * 3) % 10] as const);
    for (const [i, [y, x]] of spots.entries())
      for (const [dy, dx] of [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ] as const)
        changed[(i * SIZE + y + dy) * SIZE + x + dx] = 120;
    const heat = await images.heatmap(imagesFrom(changed, { height: SIZE, width: SIZE }));
    expect(heat).toMatchObject({ rows: 60, height: SIZE, width: SIZE });
    const found = spots.filter(([y, x], i) => {
      const own = heat.data.subarray(i * SIZE * SIZE, (i + 1) * SIZE * SIZE);
      const top = own.indexOf(own.reduce((most, one) => Math.max(most, one), 0));
      const [top_y, top_x] = [Math.floor(top / SIZE), top % SIZE];
      return Math.abs(top_y - y - 0.5) <= 1.5 && Math.abs(top_x - x - 0.5) <= 1.5;
    });
    expect(found.length).toBeGreaterThan(48);
    // Usual images are about as far off as usual, at each pixel.
    const plain = await images.heatmap(imagesFrom(barsOf(3, 200), { height: SIZE, width: SIZE }));
    const squares = plain.data.reduce((sum, one) => sum + one * one, 0) / plain.data.length;
    expect(squares).toBeGreaterThan(0.5);
    expect(squares).toBeLessThan(2);
    await images.close();
  });

  test("are of images alone", async () => {
    await expect(model.heatmap(odd)).rejects.toMatchObject({ code: "data.kind" });
  });
});
