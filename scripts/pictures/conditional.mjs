/** The same codes read as ten digits: the label says which digit, the code in which hand. */
import { conditional, dense } from "../../dist/index.js";
import { canvasOf } from "./shared/canvas.mjs";
import { digits, some } from "./shared/digits.mjs";
import { codesOf, modelOf, normalRows, rowOf } from "./shared/models.mjs";

const CLASSES = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
const LATENT = 4;
const CELL = 57;
const TOP = 54;

export async function picture() {
  const { train, test } = await digits();
  const family = conditional({ latent: LATENT, likelihood: "bernoulli", body: dense([512, 256]) });
  const model = await modelOf("conditional", family, train.source, { epochs: 20 });
  const canvas = canvasOf(1294, 642);

  canvas.text("Ten random codes, each read as all ten digits", { x: 20, y: 36 });
  const hands = await readAsAll(model, normalRows(10, LATENT, 7));
  for (let code = 0; code < 10; code++) {
    for (let label = 0; label < 10; label++) {
      const [x, y] = [20 + label * CELL, TOP + code * CELL];
      canvas.image(hands, code * 10 + label, { x, y });
    }
  }

  canvas.text("New digits, and the same hand in all ten", { x: 630, y: 36 });
  const given = some(test, 0, 10);
  const codes = await model.encode(given.source);
  const own = await readAsAll(
    model,
    CLASSES.map((_, row) => rowOf(codes, row)),
  );
  for (let row = 0; row < 10; row++) {
    const y = TOP + row * CELL;
    canvas.image(given.images, row, { x: 630, y });
    for (let label = 0; label < 10; label++) {
      canvas.image(own, row * 10 + label, { x: 705 + label * CELL, y });
    }
  }
  await model.close();
  return canvas.png();
}

/** Each code with each label, a code's ten together. */
function readAsAll(model, codes) {
  return model.decode(codesOf(codes.flatMap((code) => CLASSES.map(() => code))), {
    labels: codes.flatMap(() => CLASSES),
  });
}
