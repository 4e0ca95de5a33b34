/** What an evaluation says. */
import type { DenoisingComparison } from "./denoising/compare.ts";
import type { Detection } from "./detection/compare.ts";
import type { LabelComparison } from "./few-labels/compare.ts";
import type { Figures } from "./metrics/metric.ts";
import type { RecommendationJudgement } from "./recommendation/index.ts";
import type { Judgement } from "./synthesis/index.ts";

export interface Evaluation {
  readonly model: { readonly family: string; readonly body: string; readonly latent: number };
  readonly data: string;
  readonly rows: number;
  /** By the field's names: `mse`, `psnr`, `ssim`, `accuracy`, `elbo`, each loss term by its own. */
  readonly metrics: Figures;
  /**
   * The same of `pca`, with as many numbers a row, and of the network as `untrained`; of the
   * features themselves, `raw`, what the linear probe finds.
   */
  readonly controls: Readonly<Record<string, Figures>>;
  /** Where labels say which rows are anomalies: how well scores find them, beside the controls. */
  readonly detection?: Detection;
  /** Where training rows were given: new rows of the model, beside those of the controls. */
  readonly samples?: Judgement;
  /** Where the clean side of noisy images was given: how near to it they come, beside filters. */
  readonly denoising?: DenoisingComparison;
  /** Of interactions: how good the recommendations are, beside simple ways to recommend. */
  readonly recommendation?: RecommendationJudgement;
  /** Of models that learned labels, where the data has some: how well it tells them, beside controls. */
  readonly labels?: LabelComparison;
  /** A number a dimension of the code: its `deviation` over rows, and its mean `kl` in nats. */
  readonly dimensions: Readonly<Record<string, readonly number[]>>;
  /** Sentences: what was fitted on which rows, in which space samples were compared. */
  readonly notes: readonly string[];
  /** Who won, by how much: of the reconstruction first, then of what the codes keep. */
  readonly findings: readonly string[];
  /** The findings in one text. */
  readonly verdict: string;
}
