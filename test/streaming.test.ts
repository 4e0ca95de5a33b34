/** Verbs on data larger than one would hold: a chunk at a time, no sooner than it is asked for. */
import process from "node:process";
import { dense, train, vanilla, type ArraySource, type Model } from "autoencoders";
import { afterAll, beforeAll, expect, test } from "vitest";
import { smallVectors } from "./support/small-data.ts";

const ROWS = 2_000_000;
const WIDTH = 6;

/** What of the source was read, and whether it was let go. */
interface Watched {
  chunks: number;
  largest: number;
  ended: boolean;
}

/** Rows made up as they are read; none is kept. */
function endless(rows: number, watched: Watched): ArraySource {
  return {
    kind: "array",
    name: "generated",
    rows,
    shape: [WIDTH],
    notes: [],
    read: async function* read({ chunk = 1000 } = {}) {
      try {
        for (let first = 0; first < rows; first += chunk) {
          const count = Math.min(chunk, rows - first);
          const data = new Float32Array(count * WIDTH);
          for (let i = 0; i < data.length; i += 1) data[i] = Math.sin(first + i);
          watched.chunks += 1;
          watched.largest = Math.max(watched.largest, count);
          yield { kind: "array", rows: count, shape: [WIDTH], data };
        }
      } finally {
        watched.ended = true;
      }
    },
  };
}

const watching = (): Watched => ({ chunks: 0, largest: 0, ended: false });

let model: Model;
beforeAll(async () => {
  const family = vanilla({ latent: 3, body: dense([16]) });
  model = await train(family, smallVectors(), { epochs: 2, seed: 1, threads: 1 });
});
afterAll(() => model.close());

test(`memory stays bounded over ${ROWS} rows`, { timeout: 120_000 }, async () => {
  // The first pass pays for the engine, its arena and the compiled code.
  for await (const _ of model.scoreBatches(endless(50_000, watching()), { explain: 2 }));
  const before = process.memoryUsage().rss;
  const watched = watching();
  let [rows, sum, most] = [0, 0, 0];
  for await (const { scores } of model.scoreBatches(endless(ROWS, watched))) {
    rows += scores.length;
    sum += scores.reduce((a, b) => a + b, 0);
    most = Math.max(most, process.memoryUsage().rss - before);
  }
  expect(rows).toBe(ROWS);
  expect(Number.isFinite(sum)).toBe(true);
  expect(watched.largest).toBeLessThanOrEqual(8192);
  expect(most / 2 ** 20).toBeLessThan(300);
});

test.each<[string, (data: ArraySource) => AsyncIterable<unknown>]>([
  ["score", (data) => model.scoreBatches(data, { chunk: 100 })],
  ["encode", (data) => model.encodeBatches(data, { chunk: 100 })],
  ["reconstruct", (data) => model.reconstructBatches(data, { chunk: 100 })],
])("%s reads two chunks further than it is followed, no more, and lets go", async (_, walk) => {
  const watched = watching();
  let taken = 0;
  for await (const _part of walk(endless(1e9, watched))) {
    taken += 1;
    expect(watched.chunks).toBeLessThanOrEqual(taken + 2);
    if (taken === 3) break;
  }
  expect(watched).toMatchObject({ largest: 100, ended: true });
});

test("all at once is the parts joined", async () => {
  const source = endless(1000, watching());
  const parts: number[] = [];
  for await (const { scores } of model.scoreBatches(source, { chunk: 128 })) parts.push(...scores);
  expect([...(await model.score(source, { chunk: 128 })).scores]).toEqual(parts);
  const codes: number[] = [];
  for await (const { data } of model.encodeBatches(source, { chunk: 128 })) codes.push(...data);
  const { rows, columns, data } = await model.encode(source, { chunk: 128 });
  expect([rows, columns, [...data]]).toEqual([1000, 3, codes]);
  const again = await model.reconstruct(source, { chunk: 128 });
  expect([again.kind, again.rows]).toEqual(["array", 1000]);
});
