import { describe, expect, test } from "vitest";
import { bentField } from "../../test/support/bent-field.ts";
import { Network } from "./network.ts";
import { decodeNumbers, encodeNumbers } from "./numbers.ts";
import { uniform } from "./uniform.ts";

describe("a network that learns while it codes", () => {
  test("learns what no sum of its inputs says, and how far off it is", () => {
    const network = new Network(2, 24);
    const random = uniform(7);
    let square = 0;
    let said = 0;
    let width = 0;
    const rounds = 60_000;
    for (let i = 0; i < rounds; i += 1) {
      const a = 4 * random() - 2;
      const b = 4 * random() - 2;
      // The spread of what is left follows the first input.
      const noise = (random() - 0.5) * (a > 0 ? 2 : 0.1);
      const value = Math.abs(a) * b + noise;
      network.inputs.set([a, b]);
      network.run();
      if (i > rounds / 2) {
        square += value * value;
        said += (value - network.shift) ** 2;
        width += a > 0 ? network.spread : -network.spread;
      }
      network.learn(value);
    }
    expect(said / square).toBeLessThan(0.2);
    expect(width / (rounds / 4)).toBeGreaterThan(0.1);
  });

  test.each([
    ["f4", 0.003],
    ["f4", 0],
    ["f8", 1e-3],
    ["u1", 4],
    ["i2", 0],
  ] as const)("blocks of %s within %f come back", async (dtype, bound) => {
    const random = uniform(3);
    const [rows, columns] = [60, 70];
    const values = Float64Array.from({ length: rows * columns }, (_, i) => {
      const [y, x] = [Math.floor(i / columns), i % columns];
      const wave = Math.sin(x / 9 + Math.sin(y / 7) * 2);
      return 100 + 90 * wave * Math.abs(wave) + random();
    });
    if (dtype[0] === "f") values.set([Number.NaN, Infinity, -0, 1e30], 100);
    const types = { f4: Float32Array, f8: Float64Array, u1: Uint8Array, i2: Int16Array };
    const given = new types[dtype](values);
    const bytes = new Uint8Array(given.buffer);
    const options = { dtype, shape: [rows, columns], bound };
    const coded = encodeNumbers(bytes, { ...options, network: true });
    const classical = encodeNumbers(bytes, options);
    expect(coded?.classical).toBe(classical?.bytes.length);
    expect(coded?.bytes.length).toBeLessThanOrEqual(classical?.bytes.length ?? 0);
    const back = await decodeNumbers(coded?.bytes ?? bytes, options, "a block");
    const again = new types[dtype](back.slice().buffer);
    for (const [i, x] of given.entries()) {
      const y = again[i] as number;
      if (bound === 0 || !Number.isFinite(x)) expect(Object.is(x, y), `element ${i}`).toBe(true);
      else expect(Math.abs(x - y), `element ${i}`).toBeLessThanOrEqual(bound);
    }
  });

  test("takes fewer bytes where what follows is no sum of what was", () => {
    const field = bentField(256);
    const bound = 0.01 * (Math.max(...field) - Math.min(...field));
    const bytes = new Uint8Array(field.buffer);
    const options = { dtype: "f4", shape: [256, 256], bound } as const;
    const coded = encodeNumbers(bytes, { ...options, network: true });
    expect(coded?.how).toContain("network");
    expect(coded?.bytes.length).toBeLessThan(coded?.classical ?? 0);
  });
});
