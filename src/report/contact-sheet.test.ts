import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { contactSheet, differenceSheet, imageAddress } from "./contact-sheet.ts";
import type { ImageSheet } from "./report-data.ts";

/** `count` images whose every byte is different from its neighbours. */
function patterned(count: number, height: number, width: number, channels: number): ImageSheet {
  const data = Uint8Array.from(
    { length: count * height * width * channels },
    (_, i) => (i * 37) % 251,
  );
  return { kind: "images", count, height, width, channels, data };
}

async function decode(png: Uint8Array) {
  // Byte 25 of a PNG is its colour type; 0 is grey, which sharp would widen to three channels.
  const image = png[25] === 0 ? sharp(png).toColourspace("b-w") : sharp(png);
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return {
    width: info.width,
    height: info.height,
    at: (x: number, y: number): number[] => [
      ...data.subarray(
        (y * info.width + x) * info.channels,
        (y * info.width + x + 1) * info.channels,
      ),
    ],
  };
}

describe("contactSheet", () => {
  test.each([1, 3, 4])(
    "with %d channels has every pixel at its place, and white or clear seams",
    async (channels) => {
      const [height, width, columns, scale] = [3, 4, 2, 3];
      const sheet = patterned(5, height, width, channels);
      const seam = channels === 4 ? [0, 0, 0, 0] : Array<number>(channels).fill(255);
      const image = await decode(await contactSheet(sheet, { columns, scale }));
      expect([image.width, image.height]).toEqual([(2 * 5 + 1) * scale, (3 * 4 + 1) * scale]);
      for (let y = 0; y < image.height; y++) {
        for (let x = 0; x < image.width; x++) {
          const [px, py] = [Math.floor(x / scale), Math.floor(y / scale)];
          const [ix, iy] = [
            Math.floor((px - 1) / (width + 1)),
            Math.floor((py - 1) / (height + 1)),
          ];
          const [dx, dy] = [px - 1 - ix * (width + 1), py - 1 - iy * (height + 1)];
          const i = iy * columns + ix;
          const inside =
            px > 0 && py > 0 && dx < width && dy < height && i < sheet.count && ix < columns;
          const from = ((i * height + dy) * width + dx) * channels;
          const expected = inside ? [...sheet.data.subarray(from, from + channels)] : seam;
          // Where nothing is seen, its colour does not matter.
          if (channels === 4 && expected[3] === 0) expect(image.at(x, y)[3]).toBe(0);
          else expect(image.at(x, y)).toEqual(expected);
        }
      }
    },
  );

  test("is nearly square and near 56 pixels an image unless told", async () => {
    const image = await decode(await contactSheet(patterned(9, 28, 28, 1)));
    expect([image.width, image.height]).toEqual([(3 * 29 + 1) * 2, (3 * 29 + 1) * 2]);
  });

  test("two channels show the first as grey", async () => {
    const image = await decode(await contactSheet(patterned(1, 2, 2, 2), { scale: 1 }));
    expect([image.at(1, 1), image.at(2, 1), image.at(1, 2)]).toEqual([[0], [74], [148]]);
  });

  test("says what is wrong with an empty sheet, odd options, and data of another size", async () => {
    await expect(contactSheet(patterned(0, 2, 2, 1))).rejects.toMatchObject({
      code: "report.sheet-empty",
      fault: "input",
    });
    for (const options of [{ columns: 0 }, { scale: 1.5 }, { columns: NaN }]) {
      await expect(contactSheet(patterned(1, 2, 2, 1), options)).rejects.toMatchObject({
        code: "report.sheet-options",
        fault: "input",
      });
    }
    await expect(contactSheet({ ...patterned(1, 2, 2, 1), height: 3 })).rejects.toMatchObject({
      code: "report.sheet-size",
      fault: "internal",
    });
  });
});

test("an image's address holds its exact pixels", async () => {
  const sheet = patterned(3, 5, 4, 3);
  const address = await imageAddress(sheet, 2);
  expect(address).toMatch(/^data:image\/png;base64,[A-Za-z0-9+/]+=*$/);
  const png = Buffer.from(address.split(",")[1] ?? "", "base64");
  const { data } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect([...data]).toEqual([...sheet.data.subarray(2 * 60)]);
});

describe("differenceSheet", () => {
  test("is clear where equal, orange where too bright, blue where too dark, strongest at the largest", () => {
    const base: ImageSheet = {
      kind: "images",
      count: 1,
      height: 1,
      width: 4,
      channels: 1,
      data: new Uint8Array([10, 100, 200, 50]),
    };
    const { data, channels } = differenceSheet(base, {
      ...base,
      data: new Uint8Array([10, 150, 100, 49]),
    });
    expect(channels).toBe(4);
    const pixel = (i: number) => [...data.subarray(i * 4, i * 4 + 4)];
    expect(pixel(0)[3]).toBe(0);
    expect(pixel(1)).toEqual([226, 104, 0, 128]);
    expect(pixel(2)).toEqual([24, 124, 214, 255]);
    expect(pixel(3)).toEqual([24, 124, 214, 3]);
  });

  test("of equal sheets is clear everywhere; alpha is not a colour", () => {
    const sheet = patterned(2, 3, 3, 4);
    const other = {
      ...sheet,
      data: sheet.data.map((value, i) => (i % 4 === 3 ? 255 - value : value)),
    };
    expect(differenceSheet(sheet, other).data.filter((_, i) => i % 4 === 3)).toEqual(
      new Uint8Array(18),
    );
  });
});
