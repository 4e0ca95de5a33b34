/** Median filter: each pixel the median of the square about it; beyond the borders mirrored. */
import type { Control, Picture } from "./picture.ts";
import { joinPlanes, mirrored, planesOf } from "./picture.ts";

const SIDES = [3, 5, 7];

/** @param side of the square, odd */
export function medianFilter(picture: Picture, side: number): Picture {
  const { height, width } = picture;
  const reach = (side - 1) / 2;
  const square = new Float64Array(side * side);
  return joinPlanes(
    picture,
    planesOf(picture).map((plane) => {
      const to = new Float64Array(plane.length);
      for (let y = 0; y < height; y += 1)
        for (let x = 0; x < width; x += 1) {
          let at = 0;
          for (let dy = -reach; dy <= reach; dy += 1) {
            const row = mirrored(y + dy, height) * width;
            for (let dx = -reach; dx <= reach; dx += 1)
              square[at++] = plane[row + mirrored(x + dx, width)] as number;
          }
          to[y * width + x] = square.sort()[(square.length - 1) / 2] as number;
        }
      return to;
    }),
  );
}

export const median: Control = {
  name: "median filter",
  prepare: () =>
    SIDES.map((side) => ({
      words: `${side} × ${side}`,
      filter: (picture) => medianFilter(picture, side),
    })),
};
