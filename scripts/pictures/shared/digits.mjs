/** The data of the pictures: `demo:digits`, of which the first thousand are never trained on. */
import { imagesFrom, openData } from "../../../dist/index.js";
import { collect } from "../../../dist/data/memory.js";

/** A hundred of each digit, in turns: 0, 1, …, 9, 0, 1, … */
const HELD_OUT = 1000;

/**
 * @returns `train` and `test`, each with `images` (as `canvas.image` takes them), `labels`, and
 *   the `source` that models take
 */
export async function digits() {
  const source = await openData("demo:digits");
  const [images, labels] = [await collect(source), await source.labels()];
  return {
    train: part(images, labels, HELD_OUT, images.rows),
    test: part(images, labels, 0, HELD_OUT),
  };
}

/** Digits `from` to `to`, `to` excluded, of what `digits` gave. */
export function some({ images, labels }, from, to) {
  return part(images, labels, from, to);
}

function part(images, labels, from, to) {
  const pixels = images.height * images.width;
  const data = images.data.subarray(from * pixels, to * pixels);
  const own = labels.slice(from, to);
  return {
    images: { ...images, rows: to - from, data },
    labels: own,
    source: imagesFrom(data, { ...images, labels: own, name: "digits" }),
  };
}
