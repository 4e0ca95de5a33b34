/**
 * The doctor, on real runs: each diagnosis provoked on purpose by what really causes it, most of
 * them cured by the advice that came with it, and silence on healthy runs.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  arrayFrom,
  dense,
  interactionsFrom,
  load,
  multDae,
  multVae,
  openData,
  train,
  vanilla,
  variational,
  type Data,
  type Family,
  type TrainOptions,
} from "autoencoders";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { families } from "../dist/families/index.js";
import { sparse } from "../dist/families/sparse.js";
import { keyAt } from "../src/random/bits.ts";
import { normals, uniforms } from "../src/random/numbers.ts";
import { readModel } from "../src/onnx/read.ts";
import { writeModel } from "../src/onnx/write.ts";
import { diagnosisCodes, type Diagnosis } from "../src/train/doctor/diagnosis.ts";
import { choices } from "./support/choices.ts";
import { smallData, smallImages, smallVectors } from "./support/small-data.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "autoencoders-doctor-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Trains, and gives what the doctor saw; what it says must be fit to be read. */
async function seen(
  family: Family,
  data: Data,
  options: TrainOptions,
): Promise<readonly Diagnosis[]> {
  const model = await train(family, data, { seed: 1, threads: 1, ...options });
  const { warnings } = model.info.training;
  await model.close();
  for (const { saw, advice, numbers } of warnings) {
    for (const text of [saw, advice]) {
      expect(text).toMatch(/^[A-Z\d][^]*\.$/u);
      expect(text).not.toMatch(/NaN|Infinity|undefined|\[object/u);
    }
    expect(Object.values(numbers).every(Number.isFinite)).toBe(true);
  }
  return warnings;
}

const codesOf = (found: readonly Diagnosis[]): readonly string[] => found.map(({ code }) => code);

const provoked = new Set<Diagnosis["code"]>();

/** The one diagnosis of that kind; there must be one. */
function only(found: readonly Diagnosis[], code: Diagnosis["code"]): Diagnosis {
  const [first] = found.filter((one) => one.code === code);
  expect(codesOf(found)).toContain(code);
  provoked.add(code);
  return first as Diagnosis;
}

/** The value that the advice gives to a flag, or to an option behind `--set`. */
function adviceOf({ advice }: Diagnosis, name: string): string {
  const found = advice.match(new RegExp(`(?:--set ${name}=|--${name} )([\\w.,-]*\\w)`, "u"));
  expect(found, advice).not.toBeNull();
  return (found as RegExpMatchArray)[1] as string;
}

const noise = arrayFrom(normals(keyAt(3, 0), 150, 20), [20]);

describe("a healthy run is met with silence", () => {
  const all = Object.entries(families)
    .map(([name, entry]) => [name, entry.create({}, {}) as Family] as const)
    .filter(([, { label, takes }]) => label === undefined && takes === undefined);
  const kinds = Object.keys(smallData) as readonly (keyof typeof smallData)[];
  // The two that most people take on each kind of data, the others on one.
  const cases = all.flatMap(([name, family]) =>
    (["vanilla", "variational"].includes(name) ? kinds : (["vectors"] as const)).map(
      (kind) => [name, kind, family] as const,
    ),
  );
  test.each(cases)("%s on %s", { timeout: 60_000 }, async (_, kind, family) => {
    expect(await seen(family, smallData[kind](600), { epochs: 120 })).toEqual([]);
  });

  test("and the info of its model says so", async () => {
    const model = await train(vanilla(), smallData.table(600), { epochs: 120, seed: 1 });
    const path = join(folder, "healthy.onnx");
    await model.save(path);
    await model.close();
    expect((await load(path)).info.training.warnings).toEqual([]);
  });
});

/** Users who mostly take items of their own kind. */
function histories(users: number) {
  const found = choices(users);
  return interactionsFrom({
    user: found.map(({ user }) => user),
    item: found.map(({ item }) => item),
  });
}

/** Users who take what is popular, each item by its own lot. */
function strangers(users: number) {
  const items = 60;
  const draws = uniforms(keyAt(21, 0), users * items);
  const pairs = Array.from(
    draws,
    (draw, i) => [Math.floor(i / items), i % items, draw] as const,
  ).filter(([, item, draw]) => draw < 0.5 / (1 + item / 8));
  return interactionsFrom({
    user: pairs.map(([user]) => user),
    item: pairs.map(([, item]) => item),
  });
}

describe("of interactions", () => {
  const body = dense([24], { activation: "tanh" });
  const options = { epochs: 40, batch: 32, learningRate: 0.01 } as const;

  test.each(
    Object.entries({
      multVae: multVae({ latent: 8, body }),
      multDae: multDae({ latent: 8, body }),
    }),
  )("a healthy run of %s is met with silence", { timeout: 60_000 }, async (_, family) => {
    expect(await seen(family as Family, histories(400), options)).toEqual([]);
  });

  test("no progress: lists that know less than what is popular; the advised rate learns", async () => {
    const data = histories(400);
    const family = multVae({ latent: 8, body }) as Family;
    const found = await seen(family, data, { ...options, epochs: 10, learningRate: 1e-7 });
    expect(codesOf(found)).toEqual(["no-progress"]);
    const { numbers } = only(found, "no-progress");
    expect(numbers["own"]).toBeLessThan(numbers["popular"] as number);
    const learningRate = Number(adviceOf(only(found, "no-progress"), "learning-rate"));
    expect(await seen(family, data, { ...options, epochs: 80, learningRate })).toEqual([]);
  });

  test("no progress: users who have nothing in common but what is popular", async () => {
    const found = await seen(multDae({ latent: 8, body }) as Family, strangers(400), options);
    const { numbers } = only(found, "no-progress");
    expect(Math.abs((numbers["own"] as number) - (numbers["popular"] as number))).toBeLessThan(0.1);
  });

  test("collapse: a KL that weighs 25 times the usual; the advised one leaves a code", async () => {
    const data = histories(400);
    const family = (beta: number) => multVae({ latent: 8, body, beta }) as Family;
    const collapsed = only(await seen(family(5), data, options), "collapse");
    expect(collapsed.numbers["kl"]).toBeLessThan(2);
    const beta = Number(adviceOf(collapsed, "beta"));
    expect(await seen(family(beta), data, options)).toEqual([]);
  });

  test("overfitting: a large network and few histories, of which nothing is hidden", async () => {
    const large = dense([200], { activation: "tanh" });
    const family = multDae({ latent: 100, body: large, dropout: 0 }) as Family;
    const long = { ...options, epochs: 150, patience: 1000 };
    const found = only(await seen(family, histories(120), long), "overfitting");
    expect(found.severity).toBe("note");
    expect(found.numbers["last"]).toBeGreaterThan(found.numbers["best"] as number);
    expect(adviceOf(found, "dropout")).toBe("0.7");
  });

  test("too small data: thirty users", async () => {
    const data = histories(30);
    const found = await seen(multVae({ latent: 8, body }) as Family, data, options);
    expect(only(found, "small-data").numbers).toMatchObject({ rows: data.rows });
  });
});

describe("each diagnosis is made of what causes it", () => {
  test("no progress: a learning rate that moves nothing; the advised one does", async () => {
    const data = smallVectors(600);
    const found = await seen(vanilla(), data, { epochs: 20, learningRate: 1e-7 });
    expect(codesOf(found)).toEqual(["no-progress"]);
    const rate = Number(adviceOf(only(found, "no-progress"), "learning-rate"));
    expect(codesOf(await seen(vanilla(), data, { epochs: 60, learningRate: rate }))).toEqual([]);
  });

  test("posterior collapse: beta 20 empties the code; the advised beta fills it", async () => {
    const data = smallImages(600);
    const family = (beta: number) => variational({ latent: 8, beta, body: dense([64]) });
    const found = await seen(family(20), data, { epochs: 80 });
    expect(codesOf(found)).toEqual(["collapse"]);
    const { numbers } = only(found, "collapse");
    expect(numbers["active"]).toBeLessThanOrEqual(2);
    const beta = Number(adviceOf(only(found, "collapse"), "beta"));
    const model = await train(family(beta), data, { epochs: 80, seed: 1 });
    expect(model.info.training.warnings).toEqual([]);
    const codes = await model.encode(data);
    await model.close();
    expect(variances(codes.data, codes.columns).filter((v) => v > 0.01)).toHaveLength(8);
  });

  test("collapse with beta 1: what else was set is to blame, and its cure works", async () => {
    const data = smallImages(600);
    const family = (options: object) => variational({ latent: 8, body: dense([64]), ...options });
    const wide = only(await seen(family({ sigma: 3 }), data, { epochs: 60 }), "collapse");
    expect(adviceOf(wide, "sigma")).toBe("learned");
    expect(await seen(family({ sigma: "learned" }), data, { epochs: 80 })).toEqual([]);
  });

  test("dead units: steps so large that every unit of a layer is off", async () => {
    const body = dense([64, 32], { activation: "relu" });
    const data = smallVectors(600);
    const found = await seen(vanilla({ body }), data, { epochs: 40, learningRate: 3 });
    const dead = only(found, "dead-units");
    expect(dead.numbers["dead"]).toBeGreaterThanOrEqual(0.9 * (dead.numbers["units"] as number));
    const activation = adviceOf(dead, "activation") as "leakyRelu";
    const learningRate = Number(adviceOf(dead, "learning-rate"));
    const cured = vanilla({ body: dense([64, 32], { activation }) });
    expect(await seen(cured, data, { epochs: 60, learningRate })).toEqual([]);
  });

  test("dead units of the code: a penalty that leaves nothing of it", async () => {
    const data = smallImages(600);
    const family = (lambda: number) => sparse({ penalty: "l1", lambda, latent: 32 });
    const dead = only(await seen(family(3), data, { epochs: 60 }), "dead-units");
    expect(dead.numbers["dead"]).toBeGreaterThan(16);
    const lambda = Number(adviceOf(dead, "lambda"));
    expect(codesOf(await seen(family(lambda), data, { epochs: 60 }))).not.toContain("dead-units");
  });

  test("vanishing gradients: ten sigmoid layers; the advised activation learns", async () => {
    const hidden = [16, 16, 16, 16, 16];
    const data = smallVectors(600);
    const family = (activation: "sigmoid" | "relu") =>
      vanilla({ body: dense(hidden, { activation }) });
    const found = await seen(family("sigmoid"), data, { epochs: 30 });
    expect(codesOf(found)).toEqual(["vanishing-gradients"]);
    const activation = adviceOf(only(found, "vanishing-gradients"), "activation");
    expect(activation).toBe("relu");
    expect(await seen(family("relu"), data, { epochs: 60 })).toEqual([]);
  });

  test("exploding gradients: steps a thousand times too large; the advised ones are not", async () => {
    const data = smallVectors(600);
    const found = await seen(vanilla(), data, { epochs: 20, learningRate: 1 });
    expect(codesOf(found)).toContain("exploding-gradients");
    const rate = Number(adviceOf(only(found, "exploding-gradients"), "learning-rate"));
    expect(await seen(vanilla(), data, { epochs: 60, learningRate: rate })).toEqual([]);
  });

  test("too small data: forty rows", async () => {
    const found = await seen(vanilla(), smallVectors(40), { epochs: 100 });
    expect(codesOf(found)).toEqual(["small-data"]);
    expect(only(found, "small-data").numbers).toMatchObject({ rows: 40 });
  });

  test("overfitting: noise, which can only be learnt by heart", async () => {
    const family = vanilla({ latent: 10, body: dense([256], { activation: "relu" }) });
    const found = await seen(family, noise, { epochs: 300, learningRate: 3e-3 });
    const { numbers } = only(found, "overfitting");
    expect(numbers["last"] ?? numbers["heldOut"]).toBeGreaterThan(
      (numbers["best"] ?? numbers["training"]) as number,
    );
  });

  test("identity copying: a linear code larger than the row; the advised one is honest", async () => {
    const data = smallVectors(600);
    const notes: string[] = [];
    const family = (latent: number) => vanilla({ latent, body: dense([], { activation: "none" }) });
    const options = { epochs: 60, learningRate: 0.01 };
    const found = await seen(family(8), data, {
      ...options,
      onNote: (note, diagnosis) => {
        if (diagnosis === undefined) notes.push(note);
      },
    });
    expect(codesOf(found)).toEqual(["identity"]);
    expect(notes.find((note) => note.startsWith("overcomplete"))).toMatch(
      /--latent \d.*sparse.*denoising.*contractive/,
    );
    const latent = Number(adviceOf(only(found, "identity"), "latent"));
    expect(codesOf(await seen(family(latent), data, options))).not.toContain("identity");
  });

  test("worse than PCA: a network of two units in the middle", async () => {
    const data = smallImages(600);
    const family = (hidden: readonly number[]) => vanilla({ latent: 8, body: dense(hidden) });
    const found = await seen(family([2]), data, { epochs: 200 });
    expect(codesOf(found)).toEqual(["worse-than-pca"]);
    const { numbers } = only(found, "worse-than-pca");
    expect(numbers["model"]).toBeGreaterThan(1.05 * (numbers["pca"] as number));
    // The advice is followed as often as it is given.
    let hidden: readonly number[] = [2];
    for (let i = 0; i < 6; i += 1) {
      const [again] = await seen(family(hidden), data, { epochs: 200 });
      if (again === undefined) return;
      hidden = adviceOf(again, "hidden").split(",").map(Number);
    }
    expect.fail(`still worse with ${String(hidden)}`);
  });

  test("and none was left out", () => {
    expect([...provoked].toSorted()).toEqual(diagnosisCodes.toSorted());
  });
});

test("beta 20 on handwritten digits has collapsed; with the advised beta it has not", async () => {
  const digits = await someDigits(3000);
  const family = (beta: number) => variational({ latent: 16, beta, body: dense([64]) });
  const found = only(await seen(family(20), digits, { epochs: 8 }), "collapse");
  const beta = Number(adviceOf(found, "beta"));
  expect(codesOf(await seen(family(beta), digits, { epochs: 8 }))).not.toContain("collapse");
});

describe("a loss that is no number ends the run", () => {
  const data = smallImages(300);
  const wild: TrainOptions = { epochs: 20, optimizer: "sgd", learningRate: 0.3, seed: 1 };

  test("and the error names step, term, cause and a learning rate that works", async () => {
    const failed = train(vanilla(), data, wild);
    await expect(failed).rejects.toMatchObject({
      code: "train.diverged",
      fault: "input",
      message: expect.stringMatching(
        /^training, step \d+, (reconstruction|gradient): expected a finite number, got (NaN|Infinity): the gradient had grown from .* to .*, so the steps were too large/,
      ) as string,
    });
    const { message } = (await failed.catch((error: unknown) => error)) as Error;
    const learningRate = Number(/--learning-rate ([\d.e-]*\d)/.exec(message)?.[1]);
    expect(learningRate).toBeLessThan(0.3);
    const model = await train(vanilla(), data, { ...wild, learningRate: learningRate / 3 });
    expect(model.info.training.history.at(-1)?.loss).toBeGreaterThan(0);
    await model.close();
  });

  test("and leaves the checkpoint of before it, from which a run goes on", async () => {
    const checkpoint = join(folder, "diverging.checkpoint");
    const options = { ...wild, checkpoint, checkpointEvery: 0 };
    const notes: string[] = [];
    const failure = async (more: TrainOptions): Promise<unknown> =>
      train(vanilla(), data, { ...options, ...more }).catch((error: unknown) => error);
    const first = await failure({});
    expect(first).toMatchObject({ code: "train.diverged" });
    const resumed = await failure({ resume: true, onNote: (note) => void notes.push(note) });
    expect(resumed).toMatchObject({ code: "train.diverged" });
    // From a good state to the same end: what was kept is from before the first broken step.
    expect(stepOf(resumed)).toBe(stepOf(first));
    const [, from] = /going on after step (\d+)/.exec(notes.join("\n")) ?? [];
    expect(Number(from)).toBeGreaterThan(0);
    expect(Number(from)).toBeLessThan(stepOf(first));
  });

  test("where a weight is beyond all bounds, it says so", async () => {
    await expect(train(variational({ beta: 1e39 }), data, { epochs: 2 })).rejects.toMatchObject({
      message: expect.stringMatching(/loss: .* not their weighted sum/) as string,
    });
  });
});

function stepOf(error: unknown): number {
  return Number(/step (\d+)/.exec((error as Error).message)?.[1]);
}

describe("what was seen", () => {
  test("is told at the end of the run, stands in the file, and old files have none", async () => {
    const told: Diagnosis[] = [];
    const model = await train(vanilla(), smallVectors(40), {
      epochs: 5,
      onNote: (note, diagnosis) => {
        if (diagnosis === undefined) return;
        told.push(diagnosis);
        expect(note).toBe(`${diagnosis.saw} ${diagnosis.advice}`);
      },
    });
    const { warnings } = model.info.training;
    expect(codesOf(warnings)).toContain("small-data");
    expect(told).toEqual(warnings);
    const bytes = model.bytes();
    await model.close();
    expect((await load(bytes)).info.training.warnings).toEqual(warnings);

    const file = readModel(bytes, "model");
    const info = JSON.parse(file.metadata["autoencoders"] as string) as {
      training: { warnings?: unknown };
    };
    delete info.training.warnings;
    const old = { ...file, metadata: { ...file.metadata, autoencoders: JSON.stringify(info) } };
    expect((await load(writeModel(old))).info.training.warnings).toEqual([]);
  });

  test("does not depend on how often it is asked", async () => {
    const run = () => seen(vanilla({ body: dense([2]) }), smallImages(300), { epochs: 20 });
    expect(await run()).toEqual(await run());
  });
});

async function someDigits(rows: number): Promise<Data> {
  const digits = await openData("demo:digits");
  for await (const chunk of digits.read({ chunk: rows })) return chunk;
  throw new Error("no digits");
}

function variances(data: Float32Array, columns: number): readonly number[] {
  const rows = data.length / columns;
  return Array.from({ length: columns }, (_, column) => {
    const values = Array.from(
      { length: rows },
      (_unused, row) => data[row * columns + column] ?? 0,
    );
    const mean = values.reduce((a, b) => a + b, 0) / rows;
    return values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / rows;
  });
}
