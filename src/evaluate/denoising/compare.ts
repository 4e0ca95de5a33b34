/**
 * Noisy pictures, what a model makes of them and what simple filters do, each held against the clean
 * ones. The filters' settings are chosen on the very pictures they are judged by: a filter that needs no
 * such luck would do no better.
 */
import { denoisingControls } from "./index.ts";
import { peakSignalToNoise, squaredErrorOf, structuralSimilarityOf } from "./likeness.ts";
import type { Picture, Setting } from "./picture.ts";

export interface DenoisingFigures {
  /** dB, of the mean squared error over all pictures. */
  readonly psnr: number;
  /** Mean over the pictures. */
  readonly ssim: number;
}

export interface DenoisingComparison {
  /** Pictures that all were judged by. */
  readonly rows: number;
  readonly noisy: DenoisingFigures;
  readonly model: DenoisingFigures;
  /** By name, with the setting chosen for it. */
  readonly controls: Readonly<Record<string, DenoisingFigures & { readonly setting: string }>>;
  readonly verdict: string;
}

/** Pictures on which settings are tried out, at most. */
const TRIED = 48;
/** Differences below this, in dB, are called even. */
const EVEN = 0.1;

/** @param range of the clean values: 1 for images */
export function compareDenoising(
  noisy: readonly Picture[],
  clean: readonly Picture[],
  denoised: readonly Picture[],
  range = 1,
): DenoisingComparison {
  const judge = (made: readonly Picture[]): DenoisingFigures => figuresOf(made, clean, range);
  const before = judge(noisy);
  const deviation = Math.sqrt(meanError(noisy, clean));
  const step = Math.max(1, Math.floor(noisy.length / TRIED));
  const tried = noisy.flatMap((_, i) => (i % step === 0 ? [i] : []));
  const found = denoisingControls.flatMap((control) => {
    const settings = control.prepare(noisy, deviation);
    const best = bestOf(settings, tried, noisy, clean);
    if (best === undefined) return [];
    const figures = judge(noisy.map((picture) => best.filter(picture)));
    return [[control.name, { ...figures, setting: best.words }] as const];
  });
  const model = judge(denoised);
  return {
    rows: noisy.length,
    noisy: before,
    model,
    controls: Object.fromEntries(found),
    verdict: denoisingVerdict(before, model, found),
  };
}

function bestOf(
  settings: readonly Setting[],
  tried: readonly number[],
  noisy: readonly Picture[],
  clean: readonly Picture[],
): Setting | undefined {
  let best: { readonly setting: Setting; readonly error: number } | undefined;
  for (const setting of settings) {
    const error = meanError(
      tried.map((i) => setting.filter(noisy[i] as Picture)),
      tried.map((i) => clean[i] as Picture),
    );
    if (best === undefined || error < best.error) best = { setting, error };
  }
  return best?.setting;
}

function meanError(made: readonly Picture[], clean: readonly Picture[]): number {
  const sum = made.reduce(
    (total, picture, i) => total + squaredErrorOf(picture, clean[i] as Picture),
    0,
  );
  return sum / made.length;
}

function figuresOf(
  made: readonly Picture[],
  clean: readonly Picture[],
  range: number,
): DenoisingFigures {
  const alike = made.reduce(
    (sum, picture, i) => sum + structuralSimilarityOf(picture, clean[i] as Picture, range),
    0,
  );
  return {
    psnr: peakSignalToNoise(meanError(made, clean), range),
    ssim: alike / made.length,
  };
}

export function denoisingVerdict(
  noisy: DenoisingFigures,
  model: DenoisingFigures,
  controls: readonly (readonly [string, DenoisingFigures])[],
): string {
  const own = `Denoised, a picture is at ${decibels(model.psnr)} (PSNR), noisy at ${decibels(noisy.psnr)}`;
  const best = controls.toSorted(([, a], [, b]) => b.psnr - a.psnr)[0];
  if (best === undefined) return `${own}.`;
  const [name, { psnr }] = best;
  const gap = model.psnr - psnr;
  const theirs = `${name} at ${decibels(psnr)}`;
  if (gap > EVEN)
    return `${own}: ${gap.toFixed(1)} dB better than the best of the simple filters, ${theirs}.`;
  if (gap < -EVEN)
    return `${own}: ${(-gap).toFixed(1)} dB worse than a simple filter, ${theirs}. Use that, or train longer or on noise more like this.`;
  return `${own}: as good as the best of the simple filters, ${theirs}. That is the simpler choice.`;
}

function decibels(value: number): string {
  return `${value.toFixed(1)} dB`;
}
