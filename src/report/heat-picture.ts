/** An image beside what is unusual in it. */
import { contactSheet } from "./contact-sheet.ts";
import type { ImageSheet } from "./report-data.ts";

/** What a picture needs of a heat map. */
interface Heat {
  /** `[rows, height, width]`: 1 is usual. */
  readonly data: Float32Array;
  readonly height: number;
  readonly width: number;
}

/** From usual to the hottest: white, yellow, orange, red, nearly black. */
const COLOURS = [
  [255, 255, 255],
  [255, 224, 122],
  [246, 140, 40],
  [200, 30, 40],
  [70, 0, 20],
] as const;

/** At least so many times the usual is full colour: in an image without anything odd nothing glows. */
const FULL = 5;

/**
 * A PNG of three squares: the image, where it is unusual, and that over the image in grey. White is
 * as usual at that pixel; full colour is the most unusual place, or five times the usual where no
 * place is as far off.
 *
 * @param index of the image, and of its heat
 */
export async function heatPicture(
  images: Omit<ImageSheet, "count">,
  heat: Heat,
  index: number,
): Promise<Uint8Array> {
  const { height, width, channels } = images;
  const pixels = height * width;
  const own = heat.data.subarray(index * pixels, (index + 1) * pixels);
  const full = own.reduce((most, one) => Math.max(most, one), FULL);
  const data = new Uint8Array(3 * pixels * 3);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    const at = (index * pixels + pixel) * channels;
    const colour = [0, 1, 2].map((c) => images.data[at + (channels >= 3 ? c : 0)] as number);
    const [red = 0, green = 0, blue = 0] = colour;
    const grey = 0.3 * red + 0.59 * green + 0.11 * blue;
    const strength = Math.max(0, Math.min(1, ((own[pixel] as number) - 1) / (full - 1)));
    const glow = colourAt(strength);
    const alpha = Math.min(0.85, strength * 1.5);
    data.set(colour, pixel * 3);
    data.set(glow, (pixels + pixel) * 3);
    data.set(
      glow.map((one) => Math.round(grey + alpha * (one - grey))),
      (2 * pixels + pixel) * 3,
    );
  }
  const sheet: ImageSheet = { kind: "images", count: 3, height, width, channels: 3, data };
  const scale = Math.max(1, Math.round(224 / Math.max(height, width)));
  return contactSheet(sheet, { columns: 3, scale });
}

function colourAt(strength: number): readonly number[] {
  const place = strength * (COLOURS.length - 1);
  const low = Math.min(COLOURS.length - 2, Math.floor(place));
  const [from, to] = [COLOURS[low], COLOURS[low + 1]] as const;
  return [0, 1, 2].map((c) => {
    const [a, b] = [from?.[c] ?? 0, to?.[c] ?? 0];
    return Math.round(a + (place - low) * (b - a));
  });
}
