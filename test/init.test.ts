/** Runs that begin with more than chance: an older model's weights, layers trained one by one; and halves for others. */
import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  conv,
  dense,
  load,
  openData,
  sequence,
  sparse,
  train,
  vanilla,
  variational,
  type Column,
  type Data,
  type Model,
  type Rows,
  type Table,
  type TrainOptions,
} from "autoencoders";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { families } from "../dist/families/index.js";
import { collect } from "../src/data/memory.ts";
import { sliceRows } from "../src/data/rows.ts";
import { checkModel } from "../src/onnx/check.ts";
import { readModel } from "../src/onnx/read.ts";
import { allowedOps } from "../src/ops/index.ts";
import { commandLine } from "./support/command-line.ts";
import {
  smallData,
  smallImages,
  smallSeries,
  smallTable,
  withLabels,
} from "./support/small-data.ts";
import { FLOAT32, RUNTIMES } from "./tolerance.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "autoencoders-init-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** One epoch whose steps change no float32. */
const STILL: TrainOptions = {
  epochs: 1,
  learningRate: 1e-30,
  seed: 9,
  threads: 1,
  validation: 0,
};
const SHORT: TrainOptions = { epochs: 12, seed: 1, threads: 1 };
const body = dense([16]);

/** Largest difference of two models' codes, by the size of codes. */
async function apart(a: Model, dataA: Data, b: Model, dataB: Data = dataA): Promise<number> {
  const [first, second] = [await a.encode(dataA), await b.encode(dataB)];
  expect(second.data).toHaveLength(first.data.length);
  const size = Math.sqrt(first.data.reduce((sum, x) => sum + x * x, 0) / first.data.length);
  return Math.max(...first.data.map((x, i) => Math.abs(x - (second.data[i] as number)))) / size;
}

/** Numbers alone, none missing: a missing one then stands for the mean. */
function numbers(rows = 160): Table {
  const table = smallTable(rows);
  const whole = table.columns.map((column): Column => {
    if (column.type === "text") return column;
    return { ...column, values: column.values.map((x) => (Number.isNaN(x) ? 1 : x)) };
  });
  return { ...table, columns: whole.filter(({ name }) => name !== "tail") };
}

const without = (table: Table, ...names: readonly string[]): Table => ({
  ...table,
  columns: table.columns.filter(({ name }) => !names.includes(name)),
});
const gone = (table: Table, name: string): Table => ({
  ...table,
  columns: table.columns.map((column) =>
    column.name === name && column.type !== "text"
      ? { ...column, values: column.values.map(() => Number.NaN) }
      : column,
  ),
});
const renamed = (table: Table, name: string, to: string): Table => ({
  ...table,
  columns: table.columns.map((column) => (column.name === name ? { ...column, name: to } : column)),
});

describe("from the weights of an older model", () => {
  test("the same data without steps give the same model", async () => {
    const rows = smallTable();
    const old = await train(variational({ latent: 3, body }), rows, SHORT);
    const notes: string[] = [];
    const same = { ...STILL, validation: 0.1, seed: 1, onNote: (note: string) => notes.push(note) };
    const now = await train(variational({ latent: 3, body }), rows, { ...same, init: old });
    expect(await now.encode(rows)).toEqual(await old.encode(rows));
    expect(await now.reconstruct(rows)).toEqual(await old.reconstruct(rows));
    expect(notes).toContain("9 of 9 tensors from the model of table");
    expect(now.info.training.init).toEqual({
      from: "the model of table",
      taken: 9,
      of: 9,
      added: [],
      gone: [],
      near: [],
    });
    // What only training matters for is as given too.
    expect(old.info.training.init).toBeUndefined();
  });

  // Half of the rows have other means and spreads, and so other scales: the function stays.
  test.each([
    ["table", body],
    ["table", dense([])],
    ["vectors", body],
    ["images", conv([4])],
    ["images", body],
    ["series", sequence([8], { span: 2 })],
  ] as const)(
    "other rows of %s keep the function of raw values, with %o",
    async (kind, network) => {
      const all: Rows = smallData[kind]();
      const rows =
        all.kind === "series"
          ? { ...all, values: all.values.map((x) => (Number.isNaN(x) ? 0.003 : x)) }
          : all;
      const family = () => variational({ latent: 3, body: network });
      const old = await train(family(), rows, SHORT);
      const now = await train(family(), sliceRows(rows, 0, 70), { ...STILL, init: old });
      expect(now.info.training.init).toMatchObject({ taken: now.info.training.init?.of, near: [] });
      const probe = sliceRows(rows, 80, 150);
      expect(await apart(old, probe, now)).toBeLessThan(20 * FLOAT32);
      if (kind !== "images") expect(now.info.schema).not.toEqual(old.info.schema);
      // Also what is given back, and how unsure that is: of all terms only the row's length may differ.
      const [before, after] = [await old.reconstruct(probe), await now.reconstruct(probe)];
      for (const [i, value] of flat(before).entries())
        expect(flat(after)[i]).toBeCloseTo(value, Math.abs(value) > 1e6 ? -6 : 1);
    },
  );

  test("where nothing stands for a shift of scale, it is said", async () => {
    const grids = smallData.grids();
    const old = await train(vanilla({ latent: 3, body: conv([4]) }), grids, SHORT);
    const some = sliceRows(grids, 0, 40);
    const now = await train(vanilla({ latent: 3, body: conv([4]) }), some, { ...STILL, init: old });
    // Beyond the edges of a picture are zeros, of either scale.
    expect(now.info.training.init?.near).toEqual(["0"]);
    const away = await apart(old, grids, now);
    expect(away).toBeGreaterThan(20 * FLOAT32);
    expect(away).toBeLessThan(0.3);
  });

  test("columns are found by their names, wherever they are", async () => {
    const rows = numbers();
    const old = await train(vanilla({ latent: 3, body }), rows, SHORT);
    const shuffled = { ...rows, columns: rows.columns.toReversed() };
    const now = await train(vanilla({ latent: 3, body }), shuffled, { ...STILL, init: old });
    expect(await apart(old, rows, now, shuffled)).toBeLessThan(20 * FLOAT32);
    expect(now.info.training.init).toMatchObject({ added: [], gone: [] });
  });

  test("a column that is gone, new or renamed leaves the others as they were", async () => {
    const rows = numbers();
    const fewer = without(rows, "square");
    const other = renamed(rows, "square", "cube");
    const start = (data: Table, init: Model) =>
      train(vanilla({ latent: 3, body }), data, { ...STILL, init });
    const whole = await train(vanilla({ latent: 3, body }), rows, SHORT);
    const less = await train(vanilla({ latent: 3, body }), fewer, SHORT);

    const dropped = await start(fewer, whole);
    expect(dropped.info.training.init).toMatchObject({ added: [], gone: ["square"] });
    expect(await apart(whole, gone(rows, "square"), dropped, fewer)).toBeLessThan(20 * FLOAT32);

    const added = await start(rows, less);
    expect(added.info.training.init).toMatchObject({ added: ["square"], gone: [] });
    expect(await apart(less, fewer, added, gone(rows, "square"))).toBeLessThan(20 * FLOAT32);
    // The new column begins as any does, and not as nothing.
    expect(await apart(less, fewer, added, rows)).toBeGreaterThan(0.01);

    const called = await start(other, whole);
    expect(called.info.training.init).toMatchObject({ added: ["cube"], gone: ["square"] });
    expect(await apart(whole, gone(rows, "square"), called, gone(other, "cube"))).toBeLessThan(
      20 * FLOAT32,
    );
  });

  test("words are found by themselves, in whatever order", async () => {
    const rows = without(smallTable(), "tail");
    const old = await train(vanilla({ latent: 3, body }), rows, SHORT);
    // Rows of which another word is the most frequent, so that slots change places.
    const codes = (
      rows.columns.find(({ name }) => name === "word") as Column & { codes: Int32Array }
    ).codes;
    const some = Int32Array.from({ length: 160 }, (_, i) => i).filter(
      (i) => codes[i] === 3 || i % 3 === 0,
    );
    const { takeRows } = await import("../src/data/rows.ts");
    const now = await train(vanilla({ latent: 3, body }), takeRows(rows, some), {
      ...STILL,
      init: old,
    });
    const wordsOf = ({ info: { schema } }: Model): readonly string[] =>
      schema.kind === "table"
        ? schema.columns.flatMap((c) => (c.name === "word" && "words" in c ? c.words : []))
        : [];
    expect(wordsOf(now)).not.toEqual(wordsOf(old));
    expect(wordsOf(now).toSorted()).toEqual(wordsOf(old).toSorted());
    expect(await apart(old, rows, now)).toBeLessThan(20 * FLOAT32);
  });

  test("a run learns from there on, and is further after one epoch", async () => {
    const rows = smallImages(300);
    const old = await train(vanilla({ latent: 4, body }), sliceRows(rows, 0, 150), {
      ...SHORT,
      epochs: 60,
    });
    const after = async (options: TrainOptions): Promise<number> => {
      const model = await train(vanilla({ latent: 4, body }), sliceRows(rows, 150, 300), {
        ...SHORT,
        epochs: 1,
        ...options,
      });
      return model.info.training.history[0]?.validationLoss ?? Number.NaN;
    };
    expect(await after({ init: old })).toBeLessThan(0.6 * (await after({})));
  });

  test("of another family, another latent and the same body, what fits is taken", async () => {
    const rows = smallTable();
    const old = await train(variational({ latent: 3, body }), rows, SHORT);
    const other = await train(sparse({ latent: 5, body }), rows, { ...STILL, init: old });
    // The outer layers: those about the code have other shapes.
    expect(other.info.training.init).toMatchObject({ taken: 4, of: 8 });
    // Where neither is asked for, both are as they were.
    const like = await train(variational(), rows, { ...STILL, init: old });
    expect(like.info).toMatchObject({ latent: 3, body: old.info.body });
  });

  test("is refused where nothing fits, and for what is no model", async () => {
    const old = await train(vanilla({ latent: 3, body }), smallTable(), STILL);
    const images = smallImages(40);
    await expect(
      train(vanilla({ latent: 4, body: conv([4]) }), images, { ...STILL, init: old }),
    ).rejects.toMatchObject({ code: "train.init", fault: "input" });
    await expect(
      train(vanilla(), images, { ...STILL, init: join(folder, "none.onnx") }),
    ).rejects.toMatchObject({ code: "model.unreadable" });
    await expect(
      train(vanilla({ body }), images, { ...STILL, init: old, pretrain: "layerwise" }),
    ).rejects.toMatchObject({ code: "options.invalid" });
  });
});

/** All numbers of rows, words by their place. */
function flat(rows: Rows): readonly number[] {
  if (rows.kind !== "table")
    return Array.from(
      "values" in rows ? rows.values : "data" in rows ? rows.data : rows.codes,
      (x) => (Number.isNaN(x) ? 0 : x),
    );
  return rows.columns.flatMap((column) =>
    column.type === "text"
      ? Array.from(column.codes, (code) => column.dictionary[code]?.length ?? 0)
      : Array.from(column.values, (x) => (Number.isNaN(x) ? 0 : x)),
  );
}

/** The same run, stopped after its first epoch and gone on with. */
async function stoppedAndResumed(
  family: () => ReturnType<typeof vanilla>,
  rows: Rows,
  options: TrainOptions<"reconstruction">,
): Promise<Model> {
  const checkpoint = join(folder, "stopped.checkpoint");
  const stop = new AbortController();
  await expect(
    train(family(), rows, {
      ...options,
      checkpoint,
      signal: stop.signal,
      on: () => stop.abort(),
    }),
  ).rejects.toMatchObject({ code: "train.cancelled" });
  expect(existsSync(checkpoint)).toBe(true);
  return train(family(), rows, { ...options, checkpoint, resume: true });
}

describe("layer by layer", () => {
  const deep = dense([24, 24, 24, 24, 24], { activation: "sigmoid" });
  const rows = smallImages(300);
  const options = { seed: 1, threads: 1, epochs: 240, patience: 240, learningRate: 3e-3 } as const;
  const stack = dense(Array<number>(8).fill(32), { activation: "tanh" });

  test("a deep stack learns what it does not learn from the start", async () => {
    const notes: string[] = [];
    const digits = sliceRows(await collect(await openData("demo:digits")), 0, 1000);
    const run = async (more: TrainOptions<"reconstruction">): Promise<number> => {
      const { info } = await train(vanilla({ latent: 4, body: stack }), digits, {
        ...options,
        epochs: 120,
        batch: 50,
        ...more,
      });
      return info.training.history[info.training.bestEpoch - 1]?.validationLoss ?? Number.NaN;
    };
    const scratch = await run({});
    const layered = await run({ pretrain: "layerwise", onNote: (note) => notes.push(note) });
    expect(layered).toBeLessThan(0.85 * scratch);
    expect(notes.filter((note) => note.startsWith("layer encoder."))).toHaveLength(9);
  });

  test("epochs are shared out, and the run is repeatable, also when stopped", async () => {
    const family = () => vanilla({ latent: 4, body: deep });
    const own = { ...options, epochs: 24, pretrain: "layerwise" } as const;
    const whole = await train(family(), rows, own);
    expect(whole.info.training.pretrained).toEqual({
      layers: [0, 1, 2, 3, 4].map((i) => `encoder.${i}`).concat("encoder.code"),
      epochs: 2,
    });
    expect(whole.info.training.history).toHaveLength(12);
    const again = await train(family(), rows, own);
    const resumed = await stoppedAndResumed(family, rows, own);
    for (const other of [again, resumed])
      expect(await other.encode(rows)).toEqual(await whole.encode(rows));
    // And is another run than one without.
    const plain = await train(family(), rows, options);
    expect(await plain.encode(rows)).not.toEqual(await whole.encode(rows));
  });

  test("every family of which the encoder reads the features alone can be, others are refused", async () => {
    const table = smallTable(60);
    for (const [name, entry] of Object.entries(families)) {
      if ("takes" in entry) continue;
      const family = entry.create({}, { latent: 4, body: dense([8, 8]) });
      const fits = family.label === undefined && family.fillsIn !== true;
      const data = family.label === undefined ? table : withLabels(table, false);
      const run = train(family, data, { seed: 1, threads: 1, epochs: 6, pretrain: "layerwise" });
      if (fits) {
        const { pretrained, history } = (await run).info.training;
        expect(pretrained?.layers.slice(0, 2), name).toEqual(["encoder.0", "encoder.1"]);
        expect(history.length, name).toBeGreaterThan(0);
      } else await expect(run, name).rejects.toMatchObject({ code: "options.invalid" });
    }
    for (const other of [conv([4]), dense([])])
      await expect(
        train(vanilla({ latent: 4, body: other }), rows, { ...options, pretrain: "layerwise" }),
      ).rejects.toMatchObject({ code: "options.invalid" });
  });
});

test("a warm start that is stopped goes on to the same weights", async () => {
  const rows = smallImages(200);
  const family = () => vanilla({ latent: 4, body });
  const old = await train(family(), sliceRows(rows, 0, 100), SHORT);
  const path = join(folder, "elder.onnx");
  await old.save(path);
  const own = { ...SHORT, epochs: 3, init: path };
  const whole = await train(family(), rows, own);
  const resumed = await stoppedAndResumed(family, rows, own);
  expect(await resumed.encode(rows)).toEqual(await whole.encode(rows));
  expect(resumed.info.training.init).toMatchObject({ from: "elder.onnx", taken: 8, of: 8 });
  // The older model is a part of what the run depends on.
  const checkpoint = join(folder, "other.checkpoint");
  const stop = new AbortController();
  const cancelled = train(family(), rows, {
    ...own,
    checkpoint,
    signal: stop.signal,
    on: () => stop.abort(),
  });
  await expect(cancelled).rejects.toMatchObject({ code: "train.cancelled" });
  await expect(
    train(family(), rows, { ...SHORT, epochs: 3, checkpoint, resume: true }),
  ).rejects.toMatchObject({ code: "checkpoint.other" });
});

const python = process.env["PYTHON"] ?? "python3";
const { status } = spawnSync(python, ["-c", "import onnx, onnxruntime"]);
const missing = status === 0 ? "" : ` (skipped: ${python} cannot import onnx and onnxruntime)`;

describe("halves of a model", () => {
  test("are whole graphs of their own, and no models of ours", async () => {
    const rows = smallTable();
    const model = await train(vanilla({ latent: 3, body }), rows, SHORT);
    for (const part of ["encoder", "decoder"] as const) {
      const made = await model.part(part);
      const read = readModel(made.bytes(), part);
      checkModel(read, allowedOps, part);
      expect(made.bytes().byteLength).toBeLessThan(model.bytes().byteLength);
      const names = (ports: readonly { readonly name: string }[]) => ports.map(({ name }) => name);
      const columns = rows.columns.map(({ name }) => name);
      const [inputs, outputs] = [names(made.inputs), names(made.outputs)];
      expect(part === "encoder" ? inputs : outputs.map(bare)).toEqual(
        expect.arrayContaining(columns),
      );
      expect(part === "encoder" ? outputs : inputs).toEqual(["latent"]);
      const loading = load(made.bytes());
      await expect(loading).rejects.toMatchObject({ code: "model.part", fault: "input" });
      await expect(loading).rejects.toThrow(`got the ${part} of a model of table, exported`);
    }
    await expect(model.part("middle" as "encoder")).rejects.toMatchObject({
      code: "options.invalid",
    });
  });

  const bare = (name: string): string => name.replace(/^reconstruction\./, "");

  test.skipIf(missing !== "")(`give the same numbers in Python${missing}`, async () => {
    const cases: string[] = [];
    const add = async (name: string, model: Model, part: "encoder" | "decoder", held: object) => {
      const path = join(folder, `${name}.${part}.onnx`);
      await (await model.part(part)).save(path);
      cases.push(join(folder, `${name}.${part}.json`));
      await writeFile(cases.at(-1) as string, JSON.stringify({ model: path, ...held }));
    };
    const floats = (shape: readonly number[], data: ArrayLike<number>, dtype = "float32") => ({
      dtype,
      shape,
      data: Array.from(data, (x) => (Number.isNaN(x) ? "NaN" : x)),
    });
    const table = smallTable(50);
    const series = smallSeries(50);
    const labelled = families.conditional.create({}, { latent: 3, body });
    for (const [name, model, rows] of [
      ["table", await train(vanilla({ latent: 3, body }), table, SHORT), table],
      ["series", await train(variational({ latent: 3 }), series, SHORT), series],
      ["labelled", await train(labelled, withLabels(table, false), SHORT), table],
    ] as const) {
      const data = name === "labelled" ? withLabels(rows, false) : rows;
      const codes = await model.encode(data);
      const { inputs } = await model.part("encoder");
      const feeds = (await import("../src/data/preprocessings.ts"))
        .preprocessingOf(model.info.schema)
        .feeds(rows, name);
      const given = Object.fromEntries(
        inputs.map(({ name: input }) => {
          const value = feeds[input];
          if (value === undefined) {
            const labels = Array.from({ length: 50 }, (_, i) => ["low", "middle", "high"][i % 3]);
            return [input, { dtype: "string", shape: [50], data: labels }];
          }
          return [
            input,
            value.dtype === "string"
              ? { dtype: "string", shape: value.shape, data: value.data }
              : floats(value.shape, value.data as Float64Array, value.dtype),
          ];
        }),
      );
      await add(name, model, "encoder", {
        inputs: given,
        outputs: { latent: floats([50, 3], codes.data) },
      });
      if (name !== "series") continue;
      const back = await model.decode(codes);
      const { windowValues } = await import("../src/data/series-windows.ts");
      await add(name, model, "decoder", {
        inputs: { latent: floats([50, 3], codes.data) },
        outputs: {
          reconstruction: floats([50, 8, 2], windowValues(back as typeof series), "float64"),
        },
      });
    }
    const script = fileURLToPath(new URL("oracle/check_model.py", import.meta.url));
    const { stdout } = await promisify(execFile)(python, [script, ...cases]);
    const verdicts = stdout.trim().split("\n");
    expect(verdicts).toHaveLength(4);
    for (const line of verdicts) {
      const { worst } = JSON.parse(line) as { readonly worst: Record<string, number> };
      expect(Object.values(worst)).toHaveLength(1);
      for (const off of Object.values(worst)) expect(off).toBeLessThan(RUNTIMES);
    }
  });
});

describe("on the command line", () => {
  const { ae, ok } = commandLine(() => folder);

  test("train --init, info and export", async () => {
    await ok("train demo:penguins --family variational --latent 3 --epochs 2 --seed 1 -o old.onnx");
    const begun = await ok("train demo:penguins --drop Sex --epochs 1 --init old.onnx -o new.onnx");
    expect(begun.err).toContain("13 of 13 tensors from old.onnx; 1 column gone");
    // What is not asked for is as in the older model.
    expect(begun.err).toContain("variational autoencoder");
    expect((await ok("info new.onnx")).out).toContain(
      "began with      13 of 13 tensors from old.onnx; 1 column gone",
    );

    const told = await ok("export new.onnx --part encoder --json");
    expect(JSON.parse(told.out)).toMatchObject({
      part: "encoder",
      output: "new.encoder.onnx",
      outputs: [{ name: "latent", dtype: "float32", shape: ["batch", 3] }],
    });
    const said = await ok("export new.onnx --part decoder -o back.onnx");
    expect(said.err).toContain("takes  latent  float32 [batch, 3]");
    expect((await readFile(join(folder, "back.onnx"))).byteLength).toBeGreaterThan(1000);

    for (const [line, words] of [
      [
        "info new.encoder.onnx",
        "expected a whole model, got the encoder of a model of demo:penguins",
      ],
      ["train demo:penguins --init back.onnx", "got the decoder of a model of demo:penguins"],
      ["export new.onnx -o new.onnx", "the model itself, which would be lost"],
      ["export new.onnx --part middle", "encoder"],
      ["train demo:digits --init new.onnx --family vanilla", "shares weights"],
      ["train demo:penguins --pretrain deep", "layerwise"],
    ] as const) {
      const { code, err } = await ae(line);
      expect(code, line).toBe(1);
      expect(err, line).toContain(words);
    }
  });
});
