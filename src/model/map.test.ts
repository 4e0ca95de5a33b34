/** Maps of codes: what they are, where new rows lie, what the picture shows. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { arrayFrom } from "../data/memory.ts";
import { vanilla } from "../families/vanilla.ts";
import { keyAt } from "../random/bits.ts";
import { normals } from "../random/numbers.ts";
import { dense } from "../bodies/dense.ts";
import { train } from "./train.ts";
import type { Model } from "./types.ts";

const [ROWS, WIDTH, GROUPS] = [400, 8, 4];
const centres = normals(keyAt(21, 0), GROUPS, WIDTH);
const data = normals(keyAt(22, 0), ROWS, WIDTH).map((x, i) => {
  const [row, column] = [Math.floor(i / WIDTH), i % WIDTH];
  return 6 * (centres[(row % GROUPS) * WIDTH + column] as number) + x;
});
const labels = Array.from({ length: ROWS }, (_, row) => `group ${row % GROUPS}`);
const rows = arrayFrom(data, [WIDTH], { labels });

const fitted = (latent: number): Promise<Model> =>
  train(vanilla({ latent, body: dense([16]) }), rows, {
    epochs: 20,
    seed: 1,
    threads: 1,
    validation: 0,
  });
let wide: Model;
beforeAll(async () => void (wide = await fitted(4)));
afterAll(() => wide?.close());

/** Share of rows whose nearest other row on the map is of their group. */
function together(points: Float32Array): number {
  let hits = 0;
  for (let i = 0; i < ROWS; i += 1) {
    let [nearest, least] = [-1, Infinity];
    for (let j = 0; j < ROWS; j += 1) {
      const [dx, dy] = [0, 1].map(
        (axis) => (points[2 * i + axis] as number) - (points[2 * j + axis] as number),
      ) as [number, number];
      if (j !== i && Math.hypot(dx, dy) < least) [least, nearest] = [Math.hypot(dx, dy), j];
    }
    hits += Number(nearest % GROUPS === i % GROUPS);
  }
  return hits / ROWS;
}

test("UMAP keeps groups together, and better neighbours than the plane of PCA is told of", async () => {
  const map = await wide.map(rows, { seed: 3 });
  expect(map.how).toBe("umap");
  expect([...map.shown].sort((a, b) => a - b)).toEqual(Array.from({ length: ROWS }, (_, i) => i));
  expect(together(map.points.data)).toBeGreaterThan(0.98);
  expect(map.trustworthiness?.map).toBeGreaterThan(0.8);
  expect(map.notes.join(" ")).toMatch(/UMAP of the 4 numbers[^]*trustworthiness 0\.\d+ against/);
  expect((await wide.map(rows, { seed: 3 })).points).toEqual(map.points);
});

test("rows beyond the limit lie among their group, and so do rows never seen", async () => {
  const map = await wide.map(rows, { seed: 3, limit: 120 });
  expect(map.shown.length).toBe(120);
  expect(together(map.points.data)).toBeGreaterThan(0.97);
  expect(map.notes).toContain(
    "120 of 400 rows arranged and drawn, picked at random; the others lie where their nearest codes lie.",
  );
  // A code of the map lies where it is; one that is no number nowhere.
  const codes = await wide.encode(rows);
  const again = await map.place(codes);
  for (const row of map.shown)
    expect([...again.data.subarray(2 * row, 2 * row + 2)]).toEqual([
      ...map.points.data.subarray(2 * row, 2 * row + 2),
    ]);
  const broken = { rows: 1, columns: 4, data: Float32Array.of(0, NaN, 0, 0) };
  expect([...(await map.place(broken)).data]).toEqual([NaN, NaN]);
});

test("a latent of two is its own map, one of one lies on a line; few rows get a plane", async () => {
  const [two, one] = [await fitted(2), await fitted(1)];
  const map = await two.map(rows);
  expect(map.how).toBe("latent");
  expect(map.points).toEqual(await two.encode(rows));
  const line = await one.map(rows);
  expect(line.points.data.filter((_, i) => i % 2 === 0)).toEqual((await one.encode(rows)).data);
  expect(line.points.data.every((x, i) => i % 2 === 0 || x === 0)).toBe(true);
  expect(line.trustworthiness).toBeUndefined();
  const strip = new TextDecoder().decode(await line.picture());
  expect(strip).toContain("Histogram of the one latent dimension");
  await two.close();
  await one.close();
  const few = await wide.map(arrayFrom(data.slice(0, 30 * WIDTH), [WIDTH]));
  expect(few.how).toBe("pca");
  expect(few.notes[0]).toContain("too few rows for UMAP");
});

describe("the picture", () => {
  test("is coloured by label, with a legend of counts", async () => {
    const map = await wide.map(rows, { limit: 100, seed: 1 });
    const svg = new TextDecoder().decode(await map.picture());
    for (let group = 0; group < GROUPS; group += 1) expect(svg).toContain(`>group ${group}</text>`);
    expect(svg.match(/<circle[^>]* r="2\.8"/g)?.length).toBe(100);
    expect(new Set(svg.match(/<circle[^>]*fill="#[0-9a-f]{6}"/g)).size).toBeGreaterThan(GROUPS);
    const png = await map.picture({ format: "png" });
    expect([...png.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  });

  test("is coloured by score where there are no labels", async () => {
    const map = await wide.map(arrayFrom(data, [WIDTH]), { limit: 100, seed: 1 });
    const svg = new TextDecoder().decode(await map.picture());
    expect(svg).toContain(">score</text>");
    expect(svg).toContain(`Score: ${wide.info.scores.unit}.`);
    expect(svg).toMatch(/>up to [\d.]+ \(50%\)<\/text>/);
  });
});

test("it can be stopped while UMAP is at work, and lets other work through", async () => {
  const stop = new AbortController();
  const steps: number[] = [];
  const reason = new Error("enough");
  let ticks = 0;
  const timer = setInterval(() => (ticks += 1), 5);
  const map = wide.map(rows, {
    signal: stop.signal,
    onArrange: ({ step }) => {
      steps.push(step);
      if (ticks > 3 && step > 10) stop.abort(reason);
    },
  });
  await expect(map).rejects.toBe(reason);
  clearInterval(timer);
  expect(steps.at(-1)).toBeLessThan(300);
  await expect(wide.map(rows, { limit: 0 })).rejects.toMatchObject({ code: "options.invalid" });
});
