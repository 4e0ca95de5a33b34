/** `ae threshold`: when a score raises an alarm. Set anew without training. */
import type { Command } from "commander";
import { inputError } from "../base/errors.ts";
import type { Source } from "../data/source.ts";
import { alarmsOf, watchDrift } from "../detect/calibration.ts";
import type { AlarmRule, Model, ModelInfo } from "../model/types.ts";
import { formatNumber, formatShare } from "../report/format.ts";
import { calibratedOn, nounOf, promiseText } from "./alarm-words.ts";
import type { Context } from "./context.ts";
import { addDataOptions } from "./data-options.ts";
import { THREADS_FLAGS, addExamples, openSource, withModel } from "./model-verb.ts";
import { requireFolder } from "./outputs.ts";
import { rowProgress } from "./progress.ts";
import { number, share } from "./values.ts";

interface Options extends Readonly<Record<string, unknown>> {
  readonly falseAlarms?: string;
  readonly contamination?: string;
  readonly quantile?: string;
  readonly score?: string;
  readonly output?: string;
  readonly json?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .argument("<model>", "a model made by ae train")
    .argument("[data]", "usual rows that training did not see (default: those from before)")
    .option(
      "--false-alarms <share>",
      "at most this share of usual rows raises an alarm, as 1% or 0.01",
    )
    .option("--contamination <share>", "so much of DATA is taken to be unusual, as 2%")
    .option("--quantile <share>", "alarms begin above this quantile of the scores, as 0.99")
    .option("--score <number>", "alarms begin above this score")
    .option("-o, --output <file>", "the model with its new threshold (default: MODEL itself)")
    .option("--json", "one object on standard output: the threshold before and after")
    .option(...THREADS_FLAGS)
    .action((model: string, data: string | undefined, options: Options) =>
      run(context, model, data, options),
    );
  addDataOptions(command);
  addExamples(command, [
    "ae threshold payments.onnx",
    "ae threshold payments.onnx last-week.csv",
    "ae threshold payments.onnx last-week.csv --false-alarms 0.1% -o strict.onnx",
    "ae threshold payments.onnx --score 2.5",
  ]);
  command.addHelpText(
    "after",
    `
With MODEL alone it says where alarms begin, and changes nothing.

A row raises an alarm when its score lies above the threshold. ae train sets it by the rows that were
held out, at 1% of false alarms (more, where they are too few to promise that). With DATA it is set by
the scores of those rows; without, only the rule changes. No rule: the one from before. The weights stay
as they are. The model is replaced in one step: whoever reads it finds the old or the new one.

--false-alarms  a promise for rows that are like those of DATA: a usual one raises an alarm with at most
                that chance, whatever the data. Odd rows in DATA make alarms fewer, never more. 1% takes
                at least 99 rows, 0.1% at least 999.
--contamination when it is known how many rows of DATA are odd.
--quantile      as --contamination, seen from below: 0.99 is 1%.
--score         a number of your own; the score of a usual row is about 1, twice as far out is 2.`,
  );
}

async function run(
  context: Context,
  path: string,
  data: string | undefined,
  options: Options,
): Promise<void> {
  const { terminal, signal } = context;
  const rule = ruleOf(options);
  const output = options.output ?? path;
  await requireFolder(output);
  await withModel(path, options, async (model) => {
    const json = async (more: object): Promise<void> => {
      if (options.json === true)
        await terminal.out(`${JSON.stringify({ model: path, ...more })}\n`);
    };
    if (data === undefined && rule === undefined) {
      if (options.output !== undefined) throw nothingToDo();
      if (options.json !== true) await terminal.out(`${standing(model)}\n`);
      return json({ alarms: model.info.alarms });
    }
    const source = data === undefined ? undefined : await openSource(context, data, options, model);
    const changed = await model.recalibrate(source, rule, {
      signal,
      onProgress: rowProgress(terminal, "scoring"),
    });
    try {
      signal.throwIfAborted();
      await changed.save(output);
      terminal.status("");
      for (const line of told(model, changed, source)) terminal.say(line);
      const before = options.output === undefined ? " in place" : "";
      terminal.say(`threshold set${before}: ${output}`);
      await json({ before: model.info.alarms, alarms: changed.info.alarms, output });
    } finally {
      await changed.close();
    }
  });
}

/** @throws `options.invalid` for more than one */
function ruleOf(options: Options): AlarmRule | undefined {
  const given = [
    ["falseAlarms", "--false-alarms", share],
    ["contamination", "--contamination", share],
    ["quantile", "--quantile", share],
    ["score", "--score", number],
  ] as const;
  const asked = given.filter(([name]) => options[name] !== undefined);
  if (asked.length > 1) {
    throw inputError("options.invalid", {
      place: "ae threshold",
      expected: "one rule",
      got: asked.map(([, flag]) => flag).join(" and "),
      hint: "leave out all but one",
    });
  }
  const [first] = asked;
  if (first === undefined) return undefined;
  const [name, flag, read] = first;
  return { [name]: read(options[name], flag) } as unknown as AlarmRule;
}

function nothingToDo(): Error {
  return inputError("options.invalid", {
    place: "ae threshold",
    expected: "DATA, or a rule",
    got: "neither",
    hint: "name rows to set the threshold by, or give --false-alarms, --contamination, --quantile or --score",
  });
}

function standing(model: Pick<Model, "info" | "calibration">): string {
  const { info } = model;
  return [
    `alarms begin above a score of ${formatNumber(info.alarms.value)}`,
    `  ${promiseText(info)}`,
    `  ${above(model, model.calibration, "scores kept of these")}`,
  ].join("\n");
}

function told(model: Model, changed: Model, source: Source | undefined): readonly string[] {
  const [before, after] = [model.info.alarms, changed.info.alarms];
  const drift = watchDrift(model.calibration, { alike: alikeIn(model.info) });
  for (const pValue of alarmsOf(changed.calibration, model.calibration, before).pValues)
    drift.add(pValue);
  const found = drift.drift();
  const rows = nounOf(changed.info);
  return [
    `alarms begin above a score of ${formatNumber(before.value)} → ${formatNumber(after.value)}`,
    `  before: ${promiseText(model.info)}`,
    `  now: ${promiseText(changed.info)}`,
    `  ${above(changed, changed.calibration, after.rows > changed.calibration.length ? "scores kept of these" : `${rows}s it is set by`)}`,
    ...(source !== undefined && after.data === model.info.training.data
      ? [
          `  ${rows}s that it was trained on score too low for that: give ${rows}s that training did not see`,
        ]
      : []),
    ...(source !== undefined && found.drifted
      ? [
          `  these ${rows}s score higher than the ${calibratedOn(model.info)}: half of them above what ${formatShare(found.middle)} of those did`,
        ]
      : []),
  ];
}

/** Points of a window have much of their scores in common. */
export function alikeIn({ schema }: Pick<ModelInfo, "schema">): number {
  return schema.kind === "series" ? schema.window : 1;
}

function above({ info }: Pick<Model, "info">, scores: Float32Array, whose: string): string {
  const { alarms } = alarmsOf(scores, scores, info.alarms);
  const count = alarms.reduce((sum, one) => sum + one, 0);
  return `${formatNumber(count)} of the ${formatNumber(scores.length)} ${whose} (${formatShare(count / Math.max(1, scores.length))}) lie above it`;
}
