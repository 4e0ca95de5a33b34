/** Training on data larger than the memory it may take: the same as resident, from blocks on disk. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readlink, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Tensor } from "../src/base/tensor.ts";
import { conv } from "../src/bodies/conv.ts";
import { dense } from "../src/bodies/dense.ts";
import { labelCodes } from "../src/data/labels.ts";
import { arrayFrom, collect, imagesFrom, tableSource } from "../src/data/memory.ts";
import { sliceRows } from "../src/data/rows.ts";
import type { Rows, Source } from "../src/data/source.ts";
import { conditional } from "../src/families/conditional.ts";
import { denoising } from "../src/families/denoising.ts";
import type { Family } from "../src/families/family.ts";
import { vanilla } from "../src/families/vanilla.ts";
import { variational } from "../src/families/variational.ts";
import { readModel } from "../src/onnx/read.ts";
import { writeModel } from "../src/onnx/write.ts";
import { compactOf } from "../src/model/compact.ts";
import { cleanSide } from "../src/model/companions.ts";
import { sourceOf } from "../src/model/data.ts";
import { planRun, runDataOf } from "../src/model/prepare.ts";
import type { Room } from "../src/model/room.ts";
import { train, trainIn } from "../src/model/train.ts";
import type { Data, Reading, TrainOptions } from "../src/model/types.ts";
import { keyAt } from "../src/random/bits.ts";
import { normals } from "../src/random/numbers.ts";
import { createEngine } from "../src/runtime/node.ts";
import {
  smallGrids,
  smallImages,
  smallTable,
  smallVectors,
  withLabels,
} from "./support/small-data.ts";

const run = promisify(execFile);

const ROWS = 3000;
/** Rows by a number that all others follow: a run that took them in their order would forget. */
const vectors = arrayFrom(byFirst(smallVectors(ROWS).data as Float32Array, 6), [6]);

/** So little that 3,000 rows are eleven blocks. */
const SMALL: Room = { bytes: 400e3, asked: false, least: 24e3, block: 8e3 };
const LARGE: Room = { ...SMALL, bytes: 1e9 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "autoencoders-large-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function byFirst(data: Float32Array, width: number): Float32Array {
  const rows = Array.from({ length: data.length / width }, (_, row) =>
    data.slice(row * width, (row + 1) * width),
  );
  const sorted = rows.toSorted((a, b) => (a[0] as number) - (b[0] as number));
  return Float32Array.from(sorted.flatMap((row) => [...row]));
}

/** All that a run decides. */
async function outcome(room: Room, family: Family, data: Data, options: TrainOptions) {
  const model = await trainIn(room, family, data, options);
  const { training, scores, schema } = model.info;
  const graph = writeModel({ ...readModel(model.bytes(), "model"), metadata: {} });
  const given = await model.score(data);
  await model.close();
  return {
    graph: Buffer.from(graph).toString("base64"),
    schema,
    history: training.history.map((epoch) => ({ ...epoch, seconds: 0 })),
    scores: [...given.scores],
    quantiles: scores,
    counts: [training.rows, training.validationRows],
  };
}

describe("a run from blocks", () => {
  const family = vanilla({ latent: 2, body: dense([24]) });

  test("ends where a resident one ends, but for chance", { timeout: 120_000 }, async () => {
    const differences: number[] = [];
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const options = { epochs: 10, batch: 32, seed, threads: 1 };
      const [resident, streamed] = [
        await outcome(LARGE, family, vectors, options),
        await outcome(SMALL, family, vectors, options),
      ];
      differences.push(Math.log(meanOf(streamed.scores) / meanOf(resident.scores)));
    }
    const error = Math.sqrt(varianceOf(differences) / differences.length);
    // Student's test of pairs that begin with the same weights, five degrees of freedom: beyond
    // 4.03 errors in 1 % of such tests.
    expect(Math.abs(meanOf(differences))).toBeLessThan(4.03 * error);
    // Blocks cut from the rows in their order make a difference of 0.55, which this would see.
    expect(4.03 * error).toBeLessThan(0.4);
  });

  const options = { epochs: 3, batch: 32, seed: 5, threads: 1, validation: 0.2 } as const;

  test("is the same again, and tells what it does", async () => {
    const notes: string[] = [];
    const read: Reading[] = [];
    const first = await outcome(SMALL, family, vectors, {
      ...options,
      onNote: (note) => void notes.push(note),
      onRead: (done) => void read.push(done),
    });
    expect(await outcome(SMALL, family, vectors, options)).toEqual(first);
    expect(first.counts).toEqual([ROWS - 520, 520]);
    expect(notes.join("\n")).toMatch(
      /streams from 10 shuffled blocks of \d+ rows, 59\.5 kB of temporary disk in /,
    );
    expect(notes.join("\n")).toMatch(/2,480 rows to train on, 520 held out/);
    expect(notes.join("\n")).toMatch(/rest on 260 random rows; ranges, gaps and categories on all/);
    expect(notes.join("\n")).toMatch(/held out: 520 rows of the 600 asked for/);
    expect(read.filter(({ doing }) => doing === "reading").at(-1)).toMatchObject({ rows: ROWS });
    expect(read.at(-1)).toEqual({ rows: ROWS, of: ROWS, doing: "copying" });
  });

  test("that was broken off in the midst of a block comes to the same", async () => {
    // Three blocks, each of two sizes of batches, so that there is a pause in each.
    const room = { ...SMALL, block: 30e3 };
    const whole = await outcome(room, family, vectors, options);
    for (const [epoch, share] of [
      [1, 0],
      [1, 0.4],
      [2, 0.1],
      [3, 0.8],
    ] as const) {
      const checkpoint = join(folder, `cut-${epoch}-${share}.checkpoint`);
      const controller = new AbortController();
      const cut = trainIn(room, family, vectors, {
        ...options,
        checkpoint,
        signal: controller.signal,
        onProgress: (progress) => {
          if (progress.epoch < epoch || progress.share <= share) return;
          controller.abort();
          expect(progress.epoch).toBe(epoch);
          const inBlocks = (progress.share * 2480) / 826.67;
          expect(Math.abs(inBlocks - Math.round(inBlocks))).toBeGreaterThan(0.02);
        },
      });
      await expect(cut).rejects.toMatchObject({ code: "train.cancelled" });
      expect((await stat(checkpoint)).size).toBeGreaterThan(0);
      const resumed = { ...options, checkpoint, resume: true };
      await expect(trainIn(SMALL, family, vectors, resumed)).rejects.toThrow(/checkpoint, blocks:/);
      expect(await outcome(room, family, vectors, resumed)).toEqual(whole);
    }
    expect(await readdir(folder)).toEqual([]);
  });

  test("leaves nothing on disk, however it ends", async () => {
    const checkpoint = join(folder, "ends.checkpoint");
    const abort = new AbortController();
    const ends: readonly [Family, Source, TrainOptions][] = [
      [family, vectors, {}],
      [family, vectors, { learningRate: 1e30 }],
      [family, vectors, { signal: abort.signal, on: () => abort.abort() }],
      [family, vectors, { signal: AbortSignal.abort() }],
      [family, failing(vectors, 1), {}],
      [family, failing(vectors, 2), {}],
      [family, { ...vectors, rows: ROWS + 1 }, {}],
    ];
    const codes: unknown[] = [];
    for (const [of, data, own] of ends) {
      const ending = trainIn(SMALL, of, data, { ...options, ...own, checkpoint });
      codes.push(
        await ending.then(
          (model) => model.close(),
          ({ code, message }) => code ?? message,
        ),
      );
      await rm(checkpoint, { force: true });
      expect(await readdir(folder)).toEqual([]);
      expect(await openBlocks()).toEqual([]);
    }
    expect(codes).toEqual([
      undefined,
      "train.diverged",
      "train.cancelled",
      "train.cancelled",
      "the disk is gone",
      "the disk is gone",
      "data.changed",
    ]);
  });

  test("says what broke, by the values of its block", async () => {
    const data = vectors.read()[Symbol.asyncIterator]();
    const wild = ((await data.next()).value as { data: Float32Array }).data.slice();
    const wildly = trainIn(SMALL, family, arrayFrom(wild, [6]), { ...options, learningRate: 1e30 });
    await expect(wildly).rejects.toThrow(/step \d+/);
  });
});

/** A source whose walk fails half-way, at the walk of this number. */
function failing(source: Source, walk: number): Source {
  let walks = 0;
  return {
    ...source,
    read: async function* read(options: object) {
      walks += 1;
      let rows = 0;
      for await (const part of source.read({ ...options, chunk: 500 }) as AsyncIterable<Rows>) {
        if (walks === walk && rows >= 1500) throw new Error("the disk is gone");
        rows += part.rows;
        yield part;
      }
    },
  } as unknown as Source;
}

/** Files of blocks that this process still has open. */
async function openBlocks(): Promise<readonly string[]> {
  if (process.platform !== "linux") return [];
  const files = await readdir("/proc/self/fd");
  const paths = await Promise.all(
    files.map((file) => readlink(`/proc/self/fd/${file}`).catch(() => "")),
  );
  return paths.filter((path) => path.includes(".blocks"));
}

describe("blocks hold every training row once, as it would be resident", () => {
  const vector = smallVectors(ROWS);
  const noisy: Rows = {
    ...vector,
    data: (vector.data as Float32Array).map((x, i) => x + Math.sin(i)),
  };
  const cases: readonly (readonly [string, Family, Source, Source | undefined, Room])[] = [
    ["tables", vanilla(), tableSource(smallTable(ROWS)), undefined, SMALL],
    ["arrays", vanilla(), vectors, undefined, SMALL],
    ["grids", vanilla(), sourceOf(smallGrids(ROWS)), undefined, { ...SMALL, bytes: 900e3 }],
    ["images", vanilla({ body: conv([4]) }), images(ROWS), undefined, SMALL],
    ["labels", conditional({ latent: 2 }), withLabels(smallTable(ROWS), false), undefined, SMALL],
    ["pairs", denoising(), sourceOf(noisy), sourceOf(vector), SMALL],
  ];
  test.each(cases)("%s", async (_, family, source, clean, room) => {
    const engine = createEngine({ threads: 1 });
    const options = { seed: 2, ...(clean === undefined ? {} : { clean }) };
    // In chunks, as from a file.
    const parts = inChunks(source, 700);
    const sides = { source: parts, clean: cleanSide(family, parts, options) };
    const plan = await planRun(family, sides, options, room);
    const { run: made, spill } = await runDataOf(engine, plan, options, room);
    const { supply, validation } = made;
    if (supply === undefined) throw new Error("it is resident");
    expect(supply.blocks.length).toBeGreaterThan(1);
    const labels = await source.labels?.();
    const all = compactOf(
      plan.network,
      await collect(source),
      clean && (await collect(clean)),
      labels && plan.network.label && labelCodes(labels, plan.network.label),
      "all",
    );
    const rows = [...textOf(made.compact, validation)];
    for (const place of Array.from(supply.epoch(0)).keys()) {
      const block = await supply.open(0, place);
      rows.push(...textOf(await block.values(), block.order));
    }
    expect(rows.length).toBe(ROWS);
    const expected = textOf(
      all,
      Int32Array.from({ length: ROWS }, (__, i) => i),
    );
    expect(rows.toSorted()).toEqual([...expected].toSorted());
    // Every row can be told from others, so that no two could be mixed up.
    expect(new Set(expected).size).toBe(ROWS);
    await spill?.close();
    await engine.close();
  });
});

function images(rows: number): Source {
  const { data, ...shape } = smallImages(rows);
  return imagesFrom(data, shape);
}

function inChunks(source: Source, chunk: number): Source {
  const read = (options?: object) => source.read({ chunk, ...options });
  return { ...source, read } as Source;
}

/** Each row's values, of all columns. */
function textOf(values: Readonly<Record<string, Tensor>>, rows: Int32Array): readonly string[] {
  return Array.from(rows, (row) =>
    Object.entries(values)
      .map(([name, { data, shape }]) => {
        const width = shape.slice(1).reduce((a, b) => a * b, 1);
        const part = (data as Float32Array).subarray(row * width, (row + 1) * width);
        return `${name} ${[...part].join()}`;
      })
      .join(" "),
  );
}

test("every family that the data suit trains from blocks as from memory", async () => {
  const options = { epochs: 2, batch: 32, seed: 1, threads: 1 };
  const labelled = withLabels(smallTable(600), true);
  const model = await trainIn(SMALL, variational({ latent: 2 }), labelled, options);
  expect(model.info.training.rows + model.info.training.validationRows).toBe(600);
  const evaluation = await model.evaluate(sliceRows(smallTable(600), 0, 50));
  expect(Object.values(evaluation.metrics).every(Number.isFinite)).toBe(true);
  await model.close();
});

test(
  "the memory of the whole process stays below what it may take",
  { timeout: 120_000 },
  async () => {
    // 32 MB, for which a resident run takes 440.
    const path = join(folder, "large.f32");
    const normal = normals(keyAt(1, 0), 1000, 8);
    const numbers = new Float32Array(8_000_000);
    for (let i = 0; i < numbers.length; i += 1)
      numbers[i] = (normal[i % 8000] as number) + Math.floor(i / 8000) / 1000;
    await writeFile(path, new Uint8Array(numbers.buffer));
    const child = fileURLToPath(new URL("fixtures/train-in-memory.mjs", import.meta.url));
    const { stdout } = await run(process.execPath, [child, path, "8", "360MB"]);
    expect(Number(stdout)).toBeGreaterThan(50e6);
    expect(Number(stdout)).toBeLessThan(360e6);
    await rm(path);
  },
);

describe("memory", () => {
  test.each<[TrainOptions["memory"], RegExp]>([
    ["lots", /memory: expected an amount of memory, such as 2GB or 800MB, got lots/],
    [
      "100MB",
      /memory: expected at least 348 MB: 48 MB for data, 300 MB for the program itself, got 100 MB/,
    ],
    [0, /memory: expected an amount of memory/],
  ])("of %o is refused", async (memory, message) => {
    const running = train(vanilla(), vectors, memory === undefined ? {} : { memory });
    await expect(running).rejects.toThrow(message);
  });

  test("too small for the model is refused before training, with what it would need", async () => {
    const family = vanilla({ body: dense([1400, 1400]) });
    const running = train(family, vectors, { memory: "400MB" });
    await expect(running).rejects.toMatchObject({ code: "train.memory", fault: "input" });
    await expect(running).rejects.toThrow(
      /expected at least 6\d\d MB: 3\d\d MB for 3,\d+,\d+ parameters and their optimizer, 48 MB for data/,
    );
  });

  test("that data fit in changes nothing", async () => {
    const family = vanilla({ latent: 2, body: dense([24]) });
    const options = { epochs: 2, batch: 64, seed: 3, threads: 1 };
    const plain = await train(family, vectors, options);
    const held = await train(family, vectors, { ...options, memory: "1.5 GiB" });
    expect((await held.score(vectors)).scores).toEqual((await plain.score(vectors)).scores);
    await Promise.all([plain.close(), held.close()]);
  });
});

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1);
}
