/** A flat code as a map of digits, beside where the digits lie in it; and digits nobody wrote. */
import { dense, variational } from "../../dist/index.js";
import { canvasOf, COLOURS, INK, RULE } from "./shared/canvas.mjs";
import { digits } from "./shared/digits.mjs";
import { codesOf, modelOf, rowOf } from "./shared/models.mjs";

const EDGE = 2.7;
const STEPS = [-EDGE, -2.1, -1.5, -0.9, -0.3, 0.3, 0.9, 1.5, 2.1, EDGE];

export async function picture() {
  const { train, test } = await digits();
  const settings = { likelihood: "bernoulli", body: dense([512, 256]) };
  const flat = await modelOf(
    "variational-2",
    variational({ latent: 2, ...settings }),
    train.source,
    {
      epochs: 12,
    },
  );
  const wide = await modelOf(
    "variational-16",
    variational({ latent: 16, ...settings }),
    train.source,
    { epochs: 12 },
  );

  const canvas = canvasOf(1216, 824);
  const size = STEPS.length * 57;
  canvas.text("Two numbers: every code is some digit", { x: 20, y: 36 });
  const grid = STEPS.toReversed().flatMap((second) => STEPS.map((first) => [first, second]));
  const map = await flat.decode(codesOf(grid));
  for (const [at] of grid.entries()) {
    canvas.image(map, at, {
      x: 20 + (at % STEPS.length) * 57,
      y: 54 + Math.floor(at / STEPS.length) * 57,
    });
  }

  const [left, top] = [626, 54];
  canvas.text("1,000 digits it never saw; the square is the map", { x: left, y: 36 });
  canvas.rectangle({ x: left, y: top, width: size, height: size, stroke: RULE });
  const codes = await flat.encode(test.source);
  const reach = 1.05 * Math.max(...codes.data.map(Math.abs));
  const across = (value) => left + (size / 2) * (1 + value / reach);
  const up = (value) => top + (size / 2) * (1 - value / reach);
  for (const [row, label] of test.labels.entries()) {
    const [first, second] = rowOf(codes, row);
    canvas.dot({ x: across(first), y: up(second), fill: COLOURS[Number(label)] });
  }
  const side = across(EDGE) - across(-EDGE);
  canvas.rectangle({ x: across(-EDGE), y: up(EDGE), width: side, height: side, stroke: INK });
  for (const [digit, colour] of COLOURS.entries()) {
    canvas.dot({ x: left + 18, y: top + 20 + digit * 22, radius: 6, fill: colour });
    canvas.text(digit, { x: left + 32, y: top + 26 + digit * 22, size: 17 });
  }

  canvas.text("Sixteen numbers: digits that nobody wrote, from random codes", { x: 20, y: 672 });
  const count = 42;
  const drawn = await wide.generate(count, { seed: 7 });
  for (let at = 0; at < count; at++) {
    canvas.image(drawn, at, { x: 20 + (at % 21) * 56, y: 690 + Math.floor(at / 21) * 57 });
  }
  await Promise.all([flat.close(), wide.close()]);
  return canvas.png();
}
