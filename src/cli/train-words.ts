/** What `ae train` says: what it reads, how it ended, what comes next. */
import type { OpenOptions } from "../data/open.ts";
import type { Source } from "../data/source.ts";
import type { ModelInfo } from "../model/types.ts";
import { formatCount, formatDuration, formatLarge } from "../report/format.ts";
import type { Context } from "./context.ts";
import { listed, quoted } from "./names.ts";
import { lossText } from "./progress.ts";
import type { Colors } from "./terminal.ts";
import type { TrainSettings } from "./settings.ts";

export function describeSource(source: Source): string {
  const rows = formatCount(source.rows, source.kind === "images" ? "image" : "row");
  switch (source.kind) {
    case "table":
      return `a table of ${rows}, ${formatCount(source.columns.length, "column")}`;
    case "images":
      return `${rows} of ${source.height} × ${source.width}, ${source.channels === 1 ? "grey" : formatCount(source.channels, "channel")}`;
    case "array":
      return `an array of ${rows}, ${source.shape.join(" × ")} each`;
    case "interactions": {
      const { rows: users, items, data } = source;
      return `${formatCount(data.codes.length, "interaction")} of ${formatCount(users, "user")} with ${formatCount(items.length, "item")}`;
    }
    case "series": {
      const { points, channels, window, stride, rows: windows } = source;
      const steps = formatCount(
        points.rows.reduce((sum, row) => sum + Number(row >= 0), 0),
        "row",
      );
      const each = stride === 1 ? "" : `, one every ${stride} steps`;
      return `${points.names.length === 1 ? "a series" : `${points.names.length.toLocaleString("en")} series`} of ${steps}, ${formatCount(channels.length, "channel")}: ${formatCount(windows, "window")} of ${formatCount(window, "step")}${each}`;
    }
  }
}

export function sayTrained(
  { terminal }: Context,
  { training, parameters, head }: ModelInfo,
  { output, data, open, report }: TrainSettings,
): void {
  const { history, bestEpoch } = training;
  const best = history[bestEpoch - 1];
  const { bold, dim, green } = terminal.colors;
  const ended =
    training.stopped === "epochs done"
      ? ""
      : `, ended as ${endings[training.stopped] ?? training.stopped}`;
  terminal.say(
    `${formatCount(history.length, "epoch")} in ${formatDuration(training.seconds)}${ended}`,
  );
  if (best !== undefined) {
    const heldOut = best.validationLoss !== undefined && best.validationTerms !== undefined;
    const loss = heldOut
      ? `held-out ${lossText(best.validationLoss ?? 0, best.validationTerms ?? {})}`
      : lossText(best.loss, best.terms);
    terminal.say(`best epoch ${bestEpoch}: ${loss}`);
  }
  for (const line of diagnosisLines(training.warnings, terminal.colors)) terminal.say(line);
  terminal.say(`${green("done")} ${bold(output)}, ${formatLarge(parameters)} parameters`);
  const on = `${quoted(output)} ${quoted(data)}${readFlags(open)}`;
  const label = open.label === undefined ? "" : ` --label ${quoted(open.label)}`;
  terminal.say(dim("next:"));
  if (head !== undefined) terminal.say(dim(`  ae predict ${on}`));
  if (open.as === "interactions") {
    // The model knows its columns.
    const later = open.until === undefined ? "" : " --by-time";
    terminal.say(dim(`  ae evaluate ${quoted(output)} ${quoted(data)}${later}`));
    terminal.say(dim(`  ae recommend ${quoted(output)} ${quoted(data)} -k 10`));
    return;
  }
  const asked = open.as === "series" ? "--intervals" : "--explain 3";
  terminal.say(dim(`  ae score ${on} ${asked} --top 10`));
  if (report === undefined) terminal.say(dim(`  ae report ${on}${label}`));
}

/** What the doctor saw and what to try, two lines each. */
export function diagnosisLines(
  found: ModelInfo["training"]["warnings"],
  { bold, yellow }: Pick<Colors, "bold" | "yellow">,
): readonly string[] {
  return found.flatMap(({ severity, saw, advice }) => [
    `${severity === "warning" ? yellow(bold("warning")) : bold("note")} ${saw}`,
    `  ${advice}`,
  ]);
}

/** The flags without which the same data could not be read for the model. */
function readFlags({ select, drop, array, shape, as }: OpenOptions): string {
  // What a model of series knows of its data need not be said again.
  if (as === "series") return array === undefined ? "" : ` --array ${quoted(array)}`;
  const flags = {
    select: select?.map(listed).join(","),
    drop: drop?.map(listed).join(","),
    array,
    shape: shape?.join("x"),
    as,
  };
  return Object.entries(flags)
    .map(([name, value]) => (value === undefined ? "" : ` --${name} ${quoted(value)}`))
    .join("");
}

/** After "ended as". */
const endings: Readonly<Record<string, string>> = {
  "no better for a while": "it got no better on held-out rows",
  "time is up": "the time was up",
};

/** The object that `--json` prints. */
export function summaryOf(info: ModelInfo, output: string, report: string | undefined) {
  const { training, family, body, latent, parameters, head } = info;
  const best = training.history[training.bestEpoch - 1];
  return {
    model: output,
    ...(report === undefined ? {} : { report }),
    family: family.name,
    body: body.name,
    latent,
    parameters,
    data: training.data,
    rows: training.rows,
    validationRows: training.validationRows,
    epochs: training.history.length,
    bestEpoch: training.bestEpoch,
    stopped: training.stopped,
    ...(head === undefined ? {} : { head }),
    warnings: training.warnings,
    loss: best?.loss,
    terms: best?.terms,
    validationLoss: best?.validationLoss,
    validationTerms: best?.validationTerms,
    seconds: training.seconds,
    seed: training.seed,
  };
}
