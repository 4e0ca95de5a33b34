/** The largest error bound that keeps a PSNR: looked for on pieces, then on everything. */

export interface Search {
  /** The PSNR asked for. */
  readonly wanted: number;
  /** Where to look first. */
  readonly guess: number;
  /** Bounds are whole numbers. */
  readonly whole: boolean;
  /** How many decibels more than asked are near enough, of bounds that are not whole. */
  readonly slack: number;
  /** Probes, at most. */
  readonly tries: number;
  /** A bound known to be too wide. */
  readonly tooWide?: number | undefined;
  /** The PSNR with a bound; that of a narrower one is hardly ever smaller. */
  readonly probe: (bound: number) => Promise<number>;
}

export interface FoundBound {
  /** 0 where none was found that is near enough. */
  readonly bound: number;
  /** The narrowest that is too wide, and its PSNR. */
  readonly tooWide: number;
  readonly tooWidePsnr: number;
}

/** Neighbouring bounds, as a factor: about 0.04 dB. */
const NEAR = 1.005;

export async function largestBound(search: Search): Promise<FoundBound> {
  const { wanted, whole, slack, tries, probe } = search;
  let low = 0;
  let high = search.tooWide ?? Infinity;
  let highPsnr = Number.NaN;
  let bound = inside(search.guess);
  for (let t = 0; t < tries && bound > 0; t += 1) {
    const psnr = await probe(bound);
    if (psnr >= wanted) low = bound;
    else [high, highPsnr] = [bound, psnr];
    if (whole ? high - low <= 1 : high <= low * NEAR) break;
    if (!whole && psnr >= wanted && psnr <= wanted + slack) break;
    // The error grows with the bound, about: 20 dB a factor of ten. A little less, so as not to
    // come out on the wrong side for a hair.
    const step = psnr - wanted - slack / 4;
    bound = inside(psnr === Infinity ? 4 * bound : bound * 10 ** (step / 20));
  }
  return { bound: low, tooWide: high, tooWidePsnr: highPsnr };

  /** Between the two, not at them. */
  function inside(next: number): number {
    const between = high === Infinity ? 2 * low : low === 0 ? high / 4 : Math.sqrt(low * high);
    if (!whole) return next > low && next < high ? next : between;
    const near = Math.max(low + 1, Math.min(high - 1, Math.round(next)));
    return near;
  }
}
