import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { listed } from "./names.ts";
import {
  count,
  duration,
  list,
  memory,
  oneOf,
  positive,
  shape,
  share,
  size,
  splitList,
} from "./values.ts";

describe("duration", () => {
  test.each([
    ["90", 90],
    [90, 90],
    ["90s", 90],
    ["5m", 300],
    ["5min", 300],
    ["1.5h", 5400],
    ["1h30m", 5400],
    ["1h 30m", 5400],
    ["2d", 172_800],
  ])("%j is %d s", (value, seconds) => {
    expect(duration(value, "--time")).toBe(seconds);
  });

  test.each(["", "0", "-5", "5x", "m", "1h?", "h1"])("%j is refused by name", (value) => {
    expect(() => duration(value, "--time")).toThrow("--time: expected a time, such as 90s");
  });
});

describe("numbers", () => {
  test("text and typed values read alike", () => {
    expect(count()("12", "--epochs")).toBe(12);
    expect(count()(12, "run.yaml, epochs")).toBe(12);
    expect(positive("1e-3", "--learning-rate")).toBe(0.001);
    expect(share("10%", "--validation")).toBe(0.1);
    expect(share(0, "--validation")).toBe(0);
  });

  test.each([
    [count(), "1.5", "a whole number of at least 1"],
    [count(), "", "a whole number of at least 1"],
    [count(), "0", "a whole number of at least 1"],
    [count(0), "-1", "a whole number of at least 0"],
    [count(), "1e400", "a whole number"],
    [count(), true, "a whole number"],
    [positive, "0", "a number above 0"],
    [positive, "NaN", "a number above 0"],
    [share, "1", "below 1"],
    [share, "100%", "below 1"],
  ])("%#: %j is refused", (read, value, words) => {
    expect(() => read(value, "--it")).toThrow(words);
  });
});

describe("memory", () => {
  test.each([
    ["2GB", 2e9],
    ["512 MiB", 2 ** 29],
    [1e9, 1e9],
  ])("%j is %d bytes", (value, bytes) => {
    expect(memory(value, "--memory")).toBe(bytes);
  });

  test.each(["", "much", "-1GB", true])("%j is refused by name", (value) => {
    expect(() => memory(value, "--memory")).toThrow(/^--memory: expected a/);
  });
});

describe("lists", () => {
  test("names with commas stand in quotes", () => {
    expect(splitList('a,"b, c" , "say ""hi"""')).toEqual(["a", "b, c", 'say "hi"']);
    expect(list(["a,b"], "run.yaml, drop")).toEqual(["a,b"]);
    expect(() => list([1], "run.yaml, drop")).toThrow("run.yaml, drop: expected names");
    expect(() => list("", "--drop")).toThrow("--drop");
  });

  test("what `listed` writes, `splitList` reads", () => {
    const name = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => text.trim() !== "");
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), (names) => {
        expect(splitList(names.map(listed).join(","))).toEqual(names);
      }),
    );
  });
});

describe("shapes", () => {
  test("by x, × or commas", () => {
    expect(shape("41x128x128", "--shape")).toEqual([41, 128, 128]);
    expect(shape("512×512", "--shape")).toEqual([512, 512]);
    expect(shape([3, 4], "run.yaml, shape")).toEqual([3, 4]);
    expect(size("64x48", "--size")).toEqual([64, 48]);
    expect(size("64", "--size")).toEqual([64, 64]);
    expect(size(64, "run.yaml, size")).toEqual([64, 64]);
  });

  test.each(["0x4", "ax4", "1.5x2", "-3x3", ""])("%j is refused", (value) => {
    expect(() => shape(value, "--shape")).toThrow("--shape: expected whole numbers");
  });

  test("an image has two sides", () => {
    expect(() => size("1x2x3", "--size")).toThrow("--size: expected a width and a height");
  });
});

test("a word that is none of the few says which there are", () => {
  expect(oneOf(["adam", "sgd"])("sgd", "--optimizer")).toBe("sgd");
  expect(() => oneOf(["adam", "sgd"])("adm", "--optimizer")).toThrow(
    "--optimizer: expected one of adam, sgd, got adm",
  );
  expect(() => oneOf(["layerwise"])("deep", "--pretrain")).toThrow(
    "--pretrain: expected layerwise, got deep",
  );
});
