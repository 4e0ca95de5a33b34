/** Plain words about who won. */

type Metrics = Readonly<Record<string, number>>;

/** Differences below this share are called even: they would not survive another seed. */
const EVEN = 0.02;

/**
 * @param latent size of the code, which the control shares
 * @returns one or more sentences
 */
export function verdictOf(metrics: Metrics, pca: Metrics | undefined, latent: number): string {
  if (pca === undefined) return "There is no control to compare with: the model file holds none.";
  const sentences: string[] = [];
  const [mine, theirs] = [metrics["mse"], pca["mse"]];
  if (mine !== undefined && theirs !== undefined)
    sentences.push(compareErrors(mine, theirs, latent));
  const [hits, control] = [metrics["accuracy"], pca["accuracy"]];
  if (hits !== undefined && control !== undefined) {
    const word =
      hits > control + 0.005 ? "against" : hits < control - 0.005 ? "but PCA" : "as does PCA:";
    sentences.push(
      `It brings back ${percent(hits)} of the categories, ${word} ${percent(control)}${word === "against" ? " for PCA" : ""}.`,
    );
  }
  return sentences.join(" ");
}

function compareErrors(mine: number, theirs: number, latent: number): string {
  const numbers = `mean squared error ${digits(mine)} against ${digits(theirs)}`;
  if (mine < theirs * (1 - EVEN)) {
    return `The autoencoder beats PCA with the same ${latent} numbers a row: ${numbers}, ${percent(1 - mine / theirs)} less.`;
  }
  if (mine > theirs * (1 + EVEN)) {
    return `PCA with the same ${latent} numbers a row reconstructs better: ${numbers}. Use PCA for plain reconstruction, or train longer, with a larger latent or wider layers.`;
  }
  return `The autoencoder and PCA with the same ${latent} numbers a row do equally well: ${numbers}. The data looks linear at this size; PCA is the simpler choice.`;
}

function digits(value: number): string {
  return value.toPrecision(3);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
