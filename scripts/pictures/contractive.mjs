/** Which pixels a contractive and a vanilla code react to, and how far noise moves them. */
import { contractive, dense, imagesFrom, vanilla } from "../../dist/index.js";
import { canvasOf, COLOURS, INK, RULE, SOFT } from "./shared/canvas.mjs";
import { digits, some } from "./shared/digits.mjs";
import { modelOf } from "./shared/models.mjs";
import { damaged } from "./shared/noise.mjs";

const PIXELS = 28 * 28;
const SHOWN = 10;
/** How much a pixel is turned, of 255. */
const TURN = 32;
const LEVELS = [0, 0.1, 0.2, 0.3, 0.4, 0.5];
const CELL = 57;
const LEFT = 130;

export async function picture() {
  const { train, test } = await digits();
  const common = { latent: 8, body: dense([256]) };
  const models = {
    vanilla: await modelOf("vanilla-256", vanilla(common), train.source, { epochs: 10 }),
    contractive: await modelOf("contractive", contractive({ ...common, lambda: 1 }), train.source, {
      epochs: 10,
    }),
  };
  const canvas = canvasOf(1250, 284);
  canvas.text("How strongly the code reacts to each pixel", { x: 20, y: 30 });
  const shown = some(test, 0, SHOWN);
  for (let at = 0; at < SHOWN; at++) canvas.image(shown.images, at, { x: LEFT + at * CELL, y: 44 });
  const reactions = {};
  const moves = {};
  for (const [name, model] of Object.entries(models)) {
    const codes = await model.encode(test.source);
    const spread = deviationsOf(codes);
    reactions[name] = await reactionsOf(model, shown.images, spread);
    moves[name] = [];
    for (const level of LEVELS) {
      const noisy = damaged(test, "gaussian", { level, seed: 1 });
      moves[name].push(meanOf(distances(await model.encode(noisy.source), codes, spread)));
    }
    await model.close();
  }
  // A few pixels are far above the rest, and would leave it pale.
  const most = quantileOf(Object.values(reactions).flatMap((rows) => rows.flatMap((r) => [...r])));
  for (const [row, name] of Object.keys(models).entries()) {
    const y = 44 + (row + 1) * CELL + 8;
    canvas.text(name, { x: 20, y: y + 35 });
    for (const [at, reaction] of reactions[name].entries()) {
      canvas.image(heat(reaction, most), 0, { x: LEFT + at * CELL, y });
    }
  }
  drawMoves(canvas, moves, { x: 800, y: 58, width: 340, height: 168 });
  return canvas.png();
}

/** A line a model: how far codes move, in their own deviations, against the noise. */
function drawMoves(canvas, moves, { x, y, width, height }) {
  canvas.text("How far noise moves the code", { x: x - 40, y: 30 });
  const across = (level) => x + (width * level) / LEVELS.at(-1);
  const up = (value) => y + height * (1 - value);
  for (const value of [0, 0.5, 1]) {
    canvas.line({
      from: [x, up(value)],
      to: [x + width, up(value)],
      stroke: value === 0 ? INK : RULE,
    });
    canvas.text(value, { x: x - 10, y: up(value) + 5, size: 15, anchor: "end", colour: SOFT });
  }
  for (const level of LEVELS) {
    const middle = { x: across(level), y: y + height + 20, size: 15, anchor: "middle" };
    canvas.text(level, { ...middle, colour: SOFT });
  }
  canvas.text("noise, with pixels from 0 to 1", {
    x: x + width / 2,
    y: y + height + 42,
    size: 15,
    anchor: "middle",
    colour: SOFT,
  });
  for (const [at, [name, values]] of Object.entries(moves).entries()) {
    const colour = COLOURS[at];
    const points = values.map((value, i) => `${across(LEVELS[i])},${up(value).toFixed(1)}`);
    canvas.svg(
      `<polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="3"/>`,
    );
    canvas.text(name, { x: x + width + 8, y: up(values.at(-1)) + 6, size: 17, colour });
  }
}

/** For each image, the length that the code moves by where one pixel changes, a pixel. */
async function reactionsOf(model, images, spread) {
  const before = await model.encode(imagesFrom(images.data, images));
  const all = [];
  for (let row = 0; row < images.rows; row++) {
    const image = images.data.subarray(row * PIXELS, (row + 1) * PIXELS);
    const turned = new Uint8Array(PIXELS * PIXELS);
    for (let at = 0; at < PIXELS; at++) {
      turned.set(image, at * PIXELS);
      turned[at * PIXELS + at] += image[at] > 127 ? -TURN : TURN;
    }
    const after = await model.encode(imagesFrom(turned, { ...images, rows: PIXELS }));
    const own = before.data.subarray(row * before.columns, (row + 1) * before.columns);
    const data = Float32Array.from(after.data, (_, at) => own[at % after.columns]);
    all.push(distances(after, { ...after, data }, spread));
  }
  return all;
}

/** Between codes row by row, each number in its own deviations; per number. */
function distances({ rows, columns, data }, other, spread) {
  return Float64Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let j = 0; j < columns; j++) {
      const at = row * columns + j;
      sum += ((data[at] - other.data[at]) / spread[j]) ** 2;
    }
    return Math.sqrt(sum / columns);
  });
}

function deviationsOf({ rows, columns, data }) {
  return Array.from({ length: columns }, (_, j) => {
    const values = Array.from({ length: rows }, (_, row) => data[row * columns + j]);
    const mean = meanOf(values);
    return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
  });
}

function meanOf(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function quantileOf(values, share = 0.98) {
  return values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))];
}

function heat(values, most) {
  const data = new Uint8Array(PIXELS * 3);
  for (const [at, value] of values.entries()) {
    const share = Math.min(1, Math.round((8 * value) / most) / 8);
    [214, 50, 42].forEach((c, channel) => (data[at * 3 + channel] = 255 + (c - 255) * share));
  }
  return { height: 28, width: 28, channels: 3, data };
}
