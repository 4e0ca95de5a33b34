/** What complexity costs, in numbers. Printed, never failed on: machines differ. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { gzipSync } from "node:zlib";
import ts from "typescript";

const LONG_FILE = 350; // lines
const HELP_BUDGET = 150; // ms, with Node's own start

/** `tarball` is what `npm pack --json` said. */
export function printBudgets({ root, typeSeconds, tarball }) {
  const library = modulesFrom(join(root, "dist/index.js"));
  const program = modulesFrom(join(root, "dist/cli/main.js"));
  const bare = startUp(root, ["-e", "0"]);
  const help = startUp(root, ["dist/cli/main.js", "--help"]);
  const imported = startUp(root, ["--input-type=module", "-e", `await import("autoencoders")`]);

  const rows = [
    [
      "library, own code",
      `${library.count} modules, ${kB(library.bytes)}, ${kB(library.gzip)} gzip`,
    ],
    [
      "loaded by ae --help",
      `${program.count} modules, ${kB(program.bytes)}, ${kB(program.gzip)} gzip`,
    ],
    [
      "start of ae --help",
      `${ms(help)} (node alone ${ms(bare)})${help > HELP_BUDGET ? ` over ${HELP_BUDGET} ms` : ""}`,
    ],
    ["import of the library", ms(imported)],
    ["type check", `${typeSeconds.toFixed(1)} s`],
    [
      "tarball",
      `${kB(tarball.size)}, unpacked ${kB(tarball.unpackedSize)}, ${tarball.files.length} files`,
    ],
    ...longFiles(root).map(([path, lines]) => [`over ${LONG_FILE} lines`, `${path} (${lines})`]),
  ];
  console.log("\nbudgets");
  for (const [name, value] of rows) console.log(`  ${name.padEnd(24)} ${value}`);
}

const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const ms = (value) => `${value.toFixed(0)} ms`;

/** Our modules that importing `entry` loads at once: static imports, packages left out. */
function modulesFrom(entry) {
  const texts = new Map();
  const queue = existsSync(entry) ? [entry] : [];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (texts.has(path)) continue;
    const text = readFileSync(path, "utf8");
    texts.set(path, text);
    for (const { moduleSpecifier } of ts.createSourceFile(path, text, ts.ScriptTarget.ESNext)
      .statements) {
      const name = moduleSpecifier?.text;
      if (name?.startsWith(".")) queue.push(resolve(dirname(path), name));
    }
  }
  const all = [...texts.values()].join("");
  return { count: texts.size, bytes: Buffer.byteLength(all), gzip: gzipSync(all).length };
}

/** Median wall time of five runs, in ms; NaN when the program fails. */
function startUp(root, args) {
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    const { status } = spawnSync(process.execPath, args, { cwd: root });
    return status === 0 ? performance.now() - start : NaN;
  });
  return times.sort((a, b) => a - b)[2];
}

function longFiles(root) {
  return ["src", "test", "examples", "bench", "scripts"]
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((path) => /\.(ts|mjs|py)$/.test(path) && !path.includes("node_modules"))
        .map((path) => join(folder, path)),
    )
    .map((path) => [path, readFileSync(join(root, path), "utf8").split("\n").length - 1])
    .filter(([, lines]) => lines > LONG_FILE)
    .sort(([, a], [, b]) => b - a);
}
