import { beforeAll, describe, expect, test } from "vitest";
import { dense } from "../../bodies/dense.ts";
import { conv } from "../../bodies/conv.ts";
import { arrayFrom, imagesFrom } from "../../data/memory.ts";
import { vanilla } from "../../families/vanilla.ts";
import { conditional } from "../../families/conditional.ts";
import { train } from "../../model/train.ts";
import { uniform } from "../../codec/uniform.ts";
import { bentField } from "../../../test/support/bent-field.ts";
import { smallData, withLabels } from "../../../test/support/small-data.ts";
import { compress } from "./compress.ts";
import { decompress, type RestoredArray } from "./decompress.ts";
import { openInput } from "./input.ts";
import { decoderBytes, learnedDecoder, learnedFor } from "./learned.ts";

const ROWS = 1000;
const WIDTH = 32;

/** Rows of a two-dimensional family of curves whose neighbours say little of each other. */
function curves(): Float32Array {
  const random = uniform(11);
  const mixing = Array.from({ length: 3 * WIDTH }, () => random() - 0.5);
  const data = new Float32Array(ROWS * WIDTH);
  for (let row = 0; row < ROWS; row += 1) {
    const code = [random() * 4, random() * 4, random() * 4];
    for (let i = 0; i < WIDTH; i += 1) {
      let sum = 0;
      for (let j = 0; j < 3; j += 1) sum += (mixing[3 * i + j] as number) * (code[j] as number);
      data[row * WIDTH + i] = sum + 0.005 * (random() - 0.5);
    }
  }
  return data;
}

describe("a model that predicts blocks", () => {
  const data = curves();
  const source = () => arrayFrom(data, [WIDTH]);
  let model: Uint8Array;
  beforeAll(async () => {
    const fitted = await train(vanilla({ latent: 3, body: dense([]) }), source(), {
      epochs: 40,
      batch: 32,
      seed: 1,
      threads: 1,
    });
    model = fitted.bytes();
    await fitted.close();
  }, 120_000);

  test("makes the file smaller, its decoder included", { timeout: 120_000 }, async () => {
    const options = { errorBound: 0.02, controls: false } as const;
    const found = await compress(source(), { ...options, model, embed: true });
    const plain = await compress(source(), options);
    expect(found.classical).toBe(plain.size);
    expect(found.path).toBe("learned");
    expect(found.size).toBeLessThan(0.8 * plain.size);
    expect(found.model).toBeGreaterThan(0);
    const back = (await decompress(found.bytes as Uint8Array)) as RestoredArray;
    const again = back.data as Float32Array;
    for (const [i, x] of data.entries()) {
      if (Math.abs(x - (again[i] as number)) > 0.02) expect.fail(`element ${i}`);
    }
    const some = await decompress(found.bytes as Uint8Array, { rows: [100, 120] });
    expect((some as RestoredArray).data).toEqual(again.slice(100 * WIDTH, 120 * WIDTH));
  });

  test("is named by its hash where it does not come along", { timeout: 120_000 }, async () => {
    const found = await compress(source(), { errorBound: 0.02, controls: false, model });
    expect(found.path).toBe("learned");
    expect(found.needs).toMatch(/^[0-9a-f]{64}$/);
    const bytes = found.bytes as Uint8Array;
    await expect(decompress(bytes)).rejects.toThrow("the model that it was compressed with");
    const back = (await decompress(bytes, { model })) as RestoredArray;
    expect(back.shape).toEqual([ROWS, WIDTH]);
    const other = await train(vanilla({ latent: 3, body: dense([]) }), source(), {
      epochs: 1,
      seed: 2,
    });
    await expect(decompress(bytes, { model: other.bytes() })).rejects.toThrow(
      "the same model file",
    );
    await other.close();
  });

  test("says the same from the same codes, whatever wrote them", async () => {
    const input = await openInput(source(), {});
    if (input.kind === "table") return expect.fail("no table");
    const found = await learnedFor(model, input, {});
    if (found === undefined) return expect.fail("a decoder that can be made exact");
    expect(await decoderBytes(model)).toEqual(found.bytes);
    const values = Float64Array.from(data);
    const block = { from: 0, shape: [ROWS, WIDTH], dtype: "f4" as const, values };
    for await (const { codes, size, predictions } of found.encoder.tries(block, 0.02)) {
      const again = await learnedDecoder(found.bytes);
      const said = await again.predict(codes, codes.length / size, block);
      expect(new Uint8Array(said.buffer)).toEqual(new Uint8Array(predictions.buffer));
    }
  });

  test("of images, and of other data", { timeout: 120_000 }, async () => {
    const images = smallData.images();
    if (images.kind !== "images") return expect.fail("images");
    const fitted = await train(vanilla({ latent: 4, body: conv([4]) }), images, {
      epochs: 3,
      seed: 1,
    });
    const own = imagesFrom(images.data, images);
    const found = await compress(own, {
      errorBound: 3,
      controls: false,
      model: fitted.bytes(),
      embed: true,
    });
    expect(found.learned).toBeGreaterThan(0);
    expect(found.size).toBeLessThanOrEqual(found.classical);
    const wrong = compress(source(), { errorBound: 1, model: fitted.bytes() });
    await expect(wrong).rejects.toThrow("a model of rows like those of");
    await fitted.close();
  });

  test("that reads labels is not used, and says so", { timeout: 120_000 }, async () => {
    const images = smallData.images();
    if (images.kind !== "images") return expect.fail("images");
    const labelled = withLabels(images, false);
    const fitted = await train(conditional({ latent: 3, body: dense([8]) }), labelled, {
      epochs: 1,
      seed: 1,
    });
    const input = await openInput(imagesFrom(images.data, images), {});
    if (input.kind === "table") return expect.fail("no table");
    const notes: string[] = [];
    const found = await learnedFor(fitted.bytes(), input, { onNote: (note) => notes.push(note) });
    await fitted.close();
    expect(found).toBeUndefined();
    expect(notes.join()).toContain("labels");
  });

  test("without one a network learns while it codes, where time is given", async () => {
    const series = bentField(256);
    const bound = 0.01 * (Math.max(...series) - Math.min(...series));
    const options = { errorBound: bound, controls: false } as const;
    const given = () => arrayFrom(series, [256]);
    const plain = await compress(given(), options);
    const found = await compress(given(), { ...options, time: 60 });
    expect(plain.learned).toBeUndefined();
    expect(found.classical).toBe(plain.size);
    expect(found.path).toBe("learned");
    expect(found.size).toBeLessThan(plain.size);
    const back = (await decompress(found.bytes as Uint8Array)) as RestoredArray;
    for (const [i, x] of series.entries()) {
      if (Math.abs(x - ((back.data as Float32Array)[i] as number)) > bound)
        expect.fail(`element ${i}`);
    }
  });
});
