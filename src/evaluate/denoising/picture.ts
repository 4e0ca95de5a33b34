/** A picture of numbers, and looking beyond its borders. */

export interface Picture {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** `[height, width, channels]`; images from 0 to 1. */
  readonly data: Float64Array;
}

/** A filter of pictures, some of whose settings are chosen in its favour. */
export interface Control {
  /** As `"median filter"`. */
  readonly name: string;
  /** Fits what needs all noisy pictures at once, and gives a filter for each setting. */
  prepare(noisy: readonly Picture[], noise: number): readonly Setting[];
}

export interface Setting {
  /** As `"3 × 3"`. */
  readonly words: string;
  filter(picture: Picture): Picture;
}

/** A place beyond the ends, mirrored at the edge: … b a | a b … z | z y …. */
export function mirrored(at: number, length: number): number {
  const period = 2 * length;
  const place = ((at % period) + period) % period;
  return place < length ? place : period - 1 - place;
}

/** A place beyond the ends, mirrored in the outermost pixel: … c b | a b … z | y x …. */
export function reflected(at: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const place = ((at % period) + period) % period;
  return place < length ? place : period - place;
}

/** Each channel by itself, as `[height · width]`. */
export function planesOf({ height, width, channels, data }: Picture): readonly Float64Array[] {
  return Array.from({ length: channels }, (_, c) => {
    const plane = new Float64Array(height * width);
    for (let i = 0; i < plane.length; i += 1) plane[i] = data[i * channels + c] as number;
    return plane;
  });
}

export function joinPlanes(like: Picture, planes: readonly Float64Array[]): Picture {
  const data = new Float64Array(like.data.length);
  for (const [c, plane] of planes.entries())
    for (let i = 0; i < plane.length; i += 1) data[i * like.channels + c] = plane[i] as number;
  return { ...like, data };
}

/** A symmetric kernel along both axes, the middle first: `half[r]` is the weight at distance r. */
export function smoothed(
  plane: Float64Array,
  { height, width }: Pick<Picture, "height" | "width">,
  half: readonly number[],
  beyond: (at: number, length: number) => number,
): Float64Array {
  const across = along(
    plane,
    { lines: height, length: width, lineStep: width, step: 1 },
    half,
    beyond,
  );
  return along(across, { lines: width, length: height, lineStep: 1, step: width }, half, beyond);
}

interface Lines {
  readonly lines: number;
  readonly length: number;
  readonly lineStep: number;
  readonly step: number;
}

function along(
  from: Float64Array,
  { lines, length, lineStep, step }: Lines,
  half: readonly number[],
  beyond: (at: number, length: number) => number,
): Float64Array {
  const to = new Float64Array(from.length);
  const reach = half.length - 1;
  const places = Int32Array.from({ length: length + 2 * reach }, (_, i) =>
    beyond(i - reach, length),
  );
  for (let line = 0; line < lines; line += 1) {
    const start = line * lineStep;
    for (let at = 0; at < length; at += 1) {
      let sum = (half[0] as number) * (from[start + at * step] as number);
      for (let r = 1; r <= reach; r += 1) {
        const before = from[start + (places[at + reach - r] as number) * step] as number;
        const after = from[start + (places[at + reach + r] as number) * step] as number;
        sum += (half[r] as number) * (before + after);
      }
      to[start + at * step] = sum;
    }
  }
  return to;
}

/** Half of a Gaussian from its middle, normed to sum to 1 with its mirror image. */
export function bell(sigma: number, reach: number): readonly number[] {
  const half = Array.from({ length: reach + 1 }, (_, r) =>
    Math.exp(-(r * r) / (2 * sigma * sigma)),
  );
  const total = half.reduce((sum, weight, r) => sum + (r === 0 ? weight : 2 * weight), 0);
  return half.map((weight) => weight / total);
}
