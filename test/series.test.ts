/** Series from file to interval: the library and `ae`, on a small machine that fails once. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { load, tableFrom, train, vanilla, type Model } from "autoencoders";
import { readSeries } from "../dist/data/series.js";
import { intervalsIn } from "../dist/model/intervals.js";
import { commandLine } from "./support/command-line.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);
/** Rows of machine b at which heat no longer follows load. */
const BROKEN = [700, 719] as const;

let folder: string;
const { ae, ok } = commandLine(() => folder);

/** Two machines; b fails, and its logger was off for 100 minutes and for 3. */
function machines(): string {
  const lines = ["time,machine,load,heat,note,fault"];
  for (const machine of ["a", "b"]) {
    for (let i = 0; i < 900; i += 1) {
      if (machine === "b" && ((i >= 300 && i < 400) || (i >= 500 && i < 503))) continue;
      const broken = machine === "b" && i >= BROKEN[0] && i <= BROKEN[1];
      const noise = 0.5 * Math.sin(12.9898 * i * i);
      const load = 50 + 30 * Math.sin(i / 12) + noise;
      const heat = broken ? 60 - load / 4 : 20 + load / 2 + noise;
      const time = new Date(START + i * MINUTE).toISOString();
      lines.push([time, machine, load.toFixed(3), heat.toFixed(3), "ok", Number(broken)].join());
    }
  }
  return `${lines.join("\n")}\n`;
}

/** Rows of a CSV by the names of its columns. */
function rowsOf(csv: string): readonly Readonly<Record<string, string>>[] {
  const [header = "", ...rows] = csv.trimEnd().split("\n");
  const names = header.split(",");
  return rows.map((row) =>
    Object.fromEntries(row.split(",").map((cell, i) => [names[i] as string, cell])),
  );
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ae-machines-"));
  await writeFile(join(folder, "machines.csv"), machines());
  await writeFile(join(folder, "cold.csv"), "time,machine,load\n2026-01-01,a,1\n");
});
afterAll(() => rm(folder, { recursive: true }));

describe("the library", () => {
  let model: Model;
  const read = () =>
    readSeries(join(folder, "machines.csv"), { key: "machine", window: 24, label: "fault" });

  beforeAll(async () => {
    model = await train(vanilla(), await read(), { epochs: 30, seed: 1, threads: 1 });
  });
  afterAll(() => model.close());

  test("scores every row, those of the fault most, and blames a channel", async () => {
    const found = await model.scorePoints(await read());
    const { points, scores } = found;
    for (const [i, row] of points.rows.entries())
      if (row >= 0) expect(Number.isFinite(scores[i] as number)).toBe(true);
    const limit = model.info.scores.points?.find(({ quantile }) => quantile === 1)?.value ?? 0;
    expect(limit).toBeGreaterThan(0);
    const intervals = intervalsIn(found, { threshold: 2 * limit, gap: 6 });
    const top = intervals.toSorted((a, b) => b.peak.score - a.peak.score)[0];
    expect(top?.series).toBe("b");
    expect(top?.channels[0]?.name).toBe("heat");
    const [from = 0, to = 0] = (top?.times ?? []).map((time) => (time - START) / MINUTE);
    expect(Math.abs(from - BROKEN[0])).toBeLessThanOrEqual(12);
    expect(Math.abs(to - BROKEN[1])).toBeLessThanOrEqual(12);
  });

  test("a point's score is the power mean of those of the windows that it is in", async () => {
    const source = await read();
    const { scores } = await model.score(source);
    const { scores: points } = await model.scorePoints(source);
    // Windows of the first machine begin at each of its points.
    for (const point of [0, 10, 23, 400, 899]) {
      const own = scores.subarray(Math.max(0, point - 23), Math.min(876, point) + 1);
      const mean = own.reduce((sum, score) => sum + score ** 8, 0) / own.length;
      expect(points[point]).toBeCloseTo(mean ** (1 / 8), 5);
    }
  });

  test("a saved model knows its window, channels, times and key", async () => {
    const { schema } = model.info;
    expect(schema).toMatchObject({
      kind: "series",
      window: 24,
      channels: [{ name: "load" }, { name: "heat" }],
      time: { name: "time", type: "datetime", step: MINUTE },
      key: "machine",
    });
    const again = await load(model.bytes(), { threads: 1 });
    expect(again.info).toEqual(JSON.parse(JSON.stringify(model.info)));
    const source = await read();
    expect(await again.scorePoints(source)).toEqual(await model.scorePoints(source));
    await again.close();
  });

  test("series come back near themselves, a point a row", async () => {
    const source = await read();
    const back = await model.reconstructPoints(source);
    expect(back).toHaveLength(source.values.length);
    let [error, spread, count] = [0, 0, 0];
    for (const [i, value] of source.values.entries()) {
      if (Number.isNaN(value) || i % 2 === 1) continue;
      error += ((back[i] as number) - value) ** 2;
      spread += (value - 50) ** 2;
      count += 1;
    }
    expect(count).toBeGreaterThan(1600);
    expect(error / spread).toBeLessThan(0.05);
  });

  test("plain rows have no points", async () => {
    const table = tableFrom({ load: [1, 2] });
    await expect(model.scorePoints(table)).rejects.toThrow(/expected series.*\n.*readSeries/);
  });
});

describe("ae", () => {
  const train = ["train", "machines.csv", "--as", "series", "--label", "fault", "--epochs", "20"];

  beforeAll(async () => {
    const given = ["--time", "time", "--key", "machine", "--window", "24", "--seed", "1"];
    const { err } = await ok([...train, ...given, "-o", "m.onnx"]);
    expect(err).toContain("2 series of 1,697 rows, 2 channels: 1,631 windows of 24 steps");
    expect(err).toContain('left out "note": text, where a channel is numbers');
    expect(err).toContain("3 steps (1 min) without a row, in gaps of at most 6");
    expect(err).toContain("cut at 1 longer gap, the longest of 100 steps (1 min)");
    expect(err).toMatch(/next:\n {2}ae score m\.onnx machines\.csv --intervals --top 10/);
  });

  test("score gives a row a point, with series, time, row and label", async () => {
    const { out, err } = await ok("score m.onnx machines.csv --label fault");
    expect(err).toMatch(/of 1,697 points \([\d.]+%\) raise an alarm/);
    const rows = rowsOf(out);
    expect(rows).toHaveLength(1697);
    const names = Object.keys(rows[0] ?? {});
    expect(names.slice(0, 4)).toEqual(["machine", "time", "row", "score"]);
    expect(names).toContain("fault");
    expect(rows[1]).toMatchObject({ machine: "a", time: "2026-01-01T00:01:00.000Z", row: "2" });
    expect(new Set(rows.map(({ row }) => row)).size).toBe(1697);
    const mean = (fault: string): number => {
      const own = rows.filter((row) => row["fault"] === fault);
      return own.reduce((sum, { score }) => sum + Number(score), 0) / own.length;
    };
    expect(mean("1")).toBeGreaterThan(2 * mean("0"));
  });

  test("score --explain shows what was there and what was expected", async () => {
    const { out } = await ok("score m.onnx machines.csv --explain 1 --top 3");
    const rows = rowsOf(out);
    expect(rows).toHaveLength(3);
    const scores = rows.map(({ score }) => Number(score));
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    for (const row of rows) {
      expect(row["column_1"]).toBe("heat");
      const at = machines().split("\n")[Number(row["row"])]?.split(",") ?? [];
      expect(Number(row["actual_1"])).toBeCloseTo(Number(at[3]), 3);
      expect(Math.abs(Number(row["expected_1"]) - Number(row["actual_1"]))).toBeGreaterThan(2);
    }
  });

  test("score --intervals says when, and through which channel", async () => {
    const args = ["score", "m.onnx", "machines.csv", "--intervals", "--top", "1"];
    const { out, err } = await ok(args);
    expect(err).toMatch(/\d+ intervals?: [\d.]+% of the points are in one/);
    const [top] = rowsOf(out);
    expect(Object.keys(top ?? {}).slice(0, 3)).toEqual(["machine", "start", "end"]);
    expect(top).toMatchObject({ machine: "b", column_1: "heat", column_2: "load" });
    const minute = (time = ""): number => (Date.parse(time) - START) / MINUTE;
    expect(Math.abs(minute(top?.["start"]) - BROKEN[0])).toBeLessThanOrEqual(12);
    expect(Math.abs(minute(top?.["end"]) - BROKEN[1])).toBeLessThanOrEqual(12);
    const json = await ok([...args, "--json"]);
    expect(JSON.parse(json.out)).toHaveLength(1);
  });

  test("encode gives a row a window, reconstruct a row a point", async () => {
    const codes = rowsOf((await ok("encode m.onnx machines.csv --stride 6")).out);
    expect(codes[1]).toMatchObject({
      machine: "a",
      start: "2026-01-01T00:06:00.000Z",
      first_row: "7",
    });
    expect(codes[0]).toHaveProperty("latent0");
    const again = rowsOf((await ok("reconstruct m.onnx machines.csv")).out);
    expect(again).toHaveLength(1697);
    expect(Object.keys(again[0] ?? {})).toEqual(["machine", "time", "load", "heat"]);
    const { err } = await ok("reconstruct m.onnx machines.csv -o again.npy");
    expect(err).toContain("1,631 windows written to again.npy");
  });

  test("info, evaluate and report take series", async () => {
    const { out } = await ok("info m.onnx");
    expect(out).toContain("series of 2 channels, in windows of 24 steps, one each 1 min");
    expect(out).toMatch(/machine +tells series apart/);
    const evaluation = JSON.parse((await ok("evaluate m.onnx machines.csv --json")).out) as {
      readonly rows: number;
    };
    expect(evaluation.rows).toBe(1631);
    await ok("report m.onnx machines.csv -o m.html");
  });

  test.each([
    [["score", "m.onnx", "cold.csv"], /cold\.csv: expected channel "heat", as in training/],
    [
      ["score", "m.onnx", "machines.csv", "--window", "12"],
      /windows of 24 steps.*got windows of 12/,
    ],
    [["train", "machines.csv", "--window", "8"], /--window.*\n.*--as series/],
    [[...train, "--body", "conv"], /body conv: expected images.*got samples of \[64, 2\]/],
    [[...train, "--key", "sensor"], /--key.*"sensor"/],
    [[...train, "--cell", "gru", "--kernel", "5"], /option kernel: expected cell conv/],
  ])("%j is refused with the reason", async (args, message) => {
    const { code, err } = await ae(args);
    expect(code).toBe(1);
    expect(err).toMatch(message);
  });

  test("--intervals of a model of plain rows is refused", async () => {
    await ok("train machines.csv --drop note --epochs 1 -o plain.onnx");
    const { code, err } = await ae("score plain.onnx machines.csv --drop note --intervals");
    expect(code).toBe(1);
    expect(err).toMatch(/--intervals: expected series/);
  });

  test("training twice with one seed gives the same model, with a recurrent body too", async () => {
    const given = [
      "--cell",
      "gru",
      "--channels",
      "8",
      "--span",
      "4",
      "--window",
      "16",
      "--epochs",
      "2",
    ];
    const scores: string[] = [];
    for (const name of ["one.onnx", "two.onnx"]) {
      await ok([
        "train",
        "machines.csv",
        "--as",
        "series",
        "--key",
        "machine",
        ...given,
        "-o",
        name,
      ]);
      scores.push((await ok(["score", name, "machines.csv"])).out);
    }
    expect(scores[0]).toBe(scores[1]);
  });
});
