/** What becomes of lines of interactions: joined, filtered, told. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { concatInteractions, sliceInteractions, takeInteractions } from "./interaction-rows.ts";
import type { InteractionOptions } from "./interactions.ts";
import { interactionsFrom, readInteractions } from "./interactions.ts";
import type { Interactions } from "./source.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "autoencoders-interactions-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(name: string, text: string, options: InteractionOptions) {
  const path = join(folder, name);
  await writeFile(path, text);
  return readInteractions(path, options);
}

/** user → items with their weights. */
function histories({ rows, starts, codes, items, users, weights }: Interactions) {
  return Object.fromEntries(
    Array.from({ length: rows }, (_, row) => [
      users?.[row] ?? row,
      Array.from(codes.subarray(starts[row], starts[row + 1]), (code, i) =>
        weights === undefined
          ? items[code]
          : `${items[code]}:${weights[(starts[row] as number) + i]}`,
      ).toSorted((a = "", b = "") => (a < b ? -1 : 1)),
    ]),
  );
}

const named = { user: "who", item: "what" } as const;
const lines = "who,what,stars,day\n";

describe("lines", () => {
  test("of one user and item are joined: weights added, the first time kept", async () => {
    const text = `${lines}ann,tea,2,2024-01-05\nann,jam,1,2024-01-01\nann,tea,3,2024-01-03\n`;
    const options = { ...named, weight: "stars", time: "day", minUserItems: 1 };
    const { data } = await read("joined.csv", text, options);
    expect(histories(data)).toEqual({ ann: ["jam:1", "tea:5"] });
    const tea = data.items.indexOf("tea");
    const at = data.codes.indexOf(tea);
    expect(new Date(data.times?.[at] ?? 0).toISOString()).toBe("2024-01-03T00:00:00.000Z");
  });

  test("below the least weight, or without one, do not count; each that is left counts 1", async () => {
    const text = `${lines}ann,tea,4,\nann,jam,3.5,\nann,oil,,\nbob,jam,5,\n,tea,5,\n`;
    const options = { ...named, weight: "stars", minWeight: 4, minUserItems: 1 };
    const source = await read("least.csv", text, options);
    expect(histories(source.data)).toEqual({ ann: ["tea"], bob: ["jam"] });
    expect(source.data.weights).toBeUndefined();
    expect(source.notes).toEqual([
      "left out 1 line without a user or an item",
      "left out 2 interactions with a weight below 4, or none",
    ]);
  });

  const dated = `${lines}ann,tea,2,2024-01-05\nann,jam,1,2024-01-01\nbob,tea,3,2024-01-03\nbob,oil,1,\n`;
  const timed = { ...named, time: "day", minUserItems: 1 };

  test.each([
    ["2024-01-03", "3 January 2024"],
    ["60%", "3 January 2024"],
  ])("later than %s, or of no time, are left out and told", async (until, words) => {
    const source = await read("until.csv", dated, { ...timed, until });
    expect(histories(source.data)).toEqual({ ann: ["jam"], bob: ["tea"] });
    expect(source.notes).toEqual([`left out 2 interactions later than ${words} (--until)`]);
  });

  test("from memory are cut in time too", () => {
    const lists = { user: ["a", "a", "b"], item: ["x", "y", "x"], time: [1, 3, 2] };
    const { data, notes } = interactionsFrom(lists, { until: 2, minUserItems: 1 });
    expect(histories(data)).toEqual({ a: ["x"], b: ["x"] });
    expect(notes).toEqual(["left out 1 interaction later than 2 (--until)"]);
    const { time: _, ...timeless } = lists;
    expect(() => interactionsFrom(timeless, { until: 2 })).toThrow(/column of times beside it/);
  });

  test("that cannot be cut, or are none, are refused in our own words", async () => {
    const without = read("until.csv", dated, { ...named, until: "80%" });
    await expect(without).rejects.toMatchObject({ code: "options.invalid" });
    const words = read("until.csv", dated, { ...timed, until: "soon" });
    await expect(words).rejects.toThrow(/--until: expected a date as .*got soon/);
    const early = read("until.csv", dated, { ...timed, until: "1990-01-01" });
    await expect(early).rejects.toThrow(/give a later --until/i);
    const weighed = { ...timed, weight: "stars" };
    await expect(read("empty.csv", lines, weighed)).rejects.toMatchObject({ code: "data.empty" });
  });

  test("without a header, cut at ::, keep leading zeros and are named by their place", async () => {
    const text = "1::007::5\n1::7::4\n2::007::1\n";
    const options = { user: "column0", item: "column1", minUserItems: 1 };
    const { data } = await read("plain.dat", text, options);
    expect(histories(data)).toEqual({ 1: ["007", "7"], 2: ["007"] });
    await expect(read("plain.dat", text, {})).rejects.toThrow(
      /column of users, with --user, got no header, so columns are called "column0", "column1", "column2"/,
    );
  });
});

test("users and items with too few are left out until all that are left have enough", async () => {
  // Without cat, who has one item, nut has one user; without nut, bob has one item; and so on.
  const pairs = ["ann tea", "ann jam", "dan tea", "dan jam", "bob nut", "bob tea", "cat nut"];
  const text = `who,what\n${pairs.map((pair) => pair.replace(" ", ",")).join("\n")}\n`;
  const source = await read("few.csv", text, { ...named, minUserItems: 2, minItemUsers: 2 });
  expect(histories(source.data)).toEqual({ ann: ["jam", "tea"], dan: ["jam", "tea"] });
  expect(source.notes).toEqual([
    "left out 2 users with fewer than 2 items and 1 item with fewer than 2 users (--min-user-items, --min-item-users)",
  ]);
  await expect(read("few.csv", text, { ...named, minUserItems: 3 })).rejects.toMatchObject({
    code: "data.rows",
  });
});

test("for a model, its columns and items count and nobody is left out", async () => {
  const trained = { ...named, items: ["oil", "tea"], minUserItems: 5 };
  const text = `${lines}ann,tea,1,\nann,new,1,\nbob,new,1,\n`;
  const source = await read("trained.csv", text, { trained });
  expect(source.data.items).toEqual(["oil", "tea"]);
  expect(histories(source.data)).toEqual({ ann: ["tea"], bob: [] });
  expect(source.notes.at(-1)).toBe(
    "passed over 2 interactions with items that the model was not trained on; 1 user had no other, and no history that counts",
  );
});

test("rows can be cut, picked and joined, with other items too", () => {
  const from = (pairs: readonly string[]) =>
    interactionsFrom(
      {
        user: pairs.map((pair) => pair.split(" ")[0] as string),
        item: pairs.map((pair) => pair.split(" ")[1] as string),
        weight: pairs.map((_, i) => i + 1),
      },
      { minUserItems: 1 },
    ).data;
  const rows = from(["ann tea", "bob jam", "bob tea", "cat oil"]);
  expect(histories(sliceInteractions(rows, 1, 3))).toEqual({
    bob: ["jam:2", "tea:3"],
    cat: ["oil:4"],
  });
  expect(histories(takeInteractions(rows, Int32Array.of(2, 0)))).toEqual({
    cat: ["oil:4"],
    ann: ["tea:1"],
  });
  const other = from(["dan nut", "dan tea"]);
  expect(histories(concatInteractions([sliceInteractions(rows, 0, 2), other]))).toEqual({
    ann: ["tea:1"],
    bob: ["jam:2", "tea:3"],
    dan: ["nut:1", "tea:2"],
  });
});
