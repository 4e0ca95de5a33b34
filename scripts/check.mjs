/**
 * Everything that must hold before a change is taken: `npm run check`.
 * `--skip-tests` leaves the tests out, for when they were just run.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { printBudgets } from "./budgets.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const PATH = `${join(root, "node_modules/.bin")}${delimiter}${process.env.PATH}`;
const packed = mkdtempSync(join(tmpdir(), "autoencoders-check-"));
process.on("exit", () => rmSync(packed, { recursive: true, force: true }));

/** Runs one step and returns its standard output; a failure ends the check. */
function step(name, command, { show = false } = {}) {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(command, {
    cwd: root,
    env: { ...process.env, PATH },
    shell: true,
    encoding: "utf8",
    stdio: show ? "inherit" : "pipe",
    maxBuffer: 256 * 1024 * 1024,
  });
  const seconds = (performance.now() - start) / 1000;
  const line = `${name.padEnd(28)} ${seconds.toFixed(1).padStart(6)} s`;
  if (status !== 0) {
    if (!show) console.error(`${stdout}${stderr}`.trimEnd());
    console.error(`failed  ${line}\n\ncheck stopped at "${name}": ${command}`);
    process.exit(1);
  }
  console.log(`ok      ${line}`);
  return { seconds, stdout };
}

step("format", "prettier --check --log-level warn .");
step("build", "node scripts/build.mjs");
step("lint", "oxlint");
const types = step("types", "tsc -p tsconfig.json");
step("types of the core", "tsc -p tsconfig.core.json");
if (process.argv.includes("--skip-tests")) console.log("skipped tests");
else step("tests, docs, layers", "vitest run", { show: true });
step("unused code (knip)", "knip --no-config-hints");

const pack = step("pack", `npm pack --json --ignore-scripts --pack-destination "${packed}"`);
const [tarball] = JSON.parse(pack.stdout);
const file = join(packed, tarball.filename);
if (!existsSync(file)) throw new Error(`npm pack left no ${file}`);
step("package (publint)", `publint --strict "${file}"`);
step("package types (attw)", `attw --profile esm-only --no-emoji "${file}"`);

printBudgets({ root, typeSeconds: types.seconds, tarball });
