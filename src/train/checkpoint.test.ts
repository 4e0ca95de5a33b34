import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import type { RunState } from "./run.ts";

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "autoencoders-checkpoint-"));
  path = join(folder, "state");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const config = { seed: 1, family: { name: "vanilla", options: {} } };
const state: RunState = {
  vectors: {
    parameters: Float32Array.of(1, -0, 1e-45, 3e38),
    "optimizer.0.first": new Float32Array(4),
  },
  step: 2 ** 40,
  history: [
    {
      epoch: 1,
      loss: 0.1 + 0.2,
      terms: { reconstruction: 0.30000000000000004 },
      validationLoss: 1 / 3,
      validationTerms: { reconstruction: 1 / 3 },
      gradient: 1e-300,
      learningRate: 1e-3,
      seconds: 0.25,
    },
  ],
  inEpoch: { steps: 3, sums: [1e300, 0.1] },
  best: { epoch: 1, loss: 1 / 3, vectors: { parameters: Float32Array.of(4, 3, 2, 1) } },
  seconds: 12.5,
};

describe("a checkpoint", () => {
  test("comes back as it was, to the bit", async () => {
    await writeCheckpoint(path, config, state);
    const back = await readCheckpoint(path, config);
    expect(back).toEqual(state);
    expect(Object.is(back?.vectors["parameters"]?.[1], -0)).toBe(true);
    const { best: _, ...rest } = state;
    await writeCheckpoint(path, config, { ...rest, best: undefined });
    expect(await readCheckpoint(path, config)).toEqual({ ...rest, best: undefined });
    expect(await readdir(folder)).toEqual(["state"]);
  });

  test("with random numbers comes back as it was", async () => {
    const vector = fc.float32Array({ minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(vector, vector, fc.double({ noNaN: true }), async (a, b, loss) => {
        fc.pre(Number.isFinite(loss));
        const best = { epoch: 2, loss, vectors: { parameters: b } };
        await writeCheckpoint(path, config, {
          ...state,
          vectors: { parameters: a, other: b },
          best,
        });
        const back = await readCheckpoint(path, config);
        expect(new Uint32Array(back?.vectors["parameters"]?.buffer as ArrayBuffer)).toEqual(
          new Uint32Array(a.slice().buffer),
        );
        // JSON writes −0 as 0; a loss is not told apart by it.
        expect(back?.best?.loss).toBeCloseTo(loss, 12);
      }),
      { numRuns: 20 },
    );
  });

  test("that is not there is no state", async () => {
    expect(await readCheckpoint(join(folder, "none"), config)).toBeUndefined();
  });

  test("with any byte changed, or cut anywhere, is refused", async () => {
    await writeCheckpoint(path, config, state);
    const good = await readFile(path);
    const damaged = join(folder, "damaged");
    const refuse = async (bytes: Buffer, place: string): Promise<void> => {
      await writeFile(damaged, bytes);
      await expect(readCheckpoint(damaged, config), place).rejects.toMatchObject({
        code: "checkpoint.damaged",
        fault: "input",
      });
    };
    for (let at = 0; at < good.length; at += 13) {
      const changed = Buffer.from(good);
      changed[at] = (changed[at] as number) ^ 0x10;
      await refuse(changed, `byte ${at}`);
      await refuse(good.subarray(0, at), `cut at ${at}`);
    }
    await refuse(Buffer.concat([good, Buffer.of(0)]), "one byte more");
  });

  test("survives a write that was broken off", async () => {
    await writeCheckpoint(path, config, state);
    await writeFile(`${path}.tmp`, "half of the next one");
    expect(await readCheckpoint(path, config)).toEqual(state);
    await writeCheckpoint(path, config, { ...state, step: 5 });
    expect((await readCheckpoint(path, config))?.step).toBe(5);
  });

  test("of another run is refused, naming what differs", async () => {
    await writeCheckpoint(path, config, state);
    await expect(readCheckpoint(path, { ...config, seed: 2 })).rejects.toMatchObject({
      code: "checkpoint.other",
      message: expect.stringContaining(
        "state, seed: expected 1, as when training began, got 2",
      ) as string,
    });
    await expect(readCheckpoint(path, { ...config, batch: 4 })).rejects.toThrow(
      /batch: expected nothing, as when training began, got 4/,
    );
  });
});
