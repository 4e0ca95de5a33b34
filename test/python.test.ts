/**
 * Every model gives the same numbers in Python's onnxruntime, and passes onnx's checker.
 * Skipped, with the reason, where Python lacks onnx or onnxruntime.
 */
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { conv, dense, train, type Body, type Data, type Model, type Rows } from "autoencoders";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sequence } from "../dist/bodies/sequence.js";
import { families } from "../dist/families/index.js";
import type { Tensor } from "../src/base/tensor.ts";
import { tensor } from "../src/base/tensor.ts";
import { sliceRows } from "../src/data/rows.ts";
import { windowValues } from "../src/data/series-windows.ts";
import { runModel } from "./runtime.ts";
import { smallData, withLabels } from "./support/small-data.ts";
import { RUNTIMES } from "./tolerance.ts";

const python = process.env["PYTHON"] ?? "python3";
const script = fileURLToPath(new URL("oracle/check_model.py", import.meta.url));
const { status } = spawnSync(python, ["-c", "import onnx, onnxruntime"]);
const missing = status === 0 ? "" : ` (skipped: ${python} cannot import onnx and onnxruntime)`;

interface Verdict {
  readonly opset: Readonly<Record<string, number>>;
  readonly worst: Readonly<Record<string, number>>;
  readonly texts: Readonly<Record<string, number>>;
}

const networks: readonly (readonly [keyof typeof smallData, Body])[] = [
  ["table", dense([16])],
  ["images", dense([16])],
  ["images", conv([4, 8])],
  ["vectors", dense([16], { activation: "gelu", normalize: true })],
  ["grids", conv([4])],
  ["series", sequence([8, 8], { span: 2 })],
  ["series", sequence([8], { cell: "gru", span: 2 })],
];
/** The two that share most code with all others on every network; the others on two. */
const everywhere = ["vanilla", "variational"];
const cases = networks.flatMap(([kind, body], i) =>
  Object.entries(families)
    // Those for interactions are in recommend.test.ts.
    .filter(([, { takes }]) => takes === undefined)
    .filter(([name]) => everywhere.includes(name) || i === 0 || i === 2)
    .map(([name, entry]) => ({
      kind,
      body: body.name,
      family: entry.create({}, { latent: 3, body }),
      name,
    })),
);

describe.skipIf(missing !== "")(`with Python's onnxruntime${missing}`, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "autoencoders-python-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test(
    "every model passes the checker and gives the same numbers",
    { timeout: 60_000 },
    async () => {
      const paths: string[] = [];
      for (const [i, { kind, family }] of cases.entries()) {
        const rows = smallData[kind]();
        const data = family.label === undefined ? rows : withLabels(rows, false);
        const model = await train(family, data, { epochs: 20, seed: 1, threads: 1 });
        const path = join(folder, `${i}.onnx`);
        await model.save(path);
        const few = strange(sliceRows(rows, 0, 50));
        const given = family.label === undefined ? few : withLabels(few, false);
        const inputs = { ...feedsOf(few), ...(await labelFeeds(given, model)) };
        const outputs = await runModel(model.bytes(), inputs);
        // What the library says is what its file says.
        const { scores } = await model.score(given);
        expect(scores).toEqual(outputs["score"]?.data);
        await model.close();
        paths.push(join(folder, `${i}.json`));
        const held = { model: path, inputs: plain(inputs), outputs: plain(outputs) };
        await writeFile(paths.at(-1) as string, JSON.stringify(held));
      }
      const { stdout } = await promisify(execFile)(python, [script, ...paths]);
      const verdicts = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Verdict);
      expect(verdicts).toHaveLength(cases.length);
      for (const [i, { worst, texts, opset }] of verdicts.entries()) {
        const { name, body, kind } = cases[i] as (typeof cases)[number];
        const place = `${name}, ${body}, ${kind}`;
        expect(opset[""], place).toBe(18);
        expect(Object.keys(worst), place).toEqual(expect.arrayContaining(["latent", "score"]));
        for (const [output, off] of Object.entries(worst))
          expect(off, `${place}, ${output}`).toBeLessThan(RUNTIMES);
        for (const [output, different] of Object.entries(texts))
          expect(different, `${place}, ${output}`).toBe(0);
        // Three columns of words, reconstructed and expected.
        expect(Object.keys(texts).length, place).toBe(kind === "table" ? 6 : 0);
      }
    },
  );
});

/** Rows as training never saw them: another word, a gap, a number far out. */
function strange(rows: Rows): Rows {
  if (rows.kind !== "table") return rows;
  const columns = rows.columns.map((column) => {
    if (column.type === "text") {
      const codes = column.codes.slice();
      codes.set([column.dictionary.length, -1]);
      return { ...column, codes, dictionary: [...column.dictionary, "never seen 🐌"] };
    }
    const values = column.values.slice();
    if (column.type === "number") values.set([Number.NaN, 1e6, -1e300]);
    return { ...column, values };
  });
  return { ...rows, columns };
}

async function labelFeeds(data: Data, { info }: Model): Promise<Record<string, Tensor>> {
  const labels = "labels" in data ? await data.labels?.() : undefined;
  if (labels === undefined || info.label === undefined) return {};
  return {
    [info.label.input]: tensor(
      "string",
      labels.map((label) => label ?? ""),
    ),
  };
}

/** A model's inputs, made from rows without the library: one a column, or the one of the kind. */
function feedsOf(rows: Rows): Record<string, Tensor> {
  switch (rows.kind) {
    case "images":
      return {
        image: tensor("uint8", rows.data, [rows.rows, rows.height, rows.width, rows.channels]),
      };
    case "array":
      return {
        values: tensor("float64", Float64Array.from(rows.data), [rows.rows, ...rows.shape]),
      };
    case "series":
      return {
        values: tensor("float64", windowValues(rows), [
          rows.rows,
          rows.window,
          rows.channels.length,
        ]),
      };
    case "interactions":
      throw new TypeError("interactions have their own test");
    case "table":
      return Object.fromEntries(
        rows.columns.map((column) => [column.name, columnTensor(column)] as const),
      );
  }
}

function columnTensor(column: (Rows & { kind: "table" })["columns"][number]): Tensor {
  if (column.type === "text") {
    return tensor(
      "string",
      Array.from(column.codes, (code) => column.dictionary[code] ?? ""),
    );
  }
  if (column.type !== "boolean") return tensor("float64", column.values);
  return tensor(
    "string",
    Array.from(column.values, (x) => (Number.isNaN(x) ? "" : x === 0 ? "false" : "true")),
  );
}

function plain(tensors: Readonly<Record<string, Tensor>>) {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, data }]) => [
      name,
      {
        dtype,
        shape,
        data: Array.from<unknown, unknown>(data, (x) =>
          typeof x === "number" && !Number.isFinite(x) ? String(x) : x,
        ),
      },
    ]),
  );
}
