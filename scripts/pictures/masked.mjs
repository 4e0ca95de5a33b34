/** Digits of which patches are hidden, what the model fills in, and what was there. */
import { dense, masked } from "../../dist/index.js";
import { tensor } from "../../dist/base/tensor.js";
import { constant } from "../../dist/graph/value.js";
import { parseModelFile } from "../../dist/model/file.js";
import { fittedModel } from "../../dist/model/fitted.js";
import { inferenceModel } from "../../dist/model/inference.js";
import { networkFrom, weightsFrom } from "../../dist/model/restore.js";
import { add, mul, sub } from "../../dist/ops/arithmetic.js";
import { concat, zerosLike } from "../../dist/ops/shape.js";
import { keyAt } from "../../dist/random/bits.js";
import { permutation } from "../../dist/random/numbers.js";
import { canvasOf } from "./shared/canvas.mjs";
import { digits, some } from "./shared/digits.mjs";
import { modelOf } from "./shared/models.mjs";

const PATCH = 4;
const ACROSS = 28 / PATCH;
const RATIOS = [0.5, 0.75];
const COUNT = 16;
const CELL = 57;
const LEFT = 150;
/** Of hidden pixels. */
const VEIL = [122, 148, 186];

export async function picture() {
  const { train, test } = await digits();
  const canvas = canvasOf(1086, 496);
  const shown = some(test, 0, COUNT);
  const label = (words, y) => canvas.text(words, { x: 20, y: y + 35 });
  for (const [at, ratio] of RATIOS.entries()) {
    const family = masked({ ratio, latent: 32, body: dense([512, 256]) });
    const model = await modelOf(`masked-${ratio}`, family, train.source, { epochs: 12 });
    const y = 48 + at * 235;
    canvas.text(`${100 * ratio} % hidden`, { x: 20, y: y - 12 });
    label("It sees", y);
    label("It says", y + CELL);
    label("It was", y + 2 * CELL);
    for (let digit = 0; digit < COUNT; digit++) {
      const hidden = hiddenPixels(ratio, digit);
      const one = some(shown, digit, digit + 1);
      const said = await filledIn(model, hidden, one.source);
      const x = LEFT + digit * CELL;
      canvas.image(veiled(one.images, hidden), 0, { x, y });
      canvas.image(said, 0, { x, y: y + CELL });
      canvas.image(one.images, 0, { x, y: y + 2 * CELL });
    }
    await model.close();
  }
  return canvas.png();
}

/** 1 for pixels of hidden patches: as many in every digit, others in each. */
function hiddenPixels(ratio, digit) {
  const order = permutation(keyAt(1, digit), ACROSS ** 2);
  const patches = new Set(order.subarray(0, Math.round(ratio * ACROSS ** 2)));
  return Float32Array.from({ length: 28 * 28 }, (_, pixel) => {
    const [row, column] = [Math.floor(pixel / 28), pixel % 28];
    return Number(patches.has(Math.floor(row / PATCH) * ACROSS + Math.floor(column / PATCH)));
  });
}

/**
 * What the decoder says of a digit of which the encoder sees a part, as in training. A model's verbs
 * take whole rows, so this is a graph of its own from the model's weights.
 */
async function filledIn(model, hidden, source) {
  const { info, pca, model: graph } = parseModelFile(model.bytes(), "model");
  const network = networkFrom(info, "model");
  const share = hidden.reduce((sum, value) => sum + value, 0) / hidden.length;
  const weights = constant(
    tensor(
      "float32",
      hidden.map((value) => (1 - value) / (1 - share)),
      [1, 28, 28, 1],
    ),
  );
  const family = {
    ...network.family,
    encode: ({ encoder, latent }, { x }) => {
      const signs = add(zerosLike(x), sub(weights, 1));
      return encoder(concat([mul(x, weights), signs], -1), latent);
    },
  };
  const partial = inferenceModel({ ...network, family }, weightsFrom(graph, network, "model"), {});
  const filling = fittedModel({ model: partial, info, pca }, "filling");
  const images = await filling.reconstruct(source);
  await filling.close();
  return images;
}

/** The digit with its hidden pixels in one flat colour. */
function veiled({ data }, hidden) {
  const colours = Uint8Array.from({ length: 3 * data.length }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return hidden[pixel] === 1 ? VEIL[i % 3] : data[pixel];
  });
  return { height: 28, width: 28, channels: 3, data: colours };
}
