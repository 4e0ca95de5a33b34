/** Columns of made-up rows beside those of real ones that were never trained on. */
import { openData, tabular, variational } from "../../dist/index.js";
import { collect, tableSource } from "../../dist/data/memory.js";
import { takeRows } from "../../dist/data/rows.js";
import { canvasOf, COLOURS, INK, SOFT } from "./shared/canvas.mjs";
import { modelOf } from "./shared/models.mjs";

const [WIDTH, HEIGHT] = [250, 170];
const REAL = "#c9ccd1";
const NUMBERS = [
  { name: "precipitation", words: "precipitation, mm", most: 40, bins: 20 },
  { name: "temp_max", words: "highest temperature, °C", least: -5, most: 40, bins: 18 },
  { name: "wind", words: "wind, m/s", most: 10, bins: 20 },
];
const WORDS = ["sun", "rain", "fog", "drizzle", "snow"];

export async function picture() {
  const rows = await collect(await openData("demo:weather"));
  // Days in turns, so that both halves have all seasons.
  const half = (from) =>
    takeRows(
      rows,
      Int32Array.from({ length: rows.rows >> 1 }, (_, i) => 2 * i + from),
    );
  const [own, real] = [half(0), half(1)];
  const data = tableSource(own, { name: "weather", drop: ["date"] });
  const canvas = canvasOf(1220, 560);
  const families = { tabular: tabular(), variational: variational() };
  for (const [row, [name, family]] of Object.entries(families).entries()) {
    const model = await modelOf(`weather-${name}`, family, data, { epochs: 150 });
    const drawn = await model.generate(real.rows, { seed: 7 });
    await model.close();
    const top = 30 + row * 262;
    canvas.text(`Made-up days, ${name}`, { x: 20, y: top, weight: 700, colour: COLOURS[row] });
    for (const [at, { words, ...column }] of NUMBERS.entries()) {
      const place = { x: 20 + at * 300, y: top + 36 };
      canvas.text(words, { x: place.x, y: top + 26, size: 16 });
      drawBars(canvas, [histogram(real, column), histogram(drawn, column)], place, COLOURS[row]);
      drawEnds(canvas, column, place);
    }
    const place = { x: 920, y: top + 36 };
    canvas.text("weather", { x: place.x, y: top + 26, size: 16 });
    drawBars(canvas, [shares(real), shares(drawn)], place, COLOURS[row]);
    for (const [at, word] of WORDS.entries()) {
      const x = place.x + ((at + 0.5) * WIDTH) / WORDS.length;
      canvas.text(word, { x, y: place.y + HEIGHT + 20, size: 15, anchor: "middle", colour: SOFT });
    }
  }
  canvas.rectangle({ x: 20, y: 536, width: 14, height: 14, fill: REAL });
  canvas.text("real days, not trained on", { x: 40, y: 548, size: 15, colour: SOFT });
  return canvas.png();
}

function columnOf({ columns }, wanted) {
  return columns.find(({ name }) => name === wanted);
}

/** Shares of rows by bins; what lies outside counts to the last bin on its side. */
function histogram(table, { name, least = 0, most, bins }) {
  const { values } = columnOf(table, name);
  const counts = Array.from({ length: bins }, () => 0);
  for (const value of values) {
    const bin = Math.floor((bins * (value - least)) / (most - least));
    counts[Math.max(0, Math.min(bins - 1, bin))] += 1 / values.length;
  }
  return counts;
}

function shares(table) {
  const { codes, dictionary } = columnOf(table, "weather");
  return WORDS.map((word) => {
    const own = dictionary.indexOf(word);
    return codes.filter((code) => code === own).length / codes.length;
  });
}

/** Real ones as wide grey bars, drawn ones as narrow bars before them. */
function drawBars(canvas, [real, drawn], { x, y }, colour) {
  const most = Math.max(...real, ...drawn);
  const step = WIDTH / real.length;
  for (const [values, fill, share] of [
    [real, REAL, 0.9],
    [drawn, colour, 0.45],
  ]) {
    for (const [at, value] of values.entries()) {
      const height = (HEIGHT * value) / most;
      const left = x + (at + (1 - share) / 2) * step;
      canvas.rectangle({ x: left, y: y + HEIGHT - height, width: share * step, height, fill });
    }
  }
  canvas.line({ from: [x, y + HEIGHT], to: [x + WIDTH, y + HEIGHT], stroke: INK });
}

function drawEnds(canvas, { least = 0, most }, { x, y }) {
  const below = { y: y + HEIGHT + 20, size: 15, colour: SOFT };
  canvas.text(least, { ...below, x });
  canvas.text(`${most}+`, { ...below, x: x + WIDTH, anchor: "end" });
}
