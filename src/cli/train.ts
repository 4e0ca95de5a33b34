/** `ae train`: from data to a model file. */
import { stat } from "node:fs/promises";
import { Option } from "commander";
import type { Command } from "commander";
import { inputError } from "../base/errors.ts";
import type { Source } from "../data/source.ts";
import { familyNames, families } from "../families/index.ts";
import { familyBehind, usualNames } from "../families/usual-names.ts";
import type { Context } from "./context.ts";
import { addDataOptions } from "./data-options.ts";
import type { LoadedModel } from "./model-verb.ts";
import { addExamples } from "./model-verb.ts";
import { quoted } from "./names.ts";
import { requireFolder } from "./outputs.ts";
import { shortcuts } from "./own-options.ts";
import { readProgress, trainProgress } from "./progress.ts";
import type { TrainSettings } from "./settings.ts";
import { readSettings } from "./settings.ts";
import { modelOptions, placeOptions, runOptions, takenNames } from "./train-options.ts";
import { describeSource, sayTrained, summaryOf } from "./train-words.ts";

export function define(command: Command, context: Context): void {
  command
    .argument("[data]", "a file, a folder of images, a glob or demo:NAME")
    .option(placeOptions.output.flags, placeOptions.output.help)
    .option(placeOptions.clean.flags, placeOptions.clean.help)
    .option(placeOptions.report.flags, placeOptions.report.help)
    .option("--config <file>", "options from a .yaml, .toml or .json file; flags win over it")
    .option("--json", "at the end, one object about the model on standard output");
  command.optionsGroup("Model:");
  for (const { flags, help } of Object.values(modelOptions)) command.option(flags, help);
  command.option(
    "--set <name=value>",
    "an option of the family or the body by its own name",
    (pair: string, before?: readonly string[]) => [...(before ?? []), pair],
  );
  const family = familyAsked(context.argv);
  for (const [kind, title] of [
    ["body", "Options of bodies:"],
    ["family", `Options of the ${family ?? ""} family:`],
  ] as const) {
    command.optionsGroup(title);
    // Those of all families would bury the rest: they are taken, and shown for the one asked for.
    const hidden = kind === "family" && family === undefined;
    for (const shortcut of shortcuts(takenNames, family)) {
      if (shortcut.kind !== kind) continue;
      const option = new Option(shortcut.flags, shortcut.help);
      command.addOption(hidden ? option.hideHelp() : option);
    }
  }
  command.optionsGroup("Training:");
  for (const { flags, help } of Object.values(runOptions)) command.option(flags, help);
  command.option("--no-resume", "start over, although there is a checkpoint");
  addDataOptions(command);
  command.addHelpText(
    "after",
    `\nFamilies:\n${familyNames.map((name) => `  ${name.padEnd(18)} ${families[name].summary}`).join("\n")}

They also answer to: ${Object.keys(usualNames).join(", ")}.
A family's own options: ae train --family NAME --help

Ctrl-C saves a checkpoint; the same command with --resume goes on from there, to the same
weights as if it had not been stopped. A second Ctrl-C ends at once.

A configuration file holds the same options by name:
  data: payments.csv
  drop: [id]
  family: { name: variational, latent: 8, beta: 4, body: { name: dense, hidden: [64, 32] } }
  epochs: 50`,
  );
  addExamples(command, [
    "ae train payments.csv --drop id --label fraud -o payments.onnx",
    "ae train faces/ --size 64x64 --family variational --body conv --latent 32 --time 10m",
    "ae train train-images-idx3-ubyte.gz --family variational --likelihood bernoulli --latent 20",
    "ae train features.npz --array X --label y --hidden 64,32 --set activation=gelu",
    "ae train --config run.yaml --seed 2",
  ]);
  command.action((data: string | undefined, { config, ...flags }: { readonly config?: string }) =>
    run(context, { ...flags, data }, config),
  );
}

/** The family whose options help shall show, by its own name. */
function familyAsked(argv: readonly string[]): string | undefined {
  if (!argv.some((word) => word === "--help" || word === "-h")) return undefined;
  const at = argv.indexOf("--family");
  const joined = argv.find((word) => word.startsWith("--family="))?.slice("--family=".length);
  const name = at >= 0 ? argv[at + 1] : joined;
  const behind = name === undefined ? undefined : familyBehind(name);
  return behind !== undefined && Object.hasOwn(families, behind) ? behind : undefined;
}

async function run(
  context: Context,
  flags: Readonly<Record<string, unknown>>,
  config: string | undefined,
): Promise<void> {
  const { terminal, signal } = context;
  const settings = await readSettings(flags, config);
  const { output, report } = settings;
  const checkpoint = settings.options.checkpoint ?? `${output}.checkpoint`;
  await requireFolder(output);
  if (report !== undefined) await requireFolder(report);
  await requireFolder(checkpoint);
  await checkResume(context, settings, checkpoint);

  const { openData } = await import("../data/open.ts");
  const { train } = await import("../model/train.ts");
  const { limitReaders, roomFor } = await import("../model/room.ts");
  const { memory } = settings.options;
  // Opening a table looks at all of it.
  if (memory !== undefined) await limitReaders(roomFor(memory));
  terminal.status(`reading ${settings.data}`);
  const source = await openData(settings.data, settings.open);
  terminal.say(`${terminal.colors.bold(source.name)}: ${describeSource(source)}`);
  const began = Date.now();
  const progress = trainProgress(terminal);
  let model: LoadedModel;
  try {
    model = await train(settings.family, source, {
      ...settings.options,
      ...(settings.clean === undefined
        ? {}
        : { clean: await openData(settings.clean, settings.open) }),
      checkpoint,
      signal,
      on: progress.onEpoch,
      onProgress: progress.onProgress,
      onRead: readProgress(terminal),
      // What the doctor saw is said at the end, where it stands out.
      onNote: (note, diagnosis) => {
        if (diagnosis === undefined) terminal.say(`  ${terminal.colors.dim(note)}`);
      },
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    await sayStopped(context, checkpoint, began);
    return;
  }
  try {
    await model.save(output);
    sayTrained(context, model.info, settings);
    if (report !== undefined) await writeReport(context, model, source, report);
    if (flags["json"] === true) {
      await terminal.out(`${JSON.stringify(summaryOf(model.info, output, report), null, 2)}\n`);
    }
  } finally {
    await model.close();
  }
}

/** An interrupted run is not thrown away by accident. */
async function checkResume(
  { terminal }: Context,
  { options }: TrainSettings,
  checkpoint: string,
): Promise<void> {
  const held = await modifiedAt(checkpoint);
  if (held !== undefined && options.resume === undefined) {
    throw inputError("train.checkpoint", {
      place: checkpoint,
      expected: "no checkpoint of an earlier run",
      got: "one",
      hint: "add --resume to go on from it, or --no-resume to start over",
    });
  }
  if (held === undefined && options.resume === true) {
    terminal.say(`no checkpoint at ${checkpoint}: starting from the beginning`);
  }
}

async function modifiedAt(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}

async function sayStopped(
  { terminal, argv }: Context,
  checkpoint: string,
  began: number,
): Promise<void> {
  const saved = await modifiedAt(checkpoint);
  // The clock of the disk may be coarse.
  if (saved === undefined || saved < began - 2000) {
    terminal.say("stopped before the first step: nothing to keep");
    return;
  }
  const again = argv.filter((word) => !["--resume", "--no-resume"].includes(word));
  terminal.say(`stopped; the state is kept in ${checkpoint}. To go on:`);
  terminal.say(`  ae ${[...again, "--resume"].map(quoted).join(" ")}`);
}

async function writeReport(
  { terminal, signal }: Context,
  model: LoadedModel,
  source: Source,
  path: string,
): Promise<void> {
  terminal.status("writing the report");
  const page = await model.report(source, { signal });
  const { writeFileSafely } = await import("../model/file.ts");
  await writeFileSafely(path, page);
  terminal.say(`report written to ${path}: open it in a browser`);
}
