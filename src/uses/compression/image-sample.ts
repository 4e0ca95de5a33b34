/** Some images, spread over all of them: what JPEG and its like are tried on. */
import type { BlockShape } from "../../codec/learned.ts";
import { elementsOf } from "../../codec/blocks.ts";

const MOST_IMAGES = 200;
/** Bytes of all of them, about: the best settings of WebP take a second a million. */
const MOST_BYTES = 2 ** 20;

export interface ImageSample {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /** Of how many images this is a sample. */
  readonly of: number;
  readonly count: number;
  /** `[count, height, width, channels]` */
  readonly data: Uint8Array;
  /** Takes its images out of a block. */
  add(at: BlockShape, bytes: Uint8Array): void;
  /** Where its images lie in a block: from, to. */
  within(at: BlockShape): readonly (readonly [number, number])[];
}

/** @returns undefined for what JPEG and WebP are not for: other than 1 or 3 channels, or no images */
export function imageSample(shape: readonly number[]): ImageSample | undefined {
  const [of = 0, height = 0, width = 0, channels = 0] = shape;
  const size = height * width * channels;
  if (of === 0 || size === 0 || (channels !== 1 && channels !== 3)) return undefined;
  // What the formats themselves can hold.
  if (Math.max(height, width) > 16_383) return undefined;
  const count = Math.min(of, MOST_IMAGES, Math.max(1, Math.floor(MOST_BYTES / size)));
  const places = Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * of) / count));
  const data = new Uint8Array(count * size);

  /** Of each image that has a part in the block: its place here, and from and to in all elements. */
  const parts = (at: BlockShape) => {
    const end = at.from + elementsOf(at);
    return places.flatMap((place, i) => {
      const from = Math.max(at.from, place * size);
      const to = Math.min(end, (place + 1) * size);
      return from < to ? [{ from, to, into: i * size + from - place * size }] : [];
    });
  };
  return {
    height,
    width,
    channels,
    of,
    count,
    data,
    add(at, bytes) {
      for (const { from, to, into } of parts(at)) {
        data.set(bytes.subarray(from - at.from, to - at.from), into);
      }
    },
    within: (at) => parts(at).map(({ from, to }) => [from - at.from, to - at.from] as const),
  };
}
