/** What single units of a sparse code draw, and of which of them each digit is made. */
import { sparse } from "../../dist/index.js";
import { parseModelFile } from "../../dist/model/file.js";
import { canvasOf, SOFT } from "./shared/canvas.mjs";
import { digits, some } from "./shared/digits.mjs";
import { modelOf, rowOf } from "./shared/models.mjs";

const ACTIVE = 8;
const UNITS = 256;
const WIDE = 10;
const CELL = 57;
const LEFT = 650;
const PIXELS = 28 * 28;
/** What a unit adds in ink, what it takes away in orange. */
const [ADDS, TAKES] = [
  [16, 60, 130],
  [206, 84, 20],
];

export async function picture() {
  const { train, test } = await digits();
  const family = sparse({ latent: UNITS, k: ACTIVE });
  const model = await modelOf("sparse", family, train.source, { epochs: 12 });
  const rows = rowsOf(model);
  const codes = await model.encode(test.source);
  const usual = byUse(codes);

  const canvas = canvasOf(1296, 652);
  canvas.text(`What single units draw: the ${WIDE * WIDE} busiest of ${UNITS}`, { x: 20, y: 36 });
  for (let at = 0; at < WIDE * WIDE; at++) {
    const [x, y] = [20 + (at % WIDE) * CELL, 54 + Math.floor(at / WIDE) * CELL];
    canvas.image(drawing(rows, usual[at]), 0, { x, y });
  }

  canvas.text(`New digits, what came back, and the ${ACTIVE} units it is made of`, {
    x: LEFT,
    y: 36,
  });
  const shown = some(test, 0, 10);
  const back = await model.reconstruct(shown.source);
  for (let row = 0; row < 10; row++) {
    const y = 54 + row * CELL;
    canvas.image(shown.images, row, { x: LEFT, y });
    canvas.image(back, row, { x: LEFT + CELL, y });
    for (const [at, unit] of activeIn(rowOf(codes, row)).entries()) {
      canvas.image(drawing(rows, unit), 0, { x: LEFT + 2 * CELL + 16 + at * CELL, y });
    }
  }
  canvas.text("blue: light added", { x: 20, y: 642, size: 15, colour: "#103c82" });
  canvas.text("orange: light taken away", { x: 160, y: 642, size: 15, colour: "#b04a12" });
  canvas.text("strongest unit first", { x: LEFT + 2 * CELL + 16, y: 642, size: 15, colour: SOFT });
  await model.close();
  return canvas.png();
}

/** The decoder's rows, one a unit. */
function rowsOf(model) {
  const { graph } = parseModelFile(model.bytes(), "model").model;
  return graph.initializers.find(({ name }) => name === "decoder.output.weight").tensor.data;
}

/** Units by the number of rows that they are active in, the busiest first. */
function byUse({ rows, columns, data }) {
  const uses = Array.from({ length: columns }, (_, unit) =>
    Array.from({ length: rows }, (_, row) => data[row * columns + unit] > 0),
  ).map((active) => active.filter(Boolean).length);
  return uses.map((_, unit) => unit).toSorted((a, b) => uses[b] - uses[a]);
}

/** Units that are not 0, the strongest first. */
function activeIn(code) {
  return code
    .map((_, unit) => unit)
    .filter((unit) => code[unit] > 0)
    .toSorted((a, b) => code[b] - code[a]);
}

/** A decoder's row as an image, its largest number in full colour. */
function drawing(weights, unit) {
  const row = weights.subarray(unit * PIXELS, (unit + 1) * PIXELS);
  const most = row.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const data = new Uint8Array(PIXELS * 3);
  for (const [at, value] of row.entries()) {
    const full = value > 0 ? ADDS : TAKES;
    // Steps of a sixth: few colours keep the file small.
    const share = Math.round((6 * Math.abs(value)) / most) / 6;
    full.forEach((c, channel) => (data[at * 3 + channel] = 255 + (c - 255) * share));
  }
  return { height: 28, width: 28, channels: 3, data };
}
