/** Train, judge and ship autoencoders. A table of contents: every part lives in its own file. */
export { featureSpace, load, train } from "./model/lazy.ts";
export type {
  AlarmRule,
  Blame,
  Data,
  DenoiseOptions,
  Denoised,
  Dimension,
  Dimensions,
  DimensionsOptions,
  EvaluateOptions,
  GenerateOptions,
  Generative,
  Heat,
  InterpolateOptions,
  LatentMap,
  MapOptions,
  Model,
  ModelInfo,
  ModelPart,
  Move,
  Predictions,
  Reading,
  Recommended,
  Recommendations,
  RecommendOptions,
  ReportOptions,
  ScoreOptions,
  Scores,
  TrainOptions,
  Traversal,
  TraverseOptions,
  VerbOptions,
} from "./model/types.ts";
export { intervalsIn } from "./model/intervals.ts";
export type { Interval as SeriesInterval } from "./model/intervals.ts";
export type { PointScores } from "./model/score-points.ts";
export type { Threshold } from "./detect/calibration.ts";
export type { Evaluation } from "./evaluate/evaluation.ts";
export type { Judgement } from "./evaluate/synthesis/index.ts";
export { summarize } from "./evaluate/summary.ts";
export type { Interval, Intervals, Summary } from "./evaluate/summary.ts";
export type { Diagnosis, DiagnosisCode } from "./train/doctor/diagnosis.ts";
export type { Epoch, Progress } from "./train/events.ts";

export {
  compress,
  decompress,
  examineCompression,
  openCompressed,
} from "./uses/compression/lazy.ts";
export type {
  CompressedFile,
  CompressedInfo,
  OpenCompressedOptions,
} from "./uses/compression/open.ts";
export type { Compressed, CompressOptions } from "./uses/compression/options.ts";
export type { DecompressOptions, Restored, RestoredArray } from "./uses/compression/decompress.ts";
export type { ExamineOptions } from "./uses/compression/examine.ts";
export type { PictureControl, PictureControls } from "./uses/compression/picture-controls.ts";
export type { CompressionShown } from "./report/report-data.ts";
export type { HeadInfo } from "./model/few-labels/head-info.ts";
export type { LabelComparison } from "./evaluate/few-labels/compare.ts";
export type { ClassFigures, LabelFigures, NumberFigures } from "./evaluate/few-labels/figures.ts";

export { vanilla } from "./families/vanilla.ts";
export { variational } from "./families/variational.ts";
export type { VariationalOptions } from "./families/variational.ts";
export { sparse } from "./families/sparse.ts";
export type { SparseOptions } from "./families/sparse.ts";
export { denoising } from "./families/denoising.ts";
export type { DenoisingOptions } from "./families/denoising.ts";
export { contractive } from "./families/contractive.ts";
export type { ContractiveOptions } from "./families/contractive.ts";
export { masked } from "./families/masked.ts";
export type { MaskedOptions } from "./families/masked.ts";
export { conditional } from "./families/conditional.ts";
export type { ConditionalOptions } from "./families/conditional.ts";
export { semiSupervised } from "./families/semi-supervised.ts";
export type { SemiSupervisedOptions } from "./families/semi-supervised.ts";
export { tabular } from "./families/tabular.ts";
export type { TabularOptions } from "./families/tabular.ts";
export { wasserstein } from "./families/wasserstein.ts";
export type { WassersteinOptions } from "./families/wasserstein.ts";
export { regularized } from "./families/regularized.ts";
export type { RegularizedOptions } from "./families/regularized.ts";
export { vectorQuantized } from "./families/vector-quantized.ts";
export type { VectorQuantizedOptions } from "./families/vector-quantized.ts";
export { finiteScalar } from "./families/finite-scalar.ts";
export type { FiniteScalarOptions } from "./families/finite-scalar.ts";
export { multVae } from "./families/mult-vae.ts";
export type { MultVaeOptions } from "./families/mult-vae.ts";
export { multDae } from "./families/mult-dae.ts";
export type { MultDaeOptions } from "./families/mult-dae.ts";
export { convolutional, overcomplete, undercomplete } from "./families/usual-names.ts";
export type { CommonOptions, Family } from "./families/family.ts";

export { conv } from "./bodies/conv.ts";
export type { ConvBodyOptions } from "./bodies/conv.ts";
export { dense } from "./bodies/dense.ts";
export type { DenseOptions } from "./bodies/dense.ts";
export { spatial } from "./bodies/spatial.ts";
export type { SpatialOptions } from "./bodies/spatial.ts";
export { sequence } from "./bodies/sequence.ts";
export type { SequenceOptions } from "./bodies/sequence.ts";
export type { Body } from "./bodies/body.ts";

export { openData } from "./data/open.ts";
export { readTable } from "./data/tables.ts";
export { readImages } from "./data/images.ts";
export { readArray } from "./data/arrays.ts";
export { readSeries } from "./data/series.ts";
export type { SeriesOptions } from "./data/series.ts";
export { interactionsFrom, readInteractions } from "./data/interactions.ts";
export type { InteractionLists, InteractionOptions } from "./data/interactions.ts";
export { readTitles } from "./data/titles.ts";
export { arrayFrom, imagesFrom, tableFrom } from "./data/memory.ts";
export { seriesFrom } from "./data/series-windows.ts";
export type { SeriesFromOptions } from "./data/series-windows.ts";
export type {
  ArraySource,
  Column,
  Images,
  ImageSource,
  InteractionSource,
  Interactions,
  NumericArray,
  Rows,
  SeriesPoints,
  SeriesSource,
  SeriesWindows,
  Source,
  Table,
  TableSource,
} from "./data/source.ts";

export { AutoencoderError } from "./base/errors.ts";
export type { Matrix } from "./base/tensor.ts";
export { VERSION } from "./base/version.ts";
