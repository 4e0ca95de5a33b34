import { describe, expect, test } from "vitest";
import { runGraph } from "../../test/runtime.ts";
import { expectClose } from "../../test/support/compare.ts";
import { TRANSCENDENTAL_ULP } from "../../test/tolerance.ts";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { Value } from "../graph/value.ts";
import { input } from "../graph/value.ts";
import type { Key } from "./bits.ts";
import { atSite, bitsAt, keyAt } from "./bits.ts";
import { bits, normalLike, uniformLike } from "./graph.ts";
import { normals, uniforms } from "./numbers.ts";

const keyInput = input("key", "uint32", [2]);
const keyTensor = ({ first, second }: Key) => tensor("uint32", Uint32Array.of(first, second), [2]);

/** Keys of ordinary and of extreme counts. */
const KEYS: readonly Key[] = [
  keyAt(0, 0),
  keyAt(1, 12_345),
  keyAt(2 ** 53 - 1, 2 ** 40),
  { first: 0xffff_ffff, second: 0xffff_ffff },
  { first: 0, second: 0 },
];

describe.each(KEYS)("under key $first $second, the graph and TypeScript", (key) => {
  test.each([0, 1, 17, 65_535])("draw the same bits at site %i", async (site) => {
    const places = Uint32Array.of(0, 1, 2, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1);
    const positions = input("positions", "uint32", [places.length]);
    const [got] = await runGraph(
      [bits(keyInput, site, positions)],
      new Map<Value, Tensor>([
        [keyInput, keyTensor(key)],
        [positions, tensor("uint32", places)],
      ]),
    );
    const mine = atSite(key, site);
    expect(got?.data).toEqual(Uint32Array.from(places, (place) => bitsAt(mine, place)));
  });

  test("draw the same uniform numbers, to the bit, whatever the batch", async () => {
    const x = input("x", "float32", ["batch", 33]);
    for (const batch of [1, 7]) {
      const [got] = await runGraph(
        [uniformLike(keyInput, 3, x)],
        new Map<Value, Tensor>([
          [keyInput, keyTensor(key)],
          [x, tensor("float32", new Float32Array(batch * 33), [batch, 33])],
        ]),
      );
      expect(got?.shape).toEqual([batch, 33]);
      expect(got?.data).toEqual(uniforms(atSite(key, 3), batch * 33));
    }
  });

  test.each([
    { shape: ["batch", 6] },
    { shape: ["batch", 5] },
    { shape: ["batch"] },
    { shape: ["batch", 3, 3] },
    { shape: [4, 5] },
  ])("draw normal numbers of shape $shape within a few last places", async ({ shape }) => {
    const x = input("x", "float32", shape);
    const real = shape.map((dim) => (typeof dim === "number" ? dim : 4));
    const size = real.reduce((a, b) => a * b, 1);
    const [got] = await runGraph(
      [normalLike(keyInput, 9, x)],
      new Map<Value, Tensor>([
        [keyInput, keyTensor(key)],
        ...(shape.includes("batch")
          ? [[x, tensor("float32", new Float32Array(size), real)] as const]
          : []),
      ]),
    );
    const expected = normals(atSite(key, 9), 4, size / 4);
    expect(got?.shape).toEqual(real);
    // Relative to 1 or the number's own size: near its zeros a cosine is off by a share of 1.
    const tolerance = TRANSCENDENTAL_ULP * 2 ** -23;
    expectClose(
      { shape: [size], data: got?.data as Float32Array },
      { shape: [size], data: expected },
      tolerance,
    );
  });
});

test("two sites of one graph draw different numbers, and one site the same again", async () => {
  const x = input("x", "float32", ["batch", 8]);
  const feeds = new Map<Value, Tensor>([
    [keyInput, keyTensor(keyAt(3, 4))],
    [x, tensor("float32", new Float32Array(16), [2, 8])],
  ]);
  const at = (site: number) => uniformLike(keyInput, site, x);
  const [a, b, again] = await runGraph([at(0), at(1), at(0)], feeds);
  expect(a?.data).toEqual(again?.data);
  expect(a?.data).not.toEqual(b?.data);
});

test("normal numbers need sizes known but for the first", () => {
  expect(() => normalLike(keyInput, 0, input("x", "float32", ["batch", "time"]))).toThrow(
    "only the first size open",
  );
});
