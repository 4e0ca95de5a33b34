/** `ae score MODEL -`: rows from standard input as they come, scores to standard output as they are. */
import type { Readable } from "node:stream";
import { AutoencoderError, inputError } from "../base/errors.ts";
import { collectRows } from "../data/json-rows.ts";
import { lineBatches } from "../data/lines.ts";
import type { Source } from "../data/source.ts";
import type { AdaptiveAlarms } from "../detect/adapt.ts";
import type { Blame, ModelInfo, Scores } from "../model/types.ts";
import { formatCount, formatNumber } from "../report/format.ts";
import { alarmSummary } from "./alarm-words.ts";
import { tidy } from "./columns.ts";
import type { Context } from "./context.ts";
import { watchStream } from "./drift-watch.ts";
import { keeper } from "./kept-fields.ts";
import type { LoadedModel } from "./model-verb.ts";

export interface StreamOptions {
  /** Path of the model, to repeat in advice. */
  readonly path: string;
  readonly by: "distance" | "reconstruction";
  /** Reasons a row. */
  readonly explain: number;
  /** Fields to repeat. */
  readonly keep: readonly string[];
  readonly all: boolean;
  /** Stop at the first line that is no row. */
  readonly strict: boolean;
  /** Write the rows that raise an alarm, and no others. */
  readonly only: boolean;
  /** Scores that the threshold follows. */
  readonly adapt: number | undefined;
}

/** Most rows scored together, and most numbers in them. */
const ROWS = 4096;
const NUMBERS = 2 ** 20;

/** @throws `stream.rows` at the end, where lines were no rows */
export async function scoreStream(
  { terminal, signal }: Context,
  input: Readable & { readonly isTTY?: boolean },
  model: LoadedModel,
  options: StreamOptions,
): Promise<void> {
  const { info, calibration } = model;
  const { by, explain, strict } = options;
  const adaptive = await adaptiveFor(model, options.adapt);
  const read = batchReader(info, options);
  const tally = { rows: 0, alarms: 0 };
  const drift = watchStream(terminal, model, options.path);
  if (input.isTTY === true)
    terminal.say(terminal.colors.dim("a row a line, as JSON; end with Ctrl-D"));

  async function write({ entries }: Batch, scores: Scores | undefined): Promise<void> {
    const judged = scores === undefined ? undefined : judgedBy(adaptive, scores);
    const text = textOf(entries, judged, options.only);
    if (text !== "") await terminal.out(text);
    if (judged === undefined) return;
    tally.rows += judged.scores.length;
    for (const alarm of judged.alarms ?? []) tally.alarms += alarm;
    // By the model's own scores, whatever the threshold follows.
    drift.add(scores?.pValues ?? []);
    terminal.status(`scoring  ${formatNumber(tally.rows)} rows`);
  }

  const most = Math.max(16, Math.min(ROWS, Math.floor(NUMBERS / sizeOf(info))));
  let written: Promise<void> = Promise.resolve();
  let scores: Promise<Scores> | undefined;
  let failure: AutoencoderError | undefined;
  try {
    for await (const lines of lineBatches(input, { most, signal })) {
      const batch = read.batch(lines);
      const own = batch.rows === undefined ? undefined : model.score(batch.rows, { by, explain });
      // Looked at in its turn.
      own?.catch(() => {});
      scores = own ?? scores;
      const before = written;
      written = before.then(async () => write(batch, await own));
      written.catch(() => {});
      // While one batch is scored the next is read, and no more: then the input waits.
      await before;
      failure ??= batch.failure;
      if (strict && failure !== undefined) break;
    }
    await written;
  } finally {
    // The engine is closed next, which must not be in the middle of a run.
    await scores?.catch(() => {});
  }
  terminal.status("");
  if (signal.aborted) terminal.say(`stopped after ${formatCount(read.lines(), "row")}`);
  terminal.say(
    by === "reconstruction"
      ? `${formatCount(tally.rows, "row")} scored`
      : adaptive === undefined
        ? alarmSummary(tally, { info, calibration })
        : `${formatNumber(tally.alarms)} of ${formatCount(tally.rows, "row")} raise an alarm; it now begins above a score of ${formatNumber(adaptive.threshold())}`,
  );
  if (failure === undefined) return;
  throw strict ? failure : badRows(read.bad(), read.lines(), failure);
}

async function adaptiveFor(
  { info, calibration }: LoadedModel,
  count: number | undefined,
): Promise<AdaptiveAlarms | undefined> {
  if (count === undefined) return undefined;
  if (info.alarms.by === "score") {
    throw inputError("options.invalid", {
      place: "--adapt",
      expected: "a model whose threshold was set by a rule",
      got: "one with a score that was given",
      hint: "set a rule first: ae threshold MODEL --false-alarms 1%",
    });
  }
  const { adaptiveAlarms } = await import("../detect/adapt.ts");
  return adaptiveAlarms(calibration, info.alarms, count);
}

function judgedBy(adaptive: AdaptiveAlarms | undefined, scores: Scores): Scores {
  return adaptive === undefined ? scores : { ...scores, ...adaptive.judge(scores.scores) };
}

/** Numbers or words in a row. */
function sizeOf({ schema }: ModelInfo): number {
  switch (schema.kind) {
    case "table":
      return schema.columns.length;
    case "images":
      return schema.height * schema.width * schema.channels;
    case "array":
      return schema.shape.reduce((product, one) => product * one, 1);
    case "series":
    case "interactions":
      return 1;
  }
}

/** A line: a row to be scored, or what is wrong with it. */
interface Entry {
  readonly row: number;
  /** Fields to repeat, as JSON that follows others. */
  readonly kept: string;
  readonly error?: string;
}

interface Batch {
  readonly entries: readonly Entry[];
  /** Those without an error; absent where there are none. */
  readonly rows: Source | undefined;
  /** The first. */
  readonly failure: AutoencoderError | undefined;
}

function batchReader(info: ModelInfo, { keep, all, strict }: StreamOptions) {
  const keptOf = keeper(info.schema.kind, keep, all);
  let row = 0;
  let bad = 0;
  return {
    lines: (): number => row,
    bad: (): number => bad,
    batch: (lines: readonly (string | null)[]): Batch => {
      const collected = collectRows(info, lines.length);
      const entries: Entry[] = [];
      let failure: AutoencoderError | undefined;
      for (const line of lines) {
        if (line?.trim() === "") continue;
        row += 1;
        let kept = "";
        try {
          const value = parsed(line, row);
          kept = keptOf(value, line ?? "");
          collected.add(value, `row ${row}`);
          entries.push({ row, kept });
        } catch (error) {
          if (!(error instanceof AutoencoderError)) throw error;
          failure ??= error;
          bad += 1;
          if (strict) break;
          entries.push({ row, kept, error: sentenceOf(error) });
        }
      }
      return { entries, rows: collected.count === 0 ? undefined : collected.take(), failure };
    },
  };
}

function parsed(line: string | null, row: number): unknown {
  if (line !== null) {
    try {
      return JSON.parse(line);
    } catch {
      // Told below.
    }
  }
  throw inputError("data.json", {
    place: `row ${row}`,
    expected: "a line of JSON",
    got: line === null ? "a line of more than 64 MB" : JSON.stringify(line.slice(0, 60)),
  });
}

function textOf(entries: readonly Entry[], found: Scores | undefined, only: boolean): string {
  const lines: string[] = [];
  let at = 0;
  for (const { row, kept, error } of entries) {
    if (error !== undefined) {
      lines.push(`{"row":${row},"error":${JSON.stringify(error)}${kept}}\n`);
      continue;
    }
    const i = at;
    at += 1;
    if (found === undefined || (only && found.alarms?.[i] !== 1)) continue;
    const { scores, pValues, alarms, blame } = found;
    const judged =
      pValues === undefined
        ? ""
        : `,"p_value":${numberText(pValues[i])},"alarm":${alarms?.[i] === 1}`;
    const reasons =
      blame === undefined ? "" : `,"reasons":${JSON.stringify(blame[i]?.map(tidied))}`;
    lines.push(`{"row":${row},"score":${numberText(scores[i])}${judged}${reasons}${kept}}\n`);
  }
  return lines.join("");
}

function numberText(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? "null" : String(tidy(value));
}

function tidied({ column, share, actual, expected }: Blame): Blame {
  const cell = (value: Blame["actual"]) => (typeof value === "number" ? tidy(value) : value);
  return { column, share: tidy(share), actual: cell(actual), expected: cell(expected) };
}

/** What is wrong, without advice and full stop. */
function sentenceOf({ parts: { place, expected, got } }: AutoencoderError): string {
  return `${place}: expected ${expected}, got ${got}`;
}

function badRows(bad: number, lines: number, first: AutoencoderError): Error {
  return inputError("stream.rows", {
    place: "standard input",
    expected: "rows that the model can take",
    got: `${formatNumber(bad)} of ${formatCount(lines, "line")} that are none; the first: ${sentenceOf(first)}`,
    hint: "the others were scored; each bad one has a line with its error",
  });
}
