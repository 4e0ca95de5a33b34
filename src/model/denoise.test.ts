/** Tiles without seams, gaps filled from the rest of a row, odd cells found, the rest left alone. */
import { afterAll, describe, expect, test } from "vitest";
import { spatial } from "../bodies/spatial.ts";
import { dense } from "../bodies/dense.ts";
import { imagesFrom } from "../data/memory.ts";
import type { Images, Table } from "../data/source.ts";
import { denoising } from "../families/denoising.ts";
import { masked } from "../families/masked.ts";
import { keyAt } from "../random/bits.ts";
import { normals, uniforms } from "../random/numbers.ts";
import { usualLimit } from "./denoise-cells.ts";
import { IMPUTED, KEPT, REPAIRED } from "./denoise-marks.ts";
import { finestSpread } from "./denoise-noise.ts";
import { reflected, tiled, tilesAlong } from "./denoise-tiles.ts";
import { train } from "./train.ts";
import type { Model } from "./types.ts";

const open: Model[] = [];
afterAll(() => Promise.all(open.map((model) => model.close())));

describe("tiles", () => {
  test.each([
    [37, 53, 3],
    [8, 8, 1],
    [5, 3, 1],
    [1, 40, 1],
  ])(
    "of a network that changes nothing give back %i × %i × %i",
    async (height, width, channels) => {
      const data = Float64Array.from(uniforms(keyAt(1, height), height * width * channels));
      const to = new Float64Array(data.length);
      const sizes: number[] = [];
      await tiled(
        { height, width, channels, data },
        { height: 8, width: 8, channels },
        {
          most: 3,
          expect: (samples, count) => {
            sizes.push(count);
            expect(samples.length).toBe(count * 64 * channels);
            return Promise.resolve(samples);
          },
          cleaning: (_, made, out) => out.set(made),
          to,
        },
      );
      expect(Math.max(...sizes)).toBeLessThanOrEqual(3);
      for (const [i, value] of to.entries()) expect(value).toBeCloseTo(data[i] as number, 12);
    },
  );

  test("an offset of each tile shows no seam: neighbours differ by less than a fifth of it", async () => {
    const size = 64;
    const to = new Float64Array(size);
    let tile = 0;
    await tiled(
      { height: 1, width: size, channels: 1, data: new Float64Array(size) },
      { height: 1, width: 16, channels: 1 },
      {
        most: 100,
        expect: (samples, count) => {
          for (let i = 0; i < count; i += 1) samples.fill(++tile % 2, i * 16, (i + 1) * 16);
          return Promise.resolve(samples);
        },
        cleaning: (_, made, out) => out.set(made),
        to,
      },
    );
    const steps = to.slice(1).map((value, i) => Math.abs(value - (to[i] as number)));
    expect(Math.max(...to) - Math.min(...to)).toBeGreaterThan(0.9);
    expect(Math.max(...steps)).toBeLessThan(0.2);
  });

  test("every place lies in two tiles", () => {
    const { starts, sums } = tilesAlong(29, 8);
    for (let at = 0; at < 29; at += 1)
      expect(starts.filter((start) => start <= at && at < start + 8)).toHaveLength(2);
    for (const sum of sums) expect(sum).toBeCloseTo(1, 12);
  });

  test("beyond the border is what lies before it", () => {
    expect([-2, -1, 0, 4, 5, 6].map((at) => reflected(at, 5))).toEqual([2, 1, 0, 4, 3, 2]);
  });
});

test("the noise of a smooth picture is estimated within a twentieth", () => {
  const noise = normals(keyAt(2, 0), 1, 64 * 64);
  const data = Float64Array.from(noise, (n, i) => Math.sin((i % 64) / 9) + 0.2 * n);
  const found = finestSpread({ data, count: 1 }, { height: 64, width: 64, channels: 1 });
  expect(Math.abs(found / 0.2 - 1)).toBeLessThan(0.05);
});

describe("limits of what is usual", () => {
  const half = Array.from(normals(keyAt(3, 0), 1, 20_000), Math.abs);

  test("of normal distances are passed no more often than promised", () => {
    const limit = usualLimit(half, 1e-3);
    const passed = half.filter((one) => one > limit).length / half.length;
    expect(passed).toBeLessThanOrEqual(1e-3);
    expect(limit).toBeLessThan(6);
  });

  test("are hardly moved by one odd cell in a hundred", () => {
    const mixed = half.map((one, i) => (i % 100 === 0 ? 1000 : one));
    expect(usualLimit(mixed, 1e-3) / usualLimit(half, 1e-3)).toBeLessThan(1.3);
  });

  test("are none where there is too little to go by", () => {
    expect(usualLimit([1, 2, 3], 1e-3)).toBe(Infinity);
    expect(
      usualLimit(
        Array.from({ length: 100 }, () => 0),
        1e-3,
      ),
    ).toBe(Infinity);
  });
});

const ROWS = 600;

/** b = 2a, and a word that says on which side a lies. */
function related(): { readonly whole: Table; readonly gaps: Table } {
  const a = Float64Array.from(normals(keyAt(4, 0), 1, ROWS), (n) => 50 + 10 * n);
  const off = normals(keyAt(4, 1), 1, ROWS);
  const b = a.map((value, i) => 2 * value + (off[i] as number));
  const codes = Int32Array.from(a, (value) => Number(value > 50));
  const dictionary = ["low", "high"];
  const table = (x: Float64Array, y: Float64Array, z: Int32Array): Table => ({
    kind: "table",
    rows: ROWS,
    columns: [
      { name: "a", type: "number", values: x },
      { name: "b", type: "number", values: y },
      { name: "side", type: "text", codes: z, dictionary },
    ],
  });
  const [gapsA, gapsB, gapsSide] = [a.slice(), b.slice(), codes.slice()];
  for (let row = 0; row < ROWS; row += 10) {
    gapsA[row] = NaN;
    gapsB[row + 1] = NaN;
    gapsSide[row + 2] = -1;
  }
  // Impossible beside a.
  gapsB[5] = 400;
  return { whole: table(a, b, codes), gaps: table(gapsA, gapsB, gapsSide) };
}

describe("tables", () => {
  const { whole, gaps } = related();

  test.each([
    ["masked", masked({ latent: 4, body: dense([32]) })],
    ["denoising", denoising({ latent: 4, body: dense([32]) })],
  ])(
    "%s: gaps are filled, an odd cell is replaced, all else stays to the bit",
    async (_, family) => {
      const model = await train(family, gaps, { epochs: 60, batch: 32, seed: 1, threads: 1 });
      open.push(model);
      const { rows, changes } = await model.denoise(gaps);
      if (rows.kind !== "table" || changes === undefined) return expect.fail("a table");
      expect(changes.columns).toEqual(["a", "b", "side"]);
      const mark = (row: number, column: number): number =>
        changes.marks[3 * row + column] as number;
      const [truth, found] = [whole.columns[0], rows.columns[0]];
      if (truth?.type !== "number" || found?.type !== "number") return expect.fail("numbers");
      let [error, spread] = [0, 0];
      for (let row = 0; row < ROWS; row += 10) {
        expect([mark(row, 0), mark(row + 1, 1), mark(row + 2, 2)]).toEqual([
          IMPUTED,
          IMPUTED,
          IMPUTED,
        ]);
        error += ((found.values[row] as number) - (truth.values[row] as number)) ** 2;
        spread += ((truth.values[row] as number) - 50) ** 2;
      }
      expect(error).toBeLessThan(0.25 * spread);
      expect(mark(5, 1)).toBe(REPAIRED);
      const b = rows.columns[1];
      expect(b?.type === "number" && (b.values[5] as number)).toBeLessThan(200);
      const repaired = changes.marks.filter((one) => one === REPAIRED).length;
      expect(repaired).toBeLessThan(12);
      for (let row = 0; row < ROWS; row += 1)
        if (mark(row, 0) === KEPT) expect(found.values[row]).toBe(truth.values[row]);

      const filled = await model.denoise(gaps, { repair: false });
      expect(filled.changes?.marks.includes(REPAIRED)).toBe(false);
      await expect(model.denoise(gaps, { repair: 2 })).rejects.toThrow(/repair.*share/s);
      await expect(model.denoise(gaps, { noise: 1 })).rejects.toThrow(/noise.*images/s);
    },
  );
});

/** Slanted stripes with a random phase. */
function stripes(rows: number, size: number, noise: number, seed: number): Images {
  const phases = uniforms(keyAt(seed, 0), rows);
  const off = normals(keyAt(seed, 1), 1, rows * size * size);
  const data = new Uint8ClampedArray(rows * size * size);
  for (let i = 0; i < data.length; i += 1) {
    const [row, at] = [Math.floor(i / size ** 2), i % size ** 2];
    const wave = Math.sin((Math.floor(at / size) + (at % size)) / 1.6 + 6.28 * (phases[row] ?? 0));
    data[i] = 127 + 60 * wave + 255 * noise * (off[i] as number);
  }
  return {
    kind: "images",
    rows,
    height: size,
    width: size,
    channels: 1,
    data: new Uint8Array(data.buffer),
  };
}

function meanSquare(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + (value - (b[i] as number)) ** 2, 0) / a.length;
}

describe("images", () => {
  const noise = 0.15;
  const body = spatial([8, 8]);

  test.each([
    ["clean images", denoising({ body, level: noise }), 0, 0.4],
    ["noisy images alone", masked({ patch: 1, body }), noise, 0.8],
  ])("by a model trained on %s, of its own size and others", async (_, family, level, share) => {
    const model = await train(family, stripes(512, 8, level, 1), {
      epochs: 40,
      seed: 1,
      threads: 1,
    });
    open.push(model);
    for (const size of [8, 21]) {
      const [noisy, clean] = [stripes(6, size, noise, 2), stripes(6, size, 0, 2)];
      const { rows } = await model.denoise(noisy);
      if (rows.kind !== "images") return expect.fail("images");
      expect([rows.rows, rows.height, rows.width]).toEqual([6, size, size]);
      expect(meanSquare(rows.data, clean.data)).toBeLessThan(
        share * meanSquare(noisy.data, clean.data),
      );
    }
    const colour = imagesFrom(new Uint8Array(8 * 8 * 3), { height: 8, width: 8, channels: 3 });
    await expect(model.denoise(colour)).rejects.toThrow(/1 channel,.*got 3 channels/s);
    await expect(model.denoise(stripes(1, 8, 0, 1), { repair: 0.1 })).rejects.toThrow(/repair/);
  });
});
