/** The packed package, in an empty project: what people get is what runs. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

describe("the tarball", () => {
  let project: string;
  let packed: Packed;

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), "autoencoders-package-"));
    const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", project];
    const { stdout } = await run("npm", pack, { cwd: root });
    const [first] = JSON.parse(stdout) as Packed[];
    if (first === undefined) throw new Error(`npm pack said: ${stdout}`);
    packed = first;
    await writeFile(join(project, "package.json"), `{ "private": true, "type": "module" }\n`);
    // A real install takes a minute and the registry, so only the CI does one.
    await (process.env["CI"] ? install(project, packed) : unpack(project, packed));
  }, 300_000);

  afterAll(async () => {
    await rm(project, { recursive: true, force: true });
  });

  test("holds the compiled package and nothing else", () => {
    const expected = /^(dist\/.+\.(js|d\.ts)|package\.json|README\.md|CHANGELOG\.md|LICENSE)$/;
    const paths = packed.files.map((file) => file.path);
    expect(paths.filter((path) => !expected.test(path))).toEqual([]);
    expect(paths.filter((path) => path.includes(".test."))).toEqual([]);
    expect(paths).toEqual(expect.arrayContaining(["dist/index.js", "dist/index.d.ts", "LICENSE"]));
  });

  test("is a library that imports", async () => {
    const script = `import("autoencoders").then((all) => console.log(Object.keys(all).join(" ")))`;
    const { stdout, stderr } = await run("node", ["-e", script], { cwd: project });
    expect(stderr).toBe("");
    expect(stdout.trim().split(" ")).toEqual(expect.arrayContaining(["train", "load"]));
  });

  test("is a program that says how it is used", async () => {
    const { stdout } = await run("npx", ["--no-install", "ae", "--help"], { cwd: project });
    for (const verb of ["train", "info", "encode", "score", "report"]) {
      expect(stdout).toMatch(new RegExp(`^\\s+${verb}\\b`, "m"));
    }
  });
});

async function install(project: string, { filename }: Packed): Promise<void> {
  const flags = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"];
  await run("npm", ["install", `./${filename}`, ...flags], { cwd: project });
}

/** Unpacks and links what package.json declares, so that an undeclared import still fails. */
async function unpack(project: string, { filename }: Packed): Promise<void> {
  const modules = join(project, "node_modules");
  await mkdir(join(modules, ".bin"), { recursive: true });
  await run("tar", ["-xzf", filename, "-C", modules], { cwd: project });
  const home = join(modules, "autoencoders");
  await run("mv", [join(modules, "package"), home]);
  const manifest = JSON.parse(await readFile(join(home, "package.json"), "utf8")) as {
    bin: { ae: string };
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(manifest.dependencies)) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(root, "node_modules", name), join(modules, name), "junction");
  }
  const program = join(home, manifest.bin.ae);
  await run("chmod", ["+x", program]);
  await symlink(program, join(modules, ".bin/ae"));
}
