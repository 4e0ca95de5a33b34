/**
 * Accuracy on public data, for docs/results.md: `AE_DATA=folder npm run accuracy -- NAME…`.
 * Exit code 1 if a figure misses its target.
 */
import process from "node:process";
import { adbench } from "./adbench.ts";
import { alarms } from "./alarms.ts";
import type { AccuracyCase, Figure } from "./case.ts";
import { codeBooks, sparsity } from "./codes.ts";
import { collapse } from "./collapse.ts";
import { denoisingCase } from "./denoising.ts";
import { digits } from "./digits.ts";
import { explain } from "./explain.ts";
import { fewLabels } from "./few-labels.ts";
import { fields } from "./fields.ts";
import { imageCompression } from "./image-compression.ts";
import { importance, likelihood } from "./likelihood.ts";
import { recommendation } from "./recommendation.ts";
import { series } from "./series.ts";
import { synthesis } from "./synthesis.ts";

/** Adding a case is one line here. */
const cases: Readonly<Record<string, AccuracyCase>> = {
  digits,
  likelihood,
  importance,
  sparsity,
  "code-books": codeBooks,
  collapse,
  adbench,
  alarms,
  series,
  explain,
  denoising: denoisingCase,
  synthesis,
  recommendation,
  "few-labels": fewLabels,
  fields,
  "image-compression": imageCompression,
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !Object.hasOwn(cases, name));
if (names.length === 0 || unknown.length > 0) {
  const lines = Object.entries(cases).map(([name, { about }]) => `  ${name.padEnd(12)} ${about}`);
  process.stderr.write(`npm run accuracy -- NAME…, with AE_DATA set:\n${lines.join("\n")}\n`);
  process.exit(unknown.length > 0 ? 1 : 0);
}

const began = Date.now();
const tell = (text: string): void => {
  process.stderr.write(`  [${((Date.now() - began) / 1000).toFixed(0)} s] ${text}\n`);
};
for (const name of names) {
  const one = cases[name] as AccuracyCase;
  process.stdout.write(`${name}: ${one.about}\n`);
  for await (const figure of one.run(tell)) {
    process.stdout.write(`  ${lineOf(figure)}\n`);
    if (!meets(figure)) process.exitCode = 1;
  }
}

function meets({ value, target }: Figure): boolean {
  if (target === undefined) return true;
  return "atMost" in target ? value <= target.atMost : value >= target.atLeast;
}

function lineOf(figure: Figure): string {
  const { name, value, target } = figure;
  const figures = (x: number): string => String(Number(x.toPrecision(5)));
  const wanted =
    target === undefined
      ? ""
      : `, asked ${"atMost" in target ? `at most ${figures(target.atMost)}` : `at least ${figures(target.atLeast)}`}: ${meets(figure) ? "met" : "MISSED"}`;
  return `${name}: ${figures(value)}${wanted}`;
}
