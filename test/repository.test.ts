import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join, parse } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const readJson = (path: string): Record<string, unknown> =>
  JSON.parse(read(path)) as Record<string, unknown>;

describe("package-lock.json", () => {
  const { packages } = readJson("package-lock.json") as { packages: Record<string, object> };

  test("records no download addresses and vouches for every package", () => {
    const entries = Object.entries(packages).filter(([path]) => path !== "");
    expect(entries.length).toBeGreaterThan(0);
    expect(entries.filter(([, entry]) => "resolved" in entry).map(([path]) => path)).toEqual([]);
    expect(entries.filter(([, entry]) => !("integrity" in entry)).map(([path]) => path)).toEqual(
      [],
    );
  });

  test("holds the builds for every platform, without which npm ci refuses it", () => {
    const paths = Object.keys(packages);
    const missing = Object.entries(packages).flatMap(([path, entry]) => {
      const { optionalDependencies = {} } = entry as { optionalDependencies?: object };
      return Object.keys(optionalDependencies)
        .filter((name) => !paths.some((other) => other.endsWith(`node_modules/${name}`)))
        .map((name) => `${path} → ${name}`);
    });
    expect(missing).toEqual([]);
  });

  test("belongs to package.json", () => {
    const { dependencies, devDependencies } = readJson("package.json");
    expect(packages[""]).toMatchObject({ dependencies, devDependencies });
  });
});

describe("package.json", () => {
  const manifest = readJson("package.json") as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };

  test("names exact versions", () => {
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual(
      [],
    );
  });

  test("keeps ONNX Runtime from downloading GPU libraries on install", () => {
    expect(manifest).toMatchObject({ allowScripts: { "onnxruntime-node": false } });
  });
});

test("the README names the two commands", () => {
  const blocks = existsSync(join(root, "README.md")) ? read("README.md") : "";
  expect(blocks).toMatch(/^npm ci && npm run demo$/m);
  expect(blocks).toMatch(/^npm ci && npm test$/m);
});

describe("files under version control", () => {
  // Files that are new and not ignored count too: they are about to be added.
  const git = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const files = existsSync(join(root, ".git"))
    ? execFileSync("git", git, { cwd: root, encoding: "utf8" })
        .split("\0")
        .filter((path) => path !== "" && existsSync(join(root, path)))
    : [];

  test.skipIf(files.length === 0)("are at most 1 MB", () => {
    expect(files.filter((path) => statSync(join(root, path)).size > 1e6)).toEqual([]);
  });

  test.skipIf(files.length === 0)("name no folder of somebody's machine", () => {
    const folders = privateFolders(root);
    const found = files.flatMap((path) => {
      const bytes = readFileSync(join(root, path));
      if (bytes.includes(0)) return [];
      const hits = pathsBelow(bytes.toString("utf8"), folders);
      return hits.map((hit) => `${path}: ${hit}`);
    });
    expect(found).toEqual([]);
  });
});

/** Home folders, this checkout, and the folder that it stands in unless everybody has that one. */
function privateFolders(checkout: string): string[] {
  const parent = dirname(checkout);
  const shared = [parse(checkout).root, tmpdir(), "/tmp", "/opt", "/srv", "/usr", "/var", "/mnt"];
  return [
    "/home",
    "/Users",
    "/root",
    homedir(),
    checkout,
    ...(shared.includes(parent) ? [] : [parent]),
  ];
}

/** Absolute paths in a text that lie in one of the folders. */
function pathsBelow(text: string, folders: readonly string[]): string[] {
  const escaped = folders.map((folder) => folder.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`(?<![\\w.~/-])(?:${escaped.join("|")})/[\\w.-]+`, "g");
  return text.match(pattern) ?? [];
}

test("the search for private folders finds absolute paths and no others", () => {
  const home = ["", "home", "ann"].join("/");
  const checkout = ["", "builds", "it"].join("/");
  const folders = privateFolders(checkout);
  const text = `see ${home}/a.csv, "${checkout}/x", (${checkout.replace("it", "other")}) but not
    https://example.org${home} nor src${home} nor ./home/a`;
  expect(pathsBelow(text, folders)).toEqual([
    home,
    `${checkout}/x`,
    checkout.replace("it", "other"),
  ]);
  expect(privateFolders(join(tmpdir(), "clone"))).not.toContain(tmpdir());
});
