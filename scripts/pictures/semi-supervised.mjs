/** All that a model was told, and what it then called new digits. */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { dense, imagesFrom, semiSupervised } from "../../dist/index.js";
import { ALARM, canvasOf, COLOURS, SOFT } from "./shared/canvas.mjs";
import { digits, some } from "./shared/digits.mjs";
import { modelOf } from "./shared/models.mjs";

const TOLD = 100;
const ROWS = 3000;
const CELL = 57;
const TOP = 82;

export async function picture() {
  const { train, test } = await digits();
  const { images, labels } = some(train, 0, ROWS);
  const told = labels.map((label, row) => (row < TOLD ? label : null));
  const data = imagesFrom(images.data, { ...images, labels: told });
  const family = semiSupervised({ latent: 8, likelihood: "bernoulli", body: dense([256]) });
  const model = await modelOf("semi-supervised", family, data, { epochs: 15, batch: 64 });

  const canvas = canvasOf(1310, 770);
  canvas.text(`All it was told: ${TOLD} digits by name`, { x: 20, y: 36 });
  canvas.text(`and ${(ROWS - TOLD).toLocaleString("en")} more without`, {
    x: 20,
    y: 64,
    size: 17,
    colour: SOFT,
  });
  for (let row = 0; row < TOLD; row++) {
    // They come in turns: 0 to 9, 0 to 9.
    const [x, y] = [20 + Math.floor(row / 10) * CELL, TOP + (row % 10) * CELL];
    canvas.image(images, row, { x, y });
  }

  const classes = await classesOf(model, test.images);
  canvas.text("The first new digits that it called 0, called 1, …", { x: 640, y: 36 });
  canvas.text("red where it was wrong", { x: 640, y: 64, size: 17, colour: ALARM });
  for (let digit = 0; digit < 10; digit++) {
    const y = TOP + digit * CELL;
    canvas.text(digit, { x: 650, y: y + 36, size: 22, anchor: "middle" });
    const called = classes.flatMap((name, row) => (name === String(digit) ? [row] : []));
    for (const [at, row] of called.slice(0, 11).entries()) {
      const x = 672 + at * CELL;
      canvas.image(test.images, row, { x, y });
      if (test.labels[row] === classes[row]) continue;
      canvas.rectangle({ x: x + 1.5, y: y + 1.5, width: 53, height: 53, stroke: ALARM, thick: 3 });
    }
  }

  const bars = [
    ["this model", rightShare(classes, test.labels), COLOURS[0]],
    [
      `the nearest of the ${TOLD} by pixels`,
      rightShare(nearest(some(train, 0, TOLD), test.images), test.labels),
      COLOURS[9],
    ],
  ];
  for (const [at, [words, share, fill]] of bars.entries()) {
    const y = 672 + at * 36;
    canvas.text(words, { x: 310, y: y + 20, size: 18, anchor: "end" });
    canvas.rectangle({ x: 324, y, width: 800 * share, height: 28, fill });
    canvas.text(`${(100 * share).toFixed(1)} %`, { x: 334 + 800 * share, y: y + 20, size: 18 });
  }
  canvas.text("of 1,000 new digits named right", { x: 324, y: 762, size: 16, colour: SOFT });
  await model.close();
  return canvas.png();
}

/** What the model calls each image: the likeliest class at the output `classes` of its file. */
async function classesOf(model, { rows, height, width, channels, data }) {
  const session = await InferenceSession.create(model.bytes());
  const { input, classes } = model.info.label;
  const unknown = Array.from({ length: rows }, () => "");
  const feeds = {
    image: new Tensor("uint8", data, [rows, height, width, channels]),
    [input]: new Tensor("string", unknown, [rows]),
  };
  const { classes: chances } = await session.run(feeds, ["classes"]);
  await session.release();
  return unknown.map((_, row) => {
    const own = chances.data.subarray(row * classes.length, (row + 1) * classes.length);
    return classes[own.indexOf(Math.max(...own))];
  });
}

function nearest(known, { rows, height, width, data }) {
  const size = height * width;
  return Array.from({ length: rows }, (_, row) => {
    const distances = known.labels.map((__, other) => {
      let sum = 0;
      for (let i = 0; i < size; i++) {
        sum += (data[row * size + i] - known.images.data[other * size + i]) ** 2;
      }
      return sum;
    });
    return known.labels[distances.indexOf(Math.min(...distances))];
  });
}

function rightShare(names, labels) {
  return names.filter((name, row) => name === labels[row]).length / labels.length;
}
