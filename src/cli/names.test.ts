import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { quoted, toCamel, toKebab } from "./names.ts";
import { stemOf } from "./stem.ts";

test("the two spellings of an option", () => {
  expect(toKebab("learningRate")).toBe("learning-rate");
  expect(toCamel("learning-rate")).toBe("learningRate");
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z][a-zA-Z]{0,12}$/), (name) => {
      expect(toCamel(toKebab(name))).toBe(name);
    }),
  );
});

test.skipIf(process.platform === "win32")("a shell reads a quoted word back", () => {
  const words = ["plain", "two words", "it's", '"x"', "$HOME", "a*b", "back\\slash", "é", "\n"];
  const script = `printf '%s\\0' ${words.map(quoted).join(" ")}`;
  const output = execFileSync("sh", ["-c", script], { encoding: "utf8" });
  expect(output.split("\0").slice(0, -1)).toEqual(words);
});

test.each([
  ["../data/payments.csv.gz", "payments"],
  ["train-images-idx3-ubyte.gz", "train-images-idx3-ubyte"],
  ["faces/", "faces"],
  ["faces/*.png", "faces"],
  ["faces/**/*.{png,jpg}", "faces"],
  ["demo:digits", "digits"],
  ["a.b.parquet", "a.b"],
  ["..", "model"],
  [".hidden", ".hidden"],
])("a model of %s is called %s", (data, stem) => {
  expect(stemOf(data)).toBe(stem);
});
