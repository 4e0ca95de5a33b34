/** Digits as whole steps on a grid, what one step does, and how often each symbol is used. */
import { dense, finiteScalar } from "../../dist/index.js";
import { canvasOf, RULE, SOFT } from "./shared/canvas.mjs";
import { digits, some } from "./shared/digits.mjs";
import { codesOf, modelOf, rowOf } from "./shared/models.mjs";
import { countsOf, drawUsage, perplexityOf, symbolsOf } from "./shared/usage.mjs";

const LEVELS = [8, 5, 5, 5];
const SYMBOLS = LEVELS.reduce((product, count) => product * count, 1);
const [LEFT, WIDTH] = [20, 1152];

export async function picture() {
  const { train, test } = await digits();
  const family = finiteScalar({ latent: 32, levels: LEVELS, body: dense([512, 256]) });
  const model = await modelOf("finite-scalar", family, train.source, { epochs: 12 });
  const canvas = canvasOf(1192, 806);
  const codes = await model.encode(test.source);

  canvas.text("New digits, what came back, and all that came between: 32 steps, light is high", {
    x: LEFT,
    y: 36,
  });
  const given = some(test, 0, 10);
  const back = await model.reconstruct(given.source);
  for (let at = 0; at < 10; at++) {
    const x = LEFT + at * 116;
    canvas.image(given.images, at, { x, y: 54 });
    canvas.image(back, at, { x: x + 56, y: 54 });
    for (const [place, value] of rowOf(codes, at).entries()) {
      const shade = Math.round(40 + 107 * (value + 1));
      canvas.rectangle({
        x: x + Math.floor(place / LEVELS.length) * 14,
        y: 115 + (place % LEVELS.length) * 14,
        width: 13,
        height: 13,
        fill: `rgb(${shade},${shade},${shade})`,
        stroke: RULE,
      });
    }
  }

  canvas.text(
    "The first five again, with their first, then their second, then their third number on every level",
    {
      x: LEFT,
      y: 214,
    },
  );
  for (let row = 0; row < 5; row++) {
    const code = rowOf(codes, row);
    const y = 232 + row * 57;
    canvas.image(back, row, { x: LEFT, y });
    let x = LEFT + 80;
    for (const [at, count] of LEVELS.slice(0, 3).entries()) {
      const made = await model.decode(
        codesOf(levelsOf(count).map((level) => code.with(at, level))),
      );
      for (let step = 0; step < count; step++, x += 57) {
        canvas.image(made, step, { x, y });
      }
      x += 24;
    }
  }

  const counts = [...countsOf(symbolsOf(codes, LEVELS.length).flat()).values()];
  canvas.text(
    `Use of the ${SYMBOLS.toLocaleString("en")} symbols in 1,000 new digits: ${counts.length} occur, ` +
      `perplexity ${perplexityOf(counts).toFixed(0)}`,
    { x: LEFT, y: 560 },
  );
  drawUsage(canvas, counts, SYMBOLS, { x: LEFT, y: 580, width: WIDTH, height: 170 });
  canvas.text("symbols, the most frequent first", { x: LEFT, y: 774, size: 16, colour: SOFT });
  await model.close();
  return canvas.png();
}

/** All values that a number with `count` levels may take. */
function levelsOf(count) {
  const half = Math.floor(count / 2);
  return Array.from({ length: count }, (_, step) => Math.fround((step - half) / half));
}
