/** Two-dimensional convolutions by their definition, channels first. */
import { sizeOf } from "../../src/base/tensor.ts";
import type { Attributes } from "../../src/graph/value.ts";
import type { Cells } from "./cells.ts";
import { cells } from "./cells.ts";

type Four = readonly [number, number, number, number];

function setting(attributes: Attributes, name: string, otherwise: readonly number[]) {
  return (attributes[name] as readonly number[] | undefined) ?? otherwise;
}

function refuseOthers(attributes: Attributes): void {
  const group = attributes["group"] ?? 1;
  const dilations = setting(attributes, "dilations", [1, 1]);
  if (group !== 1 || dilations.some((n) => n !== 1)) throw new Error("not evaluated");
  if ((attributes["auto_pad"] ?? "NOTSET") !== "NOTSET") throw new Error("not evaluated");
}

const place = ([, c, h, w]: Four, n: number, channel: number, y: number, x: number): number =>
  ((n * c + channel) * h + y) * w + x;

/** Visits every (input position, kernel tap, output position) that a convolution joins. */
function joins(
  large: readonly [number, number],
  small: readonly [number, number],
  kernel: readonly [number, number],
  attributes: Attributes,
  visit: (
    largeAt: readonly [number, number],
    tap: readonly [number, number],
    smallAt: readonly [number, number],
  ) => void,
): void {
  const [strideY = 1, strideX = 1] = setting(attributes, "strides", [1, 1]);
  const [top = 0, left = 0] = setting(attributes, "pads", [0, 0, 0, 0]);
  for (let y = 0; y < small[0]; y += 1)
    for (let x = 0; x < small[1]; x += 1)
      for (let j = 0; j < kernel[0]; j += 1)
        for (let i = 0; i < kernel[1]; i += 1) {
          const v = y * strideY + j - top;
          const u = x * strideX + i - left;
          if (v >= 0 && v < large[0] && u >= 0 && u < large[1]) visit([v, u], [j, i], [y, x]);
        }
}

/** x [n, c, h, w], w [m, c, kh, kw] → [n, m, …]. */
export function conv(x: Cells, w: Cells, b: Cells | undefined, attributes: Attributes): Cells {
  refuseOthers(attributes);
  const [n, c, height, width] = x.shape as Four;
  const [m, , kh, kw] = w.shape as Four;
  const pads = setting(attributes, "pads", [0, 0, 0, 0]);
  const strides = setting(attributes, "strides", [1, 1]);
  const small = [height, width].map(
    (size, i) =>
      Math.floor(
        (size + (pads[i] as number) + (pads[i + 2] as number) - ((i === 0 ? kh : kw) as number)) /
          (strides[i] as number),
      ) + 1,
  ) as [number, number];
  const shape: Four = [n, m, ...small];
  const out = new Float64Array(sizeOf(shape));
  if (b)
    out.forEach((_, i) => (out[i] = b.data[Math.floor(i / (small[0] * small[1])) % m] as number));
  joins([height, width], small, [kh, kw], attributes, ([v, u], [j, i], [y, xx]) => {
    for (let row = 0; row < n; row += 1)
      for (let to = 0; to < m; to += 1)
        for (let from = 0; from < c; from += 1) {
          const at = place(shape, row, to, y, xx);
          out[at] =
            (out[at] as number) +
            (x.data[place(x.shape as Four, row, from, v, u)] as number) *
              (w.data[place(w.shape as Four, to, from, j, i)] as number);
        }
  });
  return cells(x.dtype, shape, out);
}

/** x [n, c, h, w], w [c, m, kh, kw] → [n, m, …]: the transpose of `conv` as a linear map. */
export function convTranspose(
  x: Cells,
  w: Cells,
  b: Cells | undefined,
  attributes: Attributes,
): Cells {
  refuseOthers(attributes);
  const [n, c, height, width] = x.shape as Four;
  const [, m, kh, kw] = w.shape as Four;
  const pads = setting(attributes, "pads", [0, 0, 0, 0]);
  const strides = setting(attributes, "strides", [1, 1]);
  const extra = setting(attributes, "output_padding", [0, 0]);
  const large = [height, width].map(
    (size, i) =>
      (size - 1) * (strides[i] as number) +
      ((i === 0 ? kh : kw) as number) -
      (pads[i] as number) -
      (pads[i + 2] as number) +
      (extra[i] as number),
  ) as [number, number];
  const shape: Four = [n, m, ...large];
  const out = new Float64Array(sizeOf(shape));
  if (b)
    out.forEach((_, i) => (out[i] = b.data[Math.floor(i / (large[0] * large[1])) % m] as number));
  joins(large, [height, width], [kh, kw], attributes, ([v, u], [j, i], [y, xx]) => {
    for (let row = 0; row < n; row += 1)
      for (let to = 0; to < m; to += 1)
        for (let from = 0; from < c; from += 1) {
          const at = place(shape, row, to, v, u);
          out[at] =
            (out[at] as number) +
            (x.data[place(x.shape as Four, row, from, y, xx)] as number) *
              (w.data[place(w.shape as Four, from, to, j, i)] as number);
        }
  });
  return cells(x.dtype, shape, out);
}
