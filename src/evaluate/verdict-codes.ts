/** Plain words about what codes are worth: beside PCA of the same size, and the features themselves. */
import type { Figures } from "./metrics/metric.ts";

/** Shares closer than this are called even: they would not survive another seed. */
const EVEN_PROBE = 0.01;
const EVEN_KEPT = 0.005;

interface Controls {
  readonly pca: Figures | undefined;
  readonly raw: Figures | undefined;
}

/** @returns sentences about labels and neighbours; empty where neither was measured */
export function codesVerdict(
  metrics: Figures,
  { pca, raw }: Controls,
  features: number,
): readonly string[] {
  return [aboutLabels(metrics, pca, raw, features), aboutNeighbours(metrics, pca)].filter(
    (sentence) => sentence !== undefined,
  );
}

function aboutLabels(
  metrics: Figures,
  pca: Figures | undefined,
  raw: Figures | undefined,
  features: number,
): string | undefined {
  const name = metrics["probeAccuracy"] === undefined ? "probeR2" : "probeAccuracy";
  const [mine, theirs, all] = [metrics[name], pca?.[name], raw?.[name]];
  if (mine === undefined) return undefined;
  const numeric = name === "probeR2";
  const show = (value: number): string =>
    numeric ? value.toFixed(3) : `${(100 * value).toFixed(1)} %`;
  const others = [
    ...(theirs === undefined
      ? []
      : [{ who: "PCA wins", where: "in PCA of the same size", value: theirs }]),
    ...(all === undefined
      ? []
      : [
          {
            who: "the raw features win",
            where: `in all ${features.toLocaleString("en")} features`,
            value: all,
          },
        ]),
  ];
  if (others.length === 0) return undefined;
  const best = others.reduce((a, b) => (b.value > a.value ? b : a));
  const winner =
    mine > best.value + EVEN_PROBE
      ? "the code wins"
      : mine < best.value - EVEN_PROBE
        ? best.who
        : "a draw";
  const told = others.map(({ where, value }) => `${show(value)} ${where}`).join(", ");
  const finds = numeric ? `reaches R² ${show(mine)}` : `finds ${show(mine)} of the labels`;
  return `Labels: ${winner}. A linear probe ${finds} in the code, ${told}.`;
}

function aboutNeighbours(metrics: Figures, pca: Figures | undefined): string | undefined {
  const [mine, theirs] = [metrics["trustworthiness"], pca?.["trustworthiness"]];
  if (mine === undefined || theirs === undefined) return undefined;
  const who =
    mine > theirs + EVEN_KEPT
      ? "the code keeps them better than PCA of the same size"
      : mine < theirs - EVEN_KEPT
        ? "PCA of the same size keeps them better than the code"
        : "the code keeps them as well as PCA of the same size";
  return `Neighbours: ${who} (trustworthiness ${mine.toFixed(3)} against ${theirs.toFixed(3)}).`;
}
