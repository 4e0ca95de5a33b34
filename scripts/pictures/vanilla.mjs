/** What comes back from 2, 8 and 32 numbers, beside PCA with as many. */
import { dense, vanilla } from "../../dist/index.js";
import { canvasOf, SOFT } from "./shared/canvas.mjs";
import { digits, some } from "./shared/digits.mjs";
import { modelOf } from "./shared/models.mjs";
import { throughPca } from "./shared/pca.mjs";

const SIZES = [2, 8, 32];
const COUNT = 18;
const CELL = 57;
const LEFT = 186;

export async function picture() {
  const { train, test } = await digits();
  const canvas = canvasOf(1310, 514);
  const shown = some(test, 0, COUNT);
  const row = (images, y) => {
    for (let at = 0; at < COUNT; at++) canvas.image(images, at, { x: LEFT + at * CELL, y });
  };
  const words = (text, y, colour) => canvas.text(text, { x: 20, y: y + 35, colour });
  const figure = (mse, y) => canvas.text(mse.toFixed(4), { x: 1290, y: y + 35, anchor: "end" });

  words("Never seen", 44);
  canvas.text("error", { x: 1290, y: 79, anchor: "end", colour: SOFT });
  canvas.text("What comes back from 2, 8 and 32 numbers a digit", { x: 20, y: 30 });
  row(shown.images, 44);
  for (const [at, latent] of SIZES.entries()) {
    const family = vanilla({ latent, body: dense([512, 256]) });
    const model = await modelOf(`vanilla-${latent}`, family, train.source, { epochs: 12 });
    const { metrics, controls } = await model.evaluate(test.source);
    const y = 117 + at * 132;
    words(`${latent} numbers`, y);
    row(await model.reconstruct(shown.source), y);
    figure(metrics.mse, y);
    words(`PCA, ${latent}`, y + CELL, SOFT);
    row(throughPca(model, shown.images), y + CELL);
    figure(controls.pca.mse, y + CELL);
    await model.close();
  }
  return canvas.png();
}
