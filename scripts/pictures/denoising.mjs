/** Three kinds of damage, and what a denoising and a vanilla model make of it. */
import { dense, denoising, vanilla } from "../../dist/index.js";
import { canvasOf, SOFT } from "./shared/canvas.mjs";
import { digits, some } from "./shared/digits.mjs";
import { modelOf } from "./shared/models.mjs";
import { damaged } from "./shared/noise.mjs";

const KINDS = { gaussian: 0.3, "salt-and-pepper": 0.1, masking: 0.25 };
const COUNT = 16;
const CELL = 57;
const LEFT = 186;

export async function picture() {
  const { train, test } = await digits();
  const common = { latent: 32, body: dense([512, 256]) };
  const plain = await modelOf("vanilla-32", vanilla(common), train.source, { epochs: 12 });
  const canvas = canvasOf(1196, 690);
  const shown = some(test, 0, COUNT);
  const row = (words, images, y) => {
    canvas.text(words, { x: 20, y: y + 35 });
    for (let at = 0; at < COUNT; at++) canvas.image(images, at, { x: LEFT + at * CELL, y });
  };
  const figure = (value, y) => canvas.text(value.toFixed(3), { x: 1176, y: y + 35, anchor: "end" });

  canvas.text("Three kinds of damage, undone", { x: 20, y: 30 });
  row("Clean", shown.images, 44);
  canvas.text("error", { x: 1176, y: 79, anchor: "end", colour: SOFT });
  for (const [at, [corruption, level]] of Object.entries(KINDS).entries()) {
    const family = denoising({ ...common, corruption, level });
    const model = await modelOf(`denoising-${corruption}`, family, train.source, { epochs: 12 });
    const noisy = damaged(test, corruption, { level, seed: 1 });
    const y = 118 + at * 193;
    row(corruption, noisy.images, y);
    figure(errorOf(noisy.images, test.images), y);
    const mended = await model.reconstruct(noisy.source);
    row("Denoising", mended, y + CELL);
    figure(errorOf(mended, test.images), y + CELL);
    const copied = await plain.reconstruct(noisy.source);
    row("Vanilla", copied, y + 2 * CELL);
    figure(errorOf(copied, test.images), y + 2 * CELL);
    await model.close();
  }
  await plain.close();
  return canvas.png();
}

/** Mean squared error, of pixels from 0 to 1. */
function errorOf(images, clean) {
  const squares = clean.data.reduce((sum, value, at) => sum + (value - images.data[at]) ** 2, 0);
  return squares / clean.data.length / 255 ** 2;
}
