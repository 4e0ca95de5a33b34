/** What an evaluation says. */

export interface Evaluation {
  readonly model: { readonly family: string; readonly body: string; readonly latent: number };
  readonly data: string;
  readonly rows: number;
  /** By the field's names: `mse`, `psnr`, `accuracy`, `elbo`, `reconstruction`, `kl`. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly controls: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Sentences: who won, by how much. */
  readonly verdict: string;
}
