import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkBlocks } from "./support/docs.ts";
import { blocksOf, brokenLinks, commandsOf } from "./support/markdown.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const timeoutMs = 120_000;

function documents(): string[] {
  const folder = join(root, "docs");
  const pages = existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((path) => path.endsWith(".md"))
        .map((path) => join("docs", path).replaceAll("\\", "/"))
    : [];
  const top = ["README.md", "CHANGELOG.md"].filter((path) => existsSync(join(root, path)));
  return [...top, ...pages.sort()];
}

describe.each(documents())("%s", (path) => {
  const document = { path, text: readFileSync(join(root, path), "utf8") };

  test("has no broken links", async () => {
    expect(await brokenLinks(root, document)).toEqual([]);
  });

  test("runs", { timeout: timeoutMs + 30_000 }, async () => {
    expect(await checkBlocks(document, { root, timeoutMs })).toEqual([]);
  });
});

/** The harness itself, on a package of a few lines. */
describe("the harness", () => {
  let small: string;

  beforeAll(async () => {
    small = await mkdtemp(join(tmpdir(), "autoencoders-small-"));
    await mkdir(join(small, "dist/cli"), { recursive: true });
    await symlink(join(root, "node_modules"), join(small, "node_modules"), "junction");
    const files = {
      "package.json": JSON.stringify({
        name: "autoencoders",
        type: "module",
        exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
        scripts: { demo: "true", test: "true" },
      }),
      "dist/index.js": "export const double = (x) => 2 * x;",
      "dist/index.d.ts": "export declare const double: (x: number) => number;",
      "dist/cli/main.js": `
        import { readFileSync, writeFileSync } from "node:fs";
        const [verb, file, flag] = process.argv.slice(2);
        if (flag === "--help" || file === "--help") {
          if (verb !== "write" && verb !== "read") process.exit(1);
          console.log("ae " + verb + " FILE [--upper-case]");
        } else if (verb === "write") writeFileSync(file, "a\\nb\\n");
        else if (verb === "read") console.log(readFileSync(file, "utf8"));
        else if (verb === "wait") setTimeout(() => {}, 60_000);
        else { console.error("unknown verb " + verb); process.exit(1); }`,
      "page.md": "# One heading\n\n## `ae train`, twice\n",
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(small, name), text);
  });

  afterAll(async () => {
    await rm(small, { recursive: true, force: true });
  });

  const fenced = (...blocks: (readonly [string, string])[]): string =>
    blocks.map(([info, text]) => `\`\`\`${info}\n${text}\n\`\`\`\n`).join("\n");
  const check = (...blocks: (readonly [string, string])[]): Promise<string[]> =>
    checkBlocks({ path: "x.md", text: fenced(...blocks) }, { root: small, timeoutMs: 20_000 });

  test("reads blocks with language, flags and line; in lists and with longer fences too", () => {
    const text =
      "a\n```ts no-run\n1;\n```\n- b\n  ```sh\n  ae x\n    y\n  ```\n````text\n```\n````\n";
    expect(blocksOf(text)).toEqual([
      { language: "ts", flags: ["no-run"], text: "1;\n", line: 2 },
      { language: "sh", flags: [], text: "ae x\n  y\n", line: 6 },
      { language: "text", flags: [], text: "```\n", line: 10 },
    ]);
  });

  test("joins continued command lines and skips comments", () => {
    const text = "# words\n$ ae train a.csv \\\n    --epochs 2\n\nae info a.onnx\n";
    expect(commandsOf({ language: "sh", flags: [], text, line: 3 })).toEqual([
      { command: "ae train a.csv --epochs 2", line: 5 },
      { command: "ae info a.onnx", line: 8 },
    ]);
  });

  test("passes a document whose blocks hold, sharing its folder", async () => {
    const problems = await check(
      ["sh", "ae write rows.txt\nnpx ae read rows.txt | tail -n 1 > last.txt"],
      [
        "ts",
        `import { readFileSync } from "node:fs";
        import { double } from "autoencoders";
        const text: string = readFileSync("last.txt", "utf8");`,
      ],
      ["ts continues", `if (text.length !== double(0.5)) throw new Error(text);`],
      ["ts no-run", `throw new Error("never run");`],
      ["sh no-run", "ae read own.txt --upper-case"],
      ["sh", "npm ci && npm run demo\nnpm ci && npm test"],
      ["json", `{ "a": 1 }`],
      ["text", "anything"],
    );
    expect(problems).toEqual([]);
  });

  test.each([
    ["ts", `import { double } from "autoencoders";\ndouble("a");`, /^x\.md:3: Argument of type/],
    ["ts no-run", `const a: string = 1;`, /^x\.md:2: Type 'number'/],
    ["ts", `\nthrow new Error("broke here");`, /^x\.md:1: failed: [^]*broke here/],
    ["ts continues", `1;`, /^x\.md:1: there is no ts block/],
    ["sh", `ae write a.txt\nae melt`, /^x\.md:3: failed: unknown verb melt/],
    ["sh", `rm -r everything`, /^x\.md:2: only ae and npm/],
    ["sh", `npm run nothing`, /^x\.md:2: package\.json has no script/],
    ["sh no-run", `ae melt own.txt`, /^x\.md:2: there is no "ae melt"/],
    ["sh no-run", `ae read own.txt --upper`, /^x\.md:2: "ae read" has no --upper/],
    ["json", `{ a: 1 }`, /^x\.md:1: SyntaxError/],
    ["js", `1;`, /^x\.md:1: a block says/],
    ["", `1;`, /^x\.md:1: a block says/],
    ["ts norun", `1;`, /^x\.md:1: ts blocks know no "norun"/],
  ])("reports, with its line, %s %j", async (info, text, message) => {
    const problems = await check([info, text]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  test("stops a document that takes too long", async () => {
    const document = { path: "x.md", text: fenced(["sh", "ae wait"]) };
    expect(await checkBlocks(document, { root: small, timeoutMs: 500 })).toEqual([
      "x.md:2: not done when the document's time was over",
    ]);
  });

  test("finds links to files and headings that are not there", async () => {
    const text = `[a](page.md) [b](page.md#one-heading) [c](#top) [d](https://example.org/x)
      # top
      [e](gone.md) ![f](gone.svg) \`[g](gone)\` <img src="gone.png"> [h](page.md#no-heading)
      [i](../outside.md) [j](page.md#ae-train-twice)`.replace(/^ +/gm, "");
    expect(await brokenLinks(small, { path: "x.md", text })).toEqual([
      "x.md:3: link gone.md leads nowhere",
      "x.md:3: link gone.svg leads nowhere",
      "x.md:3: link gone.png leads nowhere",
      "x.md:3: no heading for page.md#no-heading",
      "x.md:4: link ../outside.md leaves the repository",
    ]);
  });
});
