/** `ae evaluate`: figures, with a control beside them. */
import type { Command } from "commander";
import type { Evaluation } from "../evaluate/evaluation.ts";
import { formatCount, formatNumber } from "../report/format.ts";
import type { Context } from "./context.ts";
import { addDataOptions } from "./data-options.ts";
import { THREADS_FLAGS, addExamples, openSource, withModel } from "./model-verb.ts";
import { rowProgress } from "./progress.ts";
import type { Colors } from "./terminal.ts";
import { printable } from "./terminal.ts";

interface Options extends Readonly<Record<string, unknown>> {
  readonly json?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .argument("<model>", "a model made by ae train")
    .argument("<data>", "data it was not trained on, for an honest answer")
    .option("--json", "one object: model, data, rows, metrics, controls, verdict")
    .option(...THREADS_FLAGS)
    .action((model: string, data: string, options: Options) => run(context, model, data, options));
  addDataOptions(command);
  addExamples(command, [
    "ae evaluate fashion.onnx t10k-images-idx3-ubyte.gz",
    "ae evaluate payments.onnx next-month.csv --json",
  ]);
  command.addHelpText(
    "after",
    "\nThe control is PCA with as many numbers a row: a model that does not beat it was not worth training.",
  );
}

async function run(context: Context, path: string, data: string, options: Options): Promise<void> {
  const { terminal, signal } = context;
  await withModel(path, options, async (model) => {
    const source = await openSource(context, data, options, model);
    const onProgress = rowProgress(terminal, "evaluating");
    const evaluation = await model.evaluate(source, { signal, onProgress });
    terminal.status("");
    await terminal.out(
      options.json === true
        ? `${JSON.stringify(evaluation, null, 2)}\n`
        : `${printable(evaluationText(evaluation, path, terminal.outColors))}\n`,
    );
  });
}

/** A column a contender, a line a metric. */
export function evaluationText(
  { model, data, rows, metrics, controls, verdict }: Evaluation,
  path: string,
  colors: Pick<Colors, "bold" | "dim">,
): string {
  const contenders: readonly (readonly [string, Readonly<Record<string, number>>])[] = [
    ["model", metrics],
    ...Object.entries(controls),
  ];
  const names = [...new Set(contenders.flatMap(([, figures]) => Object.keys(figures)))];
  const first = Math.max(...names.map((name) => name.length));
  const cells = names.map((name) =>
    contenders.map(([, figures]) => {
      const value = figures[name];
      return value === undefined ? "" : formatNumber(value);
    }),
  );
  const widths = contenders.map(([name], i) =>
    Math.max(name.length, ...cells.map((line) => (line[i] ?? "").length)),
  );
  const lineOf = (texts: readonly string[]): string =>
    texts.map((text, i) => text.padStart(widths[i] ?? 0)).join("  ");
  return [
    `${colors.bold(path)}: ${model.family} autoencoder, ${model.body} body, latent ${model.latent}`,
    `on ${data}, ${formatCount(rows, "row")}`,
    "",
    colors.dim(`  ${" ".repeat(first)}  ${lineOf(contenders.map(([name]) => name))}`),
    ...names.map((name, i) => `  ${name.padEnd(first)}  ${lineOf(cells[i] ?? [])}`),
    "",
    verdict,
  ].join("\n");
}
