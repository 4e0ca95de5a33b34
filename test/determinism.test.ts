/** Same seed, same bytes: again, after a kill, after a cancel; and the caller stays free meanwhile. */
import { spawn } from "node:child_process";
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import {
  arrayFrom,
  conv,
  dense,
  imagesFrom,
  train,
  vanilla,
  variational,
  type Data,
  type Family,
  type TrainOptions,
} from "autoencoders";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readModel } from "../src/onnx/read.ts";
import { writeModel } from "../src/onnx/write.ts";
import { smallImages, smallVectors } from "./support/small-data.ts";

const CHILD = fileURLToPath(new URL("fixtures/train-in-child.mjs", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "autoencoders-determinism-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** All that a run decides: the graph with its weights, the history, the quantiles. */
async function outcome<T extends string, G extends boolean>(
  family: Family<T, G>,
  data: Data,
  options: TrainOptions<T>,
) {
  const model = await train(family, data, options);
  const { training, scores } = model.info;
  const bytes = writeModel({ ...readModel(model.bytes(), "model"), metadata: {} });
  await model.close();
  return {
    graph: Buffer.from(bytes).toString("base64"),
    history: training.history.map((epoch) => ({ ...epoch, seconds: 0 })),
    bestEpoch: training.bestEpoch,
    stopped: training.stopped,
    scores,
  };
}

describe("the same seed gives the same bytes", () => {
  // Wide enough that ONNX Runtime splits its products between two threads.
  const pictures = smallImages(300, 16);
  test.each([
    ["dense", dense([256, 64])],
    ["conv", conv([16, 16])],
  ])("with a %s body, on 1 thread and on 2", async (_, body) => {
    const family = variational({ latent: 8, body });
    const run = (threads: number) =>
      outcome(family, imagesFrom(pictures.data, pictures), {
        epochs: 3,
        batch: 128,
        seed: 4,
        threads,
      });
    const one = await run(1);
    expect(await run(1)).toEqual(one);
    const two = await run(2);
    expect(await run(2)).toEqual(two);
    // Sums may be split otherwise between threads; then the last bits differ, and no more.
    expect(two.history.at(-1)?.loss).toBeCloseTo(one.history.at(-1)?.loss as number, 1);
  });
});

const family = variational({ latent: 3, body: dense([32]) });
const vectors = smallVectors(400);
const data = arrayFrom(vectors.data as Float32Array, vectors.shape);
const OPTIONS = { epochs: 60, seed: 7, batch: 16, threads: 1 } as const;

describe("a run that was broken off", () => {
  let whole: Awaited<ReturnType<typeof outcome>>;
  beforeAll(async () => {
    whole = await outcome(family, data, OPTIONS);
  });

  test("by killing its process, twice, comes to the same bytes", async () => {
    const path = join(folder, "data.f32");
    const checkpoint = join(folder, "killed.checkpoint");
    await writeFile(path, new Uint8Array(vectors.data.buffer));
    const options = { ...OPTIONS, checkpoint, checkpointEvery: 0.001, resume: true };
    const reached: number[] = [];
    for (const epochs of [4, 9]) {
      reached.push(await trainAndKill([path, "6", JSON.stringify(options)], epochs));
    }
    const notes: string[] = [];
    const onNote = (note: string): void => void notes.push(note);
    const resumed = await outcome(family, data, { ...options, onNote });
    expect(resumed).toEqual(whole);
    expect(reached[0]).toBeGreaterThanOrEqual(4);
    expect(reached[0]).toBeLessThan(60);
    const [, step] = /after step (\d+)/.exec(notes.join("\n")) ?? [];
    // The step of the last checkpoint lies in an epoch that the killed process had reached.
    expect(Number(step)).toBeGreaterThan(8 * 23);
    expect(Number(step)).toBeLessThan(60 * 23);
    expect(await readdir(folder)).not.toContain("killed.checkpoint");
  });

  test.each([
    ["in the middle of an epoch", (abort: () => void) => ({ onProgress: after(40, abort) })],
    ["at the end of an epoch", (abort: () => void) => ({ on: after(11, abort) })],
    ["at the very first step", (abort: () => void) => ({ onProgress: after(1, abort) })],
  ])("by a signal %s comes to the same bytes", async (name, hooks) => {
    const checkpoint = join(folder, `${name}.checkpoint`);
    const controller = new AbortController();
    const reason = new Error("stop, please");
    const cancelled = train(family, data, {
      ...OPTIONS,
      ...hooks(() => controller.abort(reason)),
      signal: controller.signal,
      checkpoint,
    });
    await expect(cancelled).rejects.toMatchObject({ code: "train.cancelled", cause: reason });
    expect((await stat(checkpoint)).size).toBeGreaterThan(0);
    expect(await outcome(family, data, { ...OPTIONS, checkpoint, resume: true })).toEqual(whole);
  });

  test("starts anew when it is not asked to go on", async () => {
    const checkpoint = await interrupted("anew.checkpoint");
    const notes: string[] = [];
    const onNote = (note: string): void => void notes.push(note);
    expect(await outcome(family, data, { ...OPTIONS, checkpoint, onNote })).toEqual(whole);
    expect(notes.join("\n")).not.toMatch(/going on/);
    const none = join(folder, "none.checkpoint");
    expect(await outcome(family, data, { ...OPTIONS, checkpoint: none, resume: true })).toEqual(
      whole,
    );
  });

  test("is refused when the file is cut or changed", async () => {
    const checkpoint = await interrupted("damaged.checkpoint");
    const good = await readFile(checkpoint);
    const resume = () => train(family, data, { ...OPTIONS, checkpoint, resume: true });
    const flipped = Buffer.from(good);
    flipped[good.length >> 1] = (good[good.length >> 1] as number) ^ 1;
    for (const bytes of [good.subarray(0, -1), good.subarray(0, 20), Buffer.alloc(0), flipped]) {
      await writeFile(checkpoint, bytes);
      await expect(resume()).rejects.toMatchObject({ code: "checkpoint.damaged", fault: "input" });
      // What is left of it is not thrown away.
      expect(Buffer.compare(await readFile(checkpoint), bytes)).toBe(0);
    }
  });

  test.each<[string, Family, Data, TrainOptions]>([
    ["seed", family, data, { seed: 8 }],
    ["epochs", family, data, { epochs: 61 }],
    ["learningRate", family, data, { learningRate: 0.002 }],
    ["family", variational({ latent: 3, beta: 2, body: dense([32]) }), data, {}],
    ["family", vanilla({ latent: 3, body: dense([32]) }), data, {}],
    ["body", variational({ latent: 3, body: dense([33]) }), data, {}],
    ["latent", variational({ latent: 4, body: dense([32]) }), data, {}],
    ["rows", family, arrayFrom(vectors.data.slice(6) as Float32Array, [6]), {}],
    [
      "data",
      family,
      arrayFrom(
        vectors.data.map((x, i) => (i === 7 ? x + 1 : x)),
        [6],
      ),
      {},
    ],
  ])("is refused with another %s", async (name, otherFamily, otherData, options) => {
    const checkpoint = await interrupted("other.checkpoint");
    const resumed = train(otherFamily, otherData, {
      ...OPTIONS,
      ...options,
      checkpoint,
      resume: true,
    });
    await expect(resumed).rejects.toMatchObject({ code: "checkpoint.other", fault: "input" });
    await expect(resumed).rejects.toThrow(`other.checkpoint, ${name}: expected`);
  });

  /** A copy of the checkpoint of a run cancelled in its third epoch. */
  let kept: string | undefined;
  async function interrupted(name: string): Promise<string> {
    if (kept === undefined) {
      kept = join(folder, "kept");
      const controller = new AbortController();
      const running = train(family, data, {
        ...OPTIONS,
        checkpoint: kept,
        signal: controller.signal,
        on: after(3, () => controller.abort()),
      });
      await expect(running).rejects.toMatchObject({ code: "train.cancelled" });
    }
    const path = join(folder, name);
    await copyFile(kept, path);
    return path;
  }
});

test("an abort before the start trains nothing", async () => {
  const signal = AbortSignal.abort(new Error("not now"));
  await expect(train(family, data, { ...OPTIONS, signal })).rejects.toThrow();
});

// A machine with more work than cores may hold a timer up by itself: three tries.
test("the caller's event loop stays free", { retry: 2 }, async () => {
  const pictures = smallImages(600, 24);
  let last = performance.now();
  let latest = 0;
  let turns = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    latest = Math.max(latest, now - last - 20);
    last = now;
    turns += 1;
  }, 20);
  const model = await train(
    vanilla({ latent: 32, body: dense([512, 256]) }),
    imagesFrom(pictures.data, pictures),
    { epochs: 12, seed: 1, threads: 1 },
  );
  clearInterval(timer);
  await model.close();
  expect(turns).toBeGreaterThan(10);
  expect(latest).toBeLessThan(150);
});

function after(calls: number, act: () => void): () => void {
  let count = 0;
  return () => {
    count += 1;
    if (count === calls) act();
  };
}

/** Kills the child without warning once it has told of so many epochs; the last one told. */
function trainAndKill(args: readonly string[], epochs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let told = 0;
    let done = false;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      for (const line of text.trim().split("\n")) {
        if (line === "done") done = true;
        else told = Number(line);
      }
      if (told >= epochs) child.kill("SIGKILL");
    });
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      if (done || signal !== "SIGKILL") reject(new Error(`ended by itself: ${code ?? signal}`));
      else resolve(told);
    });
  });
}
