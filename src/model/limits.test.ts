import { describe, expect, test } from "vitest";
import { dense } from "../bodies/dense.ts";
import { arrayFrom } from "../data/memory.ts";
import type { Source } from "../data/source.ts";
import { vanilla } from "../families/vanilla.ts";
import type { Network } from "../train/network.ts";
import { foreseen, requireTrainable } from "./limits.ts";
import { settingsFrom } from "./settings.ts";
import { train } from "./train.ts";

const GB = 1e9;

/** Rows of `columns` numbers, of which none can be read. */
function unread(columns: number): Source {
  return {
    kind: "array",
    name: "wide.npy",
    rows: 1000,
    shape: [columns],
    notes: [],
    read: () => {
      throw new Error("read before it was known whether the model can be trained");
    },
  };
}

function networkOf(columns: number, hidden: number): Network {
  return {
    family: vanilla(),
    body: dense([hidden]),
    latent: 64,
    preprocessing: foreseen(unread(columns)) as NonNullable<ReturnType<typeof foreseen>>,
  };
}

const adam = settingsFrom({}, 1000);

describe("a model is refused before training", () => {
  test("when its file would pass the limit of the format, which sgd would not change", () => {
    // 10,000 × 27,000 twice is 540 million weights: 2.16 GB.
    const tooLarge = networkOf(10_000, 27_000);
    for (const settings of [adam, settingsFrom({ optimizer: "sgd" }, 1000)]) {
      expect(() => requireTrainable(tooLarge, settings, 1e15)).toThrow(
        expect.objectContaining({
          code: "model.too-large",
          fault: "input",
          message: expect.stringMatching(
            /dense body, 10,000 features to 64: expected a file of at most 2\.15 GB.*2\.17 GB of weights: 543,5\d\d,\d{3} parameters[^]*--hidden/,
          ) as string,
        }),
      );
    }
    // 500 million weights are 2 GB: under it.
    expect(() => requireTrainable(networkOf(10_000, 24_500), adam, 1e15)).not.toThrow();
  });

  test("when weights, gradients and moments take more than there is", () => {
    // 100 million weights: eleven vectors with Adam, eight with the one moment of sgd.
    const network = networkOf(10_000, 5000);
    expect(() => requireTrainable(network, adam, 4.3 * GB)).toThrow(
      expect.objectContaining({
        code: "train.memory",
        message: expect.stringMatching(/4\.43 GB.*100,660,064 parameters/) as string,
      }),
    );
    expect(() => requireTrainable(network, adam, 4.5 * GB)).not.toThrow();
    expect(() =>
      requireTrainable(network, settingsFrom({ optimizer: "sgd" }, 1000), 3.3 * GB),
    ).not.toThrow();
  });

  test("before a row is read, where the width is known", async () => {
    const family = vanilla({ body: dense([30_000]), latent: 64 });
    await expect(train(family, unread(20_000))).rejects.toMatchObject({ code: "model.too-large" });
  });

  test("and one that fits is not", async () => {
    const data = arrayFrom(
      Float64Array.from({ length: 80 }, (_, i) => Math.sin(i)),
      [4],
    );
    const model = await train(vanilla({ latent: 2 }), data, { epochs: 1 });
    expect(model.info.parameters).toBeGreaterThan(100);
    await model.close();
  });
});
