import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { nearestName, pickColumns } from "./names.ts";
import { expandPath, filesUnder, isGlob, naturalOrder } from "./paths.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ae-paths-"));
  for (const name of ["a2.csv", "a10.csv", "b.tsv", ".hidden.csv", "in/c.csv", "in/deep/d.csv"]) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), "");
  }
});
afterAll(() => rm(folder, { recursive: true }));

const expand = async (pattern: string) =>
  (await expandPath(join(folder, pattern))).map((path) => relative(folder, path));

describe("expandPath", () => {
  it.each<[string, string[]]>([
    ["*.csv", ["a2.csv", "a10.csv"]],
    ["a?.csv", ["a2.csv"]],
    ["a[0-9]*.csv", ["a2.csv", "a10.csv"]],
    ["[!a].tsv", ["b.tsv"]],
    ["{b,zzz}.{tsv,csv}", ["b.tsv"]],
    ["**/*.csv", ["a2.csv", "a10.csv", "in/c.csv", "in/deep/d.csv"]],
    ["in/**", ["in/c.csv", "in/deep/d.csv"]],
    ["*/c.csv", ["in/c.csv"]],
    [".h*", [".hidden.csv"]],
    ["in", ["in"]],
  ])("%s", async (pattern, files) => {
    expect(await expand(pattern)).toEqual(files);
  });

  it("a dot in a pattern is a dot", async () => {
    await expect(expand("a2?csv*x")).rejects.toThrow("got no match");
    await writeFile(join(folder, "axcsv"), "");
    expect(await expand("a*.csv")).toEqual(["a2.csv", "a10.csv"]);
  });

  it("folders are searched through in natural order", async () => {
    const files = await filesUnder(folder, (name) => name.endsWith(".csv"));
    expect(files.map((path) => relative(folder, path))).toEqual([
      "a2.csv",
      "a10.csv",
      "in/c.csv",
      "in/deep/d.csv",
    ]);
  });
});

describe("names", () => {
  it("natural order is an order", () => {
    expect(["i10", "i9", "i1", "I1"].sort(naturalOrder)).toEqual(["i1", "I1", "i9", "i10"]);
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(naturalOrder(a, b) + naturalOrder(b, a)).toBe(0);
        expect(naturalOrder(a, b) === 0).toBe(a === b);
      }),
    );
  });

  it("finds one typing error, and nothing far off", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{4,12}$/), fc.nat(20), (name, at) => {
        const i = at % (name.length - 1);
        const dropped = name.slice(0, i) + name.slice(i + 1);
        const swapped =
          name.slice(0, i) + (name[i + 1] ?? "") + (name[i] ?? "") + name.slice(i + 2);
        expect(nearestName(dropped, ["0000000000000000", name])).toBe(name);
        expect(nearestName(swapped, ["0000000000000000", name])).toBe(name);
        expect(nearestName(`${name}9999999999`, [name])).toBeUndefined();
      }),
    );
  });

  it("picking keeps order, and never the label", () => {
    const names = ["a", "b", "c", "d"];
    expect(pickColumns(names, { select: ["d", "a", "d"], label: "a" }, "t")).toEqual({
      keep: [3],
      label: 0,
      unused: ["b", "c"],
    });
    expect(pickColumns(names, { drop: ["b"] }, "t")).toEqual({
      keep: [0, 2, 3],
      label: undefined,
      unused: ["b"],
    });
  });

  it("globs are told from names", () => {
    expect(["a*", "a?", "[ab]", "{a,b}"].every(isGlob)).toBe(true);
    expect(["a", "[", "{a}", "a]b"].some(isGlob)).toBe(false);
  });
});
