/** `npm run accuracy -- NAME…`: compiles and runs the accuracy cases of bench/accuracy. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = join(root, "node_modules/.cache/bench");

const run = (...words) =>
  spawnSync(process.execPath, words, { cwd: root, stdio: "inherit" }).status;
const compiler = join(root, "node_modules/typescript/bin/tsc");
const compiled = run(compiler, "-p", "tsconfig.json", "--noEmit", "false", "--outDir", out);
process.exitCode =
  compiled === 0 ? run(join(out, "bench/accuracy/run.js"), ...process.argv.slice(2)) : compiled;
