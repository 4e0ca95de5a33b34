/** New digits through the mixture, what comes without it, and the way from digit to digit. */
import { dense, regularized } from "../../dist/index.js";
import { canvasOf } from "./shared/canvas.mjs";
import { digits, some } from "./shared/digits.mjs";
import { codesOf, modelOf, normalRows, rowOf } from "./shared/models.mjs";

const LATENT = 8;
const WIDE = 20;
const CELL = 57;
const DRAWN_ROWS = 4;
/** Rows of the held-out digits: 0 to 1, 2 to 3 and so on. */
const PAIRS = [
  [0, 1],
  [2, 3],
  [4, 5],
  [6, 7],
];

export async function picture() {
  const { train, test } = await digits();
  const family = regularized({ latent: LATENT, body: dense([512, 256]) });
  const model = await modelOf("regularized", family, train.source, { epochs: 12 });
  const canvas = canvasOf(1179, 691);
  const row = (images, from, y) => {
    for (let at = 0; at < WIDE; at++) canvas.image(images, from + at, { x: 20 + at * CELL, y });
  };

  canvas.text("Digits that nobody wrote: codes drawn from the fitted mixture", { x: 20, y: 36 });
  const drawn = await model.generate(DRAWN_ROWS * WIDE, { seed: 7 });
  for (let at = 0; at < DRAWN_ROWS; at++) row(drawn, at * WIDE, 54 + at * CELL);

  canvas.text("Without the mixture: codes from a standard normal", { x: 20, y: 320 });
  row(await model.decode(codesOf(normalRows(WIDE, LATENT, 7))), 0, 338);

  canvas.text("Straight from one new digit to another, through the codes between", {
    x: 20,
    y: 433,
  });
  const codes = await model.encode(some(test, 0, 10).source);
  for (const [at, [from, to]] of PAIRS.entries()) {
    const way = await model.decode(codesOf(between(rowOf(codes, from), rowOf(codes, to))));
    row(way, 0, 451 + at * CELL);
  }
  await model.close();
  return canvas.png();
}

function between(from, to) {
  return Array.from({ length: WIDE }, (_, step) =>
    from.map((value, at) => value + ((to[at] - value) * step) / (WIDE - 1)),
  );
}
