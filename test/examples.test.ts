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
    "compression.ts": {
      prints: [
        /^36864 bytes in \d+, \d\d\.\d times smaller$/m,
        /^f4 of shape 96 x 96, off by 0\.0\d+ at most$/m,
        /^four rows: 4 x 96$/m,
      ],
      writes: [],
    },
    "denoising.ts": {
      prints: [
        /^\d+ cells were missing, \d+ did not fit the rest of their row\.$/m,
        // The first bird that was never measured.
        /^ {2}row 4, Beak Length \(mm\): \d+(\.\d+)?, was missing$/m,
      ],
      writes: [],
    },
    "tables.ts": {
      prints: [
        /^7 columns: 4 numeric, 3 categorical$/m,
        // This penguin was never measured.
        /^ {2}row 340, score \d+\.\d\d: Beak Depth \(mm\) is missing, expected \d+\.\d$/m,
        /PCA with the same 3 numbers a row/,
        /^Saved as penguins\.onnx\./m,
      ],
      writes: ["penguins.onnx"],
    },
    "series.ts": {
      prints: [
        /^cut at 1 longer gap, the longest of 40 steps \(10 min\): no window spans them$/m,
        /^vanilla autoencoder, sequence body, 96 features to \d+ and back$/m,
        // The fan fails at row 1400, 10 March at 17:20, for three hours.
        /^M-7 was oddest from 2026-03-10T1[67]:\d0 to 2026-03-10T2[01]:\d0, by heat\.$/m,
      ],
      writes: ["machine.csv", "machine.onnx"],
    },
    "generation.ts": {
      prints: [
        /^1000 new penguins\. The first three:\n(?: {2}(?:Adelie|Chinstrap|Gentoo), \w+, .+\n){3}/m,
        // A thousand, of cells with one decimal: hardly any is there already.
        /^Of them [0-5] equal one of the 344 they were learned from\.$/m,
        /^From the first of those to the last:\n {2}Adelie, .+\n(?: {2}.+\n){2} {2}(?:Gentoo|Chinstrap), /m,
      ],
      writes: [],
    },
    "few-labels.ts": {
      prints: [
        /^344 penguins told from 15 labels:\n(?: {2}\d+ (?:Adelie|Chinstrap|Gentoo)\n){3}/m,
        /^With 15 labels the model tells 9\d\.\d % of rows right, and its chances/m,
      ],
      writes: ["penguins.onnx"],
    },
    "recommendation.ts": {
      prints: [
        /^Who has tea no\. 1 and no\. 4 may like:\n(?: {2}tea no\. \d+, \d+\.\d %, because of tea no\. [14]\n){3}/m,
        /^It ranks better than popularity/m,
      ],
      writes: [],
    },
    "reduction.ts": {
      prints: [
        // Cold and warm days, dry and wet ones.
        /^ {2}latent\d, \d\d % of the reconstruction\n(?: {4}temp_m(?:ax|in) -?\d+\.\d to -?\d+\.\d\n){2}/m,
        /^ {4}precipitation \d+\.\d to \d+\.\d$/m,
        /^The map keeps neighbours better than the plane of PCA: trustworthiness 0\.9\d\d against/m,
        /^Labels: .+ in all 4 features\.$/m,
      ],
      writes: ["weather.svg"],
    },
    "detection.ts": {
      prints: [
        // The two that were made odd, by the column that was changed.
        /^payment 100, chance 0\.\d %: currency is GBP$/m,
        /^payment 202, chance 0\.\d %: amount is 290$/m,
        /^alarms from (\d\.\d\d) on; for half as many false ones, \d\.\d\d$/m,
        /^An anomaly scores higher than another row \d+\.\d % of the time \(AUROC\), .*isolation forest/m,
      ],
      writes: [],
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
