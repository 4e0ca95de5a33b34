/** What a judgement says of makers of rows that are known to be good, to copy, or to miss something. */
import { afterAll, describe, expect, test } from "vitest";
import type { Matrix } from "../../base/tensor.ts";
import { takeRows } from "../../data/rows.ts";
import type { Images, Rows, Table } from "../../data/source.ts";
import { keyAt } from "../../random/bits.ts";
import { normals, uniforms } from "../../random/numbers.ts";
import { createEngine } from "../../runtime/node.ts";
import { judgeSamples } from "./judge.ts";

const engine = createEngine({ threads: 1 });
afterAll(() => engine.close());

/** `kind` is what the sign of a · b says, which no correlation tells; `c` lacks where `a` is large. */
function table(rows: number, seed: number): Table {
  const drawn = normals(keyAt(seed, 0), rows, 3);
  const chance = uniforms(keyAt(seed, 1), rows);
  const column = (j: number): Float64Array =>
    Float64Array.from({ length: rows }, (_, row) => drawn[row * 3 + j] as number);
  const [a, b, noise] = [column(0), column(1), column(2)];
  return {
    kind: "table",
    rows,
    columns: [
      { name: "a", type: "number", values: a },
      { name: "b", type: "number", values: b },
      {
        name: "c",
        type: "number",
        values: a.map((x, i) =>
          x > 1 && (chance[i] as number) < 0.5 ? Number.NaN : 0.8 * x + 0.6 * (noise[i] as number),
        ),
      },
      {
        name: "kind",
        type: "text",
        codes: Int32Array.from(a, (x, i) => Number(x * (b[i] as number) > 0)),
        dictionary: ["apart", "together"],
      },
    ],
  };
}

function first<T extends Rows>(rows: T, count: number): T {
  return takeRows(
    rows,
    Int32Array.from({ length: count }, (_, i) => i),
  );
}

describe("tables", () => {
  const [train, heldOut] = [table(1200, 1), table(400, 2)];
  const judge = (samples: Table) =>
    judgeSamples({ engine, train, heldOut, samples, target: "kind" });

  test("rows of the same law are good and no copies; a copula misses what two columns do together", async () => {
    const found = await judge(table(1000, 3));
    const { model, controls, real } = found;
    expect(found.copies).toBe(false);
    expect(Math.abs(model.remembered as number)).toBeLessThan(0.1);
    expect(model.duplicates).toBe(0);
    expect(model.predictive).toBeGreaterThan(0.97);
    expect(real.predictive).toBeGreaterThan(0.97);
    expect(Math.abs((model.detection as number) - 0.5)).toBeLessThan(0.06);
    expect(model.marginals).toBeLessThan(0.06);
    const { copula } = controls;
    // It keeps every column and every pair; the three together it cannot know.
    expect(copula?.marginals).toBeLessThan(0.06);
    expect(copula?.associations).toBeLessThan(0.06);
    expect(copula?.predictive).toBeLessThan(0.75);
    expect(copula?.detection).toBeGreaterThan(0.6);
    const [quality, taught, memory] = found.findings;
    expect(quality).toMatch(
      /^The samples are better than the control \(Gaussian copula\) by .*told from real rows/,
    );
    expect(taught).toMatch(/^What learned "kind" from the samples reaches (9\d|100).*real rows \d/);
    expect(memory).toMatch(/^No sign of copies: 0% equal a training row/);
    // Figures stand in the table: the verdict is a line each.
    expect(found.findings).toHaveLength(3);
    expect(Math.max(...found.findings.map(({ length }) => length))).toBeLessThan(250);
  });

  test("training rows again are found to be copies, as the bootstrap's are", async () => {
    const found = await judge(first(train, 600));
    for (const { duplicates, remembered, nearest, near } of [
      found.model,
      found.controls.bootstrap ?? {},
    ])
      expect({ duplicates, remembered, nearest, near }).toEqual({
        duplicates: 1,
        remembered: 1,
        nearest: 0,
        near: 1,
      });
    expect(found.copies).toBe(true);
    expect(found.verdict).toContain("repeat training rows");
  });

  test("training rows with a little noise are copies too, though none is equal", async () => {
    const noise = normals(keyAt(9, 0), 600, 1);
    const { columns, ...rest } = first(train, 600);
    const moved = columns.map((column) =>
      column.type === "text"
        ? column
        : { ...column, values: column.values.map((x, i) => x + 1e-3 * (noise[i] as number)) },
    );
    const found = await judge({ ...rest, columns: moved });
    expect(found.model.duplicates).toBe(0);
    expect(found.model.remembered).toBeGreaterThan(0.8);
    expect(found.copies).toBe(true);
  });

  test("rows that lean towards training rows, as far from them as new ones, are no copies", async () => {
    const noise = normals(keyAt(10, 0), 1200, 3);
    const { columns, ...rest } = train;
    const moved = columns.map((column, j) =>
      column.type === "text"
        ? column
        : {
            ...column,
            values: column.values.map((x, i) => x + 0.12 * (noise[3 * i + j] as number)),
          },
    );
    const { model, real, copies, findings } = await judge({ ...rest, columns: moved });
    expect(model.remembered).toBeGreaterThan(0.25);
    expect(model.near).toBeLessThan((real.near as number) + 0.15);
    expect(copies).toBe(false);
    expect(findings.at(-1)).toMatch(
      /^No copies, but the samples lean towards training rows: 0% equal/,
    );
  });

  test("rows whose columns were shuffled are told apart, and lose to the copula", async () => {
    const made = table(1000, 4);
    const columns = made.columns.map((column, j) => {
      const order = Int32Array.from({ length: 1000 }, (_, i) => (i + 37 * j) % 1000);
      return takeRows({ ...made, columns: [column] }, order).columns[0] ?? column;
    });
    const { model, verdict } = await judge({ ...made, columns });
    expect(model.associations).toBeGreaterThan(0.1);
    expect(model.detection).toBeGreaterThan(0.7);
    expect(verdict).toMatch(/worse by .*association difference/);
  });

  test("a column that lacks its missing values is seen in the columns' distance", async () => {
    const made = table(1000, 5);
    const columns = made.columns.map((column) =>
      column.name === "c" && column.type !== "text"
        ? { ...column, values: column.values.map((x) => (Number.isNaN(x) ? 1 : x)) }
        : column,
    );
    const [whole, filled] = [await judge(made), await judge({ ...made, columns })];
    const added = (filled.model.marginals as number) - (whole.model.marginals as number);
    expect(added).toBeGreaterThan(0.01);
  });

  test("the same request gives the same figures", async () => {
    const samples = table(300, 6);
    expect(await judge(samples)).toEqual(await judge(samples));
  });

  test("what cannot be judged is said", async () => {
    await expect(judge(first(table(20, 7), 5))).rejects.toMatchObject({ code: "data.rows" });
    const asked = await judgeSamples({
      engine,
      train,
      heldOut,
      samples: table(200, 8),
      target: "price",
    });
    expect(asked.model.predictive).toBeUndefined();
    expect(asked.notes.join()).toContain('no column "price"');
  });
});

describe("images", () => {
  const SIDE = 6;
  /** A bright bar in one of the rows, over dim noise. */
  function bars(rows: number, seed: number): Images {
    const where = uniforms(keyAt(seed, 0), rows);
    const noise = uniforms(keyAt(seed, 1), rows * SIDE * SIDE);
    const data = Uint8Array.from(noise, (u, at) => {
      const [row, line] = [Math.floor(at / (SIDE * SIDE)), Math.floor((at % (SIDE * SIDE)) / SIDE)];
      return Math.round(40 * u + (Math.floor((where[row] as number) * SIDE) === line ? 200 : 0));
    });
    return { kind: "images", rows, height: SIDE, width: SIDE, channels: 1, data };
  }

  /** The largest and the smallest mean of a line, and the spread: what bars have and blends lack. */
  const encoder = {
    name: "lines",
    encode: (rows: Rows): Promise<Matrix> => {
      const { data } = rows as Images;
      const out = new Float32Array(rows.rows * 2);
      for (let row = 0; row < rows.rows; row += 1) {
        const means = Array.from({ length: SIDE }, (_, line) => {
          const start = row * SIDE * SIDE + line * SIDE;
          return data.subarray(start, start + SIDE).reduce((sum, x) => sum + x, 0) / SIDE;
        }).toSorted((a, b) => b - a);
        out.set([means[0] as number, means[1] as number], row * 2);
      }
      return Promise.resolve({ rows: rows.rows, columns: 2, data: out });
    },
  };

  test("good pictures beat PCA with a Gaussian, which has their moments but not their shape", async () => {
    const found = await judgeSamples({
      engine,
      train: bars(900, 1),
      heldOut: bars(300, 2),
      samples: bars(300, 3),
      encoder,
    });
    const { model, controls } = found;
    expect(found.copies).toBe(false);
    expect(model.frechet).toBeLessThan(0.2);
    expect(controls.pcaGaussian?.frechet).toBeGreaterThan(5 * (model.frechet as number));
    expect(model.coverage).toBeGreaterThan(0.85);
    // A few rows are the nearest to many samples: chance is wide, and known to be.
    expect(found.chance).toBeGreaterThan(0.1);
    expect(Math.abs(model.remembered as number)).toBeLessThan(3 * found.chance);
    expect(controls.bootstrap?.remembered).toBe(1);
    expect(found.verdict).toMatch(/PCA \+ Gaussian|pixel mixture/);
  });

  test("without a space, copies are looked for all the same", async () => {
    const train = bars(200, 4);
    const found = await judgeSamples({
      engine,
      train,
      heldOut: bars(100, 5),
      samples: first(train, 100),
    });
    expect(found.copies).toBe(true);
    expect(found.model.frechet).toBeUndefined();
  });
});
