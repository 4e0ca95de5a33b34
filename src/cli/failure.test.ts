import { readFile } from "node:fs/promises";
import { createColors } from "picocolors";
import { expect, test } from "vitest";
import { inputError, internalError } from "../base/errors.ts";
import { describeFailure } from "./failure.ts";

const options = { command: "ae train", json: false, debug: false, colors: createColors(false) };
const parts = { place: "a.csv, row 3", expected: "a number", got: '"x"', hint: "mend it" };

test("wrong input is exit code 1, in one sentence and the next step", () => {
  expect(describeFailure(inputError("data.cell", parts), options)).toEqual({
    exitCode: 1,
    text: 'error: a.csv, row 3: expected a number, got "x".\n  Mend it.',
  });
});

test("as JSON: the parts, on one line", () => {
  const { text } = describeFailure(inputError("data.cell", parts), { ...options, json: true });
  expect(text).not.toContain("\n");
  expect(JSON.parse(text)).toEqual({ error: { code: "data.cell", ...parts } });
});

test("a broken promise is exit code 2, with where to report it", () => {
  const error = internalError("engine.lost", { ...parts, hint: "x" });
  const { exitCode, text } = describeFailure(error, options);
  expect(exitCode).toBe(2);
  expect(text).toContain("not yours");
  expect(text).toContain("npm bugs autoencoders");
  expect(text).not.toContain("failure.test.ts");
});

test("anything else that is thrown is ours too; the stack and causes show when asked for", () => {
  const error = new TypeError("x is not a function", { cause: new Error("deep") });
  const { exitCode, text } = describeFailure(error, { ...options, debug: true });
  expect(exitCode).toBe(2);
  expect(text).toContain(
    "error: ae train: expected to get through, got TypeError: x is not a function",
  );
  expect(text).toContain("failure.test.ts");
  expect(text).toContain("caused by Error: deep");
  expect(describeFailure("boo", options).text).toContain("a thrown value: boo");
});

test.each([
  ["ENOSPC", "a full disk"],
  ["EDQUOT", "a used-up quota"],
])("%s of a write, which names no file, says what is full and what to do", (code, got) => {
  const error = Object.assign(new Error(`${code}: write`), { code, syscall: "write" });
  expect(describeFailure(error, options)).toEqual({
    exitCode: 1,
    text: `error: the disk: expected room for what is written, got ${got}.\n  Free some, or write to another disk (-o; what goes to standard output waits in TMPDIR).`,
  });
});

test("what the disk refuses is for the user to mend", async () => {
  const error: unknown = await readFile("no/such/file").catch((thrown: unknown) => thrown);
  expect(describeFailure(error, options)).toEqual({
    exitCode: 1,
    text: "error: no/such/file: expected files that can be read and written, got no such file or folder.",
  });
});
