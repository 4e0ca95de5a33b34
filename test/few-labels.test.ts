/** Learning from few labels: through the library, the command line and Python's onnxruntime. */
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { conditional, dense, load, tableFrom, train, vanilla, type Model } from "autoencoders";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keyAt } from "../src/random/bits.ts";
import { normals } from "../src/random/numbers.ts";
import { commandLine } from "./support/command-line.ts";

const python = process.env["PYTHON"] ?? "python3";
const { status } = spawnSync(python, ["-c", "import onnxruntime"]);
let folder: string;
const open: Model[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "autoencoders-few-"));
});
afterAll(async () => {
  await Promise.all(open.map((model) => model.close()));
  await rm(folder, { recursive: true, force: true });
});
const { ae } = commandLine(() => folder);

const ROWS = 400;
const COLUMNS = 6;
/** Four bent clouds: a straight line through few labels does not part them, their shape does. */
function clouds(seed: number, labelOf: (row: number, name: string) => string | null) {
  const noise = normals(keyAt(seed, 0), ROWS, COLUMNS + 1);
  const rows = Array.from({ length: ROWS }, (_, row) => {
    const own = (i: number): number => noise[row * (COLUMNS + 1) + i] as number;
    const cloud = row % 4;
    const along = own(COLUMNS);
    const [x, y] = [3 * (cloud % 2) + 0.3 * own(0), 3 * (cloud >> 1) + 0.3 * own(1)];
    return {
      a: x + 0.4 * along,
      b: y - 0.4 * along,
      c: x * y + 0.2 * own(2),
      d: along + 0.1 * own(3),
      e: x - y + 0.2 * own(4),
      f: own(5),
      kind: labelOf(row, ["north", "east", "south", "west"][cloud] as string),
      // Depends on what the clouds are, not on one column alone.
      price: 10 * x * y + along + own(5),
    };
  });
  return rows;
}
const table = (label: "kind" | "price", rows: ReturnType<typeof clouds>) =>
  tableFrom(
    rows.map(({ kind, price, ...row }) => ({ ...row, [label]: label === "kind" ? kind : price })),
    { label },
  );
const OPTIONS = { epochs: 10, seed: 3, threads: 1 } as const;
const family = vanilla({ latent: 3, body: dense([16]) });

describe("a class from few labels", () => {
  const rows = clouds(1, (_, name) => name);
  const fresh = clouds(2, (_, name) => name);
  let model: Model;
  beforeAll(async () => {
    model = await train(family, table("kind", rows), { ...OPTIONS, labelled: 20 });
    open.push(model);
  }, 60_000);

  test("is told of nearly all new rows, with chances that mean what they say", async () => {
    const { labels, chances, classes } = await (model.predict as NonNullable<Model["predict"]>)(
      table("kind", fresh),
    );
    const right = labels.filter((label, row) => label === fresh[row]?.kind).length / ROWS;
    expect(right).toBeGreaterThan(0.93);
    expect(classes.toSorted()).toEqual(["east", "north", "south", "west"]);
    for (let row = 0; row < ROWS; row += 1) {
      const own = chances.data.subarray(4 * row, 4 * row + 4);
      expect(own.reduce((a, b) => a + b)).toBeCloseTo(1, 4);
      expect(classes[own.indexOf(Math.max(...own))]).toBe(labels[row]);
    }
    const { head } = model.info;
    expect(head?.rows).toHaveLength(20);
    // Five of each: in proportion.
    for (const name of classes)
      expect(head?.rows.filter((row) => rows[row]?.kind === name)).toHaveLength(5);
    expect(head?.shares.every((share) => share === 0.25)).toBe(true);
  });

  test("no other label is looked at: without them the file is the same", async () => {
    const chosen = new Set(model.info.head?.rows);
    const hidden = rows.map((row, i) => (chosen.has(i) ? row : { ...row, kind: null }));
    const again = await train(family, table("kind", hidden), { ...OPTIONS, labelled: "all" });
    open.push(again);
    const say = async (one: Model) => (await one.predict?.(table("kind", fresh)))?.chances.data;
    expect(await say(again)).toEqual(await say(model));
    const { created: _, training: __, ...head } = again.info;
    const { created: ___, training: ____, ...before } = model.info;
    expect(head).toEqual(before);
  }, 60_000);

  test("a saved file predicts the same, and all else it gave stays", async () => {
    const path = join(folder, "kind.onnx");
    await model.save(path);
    const again = await load(path);
    open.push(again);
    const [one, other] = [
      await again.predict?.(table("kind", fresh)),
      await model.predict?.(table("kind", fresh)),
    ];
    expect(one).toEqual(other);
    const plain = await train(family, table("kind", rows), OPTIONS);
    open.push(plain);
    expect("predict" in plain).toBe(false);
    expect((await again.encode(table("kind", fresh))).data).toEqual(
      (await plain.encode(table("kind", fresh))).data,
    );
    expect((await again.score(table("kind", fresh))).scores).toEqual(
      (await plain.score(table("kind", fresh))).scores,
    );
  }, 60_000);

  test("judged without labels it says that there is more to judge", async () => {
    const bare = tableFrom(fresh.map(({ kind: _kind, price: _price, ...row }) => row));
    const { labels, notes } = await model.evaluate(bare);
    expect(labels).toBeUndefined();
    expect(notes.join(" ")).toContain("name them with --label");
    const { notes: none } = await model.evaluate(table("kind", fresh));
    expect(none.join(" ")).not.toContain("name them with --label");
  }, 60_000);

  test("stands beside controls that learn from the same labels", async () => {
    const { labels, verdict } = await model.evaluate(table("kind", fresh), {
      controlsFrom: table("kind", rows),
    });
    expect(labels).toMatchObject({ kind: "classes", rows: ROWS, learnedFrom: 20 });
    expect(Object.keys(labels?.controls ?? {}).toSorted()).toEqual([
      "linearFeatures",
      "linearPca",
      "scratch",
      "usual",
    ]);
    const accuracy = (figures: unknown): number => (figures as { accuracy: number }).accuracy;
    expect(accuracy(labels?.controls.usual)).toBeCloseTo(0.25, 1);
    expect(accuracy(labels?.controls.linearFeatures)).toBeGreaterThan(0.8);
    expect(accuracy(labels?.controls.scratch)).toBeGreaterThan(0.7);
    expect(verdict).toContain("With 20 labels the model tells");
  }, 60_000);

  test.skipIf(status !== 0)("Python's onnxruntime says the same", async () => {
    const { prediction, probability } = await inPython(model, fresh);
    const said = await model.predict?.(table("kind", fresh));
    expect(prediction).toEqual(said?.labels);
    for (const [i, chance] of (probability ?? []).flat().entries())
      expect(chance).toBeCloseTo(said?.chances.data[i] as number, 4);
  });
});

/** What Python's onnxruntime gives of a saved model's head. */
async function inPython(model: Model, rows: readonly Readonly<Record<string, unknown>>[]) {
  const path = join(folder, "python.onnx");
  await model.save(path);
  const names = Object.keys(rows[0] ?? {}).filter((name) => name.length === 1);
  const columns = names.map((name) => [name, rows.map((row) => row[name])]);
  await writeFile(join(folder, "rows.json"), JSON.stringify(Object.fromEntries(columns)));
  const program = `
import json, sys, numpy, onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1])
rows = json.load(open(sys.argv[2]))
types = {"tensor(double)": numpy.float64, "tensor(float)": numpy.float32}
feeds = {i.name: numpy.array(rows[i.name], types[i.type]).reshape([len(rows["a"])] + [1] * (len(i.shape) - 1)) for i in session.get_inputs()}
names = [o.name for o in session.get_outputs() if o.name in ("prediction", "probability")]
json.dump({n: v.tolist() for n, v in zip(names, session.run(names, feeds))}, sys.stdout)`;
  const { stdout } = await promisify(execFile)(
    python,
    ["-c", program, path, join(folder, "rows.json")],
    { maxBuffer: 2 ** 24 },
  );
  return JSON.parse(stdout) as {
    prediction: (string | number)[];
    probability?: number[][];
  };
}

test("where a line says nothing, the file holds no linear model", async () => {
  // Two kinds, each in two clouds across from each other.
  const crossed = (seed: number) => {
    const noise = normals(keyAt(seed, 0), ROWS, 3);
    return Array.from({ length: ROWS }, (_, row) => {
      const own = (i: number): number => 0.3 * (noise[3 * row + i] as number);
      const [x, y] = [row % 2, (row >> 1) % 2];
      return { a: 3 * x + own(0), b: 3 * y + own(1), c: own(2), kind: x === y ? "same" : "other" };
    });
  };
  const crossedTable = (seed: number) => tableFrom(crossed(seed), { label: "kind" });
  const model = await train(family, crossedTable(7), { ...OPTIONS, labelled: 60 });
  open.push(model);
  expect(model.info.head).toMatchObject({ weights: { linear: 0 }, others: 340 });
  expect(model.info.head?.encoder).not.toBe("new");
  expect(model.info.head?.members["features"]).toBe(0);
  const { labels } = await model.evaluate(crossedTable(8), { controlsFrom: crossedTable(7) });
  expect(labels?.model).toMatchObject({ accuracy: expect.closeTo(1, 1) });
  const line: unknown = labels?.controls.linearFeatures;
  expect((line as { accuracy: number }).accuracy).toBeLessThan(0.7);
}, 60_000);

describe("where a line through many columns says most", () => {
  const NAMES = "abcdefghijkl".split("");
  /** No clusters: a label is a sum of all columns, which a small code cannot hold. */
  const plain = (seed: number, kind: "side" | "sum") => {
    const draws = normals(keyAt(seed, 0), ROWS, NAMES.length + 1);
    return Array.from({ length: ROWS }, (_, row) => {
      const own = draws.subarray(row * (NAMES.length + 1), (row + 1) * (NAMES.length + 1));
      const sum = own.reduce((total, x, i) => total + (i === NAMES.length ? 0.5 : 1) * x, 0);
      return {
        ...Object.fromEntries(NAMES.map((name, i) => [name, own[i] as number])),
        told: kind === "side" ? (sum > 0 ? "over" : "under") : sum,
      };
    });
  };
  const plainTable = (rows: ReturnType<typeof plain>) => tableFrom(rows, { label: "told" });

  test.each(["side", "sum"] as const)(
    "a linear model stands beside the network in the file, which Python reads alike: %s",
    async (kind) => {
      const fresh = plain(6, kind);
      const model = await train(family, plainTable(plain(5, kind)), { ...OPTIONS, labelled: 100 });
      open.push(model);
      expect(model.info.head).toMatchObject({ encoder: "new", others: 0 });
      expect(model.info.head?.weights.linear).toBeGreaterThan(0.1);
      const said = await model.predict?.(plainTable(fresh));
      const { labels } = await model.evaluate(plainTable(fresh), {
        controlsFrom: plainTable(plain(5, kind)),
      });
      const loss = (figures: unknown): number => {
        const { logLoss, rmse } = figures as { logLoss?: number; rmse?: number };
        return logLoss ?? rmse ?? Number.NaN;
      };
      // Hardly worse than the line itself, which is the truth here, and better than all else.
      expect(loss(labels?.model)).toBeLessThan(1.25 * loss(labels?.controls.linearFeatures));
      expect(loss(labels?.model)).toBeLessThan(0.9 * loss(labels?.controls.scratch));
      if (status !== 0) return;
      const { prediction, probability } = await inPython(model, fresh);
      const [given, own] =
        kind === "side"
          ? [(probability ?? []).flat(), said?.chances.data]
          : [prediction as number[], said?.numbers];
      expect(given).toHaveLength(kind === "side" ? 2 * ROWS : ROWS);
      for (const [i, value] of given.entries()) expect(value).toBeCloseTo(own?.[i] as number, 3);
    },
    60_000,
  );
});

test("numbers are told as numbers, and classes where that is asked for", async () => {
  const [rows, fresh] = [clouds(1, () => null), clouds(2, () => null)];
  const model = await train(family, table("price", rows), { ...OPTIONS, labelled: 60 });
  open.push(model);
  expect(model.info.head).toMatchObject({ kind: "numbers", classes: [], label: "price" });
  const { numbers } = (await model.predict?.(table("price", fresh))) ?? {};
  const mean = fresh.reduce((sum, { price }) => sum + price / ROWS, 0);
  const [error, spread] = [0, 1].map((which) =>
    fresh.reduce(
      (sum, { price }, row) =>
        sum + (price - (which === 0 ? (numbers?.[row] as number) : mean)) ** 2,
      0,
    ),
  ) as [number, number];
  expect(1 - error / spread).toBeGreaterThan(0.9);
  const { labels } = await model.evaluate(table("price", fresh));
  expect(labels?.model).toMatchObject({ r2: expect.closeTo(1 - error / spread, 4) });
}, 60_000);

describe("what cannot be learned from is told", () => {
  const rows = clouds(1, (_, name) => name);
  test.each([
    ["more labels than there are", { labelled: 401 }, "400"],
    ["one label", { labelled: 1 }, "whole number from 2"],
    ["what a label is, but not how many", { predicts: "classes" }, "labelled beside it"],
    ["words as numbers", { labelled: 20, predicts: "numbers" }, "a number in every labelled row"],
  ] as const)("%s", async (_, options, words) => {
    await expect(train(family, table("kind", rows), { ...OPTIONS, ...options })).rejects.toThrow(
      words,
    );
  });
  test("a family that is told labels itself, and data without any", async () => {
    await expect(
      train(conditional(), table("kind", rows), { ...OPTIONS, labelled: 20 }),
    ).rejects.toMatchObject({ code: "options.invalid" });
    await expect(
      train(family, tableFrom(rows.map(({ a, b }) => ({ a, b }))), { ...OPTIONS, labelled: 20 }),
    ).rejects.toMatchObject({ code: "data.labels" });
  });
});

test("on the command line: train, info, predict, evaluate, report", async () => {
  const csv = (rows: ReturnType<typeof clouds>): string =>
    [
      "a,b,c,d,e,f,kind",
      ...rows.map((r) => [r.a, r.b, r.c, r.d, r.e, r.f, r.kind ?? ""].join()),
    ].join("\n");
  // A column of which most cells are empty, as people's are.
  const few = clouds(1, (row, name) => (row < 40 ? name : null));
  await writeFile(join(folder, "train.csv"), csv(few));
  await writeFile(join(folder, "new.csv"), csv(clouds(2, (_, name) => name)));
  const made = await ae(
    "train train.csv --label kind --labelled all --hidden 16 --latent 3 --epochs 10 --threads 1 -o m.onnx",
  );
  expect(made).toMatchObject({ code: 0 });
  expect(made.err).toContain(
    "tells kind, one of 4 classes; learned from 40 labels and 360 rows without",
  );
  expect(made.err).toContain("ae predict m.onnx train.csv");
  const info = await ae("info m.onnx");
  expect(info.out).toContain("tells kind, one of 4 classes");
  const said = await ae("predict m.onnx new.csv -o said.csv");
  expect(said).toMatchObject({ code: 0 });
  const lines = (await readFile(join(folder, "said.csv"), "utf8")).trim().split(/\r?\n/);
  expect(lines[0]).toMatch(/^kind,(p\(\w+\),?){4}$/);
  expect(lines).toHaveLength(ROWS + 1);
  const judged = await ae("evaluate m.onnx new.csv --label kind --controls-from train.csv --json");
  expect(judged).toMatchObject({ code: 0 });
  const { labels } = JSON.parse(judged.out) as { labels: { learnedFrom: number; rows: number } };
  expect(labels).toMatchObject({ learnedFrom: 40, rows: ROWS });
  const report = await ae("report m.onnx new.csv --label kind -o m.html");
  expect(report).toMatchObject({ code: 0 });
  expect(await readFile(join(folder, "m.html"), "utf8")).toContain("Told from few labels");
  const plain = await ae("predict m.onnx nothing.csv");
  expect(plain.code).toBe(1);
}, 120_000);
