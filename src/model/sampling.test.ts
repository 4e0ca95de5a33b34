/** Draws of the likelihood: the same whatever number is asked for, and rows that could be real. */
import { afterAll, describe, expect, test, vi } from "vitest";
import { smallData } from "../../test/support/small-data.ts";
import { dense } from "../bodies/dense.ts";
import { fitSchema, preprocessingOf } from "../data/preprocessings.ts";
import type { Table } from "../data/source.ts";
import { tabular } from "../families/tabular.ts";
import { vanilla } from "../families/vanilla.ts";
import type { Family } from "../families/family.ts";
import { countOf } from "../nn/scope.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { normals } from "../random/numbers.ts";
import { createEngine } from "../runtime/node.ts";
import type { Network } from "../train/network.ts";
import { networkSpec } from "../train/network.ts";
import type { Weights } from "../train/weights.ts";
import type { ModelFile } from "./file.ts";
import type { Runner } from "./runner.ts";
import { runnerOf } from "./runner.ts";
import { inferenceModel } from "./inference.ts";
import { drawRows, samplingProgram } from "./sampling.ts";
import type { ModelInfo } from "./types.ts";

const LATENT = 3;
const engine = createEngine({ threads: 1 });
afterAll(() => engine.close());
const schema = fitSchema(smallData.table(), { name: "data" });

function networkOf(family: Family): Network {
  return { family, body: dense([8]), latent: LATENT, preprocessing: preprocessingOf(schema) };
}

/** First weights, with an output layer wide enough for rows to differ. */
function weightsOf(network: Network): Weights {
  const spec = networkSpec(network, false);
  const parameters = new Float32Array(countOf(spec.parameters));
  let at = 0;
  for (const [i, { name, shape, initial }] of spec.parameters.entries()) {
    const values = initial(atSite(keyAt(4, 0), i), shape);
    parameters.set(name === "decoder.output.weight" ? values.map((x) => 10 * x) : values, at);
    at += values.length;
  }
  return { spec, parameters, buffers: new Float32Array(countOf(spec.buffers)) };
}

function runnerFor(family: Family): Runner {
  const network = networkOf(family);
  const info = {
    family: { name: family.name, options: family.options },
    body: { name: "dense", options: network.body.options },
    latent: LATENT,
    schema,
  } as unknown as ModelInfo;
  const model = inferenceModel(network, weightsOf(network), {});
  return runnerOf({ model, info, pca: undefined } as ModelFile, "model", { engine });
}

const codes = (rows: number, scale = 1) => ({
  rows,
  columns: LATENT,
  data: normals(keyAt(8, 0), rows, LATENT).map((x) => x * scale),
});
const rowwise = runnerFor(tabular());

async function draw(rows: number, { seed = 1, temperature = 1, scale = 1 } = {}) {
  const drawn = await drawRows(rowwise, codes(rows, scale), {
    seed,
    temperature,
  });
  return drawn as Table;
}

const texts = (column: Table["columns"][number]): readonly unknown[] =>
  column.type === "text"
    ? Array.from(column.codes, (code) => column.dictionary[code] ?? null)
    : Array.from(column.values);

describe("drawn rows", () => {
  test("are the same however many are asked for, across blocks too, of one open graph", async () => {
    const open = vi.spyOn(engine, "open");
    const few = await draw(1500);
    const many = await draw(2300);
    expect(few.rows).toBe(1500);
    for (const [i, column] of few.columns.entries()) {
      expect(texts(many.columns[i] as typeof column).slice(0, 1500)).toEqual(texts(column));
    }
    expect(open).toHaveBeenCalledTimes(1);
    open.mockRestore();
  });

  test("of one code differ from row to row and from block to block, and by seed", async () => {
    const rows = await draw(2048, { scale: 0 });
    const [sine] = rows.columns;
    const values = texts(sine as Table["columns"][number]);
    // Beyond the range of the data they are cut, so the ends come often.
    const ends = new Set([Math.min(...(values as number[])), Math.max(...(values as number[]))]);
    const inside = (values as number[]).filter((x) => !ends.has(x));
    expect(inside.length).toBeGreaterThan(1000);
    expect(new Set(inside).size).toBeGreaterThan(0.99 * inside.length);
    const other = await draw(2048, { scale: 0, seed: 2 });
    expect(texts(other.columns[0] as Table["columns"][number])).not.toEqual(values);
    const still = await draw(2048, { scale: 0, temperature: 0 });
    for (const column of still.columns) expect(new Set(texts(column)).size).toBe(1);
  });

  test("hold only what rows of the data could hold", async () => {
    const data = smallData.table();
    const rows = await draw(2048);
    for (const [i, column] of rows.columns.entries()) {
      const model = data.columns[i] as typeof column;
      expect([column.name, column.type]).toEqual([model.name, model.type]);
      const known = texts(model);
      const drawn = texts(column);
      if (column.type === "text" || column.type === "boolean") {
        expect(new Set(drawn), column.name).toEqual(new Set(known));
        continue;
      }
      const present = (values: readonly unknown[]) =>
        (values as readonly number[]).filter((x) => !Number.isNaN(x));
      const [low, high] = [Math.min(...present(known)), Math.max(...present(known))];
      expect(
        present(drawn).every((x) => x >= low && x <= high),
        column.name,
      ).toBe(true);
      if (column.type === "integer") expect(present(drawn).every(Number.isInteger)).toBe(true);
      // Missing numbers come only where the data have them.
      expect(present(drawn).length < drawn.length, column.name).toBe(
        present(known).length < known.length,
      );
    }
  });

  test("stop when told to", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    const options = { seed: 1, temperature: 1, signal };
    await expect(drawRows(rowwise, codes(3), options)).rejects.toThrow("enough");
  });
});

test("a family whose samples are its means has no such program", async () => {
  const network = networkOf(vanilla());
  expect(samplingProgram(network, weightsOf(network))).toBeUndefined();
  const options = { seed: 1, temperature: 1 };
  expect(await drawRows(runnerFor(vanilla()), codes(3), options)).toBeUndefined();
});
