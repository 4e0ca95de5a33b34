import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { layerViolations } from "./support/layers.ts";

const src = fileURLToPath(new URL("../src", import.meta.url));

function sources(): Map<string, string> {
  const paths = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".ts"),
  );
  return new Map(
    paths.map((path) => [path.replaceAll("\\", "/"), readFileSync(join(src, path), "utf8")]),
  );
}

const violations = (files: Record<string, string>) =>
  layerViolations(new Map(Object.entries(files)));

test("the source keeps its layers", () => {
  const files = sources();
  expect(files.size).toBeGreaterThan(0);
  expect(layerViolations(files)).toEqual([]);
});

describe("the checker", () => {
  test("accepts imports from the same folder and from folders above", () => {
    expect(
      violations({
        "train/loop.ts": `import { a } from "./step.ts"; import { b } from "../base/errors.ts";
          import { readFile } from "node:fs/promises";`,
        "cli/main.ts": `const verb = await import("../model/save.ts"); import("../index.ts");`,
        "index.ts": `export { a } from "./train/loop.ts"; export type * from "./data/source.ts";`,
      }),
    ).toEqual([]);
  });

  test.each([
    ["a value from a folder below", `import { loop } from "../train/loop.ts";`],
    ["a type from a folder below", `import type { Loop } from "../train/loop.ts";`],
    ["an inline type import", `export type L = import("../train/loop.ts").Loop;`],
    ["a re-export from a folder below", `export * from "../train/loop.ts";`],
    ["a dynamic import from a folder below", `const m = await import("../train/loop.ts");`],
  ])("refuses %s", (_, text) => {
    expect(violations({ "data/tables.ts": text })).toEqual([
      "src/data/tables.ts imports src/train/loop.ts: data may not import train, which is below it",
    ]);
  });

  test("refuses the table of contents, except in the command line", () => {
    expect(violations({ "model/save.ts": `import { load } from "../index.ts";` })).toEqual([
      "src/model/save.ts imports src/index.ts: only cli may import the table of contents",
    ]);
  });

  test("refuses ONNX Runtime outside runtime", () => {
    const text = `import type { InferenceSession } from "onnxruntime-node";`;
    expect(violations({ "runtime/node.ts": text, "runtime/web/tab.ts": text })).toEqual([]);
    expect(violations({ "model/fit.ts": text })).toEqual([
      "src/model/fit.ts imports onnxruntime-node: only runtime may",
    ]);
    expect(violations({ "model/fit.test.ts": text })).toHaveLength(1);
  });

  test("refuses Node modules in the core, with and without node:", () => {
    expect(violations({ "graph/print.ts": `import { join } from "node:path";` })).toEqual([
      "src/graph/print.ts imports node:path: graph is core and runs anywhere",
    ]);
    expect(violations({ "nn/dense.ts": `import fs from "fs/promises";` })).toHaveLength(1);
    expect(violations({ "runtime/node.ts": `import { join } from "node:path";` })).toEqual([]);
  });

  test("refuses unknown folders and files beside index.ts", () => {
    expect(violations({ "utils/misc.ts": "export const a = 1;" })).toEqual([
      "src/utils/misc.ts: utils is no layer; add it to the order in test/support/layers.ts",
    ]);
    expect(violations({ "helpers.ts": "export const a = 1;" })).toEqual([
      "src/helpers.ts: only index.ts stands outside the folders",
    ]);
    expect(violations({ "data/tables.ts": `import { a } from "../utils/misc.ts";` })).toEqual([
      "src/data/tables.ts imports src/utils/misc.ts: utils is no layer",
    ]);
  });

  test.each([
    `const a = 1;`,
    `import { a } from "./base/errors.ts"; export { a };`,
    `export const a = 1;`,
    `export default 1;`,
  ])("refuses logic in the table of contents: %s", (text) => {
    expect(violations({ "index.ts": text })).toContain(
      "src/index.ts:1: the table of contents holds only `export … from`",
    );
  });

  test("inner tests may look below, sources may not import tests", () => {
    expect(violations({ "ops/add.test.ts": `import { run } from "../runtime/node.ts";` })).toEqual(
      [],
    );
    expect(violations({ "runtime/node.ts": `import { a } from "../ops/add.test.ts";` })).toEqual([
      "src/runtime/node.ts imports src/ops/add.test.ts: a source may not import a test",
    ]);
  });
});
