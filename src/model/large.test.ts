import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dense } from "../bodies/dense.ts";
import { arrayFrom } from "../data/memory.ts";
import { vanilla } from "../families/vanilla.ts";
import { readCheckpoint } from "../train/checkpoint.ts";
import { isSeparate } from "../train/state-parts.ts";
import { foreseen } from "./limits.ts";
import { load } from "./load.ts";
import { networkSpec } from "../train/network.ts";
import { train } from "./train.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "autoencoders-large-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const COLUMNS = 1000;
const body = dense([2100]);
const family = vanilla({ latent: 4, body });
/** Rows on a curve: there is something to learn. */
const data = arrayFrom(
  Float32Array.from({ length: 120 * COLUMNS }, (_, i) => {
    const row = Math.floor(i / COLUMNS);
    return Math.sin(row / 9 + (i % COLUMNS) / 150) + 0.1 * Math.cos(i * i);
  }),
  [COLUMNS],
);
const options = { epochs: 3, batch: 36, seed: 2, learningRate: 1e-3 };

test(
  "a model of millions of weights is stopped, taken up, saved and loaded",
  { timeout: 120_000 },
  async () => {
    const preprocessing = foreseen(data) as NonNullable<ReturnType<typeof foreseen>>;
    const spec = networkSpec({ family, body, latent: 4, preprocessing }, true);
    // Otherwise this would test what small models do.
    expect(isSeparate(spec)).toBe(true);

    const whole = await train(family, data, options);
    const { history } = whole.info.training;
    expect(history.at(-1)?.loss).toBeLessThan(0.9 * (history[0]?.loss as number));

    const checkpoint = join(folder, "checkpoint");
    const stop = new AbortController();
    const stopped = train(family, data, {
      ...options,
      checkpoint,
      signal: stop.signal,
      onProgress: ({ epoch }) => {
        if (epoch === 2) stop.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: "train.cancelled" });
    // Weights and two moments, and the weights of the best epoch so far.
    const weights = 4 * whole.info.parameters;
    const { size } = await stat(checkpoint);
    expect(size).toBeGreaterThan(4 * weights);
    expect(size).toBeLessThan(4 * weights + 2e5);
    await expect(readCheckpoint(checkpoint, { seed: 3 })).rejects.toMatchObject({
      code: "checkpoint.other",
    });
    const resumed = await train(family, data, { ...options, checkpoint, resume: true });
    const path = join(folder, "large.onnx");
    await resumed.save(path);

    const { scores } = await whole.score(data);
    const loaded = await load(path);
    expect((await loaded.score(data)).scores).toEqual(scores);
    expect((await stat(path)).size).toBe(resumed.bytes().length);
    for (const model of [whole, resumed, loaded]) await model.close();
  },
);
