/** New digits and the way from one digit to another, beside a vanilla model from the same draws. */
import { dense, vanilla, wasserstein } from "../../dist/index.js";
import { canvasOf, COLOURS, INK } from "./shared/canvas.mjs";
import { digits, some } from "./shared/digits.mjs";
import { codesOf, modelOf, normalRows, rowOf } from "./shared/models.mjs";

const LATENT = 8;
const WIDE = 20;
/** Rows of the held-out digits: 0 to 1, 2 to 3 and so on. */
const PAIRS = [
  [0, 1],
  [2, 3],
  [4, 5],
];

export async function picture() {
  const { train, test } = await digits();
  const common = { latent: LATENT, body: dense([512, 256]) };
  const [model, plain] = [
    await modelOf("wasserstein", wasserstein(common), train.source, { epochs: 12 }),
    await modelOf("vanilla-8", vanilla(common), train.source, { epochs: 12 }),
  ];
  const canvas = canvasOf(1179, 787);
  const row = (images, from, count, y) => {
    for (let at = 0; at < count; at++) canvas.image(images, from + at, { x: 20 + at * 57, y });
  };

  canvas.text("New digits, and what came back from 8 numbers each", { x: 20, y: 36 });
  const given = some(test, 0, WIDE);
  row(given.images, 0, WIDE, 54);
  row(await model.reconstruct(given.source), 0, WIDE, 111);

  canvas.text("Digits that nobody wrote, from random codes", { x: 20, y: 206 });
  const random = codesOf(normalRows(2 * WIDE, LATENT, 7));
  const drawn = await model.decode(random);
  row(drawn, 0, WIDE, 224);
  row(drawn, WIDE, WIDE, 281);

  canvas.text(
    "Its 8 numbers over 1,000 new digits, and those of a vanilla model, under a standard normal",
    {
      x: 20,
      y: 376,
    },
  );
  drawSpread(canvas, await model.encode(test.source), { y: 390, colour: COLOURS[0] });
  drawSpread(canvas, await plain.encode(test.source), { y: 470, colour: COLOURS[4] });

  canvas.text("Straight from one digit to another, through the codes between", { x: 20, y: 579 });
  const codes = await model.encode(given.source);
  for (const [at, [from, to]] of PAIRS.entries()) {
    const way = await model.decode(codesOf(between(rowOf(codes, from), rowOf(codes, to))));
    row(way, 0, WIDE, 597 + at * 57);
  }
  await Promise.all([model.close(), plain.close()]);
  return canvas.png();
}

/** A histogram a number, from −4 to 4, and the bell that the prior is. */
function drawSpread(canvas, { rows, columns, data }, { y, colour }) {
  const [width, height, bins, reach] = [132, 70, 33, 4];
  const scale = (height - 4) / 0.45;
  for (let column = 0; column < columns; column++) {
    const x = 20 + Math.round((column * (WIDE * 57 - 1 - width)) / (columns - 1));
    const counts = Array.from({ length: bins }, () => 0);
    for (let row = 0; row < rows; row++) {
      const value = data[row * columns + column];
      const bin = Math.floor(((value + reach) / (2 * reach)) * bins);
      if (bin >= 0 && bin < bins) counts[bin] += 1;
    }
    for (const [bin, count] of counts.entries()) {
      const density = count / rows / ((2 * reach) / bins);
      const high = Math.min(height, density * scale);
      const left = x + bin * (width / bins);
      canvas.rectangle({ x: left, y: y + height - high, width: 4, height: high, fill: colour });
    }
    const bell = Array.from({ length: 61 }, (_, at) => {
      const value = (at / 60) * 2 * reach - reach;
      const density = Math.exp(-(value ** 2) / 2) / Math.sqrt(2 * Math.PI);
      return `${(x + (at / 60) * width).toFixed(1)},${(y + height - density * scale).toFixed(1)}`;
    });
    canvas.svg(`<polyline points="${bell.join(" ")}" fill="none" stroke="${INK}"/>`);
  }
}

function between(from, to) {
  return Array.from({ length: WIDE }, (_, step) =>
    from.map((value, at) => value + ((to[at] - value) * step) / (WIDE - 1)),
  );
}
