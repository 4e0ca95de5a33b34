/** A fitted model: each verb, over the graph of its file. */
import type { Matrix, Tensor } from "../base/tensor.ts";
import { alarmsOf } from "../detect/calibration.ts";
import { concatRows } from "../data/rows.ts";
import type { Rows, SeriesWindows } from "../data/source.ts";
import { modelParts, writeModel } from "../onnx/write.ts";
import type { Denoised, Recommendations } from "./answers.ts";
import { decode, generate } from "./decode.ts";
import type { ModelFile } from "./file.ts";
import { writeFileSafely } from "./file.ts";
import { OUTPUTS, reconstructionNames } from "./inference.ts";
import { gathered, joinMatrices, joinScores, matrixFrom } from "./joins.ts";
import { predict } from "./predict.ts";
import { originsOf } from "./prior.ts";
import type { RunnerOptions } from "./runner.ts";
import { runnerOf } from "./runner.ts";
import { bothScores, scoreBatches, windowBatches } from "./score-batches.ts";
import { foldedRows, pointScores, requireSeries } from "./score-points.ts";
import type { Generative, Model } from "./types.ts";
import type { Data, DenoiseOptions, VerbOptions } from "./verb-options.ts";

export function fittedModel(
  file: ModelFile,
  name: string,
  options: RunnerOptions = {},
): Model & Partial<Generative> {
  const { model, info, calibration } = file;
  const runner = runnerOf(file, name, options);
  const { preprocessing, run, runAll } = runner;
  const reconstructed = reconstructionNames(file);

  async function* encodeBatches(data: Data, verb: VerbOptions = {}): AsyncIterable<Matrix> {
    yield* runAll(data, verb, [OUTPUTS.latent], {
      own: true,
      make: ({ latent }) => matrixFrom(latent as Tensor<"float32">),
    });
  }

  async function* reconstructBatches(data: Data, verb: VerbOptions = {}): AsyncIterable<Rows> {
    yield* runAll(data, verb, reconstructed, {
      own: true,
      make: (out, _, count) => preprocessing.rows(out, count),
    });
  }

  async function* denoiseBatches(data: Data, verb: DenoiseOptions = {}): AsyncIterable<Denoised> {
    const denoise = await import("./denoise.ts");
    yield* denoise.denoiseBatches(runner, data, verb);
  }

  async function* recommendBatches(
    ...args: Parameters<Model["recommendBatches"]>
  ): AsyncIterable<Recommendations> {
    const made = await import("./recommend.ts");
    yield* made.recommendBatches(runner, ...args);
  }

  const result: Model & Partial<Generative> = {
    info,
    calibration,
    encodeBatches,
    encode: async (data, verb) =>
      joinMatrices(await gathered(encodeBatches(data, verb)), info.latent),
    reconstructBatches,
    reconstruct: async (data, verb) => concatRows(await gathered(reconstructBatches(data, verb))),
    scoreBatches: (data, verb) => scoreBatches(runner, data, verb),
    score: async (data, verb) => joinScores(await gathered(scoreBatches(runner, data, verb))),
    scorePoints: async (data, verb = {}) => {
      const source = requireSeries(data);
      const found = await pointScores(source, windowBatches(runner, source, verb));
      return { ...found, ...alarmsOf(found.scores, calibration, info.alarms) };
    },
    recalibrate: async (data, rule, verb = {}) => {
      const { recalibratedFile } = await import("./recalibrate.ts");
      const changed = await recalibratedFile(file, data, rule, (rows) =>
        bothScores(runner, rows, verb),
      );
      // An engine of its own: either model may be closed before the other.
      return fittedModel(
        changed,
        name,
        options.threads === undefined ? {} : { threads: options.threads },
      );
    },
    heatmap: async (data, verb = {}) => {
      const { heatOf } = await import("./heatmap.ts");
      return heatOf(file, () =>
        runAll(data, verb, reconstructed, {
          own: false,
          make: ({ reconstruction }, rows) => ({
            rows,
            shown: reconstruction as Tensor<"float32">,
          }),
        }),
      );
    },
    reconstructPoints: async (data, verb) => {
      const source = requireSeries(data);
      return foldedRows(source, reconstructBatches(source, verb) as AsyncIterable<SeriesWindows>);
    },
    denoiseBatches,
    denoise: async (data, verb) => {
      const { joinDenoised } = await import("./denoise.ts");
      return joinDenoised(await gathered(denoiseBatches(data, verb)), concatRows);
    },
    denoisePoints: async (data, verb = {}) => {
      const { denoisePoints } = await import("./denoise.ts");
      return denoisePoints(runner, data, verb);
    },
    decode: (codes, { labels } = {}) => decode(runner, codes, labels),
    evaluate: async (data, verb = {}) => {
      const { evaluateModel } = await import("./evaluate.ts");
      return evaluateModel(runner, result, data, verb);
    },
    recommendBatches,
    recommend: async (...args) => {
      const { joinRecommendations } = await import("./recommend.ts");
      return joinRecommendations(await gathered(recommendBatches(...args)));
    },
    map: async (data, verb = {}) => {
      const { mapOf } = await import("./map.ts");
      return mapOf(runner, result, data, verb);
    },
    dimensions: async (data, verb = {}) => {
      const { dimensionsOf } = await import("./dimensions.ts");
      return dimensionsOf(runner, data, verb);
    },
    report: async (data, verb = {}) => {
      const { reportOn } = await import("./report.ts");
      return reportOn(runner, result, data, verb);
    },
    part: async (part) => {
      const { partOf } = await import("./part.ts");
      return partOf(file, part);
    },
    bytes: () => writeModel(model),
    save: (path) => writeFileSafely(path, modelParts(model)),
    close: () => runner.close(),
    origins: originsOf(file),
    generate: (count, verb) => generate(runner, count, verb),
    interpolate: async (a, b, verb = {}) => {
      const { interpolated } = await import("./interpolate.ts");
      return interpolated(result, a, b, verb);
    },
    traverse: async (data, verb = {}) => {
      const { traversed } = await import("./traverse.ts");
      return traversed(file, result, data, verb);
    },
    ...(info.head !== undefined ||
    model.graph.outputs.some(({ name: output }) => output === OUTPUTS.classes)
      ? {
          predict: (data: Data, verb: VerbOptions = {}) =>
            predict(info, runner.chunks(data, verb), run),
        }
      : {}),
  };
  return result;
}
