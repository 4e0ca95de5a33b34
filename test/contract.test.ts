/**
 * What every family, with every body, on every kind of data, promises. A new family or body
 * is under test by being listed; nothing here knows which one it holds.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AutoencoderError,
  dense,
  interactionsFrom,
  load,
  train,
  vanilla,
  variational,
  type Body,
  type Data,
  type Epoch,
  type Family,
  type Generative,
  type Model,
  type Rows,
  type TrainOptions,
} from "autoencoders";
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from "vitest";
import type { z } from "zod";
import { bodies } from "../dist/bodies/index.js";
import { preprocessingOf, fitSchema } from "../dist/data/preprocessings.js";
import { families } from "../dist/families/index.js";
import { input } from "../dist/graph/value.js";
import { specOf } from "../dist/nn/scope.js";
import { sizeOf } from "../src/base/tensor.ts";
import { sliceRows, takeRows } from "../src/data/rows.ts";
import { windowsFrom, windowValues } from "../src/data/series-windows.ts";
import { networkFrom, weightsFrom } from "../src/model/restore.ts";
import { checkModel } from "../src/onnx/check.ts";
import { readModel } from "../src/onnx/read.ts";
import { writeModel } from "../src/onnx/write.ts";
import { allowedOps } from "../src/ops/index.ts";
import { expectClose } from "./support/compare.ts";
import { otherValues } from "./support/options.ts";
import { smallData, withLabels } from "./support/small-data.ts";
import { BATCHING } from "./tolerance.ts";

/** Bodies small enough to train in a moment; a body without an entry takes its defaults. */
const SMALL: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  dense: { hidden: [16] },
  conv: { channels: [4] },
  sequence: { channels: [16], span: 2 },
  spatial: { channels: [4, 6] },
};

/** Why a body does not take a kind of data; undefined where it does. */
function refusal(body: keyof typeof bodies, kind: keyof typeof smallData): unknown {
  const { layout } = preprocessingOf(fitSchema(smallData[kind](), { name: "data" }));
  const x = input("x", "float32", ["batch", ...layout.shape]);
  try {
    specOf((scope) => bodyOf(body).encode(scope, x, 3));
  } catch (error) {
    return error;
  }
  return undefined;
}

interface Case {
  readonly family: keyof typeof families;
  readonly body: keyof typeof bodies;
  readonly kind: keyof typeof smallData;
}

const pairs = Object.keys(bodies).flatMap((body) =>
  Object.keys(smallData).map((kind) => ({ body, kind }) as Omit<Case, "family">),
);
/** Those for interactions are under test in recommend.test.ts. */
const names = Object.keys(families).filter(
  (name) => families[name as keyof typeof families].takes !== "interactions",
);
const cases: readonly Case[] = names.flatMap((family) =>
  pairs
    .filter(({ body, kind }) => refusal(body, kind) === undefined)
    .map((pair) => ({ family, ...pair }) as Case),
);

const OPTIONS = { epochs: 40, seed: 1, learningRate: 0.01, threads: 1 } as const;
/** Too small to move anything: what comes out is what went in. */
const STILL = { epochs: 1, learningRate: 1e-30 } as const;

function bodyOf(name: keyof typeof bodies): Body {
  return bodies[name].create(SMALL[name] ?? {});
}

function familyOf(
  { family, body }: Pick<Case, "family" | "body">,
  options: Readonly<Record<string, unknown>> = {},
): Family {
  return families[family].create(options, { latent: 3, body: bodyOf(body) });
}

/** Those of a group are closed with it: hundreds of open graphs would take gigabytes. */
const open = new Set<Model>();
afterAll(closeAll);

async function closeAll(): Promise<void> {
  await Promise.all([...open].map((model) => model.close()));
  open.clear();
}

/** Rows as a family is given them: with labels where it takes them. */
function givenTo({ label }: Pick<Family, "label">, rows: Rows, first = 0): Data {
  return label === undefined ? rows : withLabels(rows, label === "optional", first);
}

async function fit(family: Family, rows: Rows, options: TrainOptions = {}) {
  const model = (await train(family, givenTo(family, rows), { ...OPTIONS, ...options })) as Model &
    Partial<Generative>;
  open.add(model);
  return model;
}

/** The named weights of a model's file, as its own description lists them. */
function weightsOf(model: Model): ReadonlyMap<string, Float32Array> {
  const onnx = readModel(model.bytes(), "model");
  const { spec, parameters } = weightsFrom(onnx, networkFrom(model.info, "model"), "model");
  let at = 0;
  return new Map(
    spec.parameters.map(({ name, shape }) => {
      const values = parameters.slice(at, at + sizeOf(shape));
      at += values.length;
      return [name, values];
    }),
  );
}

/** The file without what it says about the run (when, how long). */
function graphBytes(model: Model): Uint8Array {
  return writeModel({ ...readModel(model.bytes(), "model"), metadata: {} });
}

/** All numbers a model gives for rows. */
async function outputsOf(model: Model & Partial<Generative>, rows: Data) {
  return {
    codes: await model.encode(rows),
    rows: await model.reconstruct(rows),
    scores: await model.score(rows, { explain: 3 }),
    samples: await model.generate(5, { seed: 3 }),
  };
}

/** The numbers of rows, in order; the texts as they are. */
function cellsOf(rows: Rows): { shape: number[]; data: ArrayLike<unknown> } {
  if (rows.kind === "series") {
    const data = windowValues(rows);
    return { shape: [data.length], data };
  }
  if (rows.kind === "interactions") return { shape: [rows.codes.length], data: rows.codes };
  if (rows.kind !== "table") return { shape: [rows.data.length], data: rows.data };
  const data = rows.columns.flatMap((column): readonly unknown[] =>
    column.type === "text"
      ? Array.from(column.codes, (code) => column.dictionary[code] ?? null)
      : Array.from(column.values),
  );
  return { shape: [data.length], data };
}

/**
 * Whether a case is trained again and loaded again: each family, and each body on each kind of data,
 * is so several times over, and not all with all.
 */
function isThorough({ family, body, kind }: Case): boolean {
  const pair = pairs.findIndex((one) => one.body === body && one.kind === kind);
  return (Object.keys(families).indexOf(family) + pair) % 3 === 0;
}

describe.each(cases)("$family, body $body, $kind", ({ family, body, kind }) => {
  const rows = smallData[kind]();
  const given = (some: Rows, first = 0): Data => givenTo(familyOf({ family, body }), some, first);
  const data = given(rows);
  const few = given(sliceRows(rows, 0, 20));
  const before = structuredClone(rows);
  let folder: string;
  let model: Model & Partial<Generative>;
  let untrained: Model & Partial<Generative>;
  const epochs: Epoch[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "autoencoders-contract-"));
    const on = (epoch: Epoch): void => void epochs.push(epoch);
    model = await fit(familyOf({ family, body }), rows, { on });
    const options = Object.freeze({ ...OPTIONS, ...STILL });
    untrained = await fit(deepFreeze(familyOf({ family, body })), rows, options);
  });
  afterAll(async () => {
    await closeAll();
    await rm(folder, { recursive: true, force: true });
  });

  test("the loss falls, on held-out rows too, and is the sum of its terms", () => {
    const [first, last] = [epochs[0] as Epoch, epochs.at(-1) as Epoch];
    expect(epochs.map(({ epoch }) => epoch)).toEqual(epochs.map((_, i) => i + 1));
    expect(epochs).toEqual(model.info.training.history);
    const fall = (of: (epoch: Epoch) => number): number => of(first) - of(last);
    const reconstruction = ({ terms }: Epoch): number => terms["reconstruction"] as number;
    expect(fall(reconstruction)).toBeGreaterThan(0.2 * Math.abs(reconstruction(first)));
    expect(fall(({ validationLoss }) => validationLoss as number)).toBeGreaterThan(0);
    expect(Object.keys(last.terms)).toEqual(Object.keys(model.info.terms));
    for (const epoch of epochs) {
      const numbers = [epoch.loss, epoch.gradient, ...Object.values(epoch.terms)];
      expect(numbers.every(Number.isFinite)).toBe(true);
    }
  });

  test("training changes every weight", () => {
    const initial = weightsOf(untrained);
    const trained = weightsOf(model);
    expect([...trained.keys()]).toEqual([...initial.keys()]);
    for (const [name, values] of trained) {
      const before = initial.get(name) as Float32Array;
      const most = values.reduce((at, x, i) => Math.max(at, Math.abs(x - (before[i] ?? 0))), 0);
      expect(most, name).toBeGreaterThan(1e-4);
    }
  });

  if (isThorough({ family, body, kind })) {
    test("the same seed gives the same bytes, another seed others", async () => {
      const again = await fit(familyOf({ family, body }), rows);
      expect(Buffer.compare(graphBytes(again), graphBytes(model))).toBe(0);
      const history = ({ info }: Model) =>
        info.training.history.map((epoch) => ({ ...epoch, seconds: 0 }));
      expect(history(again)).toEqual(history(model));
      expect(again.info.scores).toEqual(model.info.scores);
      const other = weightsOf(await fit(familyOf({ family, body }), rows, { seed: 2 }));
      for (const [name, values] of weightsOf(model))
        expect(other.get(name), name).not.toEqual(values);
    });

    test("a saved file passes the checker and reloads to the same model", async () => {
      const path = join(folder, "model.onnx");
      await model.save(path);
      const bytes = await readFile(path);
      expect(Buffer.compare(bytes, model.bytes())).toBe(0);
      expect(() => checkModel(readModel(bytes, path), allowedOps, path)).not.toThrow();
      const outputs = await outputsOf(model, few);
      for (const source of [path, new Uint8Array(bytes)]) {
        const loaded = await load(source, { threads: 1 });
        open.add(loaded);
        expect(loaded.info).toEqual(JSON.parse(JSON.stringify(model.info)));
        expect(await outputsOf(loaded, few)).toEqual(outputs);
        expect(Buffer.compare(loaded.bytes(), bytes)).toBe(0);
        if (source === path) {
          const { data: _, ...evaluation } = await loaded.evaluate(few);
          expect(evaluation).toEqual({ ...(await model.evaluate(few)), data: undefined });
        }
      }
    });
  }

  test("what it can do is what it says", async () => {
    const declared = familyOf({ family, body });
    expect(model.info.can).toEqual(declared.can);
    expect(model.info.family).toEqual({ name: declared.name, options: declared.options });
    expect(model.origins).toEqual(
      declared.can.generate && declared.prior !== "mixture" ? ["mixture", "prior"] : ["mixture"],
    );
    expect("predict" in model).toBe(declared.classify !== undefined);
    const codes = await model.encode(few);
    expect([codes.rows, codes.columns, codes.data.length]).toEqual([20, 3, 60]);
    expect((await model.decode(codes, await labelsOf(few))).kind).toBe(rows.kind);
    const samples = await model.generate(7, { seed: 1 });
    expect([samples.kind, samples.rows]).toEqual([rows.kind, 7]);
    expect(await model.generate(7, { seed: 1 })).toEqual(samples);
    expect(await model.generate(7, { seed: 2 })).not.toEqual(samples);
    const typical = await model.generate(7, { seed: 1, temperature: 0 });
    expect(cellsOf(sliceRows(typical, 0, 1))).toEqual(cellsOf(sliceRows(typical, 6, 7)));
    const prior = model.generate(7, { seed: 1, from: "prior" });
    if (!declared.can.generate) await expect(prior).rejects.toThrow(/has none/);
    else if (declared.prior === "mixture") expect(await prior).toEqual(samples);
    else expect(await prior).not.toEqual(samples);
  });

  test("decoding the codes is the reconstruction", async () => {
    const decoded = cellsOf(await model.decode(await model.encode(few), await labelsOf(few)));
    expect(decoded).toEqual(cellsOf(await model.reconstruct(few)));
  });

  test("scores are finite, the same again, and higher for rows that make no sense", async () => {
    const { scores } = await model.score(data);
    expect(scores.every(Number.isFinite)).toBe(true);
    expect((await model.score(data)).scores).toEqual(scores);
    const mixed = await model.score(given(shuffledCells(rows)));
    expect(meanOf(mixed.scores)).toBeGreaterThan(meanOf(scores) + 0.2 * Math.abs(meanOf(scores)));
  });

  test("a row scores the same alone, in a batch, and in chunks of any size", async () => {
    const whole = await outputsOf(model, few);
    for (const chunk of [1, 7]) {
      const { scores } = await model.score(few, { chunk });
      expectClose(vector(scores), vector(whole.scores.scores), BATCHING, `chunk ${chunk}`);
      const { data: codes } = await model.encode(few, { chunk });
      expectClose(vector(codes), vector(whole.codes.data), BATCHING, `codes, chunk ${chunk}`);
      const again = cellsOf(await model.reconstruct(few, { chunk }));
      const same = cellsOf(whole.rows);
      // Bytes and whole numbers may round the other way; texts and gaps must agree.
      for (let i = 0; i < same.data.length; i += 1) {
        const [a, b] = [again.data[i], same.data[i]];
        if (typeof a !== "number" || typeof b !== "number" || Number.isNaN(b)) expect(a).toBe(b);
        else expect(Math.abs(a - b)).toBeLessThanOrEqual(1.001 + 1e-4 * Math.abs(b));
      }
    }
    const one = await model.score(given(sliceRows(rows, 4, 5), 4));
    expectClose(vector(one.scores), vector(whole.scores.scores.slice(4, 5)), BATCHING);
  });

  test("arguments are left as they were", async () => {
    await outputsOf(untrained, data);
    await untrained.evaluate(data);
    expect(rows).toEqual(before);
  });

  test("the evaluation is finite, the same again, and beside its control", async () => {
    const evaluation = await model.evaluate(data);
    expect(evaluation.rows).toBe(rows.rows);
    const controls = Object.values(evaluation.controls);
    expect(controls.length).toBeGreaterThan(0);
    for (const metrics of [evaluation.metrics, ...controls]) {
      for (const [name, value] of Object.entries(metrics))
        expect(value, name).toSatisfy(Number.isFinite);
    }
    expect(evaluation.verdict).not.toBe("");
    expect(await model.evaluate(data)).toEqual(evaluation);
  });

  if (kind === "table") {
    test("the order of columns does not matter", async () => {
      const table = smallData.table();
      const turned = { ...table, columns: table.columns.toReversed() };
      expect(await model.score(given(turned))).toEqual(await model.score(given(table)));
      expect(await model.encode(given(turned))).toEqual(await model.encode(given(table)));
    });
  }
});

test("every kind of data has a body, every body a kind, and refuses others with the reason", () => {
  const fitting = pairs.filter(({ body, kind }) => refusal(body, kind) === undefined);
  expect(new Set(fitting.map(({ kind }) => kind)).size).toBe(Object.keys(smallData).length);
  expect(new Set(fitting.map(({ body }) => body)).size).toBe(Object.keys(bodies).length);
  for (const { body, kind } of pairs.filter((pair) => !fitting.includes(pair))) {
    expect(refusal(body, kind)).toMatchObject({ name: "AutoencoderError", fault: "input" });
  }
});

/** 64 users, each with items of one of four kinds. */
function fewChoices(): Rows {
  const pairs = Array.from({ length: 64 * 24 }, (_, at) => [Math.floor(at / 24), at % 24] as const);
  const taken = pairs.filter(
    ([user, item]) => item % 4 === user % 4 || (7 * item + 5 * user) % 11 === 0,
  );
  return interactionsFrom({
    user: taken.map(([user]) => user),
    item: taken.map(([, item]) => item),
  }).data;
}

/** Weights and scores after a moment of training, to see whether an option matters. */
async function effectOf(
  family: Family,
  options: TrainOptions = {},
  data: Rows = family.takes === "interactions" ? fewChoices() : smallData.images(64),
) {
  // What goes beside a recommender's network is chosen on users held out.
  const validation = family.takes === "interactions" ? 0.3 : 0;
  const model = await fit(family, data, { epochs: 2, batch: 8, validation, ...options });
  const { scores } = await model.score(givenTo(family, data));
  return { bytes: Buffer.from(graphBytes(model)).toString("base64"), scores };
}

describe.each(Object.entries(families))("options of %s", (name, { options }) => {
  const family = name as keyof typeof families;
  const others = otherValues(options as z.ZodObject);
  const plain = new Map<string, ReturnType<typeof effectOf>>();
  afterAll(closeAll);

  test("are plain JSON with defaults, and all are described", () => {
    const defaults = options.parse({});
    expect(JSON.parse(JSON.stringify(defaults))).toEqual(defaults);
    expect(familyOf({ family, body: "dense" }).options).toEqual(defaults);
    for (const [key, schema] of Object.entries((options as z.ZodObject).shape)) {
      expect((schema as z.ZodType).description, key).toBeTruthy();
    }
  });

  test.each(others)("$name = $value makes a difference", async ({ name: option, value, needs }) => {
    const key = JSON.stringify(needs);
    const without = plain.get(key) ?? effectOf(familyOf({ family, body: "dense" }, needs));
    plain.set(key, without);
    const given = { ...needs, [option]: value };
    const changed = await effectOf(familyOf({ family, body: "dense" }, given));
    expect(changed).not.toEqual(await without);
  });

  test.each(others.filter(({ needs }) => Object.keys(needs).length > 0))(
    "$name = $value is refused where it would do nothing",
    ({ name: option, value }) => {
      const create = (): Family => familyOf({ family, body: "dense" }, { [option]: value });
      expect(create).toThrow(AutoencoderError);
      expect(create).toThrow(new RegExp(`option ${option}`));
    },
  );

  test("unknown and wrong ones are refused by name", () => {
    const create = (given: Readonly<Record<string, unknown>>) => () =>
      familyOf({ family, body: "dense" }, given);
    expect(create({ colour: "red" })).toThrow(/colour/);
    for (const option of Object.keys((options as z.ZodObject).shape)) {
      expect(create({ [option]: { not: "it" } }), option).toThrow(AutoencoderError);
      expect(create({ [option]: { not: "it" } })).toThrow(new RegExp(`option ${option}`));
    }
  });
});

describe.each(Object.entries(bodies))("options of body %s", (name, { options }) => {
  const body = name as keyof typeof bodies;
  const others = otherValues(options as z.ZodObject);
  const create = (given: Readonly<Record<string, unknown>>): Family =>
    vanilla({ latent: 3, body: bodies[body].create({ ...SMALL[name], ...given }) });
  // Images where the body takes them.
  const kind = refusal(body, "images") === undefined ? "images" : "series";
  const effect = (given: Readonly<Record<string, unknown>>) =>
    effectOf(create(given), {}, smallData[kind](64));
  const plain = new Map<string, ReturnType<typeof effectOf>>();
  afterAll(closeAll);

  test.each(others)("$name = $value makes a difference", async ({ name: option, value, needs }) => {
    const key = JSON.stringify(needs);
    const without = plain.get(key) ?? effect(needs);
    plain.set(key, without);
    expect(await effect({ ...needs, [option]: value })).not.toEqual(await without);
  });

  test("make the body again", () => {
    for (const { name: option, value, needs } of others) {
      const { options: given } = create({ ...needs, [option]: value }).body as Body;
      expect(JSON.parse(JSON.stringify(given))).toEqual(given);
      expect(bodies[body].create(given).options).toEqual(given);
    }
  });
});

describe("options of training", () => {
  const family = vanilla({ latent: 3, body: dense([16]) });
  let plain: ReturnType<typeof effectOf> | undefined;

  test.each<TrainOptions>([
    { epochs: 3 },
    { batch: 16 },
    { learningRate: 0.004 },
    { optimizer: "adamw" },
    { optimizer: "sgd" },
    { clip: 1e-3 },
    { trim: 0.2 },
    { seed: 5 },
    { validation: 0.25 },
  ])("%o makes a difference", async (options) => {
    plain ??= effectOf(family);
    expect(await effectOf(family, options)).not.toEqual(await plain);
  });

  test("patience ends a run that no longer improves, and the best weights are kept", async () => {
    const data = smallData.vectors();
    const model = await fit(family, data, { epochs: 60, learningRate: 1e-30, patience: 2 });
    const { training } = model.info;
    expect([training.stopped, training.history.length]).toEqual(["no better for a while", 3]);
    const wild = await fit(family, data, { epochs: 40, learningRate: 0.3, patience: 40 });
    const losses = wild.info.training.history.map(({ validationLoss }) => validationLoss as number);
    expect(wild.info.training.bestEpoch).toBe(losses.indexOf(Math.min(...losses)) + 1);
    expect(wild.info.training.bestEpoch).toBeLessThan(40);
  });

  test("time ends a run", async () => {
    const model = await fit(family, smallData.vectors(), { epochs: 1e6, time: 0.5 });
    expect(model.info.training.stopped).toBe("time is up");
    expect(model.info.training.seconds).toBeLessThan(2);
  });

  test.each<[TrainOptions, RegExp]>([
    [{ epochs: 0 }, /option epochs: expected .*got 0/],
    [{ batch: 2.5 }, /option batch: expected .*got 2\.5/],
    [{ learningRate: -1 }, /option learningRate: expected .*got -1/],
    [{ optimizer: "adagrad" as "adam" }, /option optimizer: expected .*"adam".*got "adagrad"/],
    [{ seed: -1 }, /option seed: expected .*got -1/],
    [{ validation: 1 }, /option validation: expected .*got 1/],
    [{ patience: 0 }, /option patience: expected .*got 0/],
    [{ time: 0 }, /option time: expected .*got 0/],
  ])("%o is refused with the reason", async (options, message) => {
    const running = train(family, smallData.vectors(), options);
    await expect(running).rejects.toThrow(AutoencoderError);
    await expect(running).rejects.toThrow(message);
  });
});

describe("options of the verbs", () => {
  let model: Model & Generative;
  const data = smallData.vectors(30);
  beforeAll(async () => {
    const family = variational({ latent: 3, body: dense([16]) });
    model = await train(family, data, { ...OPTIONS, epochs: 1 });
    open.add(model);
  });

  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      "chunk",
      () => model.score(data, { chunk: 0 }),
      /chunk.*expected a whole number from 1, got 0/,
    ],
    ["chunk", () => model.encode(data, { chunk: 1.5 }), /chunk.*got 1\.5/],
    ["explain", () => model.score(data, { explain: -1 }), /explain.*from 0, got -1/],
    ["count", () => model.generate(0), /count of samples.*from 1, got 0/],
    ["seed", () => model.generate(1, { seed: -1 }), /seed.*from 0, got -1/],
    ["temperature", () => model.generate(1, { temperature: Number.NaN }), /temperature.*got NaN/],
    ["codes", () => model.decode({ rows: 1, columns: 2, data: new Float32Array(2) }), /3 columns/],
    ["codes", () => model.decode({ rows: 2, columns: 3, data: new Float32Array(3) }), /2 × 3/],
    ["codes", () => model.decode({ rows: 0, columns: 3, data: new Float32Array(0) }), /from 1/],
  ])("a bad %s is refused with the reason", async (_, act, message) => {
    await expect(act()).rejects.toThrow(AutoencoderError);
    await expect(act()).rejects.toThrow(message);
  });

  test("a signal ends a verb, and progress is told", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(model.score(data, { signal })).rejects.toThrow("enough");
    await expect(model.generate(2, { signal })).rejects.toThrow("enough");
    const told: unknown[] = [];
    await model.encode(data, { chunk: 20, onProgress: (done) => told.push(done) });
    expect(told).toEqual([
      { rows: 20, of: 30 },
      { rows: 30, of: 30 },
    ]);
  });

  test("a closed model opens again when it is asked", async () => {
    const before = await model.score(data);
    await model.close();
    expect(await model.score(data)).toEqual(before);
  });
});

test("the types say what a family can do", () => {
  const data = smallData.vectors();
  const plain = () => train(vanilla(), data);
  const generative = () =>
    train(variational(), data, {
      on: ({ terms }) => {
        expectTypeOf(terms).toEqualTypeOf<Readonly<Record<"reconstruction" | "kl", number>>>();
      },
    });
  expectTypeOf<Awaited<ReturnType<typeof plain>>>().toExtend<Model>();
  expectTypeOf<Awaited<ReturnType<typeof plain>>>().toHaveProperty("generate");
  expectTypeOf<Awaited<ReturnType<typeof generative>>>().toExtend<Model & Generative>();
  // A loaded model may be of any family.
  expectTypeOf<Awaited<ReturnType<typeof load>>>().toExtend<Model & Partial<Generative>>();
  expectTypeOf(vanilla().can.generate).toEqualTypeOf<false>();
  expectTypeOf(variational().can.generate).toEqualTypeOf<true>();
});

/** The labels of a source, as `decode` takes them. */
async function labelsOf(data: Data) {
  const labels = "labels" in data ? await data.labels?.() : undefined;
  return labels === undefined ? {} : { labels };
}

/** Every feature taken from another row: each value is usual, none fits its neighbours. */
function shuffledCells(data: Rows): Rows {
  const { rows } = data;
  const order = (shift: number): Int32Array =>
    Int32Array.from({ length: rows }, (_, row) => (row * 37 + shift * 61) % rows);
  if (data.kind === "table") {
    const columns = data.columns.map(
      (column, i) =>
        takeRows({ kind: "table", rows, columns: [column] }, order(i)).columns[0] as typeof column,
    );
    return { ...data, columns };
  }
  if (data.kind === "series") {
    const values = windowValues(data);
    return windowsFrom(mixedCells(values, rows, order), data);
  }
  if (data.kind === "interactions") throw new TypeError("no family here takes interactions");
  return { ...data, data: mixedCells(data.data, rows, order) } as Rows;
}

function mixedCells<T extends Uint8Array | Float32Array | Float64Array>(
  data: T,
  rows: number,
  order: (shift: number) => Int32Array,
): T {
  const size = data.length / rows;
  const mixed = data.slice() as T;
  for (let i = 0; i < size; i += 1) {
    for (const [row, from] of order(i).entries()) {
      mixed[row * size + i] = data[from * size + i] as number;
    }
  }
  return mixed;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}

function vector(data: Float32Array) {
  return { shape: [data.length], data };
}

function meanOf(values: Float32Array): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}
