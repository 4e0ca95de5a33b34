/** Results kept for docs/benchmarks.md: one case can be measured again alone. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { format, resolveConfig } from "prettier";
import { machineWords } from "./machine.ts";
import type { Kept } from "./pages.ts";
import { resultsPage, withResults } from "./pages.ts";
import type { CaseResult } from "./run.ts";

const KEPT = join(process.cwd(), "docs/benchmarks.json");
const PAGE = join(process.cwd(), "docs/benchmarks.md");

/** Writes a case's results, and the page's tables from all that are kept, in the order of `names`. */
export async function writeResults(
  name: string,
  result: CaseResult,
  names: readonly string[],
): Promise<void> {
  const date = new Date().toISOString().slice(0, 10);
  const all = { ...readKept(), [name]: { date, machine: machineWords(), ...result } };
  const kept = Object.fromEntries(
    names.flatMap((known) => (all[known] === undefined ? [] : [[known, all[known]] as const])),
  );
  await writeFormatted(KEPT, JSON.stringify(kept));
  await writeFormatted(PAGE, withResults(readFileSync(PAGE, "utf8"), resultsPage(kept)));
}

function readKept(): Kept {
  return existsSync(KEPT) ? (JSON.parse(readFileSync(KEPT, "utf8")) as Kept) : {};
}

async function writeFormatted(path: string, text: string): Promise<void> {
  writeFileSync(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
}
