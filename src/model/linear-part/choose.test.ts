import { expect, test } from "vitest";
import type { Interactions } from "../../data/source.ts";
import { keyAt } from "../../random/bits.ts";
import { uniforms } from "../../random/numbers.ts";
import type { Scorer } from "./choose.ts";
import { askedOf, chosen, temperatureOf } from "./choose.ts";

const ITEMS = 30;
const EACH = 10;

/** Users of three kinds, who take ten in ten items of their own. */
function users(count: number): Interactions {
  const lists = Array.from({ length: count }, (_, user) =>
    Array.from({ length: EACH }, (_unused, i) => EACH * (user % 3) + i),
  );
  return {
    kind: "interactions",
    rows: count,
    items: Array.from({ length: ITEMS }, (_, i) => `i${i}`),
    starts: Int32Array.from({ length: count + 1 }, (_, i) => EACH * i),
    codes: Int32Array.from(lists.flat()),
  };
}

const rows = users(30);
const noise = (count: number, seed: number): Float32Array =>
  Float32Array.from(uniforms(keyAt(seed, 0), count));
/** 1 for items of the kind of a history. */
const kinds = (given: Interactions): Float32Array => {
  const out = new Float32Array(given.rows * ITEMS);
  for (let row = 0; row < given.rows; row += 1) {
    const kind = Math.floor((given.codes[given.starts[row] as number] as number) / EACH);
    out.fill(1, row * ITEMS + kind * EACH, row * ITEMS + (kind + 1) * EACH);
  }
  return out;
};
const scorer =
  (knows: "linear" | "network"): Scorer =>
  (given, lambda) => {
    const right = kinds(given);
    const wrong = noise(right.length, 3);
    // Right only under one λ.
    const linear = knows === "linear" && lambda === 30 ? right : wrong;
    const network = knows === "network" ? right.map((x) => 3 * x) : noise(right.length, 7);
    return Promise.resolve({ network, linear });
  };

test("few users are asked several times, for other parts of their histories", () => {
  const asked = askedOf(rows, 0);
  expect(asked?.users).toBe(30);
  expect(asked?.given.rows).toBe(150);
  const parts = [0, 30, 60].map((row) => String(asked?.asked.codes.slice(2 * row, 2 * row + 2)));
  expect(new Set(parts).size).toBeGreaterThan(1);
  expect(askedOf(users(9), 0)).toBeUndefined();
});

test("where times are known the latest are asked for, once", () => {
  const times = Float64Array.from(rows.codes, (_, at) => (at % EACH < 2 ? 100 : at % EACH));
  const asked = askedOf({ ...rows, times }, 0);
  expect(asked?.given.rows).toBe(30);
  expect(Array.from(asked?.asked.codes.subarray(0, 4) ?? [])).toEqual([0, 1, 10, 11]);
});

test("what knows gets the weight, and what does not stays out", async () => {
  const asked = askedOf(rows, 0) as NonNullable<ReturnType<typeof askedOf>>;
  const linear = await chosen(rows, asked, scorer("linear"), undefined);
  expect(linear.lambda).toBe(30);
  expect(linear.heldOut.both).toBeCloseTo(1, 6);
  expect(linear.heldOut.network).toBeLessThan(0.7);
  const network = await chosen(rows, asked, scorer("network"), undefined);
  expect(network.weight).toBe(0);
  expect(network.heldOut.both).toBe(network.heldOut.network);
});

test("the temperature is what the items taken are likeliest under", async () => {
  const asked = askedOf(rows, 0) as NonNullable<ReturnType<typeof askedOf>>;
  const choice = { lambda: 30, weight: 1, heldOut: { users: 30, both: 1, network: 1 } };
  // Sure and right: the sharper the better. Sure and wrong: the flatter the better.
  const of = (sign: number): Promise<number> =>
    temperatureOf(
      asked,
      (given) =>
        Promise.resolve({
          network: kinds(given).map((x) => 4 * sign * x),
          linear: new Float32Array(given.rows * ITEMS),
        }),
      choice,
    );
  expect(await of(1)).toBe(2);
  expect(await of(-1)).toBe(0.3);
});
