/** `npm run bench -- [CASE…]`: builds the package, then compiles and runs the cases of bench/speed. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = join(root, "node_modules/.cache/bench");

const run = (...words) =>
  spawnSync(process.execPath, words, { cwd: root, stdio: "inherit" }).status ?? 1;
const compiler = join(root, "node_modules/typescript/bin/tsc");
process.exitCode =
  run(join(root, "scripts/build.mjs")) ||
  run(compiler, "-p", "tsconfig.json", "--noEmit", "false", "--outDir", out) ||
  run(join(out, "bench/speed/main.js"), ...process.argv.slice(2));
