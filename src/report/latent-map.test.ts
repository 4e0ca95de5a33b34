import { describe, expect, test } from "vitest";
import { normals, uniforms } from "../random/numbers.ts";
import { keyAt } from "../random/bits.ts";
import { latentMap } from "./latent-map.ts";

/** Rows in turn from `groups` far clusters, `[rows, dims]`. */
function clustered(rows: number, dims: number, groups: number): Float32Array {
  const centres = normals(keyAt(3, 0), groups, dims);
  const noise = normals(keyAt(3, 1), rows, dims);
  return noise.map((value, i) => {
    const [row, d] = [Math.floor(i / dims), i % dims];
    return 4 * (centres[(row % groups) * dims + d] ?? 0) + value;
  });
}

describe("latentMap", () => {
  test("of two dimensions is the latent itself", async () => {
    const codes = normals(keyAt(1, 0), 50, 2);
    const map = await latentMap(codes, 50, 2, { seed: 1 });
    expect(map.method).toBe("the latent itself");
    expect([...map.rows].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    map.rows.forEach((row, i) => {
      expect([map.x[i], map.y[i]]).toEqual([codes[row * 2], codes[row * 2 + 1]]);
    });
  });

  test("of one dimension keeps it across and spreads it sideways", async () => {
    const codes = uniforms(keyAt(1, 0), 30);
    const map = await latentMap(codes, 30, 1, { seed: 1 });
    map.rows.forEach((row, i) => expect(map.x[i]).toBe(codes[row]));
    expect(map.y.every((y) => Math.abs(y) <= 0.5)).toBe(true);
    expect(new Set(map.y).size).toBe(30);
  });

  test("of few rows is the plane of largest variance", async () => {
    // Variance 9 along (1, 1, 0)/√2, 1 along the third axis, next to none across.
    const noise = normals(keyAt(5, 0), 40, 3);
    const codes = new Float32Array(40 * 3);
    for (let row = 0; row < 40; row++) {
      const [a = 0, b = 0, c = 0] = noise.subarray(row * 3, row * 3 + 3);
      codes.set([(3 * a + 0.01 * c) / Math.SQRT2, (3 * a - 0.01 * c) / Math.SQRT2, b], row * 3);
    }
    const map = await latentMap(codes, 40, 3, { seed: 2 });
    expect(map.method).toBe("first two principal components");
    const along = Array.from(
      map.rows,
      (row) => ((codes[row * 3] ?? 0) + (codes[row * 3 + 1] ?? 0)) / Math.SQRT2,
    );
    expect(Math.abs(correlation(along, [...map.x]))).toBeGreaterThan(0.999);
  });

  test("of many dimensions keeps neighbours together and is a function of its seed", async () => {
    const [rows, groups] = [200, 5];
    const codes = clustered(rows, 12, groups);
    const map = await latentMap(codes, rows, 12, { seed: 7 });
    expect(map.method).toMatch(/^UMAP/);
    let together = 0;
    map.rows.forEach((row, i) => {
      let nearest = -1;
      let least = Infinity;
      map.rows.forEach((_, j) => {
        const distance = Math.hypot(
          (map.x[i] ?? 0) - (map.x[j] ?? 0),
          (map.y[i] ?? 0) - (map.y[j] ?? 0),
        );
        if (j !== i && distance < least) [least, nearest] = [distance, j];
      });
      if ((map.rows[nearest] ?? 0) % groups === row % groups) together++;
    });
    expect(together / rows).toBeGreaterThan(0.97);
    expect(await latentMap(codes, rows, 12, { seed: 7 })).toEqual(map);
    expect((await latentMap(codes, rows, 12, { seed: 8 })).x).not.toEqual(map.x);
  });

  test("samples above the limit without repeating a row, and leaves out rows that are not finite", async () => {
    const codes = normals(keyAt(9, 0), 500, 2);
    codes[2 * 17] = NaN;
    codes[2 * 18 + 1] = Infinity;
    const map = await latentMap(codes, 500, 2, { seed: 1, limit: 100 });
    expect(new Set(map.rows).size).toBe(100);
    const all = await latentMap(codes, 500, 2, { seed: 1 });
    expect(all.rows.length).toBe(498);
    expect(all.rows.includes(17) || all.rows.includes(18)).toBe(false);
  });

  test("stands codes that are all the same, and none at all", async () => {
    const same = await latentMap(new Float32Array(100 * 4).fill(0.5), 100, 4, { seed: 1 });
    expect([...same.x, ...same.y].every(Number.isFinite)).toBe(true);
    expect((await latentMap(new Float32Array(0), 0, 4, { seed: 1 })).rows.length).toBe(0);
  });

  test("refuses codes of another size", async () => {
    await expect(latentMap(new Float32Array(5), 2, 3, { seed: 1 })).rejects.toMatchObject({
      code: "report.codes-size",
    });
  });
});

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((x, y) => x + y, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const product = (x: readonly number[], mx: number, y: readonly number[], my: number) =>
    x.reduce((sum, value, i) => sum + (value - mx) * ((y[i] ?? 0) - my), 0);
  return product(a, ma, b, mb) / Math.sqrt(product(a, ma, a, ma) * product(b, mb, b, mb));
}
