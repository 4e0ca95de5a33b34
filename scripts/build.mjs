/**
 * Compiles src/ to dist/ and removes outputs whose source is gone, so that what
 * is packed and tested is what the source says.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");

const compiler = join(root, "node_modules/typescript/bin/tsc");
const { status } = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
});

if (existsSync(dist)) {
  for (const path of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    const source = path.replace(/(\.d\.ts|\.js)$/, ".ts");
    if (source !== path && !existsSync(join(root, "src", source))) rmSync(join(dist, path));
  }
}
// A link to `ae` made before a rebuild must still be executable after it.
const cli = join(dist, "cli/main.js");
if (existsSync(cli)) chmodSync(cli, 0o755);

process.exitCode = status ?? 1;
