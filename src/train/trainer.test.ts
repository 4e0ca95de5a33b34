import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { smallTable, smallVectors } from "../../test/support/small-data.ts";
import { dense } from "../bodies/dense.ts";
import { fitSchema, preprocessingOf } from "../data/preprocessings.ts";
import type { Rows } from "../data/source.ts";
import { splitRows } from "../data/split.ts";
import { vanilla } from "../families/vanilla.ts";
import { variational } from "../families/variational.ts";
import { inferenceModel } from "../model/inference.ts";
import { writeModel } from "../onnx/write.ts";
import { adam } from "../optim/adam.ts";
import { constantRate, cosine } from "../optim/schedules.ts";
import { createEngine } from "../runtime/node.ts";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import type { Epoch } from "./events.ts";
import type { Network } from "./network.ts";
import type { RunHooks, RunSettings, RunState } from "./run.ts";
import { runTraining } from "./trainer.ts";

const engine = createEngine({ threads: 1 });
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "autoencoders-trainer-"));
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

const SETTINGS: RunSettings = {
  epochs: 8,
  batch: 16,
  seed: 3,
  optimizer: adam(),
  rate: cosine({ rate: 0.01 }),
  patience: 100,
  time: undefined,
};

const NO_HOOKS: RunHooks = {
  signal: undefined,
  onEpoch: undefined,
  onProgress: undefined,
  onPause: undefined,
};

function setUp(rows: Rows, family: Network["family"], held = 0.2) {
  const preprocessing = preprocessingOf(fitSchema(rows, { name: "data" }));
  const network: Network = { family, preprocessing, latent: 3, body: dense([8]) };
  const compact = preprocessing.ingest(rows, "data");
  const data = { compact, ...splitRows(rows.rows, held, 1), complete: false };
  const run = (settings: Partial<RunSettings>, hooks: Partial<RunHooks> = {}, from?: RunState) =>
    runTraining(
      engine,
      network,
      data,
      { ...SETTINGS, ...settings },
      { ...NO_HOOKS, ...hooks },
      from,
    );
  return { network, data, run, rows };
}

const still: Partial<RunSettings> = { epochs: 2, rate: constantRate(0) };
const decided = ({
  parameters,
  history,
  bestEpoch,
  stopped,
  steps,
}: Awaited<ReturnType<typeof runTraining>>) => ({
  parameters: [...parameters],
  history: history.map((epoch) => ({ ...epoch, seconds: 0 })),
  bestEpoch,
  stopped,
  steps,
});

describe("the losses that are told", () => {
  test("are means over training rows and held-out rows: those of the saved graph", async () => {
    const { network, data, run, rows } = setUp(smallTable(), vanilla());
    const result = await run(still);
    const session = await engine.open(writeModel(inferenceModel(network, result, {})));
    const { "score.reconstruction": score } = await session.run(
      network.preprocessing.feeds(rows, "data"),
    );
    const scores = score?.data as Float32Array;
    const mean = (picked: Int32Array): number =>
      picked.reduce((sum, row) => sum + (scores[row] as number), 0) / picked.length;
    for (const { loss, terms, validationLoss } of result.history) {
      expect(loss / mean(data.training)).toBeCloseTo(1, 5);
      expect(terms).toEqual({ reconstruction: loss });
      expect((validationLoss as number) / mean(data.validation)).toBeCloseTo(1, 5);
    }
    await session.release();
  });

  test("are sums of weighted terms, beta rising as its schedule says", async () => {
    const family = variational({ beta: 3, warmUp: 0.5 });
    const { run } = setUp(smallVectors(), family);
    const { history } = await run({ ...still, epochs: 8 });
    for (const [epoch, { loss, terms, validationLoss, validationTerms }] of history.entries()) {
      // Eight steps an epoch; at the run's step i the share of training done is i / 64.
      const weights = Array.from({ length: 8 }, (_, i) => 3 * Math.min(1, (8 * epoch + i) / 32));
      const [low, high] = [Math.min(...weights), Math.max(...weights)];
      const { reconstruction, kl } = terms as Record<"reconstruction" | "kl", number>;
      const beta = (loss - reconstruction) / kl;
      expect(beta).toBeGreaterThanOrEqual(low - 1e-4);
      expect(beta).toBeLessThanOrEqual(high + 1e-4);
      // Held-out rows are judged by the whole beta, so that epochs can be compared.
      const held = validationTerms as Record<"reconstruction" | "kl", number>;
      expect(validationLoss).toBeCloseTo(held.reconstruction + 3 * held.kl, 3);
    }
    // The same weights and the same draws: the same loss.
    expect(new Set(history.map(({ validationLoss }) => validationLoss)).size).toBe(1);
    // New draws in training, every epoch.
    expect(new Set(history.map(({ terms }) => terms["reconstruction"])).size).toBe(8);
  });

  test("come with rate and gradient", async () => {
    const { run } = setUp(smallVectors(), vanilla());
    const rate = cosine({ rate: 0.01, warmUp: 10 });
    const epochs: Epoch[] = [];
    const onEpoch = (epoch: Epoch): void => void epochs.push(epoch);
    const { history, steps } = await run({ rate }, { onEpoch });
    expect(epochs).toEqual(history);
    expect(steps).toBe(64);
    for (const { epoch, learningRate, gradient } of history) {
      expect(learningRate).toBe(Math.fround(rate(8 * epoch - 1, 64)));
      expect(gradient).toBeGreaterThan(0);
    }
  });

  test("progress rises to the whole of each epoch", async () => {
    const { run } = setUp(smallVectors(), vanilla());
    const told: { at: number; left: number }[] = [];
    await run(
      {},
      {
        onProgress: ({ epoch, epochs, share, secondsLeft, rowsPerSecond, loss }) => {
          expect(epochs).toBe(8);
          expect(rowsPerSecond).toBeGreaterThan(0);
          expect(Number.isFinite(loss)).toBe(true);
          told.push({ at: epoch - 1 + share, left: secondsLeft });
        },
      },
    );
    expect(told.map(({ at }) => at)).toEqual(told.map(({ at }) => at).toSorted((a, b) => a - b));
    expect(told.at(-1)).toEqual({ at: 8, left: 0 });
  });
});

describe("the end of a run", () => {
  test("keeps the weights of the best epoch on held-out rows", async () => {
    const { run } = setUp(smallVectors(), vanilla());
    const wild = { epochs: 30, rate: constantRate(0.2) };
    const all = await run(wild);
    const losses = all.history.map(({ validationLoss }) => validationLoss as number);
    const best = losses.indexOf(Math.min(...losses)) + 1;
    expect(all.bestEpoch).toBe(best);
    expect(best).toBeLessThan(30);
    const short = await run({ ...wild, epochs: best });
    expect(short.parameters).toEqual(all.parameters);
  });

  test("without held-out rows keeps the last weights", async () => {
    const { run } = setUp(smallVectors(), vanilla(), 0);
    const { bestEpoch, history, stopped } = await run({ epochs: 3 });
    expect([bestEpoch, stopped]).toEqual([3, "epochs done"]);
    expect(history.map(({ validationLoss }) => validationLoss)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("comes with a clear error when the loss is no number", async () => {
    const { run } = setUp(smallVectors(), vanilla());
    await expect(run({ rate: constantRate(1e30) })).rejects.toMatchObject({
      code: "train.diverged",
      fault: "input",
      message: expect.stringMatching(/training, step \d+, [^]*learning rate/) as string,
    });
  });

  test("leaves nothing of the run beside the engine", async () => {
    const { run } = setUp(smallVectors(), vanilla());
    await run(still);
    await expect(engine.held("parameters")).rejects.toThrow();
    await expect(engine.held("step")).rejects.toThrow();
  });
});

// As a kill at any moment does: only what was written survives.
test(
  "from every state that was written, a run ends as it would have",
  { timeout: 60_000 },
  async () => {
    const { run } = setUp(smallVectors(100), variational({ warmUp: 0.5 }));
    // Stops by patience, so that the states around the end are among them.
    const settings = { epochs: 12, batch: 20, rate: constantRate(0.2), patience: 2 };
    const written: string[] = [];
    const whole = await run(settings, {
      onPause: async (state) => {
        const path = join(folder, `${written.length}`);
        await writeCheckpoint(path, { is: "this run" }, state());
        written.push(path);
      },
    });
    expect(whole.stopped).toBe("no better for a while");
    expect(written.length).toBeGreaterThan(whole.history.length);
    for (const path of written) {
      const state = await readCheckpoint(path, { is: "this run" });
      expect(decided(await run(settings, {}, state)), path).toEqual(decided(whole));
    }
  },
);
