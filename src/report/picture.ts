/** An image of the data on the page. */

import { html, type Html } from "./html.ts";
import type { ImageSheet } from "./report-data.ts";

/** Shown near 64 pixels wide; a whole factor keeps small images crisp. */
export function picture(
  address: string,
  alt: string,
  { height, width }: Pick<ImageSheet, "height" | "width">,
): Html {
  const factor = Math.max(1, Math.round(64 / Math.max(height, width)));
  const shrink = Math.min(1, 160 / Math.max(height, width));
  const size = (pixels: number): number => Math.max(1, Math.round(pixels * factor * shrink));
  const kind = factor > 1 ? "crisp" : "";
  return html`<img
    src="${address}"
    alt="${alt}"
    width="${size(width)}"
    height="${size(height)}"
    class="${kind}"
  />`;
}
