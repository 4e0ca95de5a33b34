/** Plain words about who won. */

type Metrics = Readonly<Record<string, number>>;

/** Differences below this share are called even: they would not survive another seed. */
const EVEN = 0.02;

/** One comparison: a clause, and who won it (1 the autoencoder, −1 the control, 0 neither). */
interface Comparison {
  readonly clause: string;
  readonly won: number;
}

interface Controls {
  readonly pca: Metrics | undefined;
  readonly untrained: Metrics | undefined;
}

/** What of a model decides how its figures are to be read. */
interface Judged {
  /** Size of the code, which the controls share. */
  readonly latent: number;
  readonly features: number;
  /** The family guesses at hidden parts. */
  readonly fillsIn: boolean;
}

/** @returns one or more sentences */
export function verdictOf(metrics: Metrics, controls: Controls, judged: Judged): string {
  return [againstPca(metrics, controls.pca, judged), againstUntrained(metrics, controls.untrained)]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

/** Silent where training did its work, as it nearly always does. */
function againstUntrained(metrics: Metrics, untrained: Metrics | undefined): string {
  if (untrained === undefined) return "";
  const compared = [numbers(metrics, untrained), categories(metrics, untrained)].filter(
    (comparison) => comparison !== undefined,
  );
  if (compared.length === 0 || compared.some(({ won }) => won > 0)) return "";
  const figures = compared.map(({ clause }) => clause).join("; ");
  return `It does no better than the same network before training: ${figures}.`;
}

function againstPca(
  metrics: Metrics,
  pca: Metrics | undefined,
  { latent, features, fillsIn }: Judged,
): string {
  if (fillsIn) {
    return "It is trained to guess hidden parts from the rest: its score is the error of those guesses. The error here is that of whole rows, where PCA, which sees all it gives back, has it easier.";
  }
  if (pca === undefined) {
    return latent >= features
      ? `PCA is no control here: with ${latent} numbers it would copy the ${features} of a row.`
      : "There is no control to compare with: the model file holds none.";
  }
  const compared = [numbers(metrics, pca), categories(metrics, pca)].filter(
    (comparison) => comparison !== undefined,
  );
  const figures = compared.map(({ clause }) => clause).join("; ");
  const same = `PCA with the same ${latent} numbers a row`;
  const won = compared.some((c) => c.won > 0);
  const lost = compared.some((c) => c.won < 0);
  if (won && lost) {
    return `A draw: the autoencoder and ${same} each win one part (${figures}). PCA spends its numbers on what varies most, the autoencoder on what its loss counts.`;
  }
  if (won) return `The autoencoder beats ${same}: ${figures}.`;
  if (lost && metrics["l0"] !== undefined) {
    return `${same} reconstructs better: ${figures}. It uses all of them for every row, the autoencoder ${digits(metrics["l0"])} a row.`;
  }
  if (lost && metrics["perplexity"] !== undefined) {
    return `${same} reconstructs better: ${figures}. Its numbers are not cut to a few symbols, so they take far more room.`;
  }
  if (lost) {
    return `${same} reconstructs better: ${figures}. Use PCA for plain reconstruction, or train longer, with a larger latent or wider layers.`;
  }
  return `The autoencoder and ${same} do equally well: ${figures}. The data looks linear at this size, and PCA is the simpler choice.`;
}

function numbers({ mse: mine }: Metrics, { mse: theirs }: Metrics): Comparison | undefined {
  if (mine === undefined || theirs === undefined) return undefined;
  const won = mine < theirs * (1 - EVEN) ? 1 : mine > theirs * (1 + EVEN) ? -1 : 0;
  const change = won === 1 ? `, ${percent(1 - mine / theirs)} less` : "";
  return { won, clause: `mean squared error ${digits(mine)} against ${digits(theirs)}${change}` };
}

function categories(
  { accuracy: mine }: Metrics,
  { accuracy: theirs }: Metrics,
): Comparison | undefined {
  if (mine === undefined || theirs === undefined) return undefined;
  const won = mine > theirs + 0.005 ? 1 : mine < theirs - 0.005 ? -1 : 0;
  return { won, clause: `${percent(mine)} of the categories right against ${percent(theirs)}` };
}

function digits(value: number): string {
  return value.toPrecision(3);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
