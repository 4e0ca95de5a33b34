import { describe, expect, test } from "vitest";
import { runGraph } from "../../test/runtime.ts";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import { input } from "../graph/value.ts";
import { fitSeries, seriesPreprocessing } from "./preprocess-series.ts";
import { takeRows } from "./rows.ts";
import type { SeriesWindows } from "./source.ts";
import { windowValues } from "./series-windows.ts";

const NAN = Number.NaN;

/** Heat around 1e6, load of 0 and 1 with a gap, a channel that never changes. */
function windows(points = 40, window = 5): SeriesWindows {
  const values = new Float64Array(3 * points);
  for (let t = 0; t < points; t += 1)
    values.set([1e6 + 5 * Math.sin(t), t === 7 ? NAN : t % 2, 42], 3 * t);
  const rows = points - window + 1;
  const starts = Int32Array.from({ length: rows }, (_, i) => i);
  return { kind: "series", rows, window, channels: ["heat", "load", "fixed"], values, starts };
}

const fit = (rows: SeriesWindows) => seriesPreprocessing(fitSeries(rows));

describe("scales", () => {
  test("are each channel's own, of each point once however many windows it is in", () => {
    const rows = windows();
    const { channels } = fitSeries(rows);
    const heat = Array.from({ length: 40 }, (_, t) => 1e6 + 5 * Math.sin(t));
    const mean = heat.reduce((a, b) => a + b) / 40;
    const deviation = Math.sqrt(heat.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 40);
    expect(channels[0]?.scaling.center).toBeCloseTo(mean, 9);
    expect(channels[0]?.scaling.scale).toBeCloseTo(deviation, 9);
    // 39 values, without the gap: 20 zeros, 19 ones.
    expect(channels[1]?.scaling.center).toBeCloseTo(19 / 39, 12);
    expect(channels[2]?.scaling).toMatchObject({ center: 42, scale: 1 });
  });

  test("come from the points of these windows alone", () => {
    const few = takeRows(windows(), Int32Array.of(0, 1, 2));
    const { center } = fitSeries(few).channels[1]?.scaling ?? {};
    // Points 0 to 6, of which 1, 3 and 5 are ones.
    expect(center).toBeCloseTo(3 / 7, 12);
  });

  test("are linear, however far a spike is out", () => {
    const rows = windows(400);
    rows.values[300] = 1e9;
    const [heat] = fitSeries(rows).channels;
    expect(heat?.scaling).toMatchObject({ tail: false, high: 1e9 });
    expect(heat?.scaling.scale).toBeGreaterThan(1e7);
  });

  test("are plain JSON", () => {
    const schema = fitSeries(windows());
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });
});

test("outside and inside the graph give the same features, and these the same values", async () => {
  const rows = windows();
  const trained = fit(rows);
  const outside = trained.ingest(rows, "m.csv")["values"] as Tensor;
  const fed = trained.feeds(rows, "m.csv")["values"] as Tensor;
  const raw = input("values", "float64", ["batch", 5, 3]);
  const compact = trained.compactFrom({ values: raw });
  const { x, observed } = trained.batch(compact, { complete: false });
  const given = [...Object.values(compact), x, observed ?? x, ...Object.values(trained.outputs(x))];
  const [inside, features, seen, back] = (await runGraph(given, new Map([[raw, fed]]))) as Tensor[];
  expect(inside?.data).toEqual(outside.data);
  expect([features?.shape, trained.layout.shape]).toEqual([
    [36, 5, 3],
    [5, 3],
  ]);
  const before = windowValues(rows);
  const again = back?.data as Float64Array;
  for (const [i, value] of before.entries()) {
    expect((seen as Tensor<"float32">).data[i]).toBe(Number.isNaN(value) ? 0 : 1);
    // A missing value is filled with the mean.
    if (Number.isNaN(value)) expect((features as Tensor<"float32">).data[i]).toBe(0);
    else expect(Math.abs((again[i] as number) - value)).toBeLessThan(1e-5 * (i % 3 === 0 ? 5 : 1));
  }
  expect((features as Tensor<"float32">).data.filter((_, i) => i % 3 === 2)).toEqual(
    new Float32Array(36 * 5),
  );
  const made = trained.rows({ reconstruction: tensor("float64", again, [36, 5, 3]) }, 36);
  expect(made).toMatchObject({ kind: "series", rows: 36, window: 5, channels: rows.channels });
});

test("a share of the score is blamed on its channel, whatever its step", () => {
  const { columns, partColumns } = fit(windows());
  expect(columns).toEqual(["heat", "load", "fixed"]);
  expect(partColumns).toEqual(Array.from({ length: 15 }, (_, i) => i % 3));
});

test("channels may come in another order", () => {
  const rows = windows();
  const trained = fit(rows);
  const values = rows.values.map((_, i) => rows.values[i - (i % 3) + 2 - (i % 3)] as number);
  const turned = { ...rows, values, channels: rows.channels.toReversed() };
  expect(trained.feeds(turned, "m.csv")).toEqual(trained.feeds(rows, "m.csv"));
});

test.each<[string, Partial<SeriesWindows>, RegExp]>([
  [
    "another window",
    { window: 6 },
    /windows of 5 steps of "heat".*got windows of 6.*\n.*window: 5/,
  ],
  ["a missing channel", { channels: ["heat", "load", "x"] }, /channel "fixed", as in training/],
  [
    "an extra channel",
    { channels: ["heat", "load", "fixed", "x"] },
    /only the channels.*got also "x".*\n.*--drop x/,
  ],
])("%s is refused", (_, change, message) => {
  expect(() => fit(windows()).feeds({ ...windows(), ...change }, "m.csv")).toThrow(message);
});

test("rows of another kind are refused with how to read them", () => {
  const table = { kind: "table", rows: 0, columns: [] } as const;
  expect(() => fit(windows()).feeds(table, "m.csv")).toThrow(
    /m\.csv: expected windows.*got a plain table.*\n.*readSeries\(path, \{ window: 5 \}\)/,
  );
});
