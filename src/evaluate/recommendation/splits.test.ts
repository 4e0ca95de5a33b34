/** What is kept back, and that nothing of it is learned from. */
import { expect, test } from "vitest";
import { historyOf } from "../../data/interaction-rows.ts";
import type { Interactions } from "../../data/source.ts";
import { keyAt } from "../../random/bits.ts";
import { permutation, uniforms } from "../../random/numbers.ts";
import { holdOutAfter, holdOutLatest, holdOutUsers } from "./splits.ts";

/** Users with 1 to 30 items of 60, by name, with weights and times that tell which is which. */
function made(users: number, options: { readonly times?: boolean } = {}): Interactions {
  const lengths = uniforms(keyAt(1, 0), users).map((u) => 1 + Math.floor(30 * u));
  const rows = Array.from(lengths, (length, user) =>
    permutation(keyAt(2, user), 60).subarray(0, length).sort(),
  );
  const starts = new Int32Array(users + 1);
  for (const [user, row] of rows.entries())
    starts[user + 1] = (starts[user] as number) + row.length;
  const codes = Int32Array.from(rows.flatMap((row) => [...row]));
  return {
    kind: "interactions",
    rows: users,
    items: Array.from({ length: 60 }, (_, i) => `item ${i}`),
    starts,
    codes,
    users: Array.from({ length: users }, (_, i) => `user ${i}`),
    weights: Float32Array.from(codes, (_, at) => at),
    ...(options.times === false ? {} : { times: timesOf(rows) }),
  };
}

/** Users with even numbers take items in their order, those with odd ones backwards. */
function timesOf(rows: readonly Int32Array[]): Float64Array {
  return Float64Array.from(
    rows.flatMap((row, user) => Array.from(row, (code) => (user % 2 === 0 ? code : -code))),
  );
}

/** user → item → weight, by their names. */
function byName(of: Interactions): Map<string, Map<string, number>> {
  let rising = true;
  const found = Array.from({ length: of.rows }, (_, row) => {
    const first = of.starts[row] as number;
    const own = Array.from(historyOf(of, row), (code, i) => {
      rising &&= i === 0 || (of.codes[first + i - 1] as number) < code;
      return [of.items[code] as string, of.weights?.[first + i] as number] as const;
    });
    return [of.users?.[row] as string, new Map(own)] as const;
  });
  expect(rising).toBe(true);
  return new Map(found);
}

const all = made(200);

test("held-out users are whole, a fifth of each is asked for, and nobody else is touched", () => {
  const { train, heldOut, notes } = holdOutUsers(all, { seed: 4 });
  const [whole, learned] = [byName(all), byName(train)];
  const [given, asked] = [byName(heldOut.given), byName(heldOut.asked)];
  expect([...given.keys()]).toEqual([...asked.keys()]);
  expect(learned.size + given.size).toBe(200);
  const long = [...whole.values()].filter(({ size }) => size >= 5).length;
  expect(given.size).toBe(Math.round(0.2 * long));
  for (const [user, items] of learned) expect(items).toEqual(whole.get(user));
  for (const [user, items] of given) {
    const wanted = asked.get(user) as Map<string, number>;
    const own = whole.get(user) as Map<string, number>;
    expect(learned.has(user)).toBe(false);
    expect(own.size).toBeGreaterThanOrEqual(5);
    expect(wanted.size).toBe(Math.floor(own.size / 5));
    expect(new Map([...items, ...wanted])).toEqual(own);
  }
  expect(heldOut.given.items).toEqual(train.items);
  expect(notes).toEqual([`${200 - long} users with fewer than 5 items stay for training.`]);
});

test("the seed says who and what, and nothing else does", () => {
  const of = (seed: number) => holdOutUsers(all, { seed });
  expect(of(4)).toEqual(of(4));
  expect(of(4).heldOut.given.users).not.toEqual(of(5).heldOut.given.users);
  // What is asked of a user does not hang on who else is held out.
  const few = byName(holdOutUsers(all, { seed: 4, users: 0.05 }).heldOut.asked);
  const many = byName(holdOutUsers(all, { seed: 4, users: 0.5 }).heldOut.asked);
  for (const [user, items] of few) expect(many.get(user)).toEqual(items);
});

test("items that only held-out users took are no part of it, and it is said", () => {
  const rare = { ...all, items: [...all.items, "rare"], codes: all.codes.slice() };
  const chosen = byName(holdOutUsers(all, { seed: 4 }).heldOut.given);
  // The last item of every held-out user becomes one that nobody else has.
  for (let row = 0; row < rare.rows; row += 1)
    if (chosen.has(rare.users?.[row] as string))
      rare.codes[(rare.starts[row + 1] as number) - 1] = 60;
  const { train, heldOut, notes } = holdOutUsers(rare, { seed: 4 });
  for (const part of [train, heldOut.given, heldOut.asked])
    expect(part.items).not.toContain("rare");
  expect(notes.join(" ")).toMatch(/1 item that nobody of the training part took/);
  for (const items of byName(heldOut.asked).values()) expect(items.size).toBeGreaterThan(0);
});

test("by time, the latest fifth of everybody is asked for", () => {
  const { train, heldOut } = holdOutLatest(all);
  const [whole, learned] = [byName(all), byName(train)];
  const [given, asked] = [byName(heldOut.given), byName(heldOut.asked)];
  expect(learned.size).toBe(200);
  for (const [user, own] of whole) {
    if (own.size < 5) {
      expect(learned.get(user)).toEqual(own);
      expect(asked.has(user)).toBe(false);
      continue;
    }
    const even = Number(user.slice(5)) % 2 === 0;
    const items = even ? [...own.keys()].toReversed() : [...own.keys()];
    const late = Math.floor(items.length / 5);
    const names = (of: typeof given): string[] => [...(of.get(user)?.keys() ?? [])].toSorted();
    expect(names(asked)).toEqual(items.slice(0, late).toSorted());
    expect(names(given)).toEqual(items.slice(late).toSorted());
    expect(learned.get(user)).toEqual(given.get(user));
  }
});

test("users can be held out with their latest items to ask for", () => {
  const { given, asked } = holdOutUsers(all, { seed: 2, by: "time" }).heldOut;
  const times = (of: Interactions, row: number): Float64Array =>
    of.times?.subarray(of.starts[row], of.starts[row + 1]) ?? new Float64Array(0);
  expect(asked.rows).toBeGreaterThan(30);
  for (let row = 0; row < asked.rows; row += 1)
    expect(Math.min(...times(asked, row))).toBeGreaterThan(Math.max(...times(given, row)));
});

test("after a moment, all from before is given, and learned from where it was enough", () => {
  // Users with even numbers take item i at time i, those with odd ones at −i.
  const { train, heldOut, notes } = holdOutAfter(all, 30, 5);
  const [whole, learned] = [byName(all), byName(train)];
  const [given, asked] = [byName(heldOut.given), byName(heldOut.asked)];
  const known = new Set(train.items);
  let strangers = 0;
  for (const [user, own] of whole) {
    const even = Number(user.slice(5)) % 2 === 0;
    const late = [...own.keys()].filter((item) => even && Number(item.slice(5)) > 30);
    const before = [...own.keys()].filter((item) => !late.includes(item));
    strangers += Number(late.length > 0 && before.length === 0);
    expect(learned.has(user)).toBe(before.length >= 5);
    if (learned.has(user))
      expect([...(learned.get(user) ?? [])].map(([item]) => item)).toEqual(before);
    const askable = before.length > 0 ? late.filter((item) => known.has(item)) : [];
    expect([...(asked.get(user)?.keys() ?? [])]).toEqual(askable);
    if (askable.length > 0)
      expect([...(given.get(user)?.keys() ?? [])]).toEqual(
        before.filter((item) => known.has(item)),
      );
  }
  expect(given.size).toBeGreaterThan(50);
  expect(strangers).toBeGreaterThan(0);
  expect(notes.join(" ")).toMatch(new RegExp(`^${strangers} other users? had no items before`));
});

test("what cannot be split is refused in words", () => {
  const timeless = made(30, { times: false });
  expect(() => holdOutLatest(timeless)).toThrow(/time for each interaction/);
  expect(() => holdOutAfter(timeless, 3, 1)).toThrow(/time for each interaction/);
  expect(() => holdOutUsers(timeless, { by: "time" })).toThrow(/time for each interaction/);
  const short: Interactions = {
    kind: "interactions",
    rows: 3,
    items: ["a", "b", "c", "d"],
    starts: Int32Array.of(0, 4, 8, 12),
    codes: Int32Array.of(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3),
    times: new Float64Array(12),
  };
  expect(() => holdOutUsers(short)).toThrow(/at least 2 users with 5 items or more, got 0 of 3/);
  expect(() => holdOutLatest(short)).toThrow(/at least 1 user with 5 items or more/);
});
