/** Every program in examples/: type-checked as the repository is, and run as a reader would. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "examples");
const examples = readdirSync(folder).filter((name) => name.endsWith(".ts"));

/** What each must print and leave behind. An example without an entry fails. */
const expected: Readonly<Record<string, { prints: readonly RegExp[]; writes: readonly string[] }>> =
  {
    "tables.ts": {
      prints: [
        /^7 columns: 4 numeric, 3 categorical$/m,
        // This penguin was never measured.
        /^ {2}row 340, score \d+\.\d\d: Sex is missing, expected (MALE|FEMALE)$/m,
        /PCA with the same 3 numbers a row/,
        /^Saved as penguins\.onnx\./m,
      ],
      writes: ["penguins.onnx"],
    },
    "images.ts": {
      prints: [
        /^epoch 4: reconstruction \d{2,3}\.\d nats, KL \d{1,2}\.\d nats$/m,
        /^ELBO -\d{3}\.\d nats an image\./m,
        // A picture: fourteen lines of four digits, some of it bright.
        /(?:^[ .:\-=+*#%@]{112}\n){14}/m,
        /[#%@]{2}/,
      ],
      writes: [],
    },
  };

test("examples are type-checked", () => {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), (path) =>
    readFileSync(path, "utf8"),
  ) as { config: object };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(
    examples.map((name) => join(folder, name)),
    options,
  );
  const problems = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    return `${file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
  expect(problems).toEqual([]);
}, 60_000);

describe("examples run and say what they promise", () => {
  let project: string;

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), "autoencoders-examples-"));
    await mkdir(join(project, "node_modules"));
    await symlink(root, join(project, "node_modules/autoencoders"), "junction");
  });

  afterAll(async () => {
    await rm(project, { recursive: true, force: true });
  });

  test.each(examples)(
    "%s",
    async (name) => {
      const { prints, writes } = expected[name] ?? {
        prints: [/no entry in this test/],
        writes: [],
      };
      const text = readFileSync(join(folder, name), "utf8");
      expect(text.trimEnd().split("\n").length).toBeLessThan(40);
      // Node 20 does not take types: they are stripped here, and nothing else is changed.
      const { outputText } = ts.transpileModule(text, {
        compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
      });
      const file = name.replace(/\.ts$/, ".mjs");
      await writeFile(join(project, file), outputText);
      const { stdout, stderr } = await run(process.execPath, [file], { cwd: project });
      expect(stderr).toBe("");
      for (const pattern of prints) expect(stdout).toMatch(pattern);
      for (const path of writes) expect(existsSync(join(project, path))).toBe(true);
    },
    120_000,
  );
});
