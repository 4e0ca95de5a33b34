/** What a fitted model is to its user. */
import type { Matrix } from "../base/tensor.ts";
import type { Labels } from "../data/labels.ts";
import type { Rows } from "../data/source.ts";
import type { Evaluation } from "../evaluate/evaluation.ts";
import type { Move } from "../report/moves.ts";
import type {
  Denoised,
  Dimensions,
  Heat,
  LatentMap,
  Predictions,
  Recommendations,
  Scores,
  Traversal,
} from "./answers.ts";
import type { ModelInfo } from "./model-info.ts";
import type { ModelPart, PartName } from "./part.ts";
import type { PointScores } from "./score-points.ts";
import type {
  AlarmRule,
  Data,
  DenoiseOptions,
  DimensionsOptions,
  EvaluateOptions,
  GenerateOptions,
  InterpolateOptions,
  MapOptions,
  RecommendOptions,
  ReportOptions,
  ScoreOptions,
  TraverseOptions,
  VerbOptions,
} from "./verb-options.ts";

export type * from "./answers.ts";
export type * from "./model-info.ts";
export type * from "./train-options.ts";
export type * from "./verb-options.ts";
export type { Move };
export type { ModelPart };

export interface Model {
  readonly info: ModelInfo;
  /** Scores of usual rows (of series, of points) that p-values and alarms rest on, rising. */
  readonly calibration: Float32Array;
  /** Codes, `[rows, latent]`. */
  encode(data: Data, options?: VerbOptions): Promise<Matrix>;
  /** Codes a chunk at a time, for data larger than memory. */
  encodeBatches(data: Data, options?: VerbOptions): AsyncIterable<Matrix>;
  /** The rows as the model sees them, in raw units. */
  reconstruct(data: Data, options?: VerbOptions): Promise<Rows>;
  reconstructBatches(data: Data, options?: VerbOptions): AsyncIterable<Rows>;
  /**
   * A map of the rows in two dimensions.
   *
   * @example
   * const map = await model.map(rows, { seed: 1 });
   * await writeFile("map.svg", await map.picture());
   */
  map(data: Data, options?: MapOptions): Promise<LatentMap>;
  /**
   * What each dimension of the code does: its share of the reconstruction, and the columns or
   * pixels that move with it.
   *
   * @example
   * const { dimensions } = await model.dimensions(rows, { top: 3 });
   * for (const { share, moves } of dimensions) console.log(share, moves[0]?.column);
   */
  dimensions(data: Data, options?: DimensionsOptions): Promise<Dimensions>;
  /**
   * Rows without their noise. Images and arrays with axes may be of any height and width; of tables and
   * vectors missing cells are filled in and implausible ones replaced, all others kept.
   *
   * @throws `data.kind` for series: see `denoisePoints`
   * @example
   * const { rows, changes } = await model.denoise(await readTable("patients.csv"));
   */
  denoise(data: Data, options?: DenoiseOptions): Promise<Denoised>;
  denoiseBatches(data: Data, options?: DenoiseOptions): AsyncIterable<Denoised>;
  /** Series without noise and without holes, `[points, channels]` in raw units. */
  denoisePoints(data: Data, options?: VerbOptions): Promise<Float64Array>;
  /** How unusual each row is. */
  score(data: Data, options?: ScoreOptions): Promise<Scores>;
  scoreBatches(data: Data, options?: ScoreOptions): AsyncIterable<Scores>;
  /**
   * A model of the same weights whose alarms are set anew, by the scores of rows that training did
   * not see: p-values and alarms, in its file's graph too, `info.alarms` and `info.scores`. This one
   * stays as it is; each is closed by itself.
   *
   * @param data usual rows, or absent: only the rule changes, and the scores stay those from before
   * @param rule absent: the rule from before
   * @throws `threshold.rows` where there are too few rows for so few false alarms
   * @example
   * const strict = await model.recalibrate(lastWeek, { falseAlarms: 0.001 });
   * await strict.save("strict.onnx");
   */
  recalibrate(
    data?: Data,
    rule?: AlarmRule,
    options?: VerbOptions,
  ): Promise<Model & Partial<Generative>>;
  /**
   * Where in each image the score comes from.
   *
   * @throws `data.kind` for models of anything but images
   */
  heatmap(data: Data, options?: VerbOptions): Promise<Heat>;
  /**
   * How unusual each point of series is, folded back from the windows that cover it; in the order
   * of `points`.
   */
  scorePoints(data: Data, options?: VerbOptions): Promise<PointScores>;
  /** Series as the model sees them, `[points, channels]` in raw units: means over the windows. */
  reconstructPoints(data: Data, options?: VerbOptions): Promise<Float64Array>;
  /**
   * Codes → rows in raw units.
   *
   * @param options.labels one a row, for families that take labels
   */
  decode(codes: Matrix, options?: { readonly labels?: Labels }): Promise<Rows>;
  /** What `generate` can draw codes from, the usual one first; empty: it cannot. */
  readonly origins: readonly ("prior" | "mixture")[];
  /**
   * New rows in raw units.
   *
   * @throws `model.cannot-generate` where the family has no prior, and the codes are too wide for a
   *   mixture
   * @example
   * const madeUp = await model.generate(1000, { seed: 7, from: "mixture" });
   */
  generate(count: number, options?: GenerateOptions): Promise<Rows>;
  /**
   * The way from one row to another through the codes: `steps` rows, the first and the last of them
   * the two as the model sees them.
   *
   * @param a data where the way begins, by default at their first row
   * @param b data where it ends; may be the same
   * @example
   * const between = await model.interpolate(digits, digits, { rows: [3, 17], path: "spherical" });
   */
  interpolate(a: Data, b: Data, options?: InterpolateOptions): Promise<Rows>;
  /**
   * What happens to a row when one dimension of its code after another goes through the values it
   * has in the data.
   *
   * @param data rows whose codes say where each dimension goes. Default: the mixture in the file
   * @example
   * const { rows, dimensions } = await model.traverse(digits, { steps: 9 });
   */
  traverse(data?: Data, options?: TraverseOptions): Promise<Traversal>;
  /**
   * Items that users may like next, by their histories: users whom training has not seen too. What
   * they have is left out.
   *
   * @param data histories: interactions from a reader, or a list of items for each user
   * @throws `model.cannot-recommend` for models of other data than interactions
   * @example
   * const { lists } = await model.recommend([["Alien", "Blade Runner"]], { k: 5, because: 1 });
   * for (const { item, chance } of lists[0] ?? []) console.log(item, chance);
   */
  recommend(
    data: Data | readonly (readonly string[])[],
    options?: RecommendOptions,
  ): Promise<Recommendations>;
  recommendBatches(
    data: Data | readonly (readonly string[])[],
    options?: RecommendOptions,
  ): AsyncIterable<Recommendations>;
  /** The class of each row, for families that predict labels. Given labels are not looked at. */
  predict?(data: Data, options?: VerbOptions): Promise<Predictions>;
  /** Metrics on data, with controls beside. */
  evaluate(data: Data, options?: EvaluateOptions): Promise<Evaluation>;
  /** A self-contained HTML page about the model on data. */
  report(data: Data, options?: ReportOptions): Promise<string>;
  /**
   * The encoder (raw values → `latent`) or the decoder (`latent` → raw values) as a plain ONNX file, for
   * software that runs ONNX: without scores, and without what would make `load` take it for a model.
   *
   * @example
   * const encoder = await model.part("encoder");
   * await encoder.save("encoder.onnx");
   */
  part(name: PartName): Promise<ModelPart>;
  /** The `.onnx` file. */
  bytes(): Uint8Array;
  /** Writes the `.onnx` file; an existing one is replaced only when the new one is complete. */
  save(path: string): Promise<void>;
  /** Frees the engine. A model that is not closed does not keep the process alive. */
  close(): Promise<void>;
}

/** What a model is beyond `Model` where its family has a prior of its own to draw from. */
export interface Generative {
  /** New rows in raw units. */
  generate(count: number, options?: GenerateOptions): Promise<Rows>;
}
