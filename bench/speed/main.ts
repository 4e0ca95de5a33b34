/**
 * Speed beside other software, for docs/benchmarks.md:
 * `npm run bench -- [CASE…] [--peer NAME…] [--quick] [--write]`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { cases } from "./cases/index.ts";
import { NoData } from "./data-files.ts";
import { printed } from "./print.ts";
import { writeResults } from "./results.ts";
import { runCase } from "./run.ts";
import type { SpeedCase } from "./types.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    peer: { type: "string", multiple: true },
    threads: { type: "string" },
    quick: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const unknown = positionals.filter((name) => !Object.hasOwn(cases, name));
if (flags.help || unknown.length > 0) {
  const lines = Object.entries(cases).map(([name, { about }]) => `  ${name.padEnd(18)} ${about}`);
  for (const name of unknown) process.stderr.write(`no case is called ${name}\n`);
  process.stderr.write(
    `npm run bench -- [CASE…] [--peer NAME…] [--threads N] [--quick] [--write]\n\n${lines.join("\n")}\n`,
  );
  process.exit(unknown.length > 0 ? 1 : 0);
}

const began = Date.now();
const tell = (text: string): void => {
  process.stderr.write(`  [${((Date.now() - began) / 1000).toFixed(0)} s] ${text}\n`);
};

/** A peer is named by any part of its name. */
const wanted = (peer: string): boolean =>
  flags.peer === undefined ||
  flags.peer.some((part) => peer.toLowerCase().includes(part.toLowerCase()));

for (const name of positionals.length === 0 ? Object.keys(cases) : positionals) {
  const folder = mkdtempSync(join(tmpdir(), "autoencoders-bench-"));
  const one = cases[name] as SpeedCase;
  process.stdout.write(`${name}: ${one.about}\n`);
  try {
    const result = await runCase(
      one,
      {
        name,
        folder,
        threads: flags.threads === undefined ? availableParallelism() : Number(flags.threads),
        quick: flags.quick,
        python: process.env["AE_PYTHON"] ?? "python3",
        tell,
      },
      wanted,
    );
    process.stdout.write(printed(result));
    if (flags.write) await writeResults(name, result, Object.keys(cases));
  } catch (error) {
    const [how, why] = error instanceof NoData ? ["left out", error.message] : ["failed", error];
    process.stdout.write(`  ${how}: ${String(why)}\n\n`);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
