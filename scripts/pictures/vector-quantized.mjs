/** Digits as eight symbols each, what other symbols would have made, and how often each is used. */
import { dense, vectorQuantized } from "../../dist/index.js";
import { canvasOf, SOFT } from "./shared/canvas.mjs";
import { digits, some } from "./shared/digits.mjs";
import { codesOf, modelOf, rowOf } from "./shared/models.mjs";
import { countsOf, drawUsage, perplexityOf, symbolsOf } from "./shared/usage.mjs";

const CODES = 512;
const DIMENSION = 4;
const [LEFT, WIDTH] = [20, 1152];

export async function picture() {
  const { train, test } = await digits();
  const family = vectorQuantized({
    latent: 32,
    codes: CODES,
    dimension: DIMENSION,
    body: dense([512, 256]),
  });
  const model = await modelOf("vector-quantized", family, train.source, { epochs: 12 });
  const canvas = canvasOf(1192, 760);

  const known = symbolsOf(await model.encode(train.source), DIMENSION);
  const seen = countsOf(known.flat());
  const numbers = new Map([...seen.keys()].map((symbol, at) => [symbol, at + 1]));
  const codes = await model.encode(test.source);
  const symbols = symbolsOf(codes, DIMENSION);

  canvas.text("New digits, what came back, and all that came between: eight entries of the book", {
    x: LEFT,
    y: 36,
  });
  const given = some(test, 0, 10);
  const back = await model.reconstruct(given.source);
  for (let at = 0; at < 10; at++) {
    const x = LEFT + at * 116;
    canvas.image(given.images, at, { x, y: 54 });
    canvas.image(back, at, { x: x + 56, y: 54 });
    for (const [place, symbol] of symbols[at].entries()) {
      const [left, top] = [x + (place % 4) * 28, 114 + Math.floor(place / 4) * 26];
      const number = numbers.get(symbol) ?? "–";
      canvas.rectangle({ x: left, y: top, width: 27, height: 25, fill: shadeOf(number) });
      canvas.text(number, { x: left + 13.5, y: top + 17, size: 13, anchor: "middle" });
    }
  }

  canvas.text(
    "The first four digits again, with their first entry replaced by the commonest ones there",
    {
      x: LEFT,
      y: 208,
    },
  );
  const usual = [...countsOf(known.map(([first]) => first)).keys()].slice(0, 19);
  for (let row = 0; row < 4; row++) {
    const code = rowOf(codes, row);
    const others = usual.map((symbol) => [
      ...symbol.split(" ").map(Number),
      ...code.slice(DIMENSION),
    ]);
    const made = await model.decode(codesOf(others));
    const y = 226 + row * 57;
    canvas.image(back, row, { x: LEFT, y });
    for (const at of others.keys()) canvas.image(made, at, { x: LEFT + 68 + at * 57, y });
  }

  const counts = [...countsOf(symbols.flat()).values()];
  canvas.text(
    `Use of the ${CODES} entries in 1,000 new digits: ${counts.length} occur, ` +
      `perplexity ${perplexityOf(counts).toFixed(0)}`,
    { x: LEFT, y: 500 },
  );
  drawUsage(canvas, counts, CODES, { x: LEFT, y: 520, width: WIDTH, height: 200 });
  canvas.text("entries, the most frequent first", { x: LEFT, y: 742, size: 16, colour: SOFT });
  await model.close();
  return canvas.png();
}

/** Frequent entries light blue, rare ones light orange: to tell numbers apart, no more. */
function shadeOf(number) {
  if (number === "–") return "#ffffff";
  const share = Math.min(1, number / CODES);
  const mix = (from, to) => Math.round(from + (to - from) * share);
  return `rgb(${mix(200, 255)},${mix(224, 224)},${mix(250, 178)})`;
}
