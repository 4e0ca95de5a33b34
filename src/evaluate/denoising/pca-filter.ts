/** PCA of the noisy pictures themselves, cut off after some components: noise spreads over all of them. */
import type { Axes } from "../detection/principal-axes.ts";
import { axesOf, momentsOf } from "../detection/principal-axes.ts";
import type { Control, Picture, Setting } from "./picture.ts";

const COUNTS = [5, 10, 20, 30, 40, 60, 80, 120, 200, 300];
/** Sizes of a covariance whose axes are found in seconds. */
const MOST = 1024;
const ROWS = 2000;

export const pca: Control = {
  name: "PCA",
  prepare: (noisy) => {
    const columns = noisy[0]?.data.length ?? 0;
    const some = noisy.slice(0, ROWS);
    const alike = noisy.every(({ data }) => data.length === columns);
    if (!alike || columns > MOST || some.length < 3) return [];
    const data = new Float32Array(some.length * columns);
    for (const [row, picture] of some.entries()) data.set(picture.data, row * columns);
    const { mean, covariance } = momentsOf({ data, rows: some.length, columns });
    const axes = axesOf(covariance, columns);
    const most = Math.min(columns, some.length - 1);
    return COUNTS.filter((count) => count < most).map((count): Setting => ({
      words: `${count} components`,
      filter: (picture) => projected(picture, mean, axes, count),
    }));
  },
};

export function projected(
  picture: Picture,
  mean: Float64Array,
  { directions }: Axes,
  count: number,
): Picture {
  const data = Float64Array.from(mean);
  const off = picture.data.map((value, i) => value - (mean[i] as number));
  for (const direction of directions.slice(0, count)) {
    let along = 0;
    for (let i = 0; i < off.length; i += 1) along += (direction[i] as number) * (off[i] as number);
    for (let i = 0; i < off.length; i += 1)
      data[i] = (data[i] as number) + along * (direction[i] as number);
  }
  return { ...picture, data };
}
