/** What the dimensions of a code are said to do, on data made of known parts. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { dense } from "../bodies/dense.ts";
import { imagesFrom, tableFrom } from "../data/memory.ts";
import { conditional } from "../families/conditional.ts";
import { sparse } from "../families/sparse.ts";
import { vanilla } from "../families/vanilla.ts";
import { keyAt } from "../random/bits.ts";
import { normals, uniforms } from "../random/numbers.ts";
import { train } from "./train.ts";
import type { Dimensions, Model } from "./types.ts";

const ROWS = 400;
const settings = { epochs: 60, seed: 2, threads: 1, validation: 0, learningRate: 0.01 } as const;
const [warmth, size, noise] = [0, 1, 2].map((stream) => normals(keyAt(31, stream), ROWS, 1)) as [
  Float32Array,
  Float32Array,
  Float32Array,
];
/** One source moves temperature and season, another width and weight; a last column is noise. */
const table = tableFrom({
  temperature: Array.from(warmth, (w) => 15 + 8 * w),
  season: Array.from(warmth, (w) => (w > 0 ? "summer" : "winter")),
  frost: Array.from(warmth, (w, i) => Math.max(0, -5 * w) + 0.1 * (noise[i] as number)),
  width: Array.from(size, (s) => 100 + 20 * s),
  weight: Array.from(size, (s) => -3 * s),
});

let model: Model;
let found: Dimensions;
beforeAll(async () => {
  model = await train(vanilla({ latent: 2, body: dense([16]) }), table, settings);
  found = await model.dimensions(table);
});
afterAll(() => model?.close());

test("shares add up to all, and ends are quantiles of the codes", async () => {
  expect(found.dimensions.map(({ dimension }) => dimension)).toEqual([0, 1]);
  expect(found.rows).toBe(ROWS);
  expect(found.dimensions.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
  for (const { error } of found.dimensions) expect(error).toBeGreaterThan(found.error);
  const { data } = await model.encode(table);
  for (const [d, { low, high }] of found.dimensions.entries()) {
    const values = Array.from({ length: ROWS }, (_, row) => data[2 * row + d] as number).sort(
      (a, b) => a - b,
    );
    expect(low).toBeCloseTo(values[Math.round(0.05 * (ROWS - 1))] as number, 4);
    expect(high).toBeCloseTo(values[Math.round(0.95 * (ROWS - 1))] as number, 4);
  }
});

test("moves are what decoding the same rows by hand gives, in raw units", async () => {
  const [{ low, high, moves }] = found.dimensions as [Dimensions["dimensions"][number]];
  const codes = await model.encode(table);
  const temperatureAt = async (value: number): Promise<number> => {
    const data = codes.data.map((z, i) => (i % 2 === 0 ? value : z));
    const rows = await model.decode({ ...codes, data });
    const column =
      rows.kind === "table" ? rows.columns.find(({ name }) => name === "temperature") : undefined;
    const values = column?.type === "text" ? [] : [...(column?.values ?? [])];
    return values.reduce((a, b) => a + b, 0) / ROWS;
  };
  const move = moves.find(({ column }) => column === "temperature");
  // Decoded rows are kept within the range of training; a mean over rows hardly feels it.
  expect(Number(move?.from)).toBeCloseTo(await temperatureAt(low), 0);
  expect(Number(move?.to)).toBeCloseTo(await temperatureAt(high), 0);
  expect(move?.steady).toBe(true);
});

test("columns of one source move together, the way they hang together", () => {
  for (const { moves } of found.dimensions) {
    const way = (name: string): number => {
      const { from, to } = moves.find(({ column }) => column === name) ?? {};
      return Math.sign(Number(to) - Number(from));
    };
    const of = (name: string): number => moves.find(({ column }) => column === name)?.size ?? 0;
    if (of("width") > 0.3) expect(way("width")).toBe(-way("weight"));
    if (of("temperature") > 0.3) {
      const season = moves.find(({ column }) => column === "season");
      const summer = season?.words?.find(({ word }) => word === "summer");
      expect(Math.sign((summer?.to ?? 0) - (summer?.from ?? 0))).toBe(way("temperature"));
    }
    expect(moves.map(({ size: one }) => one)).toEqual(
      moves.map(({ size: one }) => one).toSorted((a, b) => b - a),
    );
  }
  expect(found.dimensions.some(({ moves }) => moves.length > 1)).toBe(true);
});

test("a category of many words is no larger for it: at most another word in every row", async () => {
  const words = tableFrom({
    a: Array.from(warmth),
    b: Array.from(size),
    word: Array.from(warmth, (w) => `word ${Math.round(4 * w)}`),
  });
  const wordy = await train(vanilla({ latent: 2, body: dense([32]) }), words, settings);
  const { dimensions } = await wordy.dimensions(words);
  await wordy.close();
  const swings = dimensions.map(
    ({ moves }) => moves.find(({ column }) => column === "word")?.size ?? 0,
  );
  expect(Math.max(...swings)).toBeGreaterThan(0.5);
  expect(Math.max(...swings)).toBeLessThanOrEqual(2.0001);
});

test("`top` bounds the columns named, and is checked", async () => {
  const { dimensions } = await model.dimensions(table, { top: 1 });
  expect(dimensions.map(({ moves }) => moves.length)).toEqual([1, 1]);
  expect(dimensions[0]?.moves[0]).toEqual(found.dimensions[0]?.moves[0]);
  await expect(model.dimensions(table, { top: 0 })).rejects.toMatchObject({
    code: "options.invalid",
  });
});

test("pictures come with the change of each pixel, and a typical row at both ends", async () => {
  const [side, count] = [6, 200];
  const bright = uniforms(keyAt(41, 0), count);
  // The left half gets brighter as the right half gets darker.
  const data = Uint8Array.from({ length: count * side * side }, (_, i) => {
    const amount = 160 * (bright[Math.floor(i / (side * side))] as number);
    return 40 + (i % side < side / 2 ? amount : 160 - amount);
  });
  const images = imagesFrom(data, { height: side, width: side });
  const seesaw = await train(vanilla({ latent: 1, body: dense([16]) }), images, settings);
  const { changes, ends, dimensions } = await seesaw.dimensions(images);
  await seesaw.close();
  expect(changes?.length).toBe(side * side);
  const [left, right] = [changes?.[0] as number, changes?.[side - 1] as number];
  // From the 5 % to the 95 % quantile of an even spread: nine tenths of 160 levels.
  expect(Math.abs(left)).toBeGreaterThan(120);
  expect(Math.abs(left)).toBeLessThan(160);
  expect(right).toBeCloseTo(-left, -1);
  if (ends.kind !== "images") throw new Error(ends.kind);
  expect(ends.rows).toBe(2);
  const [low, high] = [ends.data[0] as number, ends.data[side * side] as number];
  expect(high - low).toBeCloseTo(left, -1);
  expect(dimensions[0]?.moves[0]?.column).toMatch(/^\d,\d$/);
});

test("units that mostly are silent go from silence to where they speak", async () => {
  const quiet = await train(sparse({ latent: 24, body: dense([]) }), table, settings);
  const { dimensions } = await quiet.dimensions(table);
  const codes = await quiet.encode(table);
  await quiet.close();
  for (const { dimension, low, high } of dimensions) {
    const values = codes.data.filter((_, i) => i % 24 === dimension);
    const speaks = values.some((value) => value !== values[0]);
    expect(high > low).toBe(speaks);
  }
});

test("families that are told labels keep each row's own", async () => {
  const labelled = tableFrom(
    {
      a: Array.from(warmth),
      b: Array.from(warmth, (w, i) => w + (i % 2 === 0 ? 5 : -5)),
      c: Array.from(size),
      kind: Array.from({ length: ROWS }, (_, i) => (i % 2 === 0 ? "even" : "odd")),
    },
    { label: "kind" },
  );
  const told = await train(conditional({ latent: 2, body: dense([16]) }), labelled, settings);
  const { dimensions } = await told.dimensions(labelled);
  await told.close();
  // A code that need not hold the label moves `b` by its own spread, not between the kinds.
  const moved = dimensions.flatMap(({ moves }) =>
    moves.filter(({ column }) => column === "b").map(({ from, to }) => Number(to) - Number(from)),
  );
  expect(moved.length).toBeGreaterThan(0);
  expect(Math.max(...moved.map(Math.abs))).toBeLessThan(6);
});

test("it can be stopped between dimensions", async () => {
  const stop = new AbortController();
  const seen: number[] = [];
  const run = model.dimensions(table, {
    signal: stop.signal,
    onDimension: ({ dimension }) => {
      seen.push(dimension);
      stop.abort(new Error("enough"));
    },
  });
  await expect(run).rejects.toThrow("enough");
  expect(seen).toEqual([1]);
});
