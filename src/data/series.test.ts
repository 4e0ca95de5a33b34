import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openData } from "./open.ts";
import type { SeriesOptions } from "./series.ts";
import { readSeries } from "./series.ts";
import { windowValues } from "./series-windows.ts";
import type { SeriesSource } from "./source.ts";
import { openNpyWriter } from "./write-npy.ts";

let folder: string;
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const minute = (i: number): string => new Date(Date.UTC(2026, 0, 1, 0, i)).toISOString();
const csv = (header: string, rows: readonly (readonly unknown[])[]): string =>
  `${header}\n${rows.map((row) => row.join(",")).join("\n")}\n`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ae-series-"));
  const files: Record<string, string> = {
    "machine.csv": csv(
      "id,time,heat,state,load,odd",
      upTo(12).map((i) => [i, minute(i), 20 + i / 2, "on", i % 3, i === 7 ? 1 : 0]),
    ),
    "keyed.csv": csv(
      "when,sensor,x",
      upTo(12).flatMap((i) => [
        [minute(i), "b", i],
        [minute(i), "a", 100 + i],
      ]),
    ),
    "numbered.csv": csv(
      "t,unit,x",
      upTo(12).map((i) => [i * 0.5, i < 6 ? 2 : 1, Math.sin(i)]),
    ),
    "plain.csv": csv(
      "x,y",
      upTo(10).map((i) => [i * i, -i]),
    ),
    "holes.csv": csv(
      "time,x",
      upTo(10).map((i) => [minute(i), i === 4 ? "" : Math.cos(i)]),
    ),
    "late.csv": csv(
      "time,x",
      upTo(10).map((i) => [i === 4 ? "" : minute(i), i * i]),
    ),
    "words.csv": csv(
      "time,x",
      upTo(10).map((i) => [`step ${i}`, i * i]),
    ),
    "slow.csv": csv(
      "time,heat,load",
      upTo(12).map((i) => [minute(10 * i), i * i, 1]),
    ),
    "two.csv": csv(
      "from,to,x",
      upTo(10).map((i) => [minute(i), minute(i + 1), i * i]),
    ),
    "only.csv": csv(
      "time,word",
      upTo(10).map((i) => [minute(i), "a"]),
    ),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  for (const i of [2, 10, 1]) {
    const rows = upTo(8).map((t) => [minute(t), i * 100 + t * t]);
    await writeFile(join(folder, `run${i}.csv`), csv("time,x", rows));
  }
  await writeFile(
    join(folder, "side1.csv"),
    csv(
      "x,y",
      upTo(4).map((i) => [i * i, -i * i]),
    ),
  );
  await writeFile(
    join(folder, "side2.csv"),
    csv(
      "y,x",
      upTo(4).map((i) => [-50 * i * i, 50 * i * i]),
    ),
  );
  await writeFile(join(folder, "run-other.tsv"), "time\ty\n2026-01-01\t1\n");
  const npy = await openNpyWriter(join(folder, "flight.npy"), { shape: [2] });
  await npy.write(Float32Array.from(upTo(20), (i) => i / 2));
  await npy.close();
});
afterAll(() => rm(folder, { recursive: true }));

const read = (name: string, options: SeriesOptions = {}): Promise<SeriesSource> =>
  readSeries(join(folder, name), { window: 4, ...options });

async function failure(name: string, options: SeriesOptions = {}): Promise<string> {
  return read(name, options).then(
    () => "it passed",
    (error: unknown) => String((error as Error).message).replaceAll(folder, ""),
  );
}

const valuesOf = async (source: SeriesSource): Promise<number[][]> => {
  const all: number[][] = [];
  for await (const part of source.read()) {
    const values = windowValues(part);
    const size = part.window * part.channels.length;
    for (let row = 0; row < part.rows; row += 1)
      all.push([...values.subarray(row * size, (row + 1) * size)]);
  }
  return all;
};

describe("a table", () => {
  test("gives windows over its columns of numbers, and says what it left out", async () => {
    const source = await read("machine.csv", { label: "odd" });
    expect(source.channels).toEqual(["heat", "load"]);
    expect([source.rows, source.points.names]).toEqual([9, ["machine"]]);
    expect(source.points.time).toEqual({ name: "time", type: "datetime", step: 60_000 });
    expect(source.points.times?.[3]).toBe(Date.UTC(2026, 0, 1, 0, 3));
    expect((await valuesOf(source))[1]).toEqual([20.5, 1, 21, 2, 21.5, 0, 22, 1]);
    expect(source.notes).toEqual([
      'times are in "time"',
      'left out "state": text, where a channel is numbers',
      'left out "id": it counts the rows',
    ]);
    expect(source.label).toBe("odd");
    expect(source.points.labels?.indexOf("1")).toBe(7);
    expect(await source.labels?.()).toEqual(["0", "0", "0", "0", "1", "1", "1", "1", "0"]);
  });

  test("of which columns are chosen", async () => {
    const chosen = await read("machine.csv", { time: "time", select: ["load", "id"] });
    expect(chosen.channels).toEqual(["load", "id"]);
    expect((await valuesOf(chosen))[0]).toEqual([0, 0, 1, 1, 2, 2, 0, 3]);
    const dropped = await read("machine.csv", { time: "time", drop: ["load", "id", "state"] });
    expect(dropped.channels).toEqual(["heat", "odd"]);
  });

  test("holds several series by a key, each with its own windows", async () => {
    const source = await read("keyed.csv", { key: "sensor", stride: 3 });
    expect(source.points.names).toEqual(["b", "a"]);
    expect(source.points.key).toBe("sensor");
    expect([...source.starts]).toEqual([0, 3, 6, 8, 12, 15, 18, 20]);
    expect([...source.points.rows].slice(0, 3)).toEqual([0, 2, 4]);
    expect((await valuesOf(source))[4]).toEqual([100, 101, 102, 103]);
  });

  test("has times and keys that are numbers", async () => {
    const source = await read("numbered.csv", { time: "t", key: "unit" });
    expect(source.points.names).toEqual(["2", "1"]);
    expect(source.points.time).toEqual({ name: "t", type: "number", step: 0.5 });
    expect([...source.starts]).toEqual([0, 1, 2, 6, 7, 8]);
  });

  test("without times is taken in its order, and that is said", async () => {
    const source = await read("plain.csv");
    expect(source.points.times).toBeUndefined();
    expect(source.channels).toEqual(["x"]);
    expect(source.notes).toEqual([
      "no column of times: rows are taken in their order, one step each",
      'left out "y": it counts the rows',
    ]);
    const two = await read("two.csv");
    expect(two.notes[0]).toBe(
      'rows are taken in their order: name one of the columns of dates with --time-column, "from", "to"',
    );
    expect(two.channels).toEqual(["x"]);
  });

  test("may miss values", async () => {
    const [first, second] = await valuesOf(await read("holes.csv"));
    expect(first?.some(Number.isNaN)).toBe(false);
    expect(second?.[3]).toBeNaN();
  });

  test("of the demo", async () => {
    const weather = await openData("demo:weather", { as: "series", window: 30 });
    expect(weather).toMatchObject({ kind: "series", rows: 1461 - 29 });
  });
});

test("of several files each is a series, in natural order", async () => {
  const source = await read("run*.csv", { stride: 4 });
  expect(source.points.names).toEqual(["run1", "run2", "run10"]);
  expect([...source.starts]).toEqual([0, 4, 8, 12, 16, 20]);
  expect([...source.points.rows]).toEqual([...upTo(8), ...upTo(8), ...upTo(8)]);
  expect((await valuesOf(source))[4]).toEqual([1000, 1001, 1004, 1009]);
  expect(await failure("run*.?sv")).toMatch(
    /^\/run1\.csv: expected channels "y", times in "time", as in \/run-other\.tsv, got channels "x"/,
  );
});

test("columns of another order in another file are the same channels", async () => {
  const source = await read("side*.csv", { stride: 4 });
  expect(source.channels).toEqual(["x", "y"]);
  expect(await valuesOf(source)).toEqual([
    [0, 0, 1, -1, 4, -4, 9, -9],
    [0, 0, 50, -50, 200, -200, 450, -450],
  ]);
});

test("rows of an array are steps, columns channels", async () => {
  const source = await read("flight.npy");
  expect([source.rows, source.channels]).toEqual([7, ["0", "1"]]);
  expect((await valuesOf(source))[2]).toEqual([2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5]);
  expect((await read("flight.npy", { select: ["1"] })).channels).toEqual(["1"]);
  expect(await failure("flight.npy", { time: "t" })).toMatch(/--time-column: expected a table/);
});

describe("a model's knowledge", () => {
  const trained = {
    channels: ["load", "heat"],
    time: { name: "time", type: "datetime", step: 60_000 },
  } as const;

  test("chooses columns and their order, and ignores others", async () => {
    const source = await read("machine.csv", { trained, label: "odd" });
    expect(source.channels).toEqual(["load", "heat"]);
    expect((await valuesOf(source))[0]).toEqual([0, 20, 1, 20.5, 2, 21, 0, 21.5]);
    expect(source.notes).toEqual([]);
  });

  test("tells when the step is another", async () => {
    const source = await read("slow.csv", { trained });
    expect(source.notes).toEqual([
      "one step is 10 min here and was 1 min in training: windows cover another span of time",
    ]);
  });

  test("refuses data that lack a channel", async () => {
    expect(await failure("holes.csv", { trained })).toMatch(
      /expected channels "load", "heat", as in training, got columns "x"/,
    );
    expect(await failure("plain.csv", { trained })).toMatch(/--time-column: expected one of/);
  });
});

test.each<[string, SeriesOptions, RegExp]>([
  ["machine.csv", { time: "tiem" }, /--time-column.*"tiem".*\n.*"time"/],
  ["machine.csv", { key: "sensor" }, /--key.*"sensor"/],
  ["machine.csv", { select: ["state"] }, /column "state": expected numbers.*got text/],
  ["machine.csv", { select: ["hat"] }, /--select.*"hat".*\n.*"heat"/],
  ["machine.csv", { window: 13 }, /expected at least 13 rows.*got 12.*\n.*--window 12/],
  ["late.csv", { time: "time" }, /row 5, column "time": expected a time in every row/],
  ["words.csv", { time: "time" }, /column "time": expected times.*got text such as "step 0"/],
  ["only.csv", {}, /expected at least 1 channel/],
  ["missing.csv", {}, /missing\.csv/],
  ["", {}, /expected a file, or a pattern.*got a folder/],
])("%s with %j is refused", async (name, options, message) => {
  expect(await failure(name, options)).toMatch(message);
});

describe("openData", () => {
  test("opens series as such only when it is asked to", async () => {
    const path = join(folder, "machine.csv");
    expect((await openData(path, { as: "series", window: 4 })).kind).toBe("series");
    await expect(openData(path, { window: 4 })).rejects.toThrow(/--window.*\n.*--as series/);
    await expect(openData(path, { time: "time" })).rejects.toThrow(
      /--time-column.*\n.*--as series/,
    );
    await expect(openData(path, { as: "series", size: [3, 3] })).rejects.toThrow(/--size/);
  });
});
