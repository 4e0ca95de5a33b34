/** What the figures of samples and their controls are called. */
import type { SampleControl, SampleFigures } from "./judgement.ts";

export type SampleFigure = keyof SampleFigures;

export interface SampleFigureName {
  readonly label: string;
  /** What a perfect maker of new rows has, in words. */
  readonly best: string;
  /** Which way is better; of what tells of copies, neither. */
  readonly better: "lower" | "higher" | undefined;
  readonly share: boolean;
  /** Differences up to this are called even; of `frechet` as a share of the larger. */
  readonly even: number;
}

/** In the order in which they are shown. */
export const sampleFigures: Readonly<Record<SampleFigure, SampleFigureName>> = {
  frechet: { label: "Fréchet distance", best: "0", better: "lower", share: false, even: 0.05 },
  density: { label: "density", best: "about 1", better: "higher", share: false, even: 0.02 },
  coverage: { label: "coverage", best: "as bootstrap", better: "higher", share: true, even: 0.01 },
  marginals: { label: "column distance", best: "0", better: "lower", share: true, even: 0.002 },
  associations: {
    label: "association difference",
    best: "0",
    better: "lower",
    share: false,
    even: 0.002,
  },
  predictive: {
    label: "prediction on held-out rows",
    best: "as real rows",
    better: "higher",
    share: true,
    even: 0.005,
  },
  detection: {
    label: "being told from real rows",
    best: "50%",
    better: "lower",
    share: true,
    even: 0.01,
  },
  nearest: {
    label: "distance to nearest training row",
    best: "about 1",
    better: undefined,
    share: false,
    even: 0.02,
  },
  near: {
    label: "as near as 5% of held-out rows",
    best: "5%",
    better: undefined,
    share: true,
    even: 0.01,
  },
  remembered: {
    label: "nearest to training rows beyond chance",
    best: "0%",
    better: undefined,
    share: true,
    even: 0.02,
  },
  duplicates: {
    label: "equal to a training row",
    best: "as held-out rows",
    better: undefined,
    share: true,
    even: 0,
  },
};

export const sampleControls: Readonly<Record<SampleControl, string>> = {
  copula: "Gaussian copula",
  pcaGaussian: "PCA + Gaussian",
  pixelMixture: "pixel mixture",
  bootstrap: "bootstrap",
};

export function sampleFigureText(name: SampleFigure, value: number): string {
  if (sampleFigures[name].share) return `${Number((100 * value).toPrecision(3))}%`;
  return String(Number(value.toPrecision(3)));
}
