/** Alarms set anew: other rows, another rule, the same weights. */
import { inputError, internalError } from "../base/errors.ts";
import type { Rows, SeriesWindows } from "../data/source.ts";
import type { Threshold, ThresholdRule } from "../detect/calibration.ts";
import { calibrationOf, falseAlarmsFor, thresholdOf } from "../detect/calibration.ts";
import { CALIBRATION, THRESHOLD } from "../detect/graph.ts";
import { shortName, sourceOf } from "./data.ts";
import type { ModelFile } from "./file.ts";
import { metadataOf } from "./file.ts";
import { recalibrated } from "./inference.ts";
import { pointScores } from "./score-points.ts";
import { quantilesOf } from "./score-quantiles.ts";
import type { AlarmRule, Data, ModelInfo } from "./types.ts";

/** What a model says of some rows. */
export interface MeasuredBatch {
  readonly rows: Rows;
  /** By the rule. */
  readonly scores: Float32Array;
  /** By the family's own loss. */
  readonly reconstruction: Float32Array;
  /** Of windows of series, `[rows, window, channels]`. */
  readonly parts: Float32Array | undefined;
}

/** @throws `options.invalid` where nothing would change, `threshold.*` for rules that cannot be kept */
export async function recalibratedFile(
  file: ModelFile,
  data: Data | undefined,
  given: AlarmRule | undefined,
  measure: (data: Data) => AsyncIterable<MeasuredBatch>,
): Promise<ModelFile> {
  const { info } = file;
  const asked = given === undefined ? undefined : ruleOf(given);
  if (data === undefined) {
    if (asked === undefined) {
      throw inputError("options.invalid", {
        place: "recalibrate",
        expected: "data, a rule, or both",
        got: "neither",
        hint: "give usual rows, or a rule such as { falseAlarms: 0.01 }",
      });
    }
    const alarms = { ...info.alarms, ...thresholdOf(file.calibration, asked) };
    return fileWith(file, { ...info, alarms }, file.calibration);
  }
  const found = await measured(data, measure);
  const { name } = sourceOf(data);
  const usual = found.points ?? found.scores;
  const sorted = usual.filter(Number.isFinite).sort();
  if (sorted.length === 0) {
    throw inputError("threshold.rows", {
      place: name,
      expected: "rows with scores",
      got: "none",
      hint: "give rows, or series that are longer than a window",
    });
  }
  const threshold = thresholdOf(sorted, asked ?? keptRule(info.alarms, sorted.length));
  const scores: ModelInfo["scores"] = {
    ...info.scores,
    heldOut: true,
    quantiles: quantilesOf(found.scores),
    reconstruction: {
      ...info.scores.reconstruction,
      quantiles: quantilesOf(found.reconstruction),
    },
    ...(found.points === undefined ? {} : { points: quantilesOf(sorted) }),
  };
  const alarms: ModelInfo["alarms"] = {
    ...threshold,
    rows: sorted.length,
    data: shortName(name),
    heldOut: true,
  };
  return fileWith(file, { ...info, scores, alarms }, calibrationOf(sorted));
}

/** @throws `options.invalid` unless it is one rule */
function ruleOf(given: AlarmRule): ThresholdRule {
  const NAMES = {
    falseAlarms: "false-alarms",
    contamination: "contamination",
    quantile: "quantile",
    score: "score",
  } as const;
  const named = Object.entries(given).filter(([, at]) => at !== undefined);
  const [[name, at] = []] = named;
  if (named.length !== 1 || name === undefined || !(name in NAMES)) {
    throw inputError("options.invalid", {
      place: "recalibrate, the rule",
      expected: `one of ${Object.keys(NAMES).join(", ")}`,
      got: named.length === 0 ? "none" : named.map(([one]) => one).join(", "),
      hint: "write { falseAlarms: 0.01 }, say",
    });
  }
  return { by: NAMES[name as keyof typeof NAMES], at: at as number };
}

/** The rule from before; what was as strict as its few rows allowed may now be stricter. */
function keptRule({ by, at, rows }: ModelInfo["alarms"], now: number): ThresholdRule {
  const strictest = by === "false-alarms" && at === falseAlarmsFor(rows);
  return { by, at: strictest ? falseAlarmsFor(now) : at };
}

interface Measures {
  readonly scores: Float32Array;
  readonly reconstruction: Float32Array;
  readonly points: Float32Array | undefined;
}

async function measured(
  data: Data,
  measure: (data: Data) => AsyncIterable<MeasuredBatch>,
): Promise<Measures> {
  const source = sourceOf(data);
  const scores: Float32Array[] = [];
  const reconstruction: Float32Array[] = [];
  async function* windows() {
    for await (const batch of measure(source)) {
      scores.push(batch.scores);
      reconstruction.push(batch.reconstruction);
      if (batch.parts !== undefined)
        yield { rows: batch.rows as SeriesWindows, scores: batch.scores, parts: batch.parts };
    }
  }
  const batches = windows();
  let points: Float32Array | undefined;
  if (source.kind === "series")
    points = Float32Array.from((await pointScores(source, batches)).scores);
  // Nothing comes but what is kept on the way.
  else while ((await batches.next()).done !== true);
  return { scores: joined(scores), reconstruction: joined(reconstruction), points };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function fileWith(file: ModelFile, info: ModelInfo, calibration: Float32Array): ModelFile {
  const threshold: Pick<Threshold, "value"> = info.alarms;
  const model =
    info.schema.kind === "series"
      ? file.model
      : recalibrated(requireAlarms(file).model, { calibration, threshold: threshold.value });
  const changed = { ...file, info, calibration };
  return {
    ...changed,
    model: { ...model, metadata: { ...model.metadata, ...metadataOf(changed) } },
  };
}

/** What is not found by name would stay as it was, in silence. */
function requireAlarms(file: ModelFile): ModelFile {
  const names = new Set(file.model.graph.initializers.map(({ name }) => name));
  const lost = [CALIBRATION, THRESHOLD].find((name) => !names.has(name));
  if (lost === undefined) return file;
  throw internalError("model.calibration", {
    place: `constant ${lost}`,
    expected: "to be in the graph under its own name",
    got: "another name, or none",
  });
}
