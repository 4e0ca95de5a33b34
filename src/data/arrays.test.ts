import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { readArray, type ArrayOptions } from "./arrays.ts";
import { collect } from "./memory.ts";
import { halfToNumber } from "./npy.ts";
import { openNpyWriter, writeNpy } from "./write-npy.ts";

/** Files that NumPy wrote. */
const fromNumpy = {
  halfBig:
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPmYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo+AMCAfgAD/3v/NVU=",
  fortran3:
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMywgNCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAADAAAAAQAAAAQAAAACAAAABQAAAABAAAADQAAAAUAAAARAAAACQAAABUAAAACAAAADgAAAAYAAAASAAAACgAAABYAAAADAAAADwAAAAcAAAATAAAACwAAABcAAAA=",
  longs:
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAr7/////////wAAAAAAAQAABwAAAAAAAAA=",
  bools:
    "k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAAB",
  structured:
    "k05VTVBZAQB2AHsnZGVzY3InOiBbKCdhJywgJzxpNCcpLCAoJ2InLCAnPGY4JyldLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMSwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAAAAAAAAAAAAEA=",
  objects:
    "k05VTVBZAQB2AHsnZGVzY3InOiAnfE8nLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMSwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqABJWSAAAAAAAAAIwWbnVtcHkuX2NvcmUubXVsdGlhcnJheZSMDF9yZWNvbnN0cnVjdJSTlIwFbnVtcHmUjAduZGFycmF5lJOUSwCFlEMBYpSHlFKUKEsBSwGFlGgDjAVkdHlwZZSTlIwCTziUiYiHlFKUKEsDjAF8lE5OTkr/////Sv////9LP3SUYoldlH2UjAFhlEsBc2F0lGIu",
  words:
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPFUzJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIApjAAAAYQAAAHQAAABkAAAA9gAAAGcAAAAAAAAAAAAAAAAAAAA=",
  archive:
    "UEsDBC0AAAAIAAAAIQAYhc4n//////////8FABQAWC5ucHkBABAAsAAAAAAAAABZAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqGuo6Cell9UUpSYF59flJIKEg8pKk0FChdnJBakArkaxjoKRpo6CrUK5AMuBjD4YA+hORwgtAiUZoDSAlBawgEAUEsDBC0AAAAIAAAAIQCKRzeo//////////8FABQAeS5ucHkBABAAmAAAAAAAAABKAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TaaGuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6mjoKtQoUAC4GKGBkQAUAUEsDBC0AAAAIAAAAIQB+jUFX//////////8JABQAbmFtZXMubnB5AQAQAIwAAAAAAAAATQAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuE2qorqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RrGOpo6CrUKFACuRAYGhiQgTgZiAFBLAQItAy0AAAAIAAAAIQAYhc4nWQAAALAAAAAFAAAAAAAAAAAAAACAAQAAAABYLm5weVBLAQItAy0AAAAIAAAAIQCKRzeoSgAAAJgAAAAFAAAAAAAAAAAAAACAAZAAAAB5Lm5weVBLAQItAy0AAAAIAAAAIQB+jUFXTQAAAIwAAAAJAAAAAAAAAAAAAACAAREBAABuYW1lcy5ucHlQSwUGAAAAAAMAAwCdAAAAmQEAAAAA",
  version2:
    "k05VTVBZAgB0AAAAeydkZXNjcic6ICc8dTInLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwgMiksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAIAAwAEAA==",
};

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ae-arrays-"));
  for (const [name, text] of Object.entries(fromNumpy)) {
    const ending = name === "archive" ? "npz" : "npy";
    await writeFile(join(folder, `${name}.${ending}`), Buffer.from(text, "base64"));
  }
});
afterAll(() => rm(folder, { recursive: true }));

async function values(name: string, options: ArrayOptions = {}) {
  const source = await readArray(join(folder, name), options);
  const rows = await collect(source);
  if (rows.kind !== "array" && rows.kind !== "images") throw new Error(rows.kind);
  return { source, data: [...rows.data] };
}

async function failure(name: string, options: ArrayOptions = {}): Promise<string> {
  try {
    await values(name, options);
  } catch (error) {
    return (error as Error).message.replaceAll(`${folder}/`, "");
  }
  throw new Error("no error");
}

describe(".npy that NumPy wrote", () => {
  it("half floats, big-endian, with NaN", async () => {
    const { data } = await values("halfBig.npy");
    expect(data).toEqual([1.5, -2.25, NaN, 1023 * 2 ** -24, 65504, 0.333251953125]);
  });

  it("three axes in Fortran order, whole and row by row", async () => {
    const { source, data } = await values("fortran3.npy");
    expect(source).toMatchObject({ kind: "array", rows: 2, shape: [3, 4] });
    expect(data).toEqual(Array.from({ length: 24 }, (_, i) => i));
    const parts: number[] = [];
    if (source.kind === "array") {
      for await (const part of source.read({ chunk: 1 })) parts.push(...part.data);
    }
    expect(parts).toEqual(data);
  });

  it("integers of 8 bytes, booleans, version 2", async () => {
    expect((await values("longs.npy")).data).toEqual([-5, 2 ** 40, 7]);
    expect((await values("longs.npy")).source).toMatchObject({ shape: [1], rows: 3 });
    expect((await values("bools.npy")).data).toEqual([1, 0, 0, 1]);
    expect((await values("version2.npy")).data).toEqual([1, 2, 3, 4]);
  });

  it("refuses what is no number", async () => {
    expect(await failure("structured.npy")).toMatch(/expected booleans, integers.*structured type/);
    expect(await failure("objects.npy")).toMatch(/got Python objects/);
    expect(await failure("words.npy")).toMatch(/expected numbers, got text \(dtype U3\)/);
  });

  it("labels from a file of text, empty is missing", async () => {
    const source = await readArray(join(folder, "longs.npy"), { label: join(folder, "words.npy") });
    expect(await source.labels?.()).toEqual(["cat", "dög", null]);
  });
});

describe(".npz that NumPy wrote", () => {
  it("takes X by default and y as labels", async () => {
    const { source, data } = await values("archive.npz", { label: "y" });
    expect(data).toEqual([1, 2, 3, 4, 5, 6]);
    expect(source.label).toBe("y");
    expect(await source.labels?.()).toEqual(["0", "1", "0"]);
  });

  it("names its arrays when there is no such one", async () => {
    expect(await failure("archive.npz", { array: "Z" })).toMatch(
      /archive\.npz, --array: expected one of "X", "y", "names", got "Z"/,
    );
    expect(await failure("archive.npz", { label: "names2" })).toMatch(/Write "names"/);
  });

  it("refuses an array that unpacks to more than the limit, before unpacking it", async () => {
    // The size in the central directory is what a bomb would have to tell truly.
    const zip = zipSync({ "X.npy": new Uint8Array(64) });
    const bytes = Buffer.from(zip);
    const directory = bytes.lastIndexOf(Buffer.from("PK\x01\x02", "latin1"));
    bytes.writeUInt32LE(3_000_000_000, directory + 24);
    await writeFile(join(folder, "bomb.npz"), bytes);
    expect(await failure("bomb.npz")).toMatch(/at most 2147483648 bytes unpacked, got 3000000000/);
  });

  it("refuses a cut archive", async () => {
    const whole = Buffer.from(fromNumpy.archive, "base64");
    await writeFile(join(folder, "cut.npz"), whole.subarray(0, 200));
    expect(await failure("cut.npz")).toMatch(/expected a whole \.npz archive/);
    await writeFile(join(folder, "not.npz"), "hello");
    expect(await failure("not.npz")).toMatch(/begins with 50 4b, got first bytes 68656c6c/);
  });
});

describe("sizes", () => {
  it("names expected and found bytes of a cut or long file", async () => {
    const whole = Buffer.from(fromNumpy.longs, "base64");
    await writeFile(join(folder, "cut.npy"), whole.subarray(0, 150));
    expect(await failure("cut.npy")).toMatch(
      /expected 152 bytes for shape \(3\) of i8, got 150 bytes/,
    );
    await writeFile(join(folder, "long.npy"), Buffer.concat([whole, Buffer.alloc(8)]));
    expect(await failure("long.npy")).toMatch(/expected 152 bytes.*got 160 bytes/);
    await writeFile(join(folder, "text.npy"), "not an array at all");
    expect(await failure("text.npy")).toMatch(
      /begins with 93 4e 55 4d 50 59, got first bytes 6e 6f 74/,
    );
  });
});

describe("raw files", () => {
  it("reads float32, float64 and bytes with a shape", async () => {
    await writeFile(join(folder, "a.f32"), new Uint8Array(new Float32Array([1, NaN, 3, 4]).buffer));
    const { source, data } = await values("a.f32", { shape: [2, 2] });
    expect(source).toMatchObject({ kind: "array", rows: 2, shape: [2] });
    expect(data).toEqual([1, NaN, 3, 4]);
    await writeFile(join(folder, "a.f64"), new Uint8Array(new Float64Array([0.1, 0.2]).buffer));
    expect((await values("a.f64", { shape: [2] })).data).toEqual([0.1, 0.2]);
    await writeFile(join(folder, "a.u8"), new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]));
    expect((await values("a.u8", { shape: [2, 2, 2] })).source).toMatchObject({
      kind: "images",
      height: 2,
      width: 2,
      channels: 1,
    });
    expect((await values("a.u8", { shape: [2, 2, 2], as: "array" })).source.kind).toBe("array");
  });

  it("says what shapes would fit, and where a value is infinite", async () => {
    expect(await failure("a.f32")).toMatch(/a shape for its 4 values.*\n.*--shape 2x2/);
    expect(await failure("a.f32", { shape: [3, 2] })).toMatch(/got 3 × 2 = 6/);
    await writeFile(
      join(folder, "inf.f32"),
      new Uint8Array(new Float32Array([1, 2, 3, 4, 5, Infinity]).buffer),
    );
    expect(await failure("inf.f32", { shape: [3, 2] })).toMatch(/row 3, column 2: expected finite/);
  });
});

describe("halfToNumber", () => {
  it("agrees with the definition on all finite halves", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), (bits) => {
        const exponent = (bits >> 10) & 31;
        fc.pre(exponent !== 31);
        const magnitude = halfToNumber(bits & 0x7fff);
        // Neighbouring halves differ by the unit in the last place of their exponent.
        const step = 2 ** (Math.max(exponent, 1) - 25);
        expect(magnitude / step).toBe(exponent === 0 ? bits & 0x3ff : 1024 + (bits & 0x3ff));
        expect(Object.is(halfToNumber(bits | 0x8000), -magnitude)).toBe(true);
      }),
    );
  });
});

describe("writing .npy", () => {
  it("gives back what was written, in any chunks", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), {
            minLength: 6,
            maxLength: 6,
          }),
          { minLength: 1, maxLength: 9 },
        ),
        fc.integer({ min: 1, max: 9 }),
        async (rows, size) => {
          const chunks: Float32Array[] = [];
          for (let i = 0; i < rows.length; i += size) {
            chunks.push(Float32Array.from(rows.slice(i, i + size).flat()));
          }
          await writeNpy(join(folder, "back.npy"), { shape: [2, 3] }, chunks);
          const { source, data } = await values("back.npy");
          expect(source).toMatchObject({ rows: rows.length, shape: [2, 3] });
          expect(data).toEqual(rows.flat());
        },
      ),
      { numRuns: 20 },
    );
  });

  it("leaves nothing when discarded, and refuses a part of a row", async () => {
    const path = join(folder, "never.npy");
    const writer = await openNpyWriter(path, { shape: [2] });
    await expect(writer.write(new Float32Array(3))).rejects.toThrow("whole rows of 2 values");
    await writer.discard();
    await expect(readArray(path)).rejects.toThrow("nothing there");
  });
});
