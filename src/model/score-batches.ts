/** Scores a chunk at a time: of rows, of windows with what their points need, by either rule. */
import type { Tensor } from "../base/tensor.ts";
import type { Preprocessing } from "../data/preprocessing.ts";
import type { SeriesWindows } from "../data/source.ts";
import { alarmsOf } from "../detect/calibration.ts";
import { featuresOf } from "../losses/layout.ts";
import type { Fetches } from "../runtime/engine.ts";
import type { Scores } from "./answers.ts";
import { blameFrom } from "./blame.ts";
import { explainedRows, requireWhole } from "./chunks.ts";
import { OUTPUTS, asReconstruction, expectedNames, reconstructionNames } from "./inference.ts";
import type { MeasuredBatch } from "./recalibrate.ts";
import type { Runner } from "./runner.ts";
import type { WindowBatch } from "./score-points.ts";
import type { Data, ScoreOptions, VerbOptions } from "./verb-options.ts";

/** How unusual each row is. */
export async function* scoreBatches(
  { file, preprocessing, runAll }: Runner,
  data: Data,
  verb: ScoreOptions = {},
): AsyncIterable<Scores> {
  const { info, calibration } = file;
  const { explain = 0, by = "distance" } = verb;
  requireWhole("explain, the number of shares", explain, 0);
  const output = by === "reconstruction" ? OUTPUTS.reconstruction : OUTPUTS.score;
  const judged = by === "distance" && preprocessing.kind !== "series";
  const scoresOf = (out: Fetches): Scores => {
    const scores = (out[output] as Tensor<"float32">).data;
    return judged ? { scores, ...alarmsOf(scores, calibration, info.alarms) } : { scores };
  };
  if (explain === 0) {
    yield* runAll(data, verb, [output], {
      own: true,
      make: scoresOf,
    });
    return;
  }
  const shares = by === "reconstruction" ? OUTPUTS.reconstructionParts : OUTPUTS.parts;
  // Of interactions the file says no more than what the model gives back.
  const expected = judged ? expectedNames(file) : [];
  const names = expected.length > 0 ? expected : reconstructionNames(file);
  yield* runAll(data, explained(preprocessing, verb), [output, shares, ...names], {
    // What the rows hold is shown beside what was expected.
    own: false,
    make: (out, rows, count): Scores => ({
      ...scoresOf(out),
      blame: blameFrom(
        preprocessing,
        out[shares] as Tensor<"float32">,
        rows,
        preprocessing.rows(expected.length > 0 ? asReconstruction(out) : out, count),
        explain,
      ),
    }),
  });
}

/** Windows with all parts of their scores. */
export async function* windowBatches(
  { preprocessing, runAll }: Runner,
  data: Data,
  verb: VerbOptions,
): AsyncIterable<WindowBatch> {
  yield* runAll(data, explained(preprocessing, verb), [OUTPUTS.score, OUTPUTS.parts], {
    own: true,
    make: ({ score, parts }, rows) => ({
      rows: rows as SeriesWindows,
      scores: (score as Tensor<"float32">).data,
      parts: (parts as Tensor<"float32">).data,
    }),
  });
}

/** By the rule and by the family's own loss, of series with all that points need. */
export async function* bothScores(
  { preprocessing, runAll }: Runner,
  data: Data,
  verb: VerbOptions,
): AsyncIterable<MeasuredBatch> {
  const places = preprocessing.kind === "series" ? [OUTPUTS.parts] : [];
  const wide = places.length > 0 ? explained(preprocessing, verb) : verb;
  yield* runAll(data, wide, [OUTPUTS.score, OUTPUTS.reconstruction, ...places], {
    own: true,
    make: (out, rows) => ({
      rows,
      scores: (out[OUTPUTS.score] as Tensor<"float32">).data,
      reconstruction: (out[OUTPUTS.reconstruction] as Tensor<"float32">).data,
      parts: (out[OUTPUTS.parts] as Tensor<"float32"> | undefined)?.data,
    }),
  });
}

/** Explained scores take more memory a row. */
function explained({ layout }: Preprocessing, verb: VerbOptions): VerbOptions {
  return { chunk: explainedRows(featuresOf(layout)), ...verb };
}
