/** White paper to lay pictures, words and lines on, and a PNG of few colours at the end. */
import sharp from "sharp";
import { palettes } from "../../../dist/report/style.js";

/** Ten colours to be told apart, as the report has them. */
export const COLOURS = palettes.light.groups.split(" ");
export const INK = "#17191d";
export const SOFT = "#555b64";
export const RULE = "#dfe1dd";
export const ALARM = "#d6322a";

/** Sixteen shades are enough for the eye, and a third of the bytes. */
const STEP = 17;

const FONT = "'Liberation Sans', Arial, Helvetica, sans-serif";

/** @param width, height in pixels; the guide shows pictures at about two thirds of 1,200 */
export function canvasOf(width, height) {
  const paper = new Uint8Array(width * height * 3).fill(255);
  const shapes = [];
  return {
    /** Image `index` of `images`, each of its pixels a square of `scale` by `scale`. */
    image(images, index, { x, y, scale = 2 }) {
      const { height: rows, width: columns, channels } = images;
      const from = index * rows * columns * channels;
      for (let row = 0; row < rows * scale; row++) {
        for (let column = 0; column < columns * scale; column++) {
          const pixel = Math.floor(row / scale) * columns + Math.floor(column / scale);
          const to = ((y + row) * width + x + column) * 3;
          for (let c = 0; c < 3; c++) {
            const shade = images.data[from + pixel * channels + (channels < 3 ? 0 : c)];
            paper[to + c] = Math.round(shade / STEP) * STEP;
          }
        }
      }
    },
    /** @param anchor `start`, `middle` or `end`; @param y of the base line */
    text(words, { x, y, size = 20, colour = INK, anchor = "start", weight = 400 }) {
      shapes.push(
        `<text x="${x}" y="${y}" font-family="${FONT}" font-size="${size}" fill="${colour}" ` +
          `text-anchor="${anchor}" font-weight="${weight}">${escaped(String(words))}</text>`,
      );
    },
    rectangle({ x, y, width: wide, height: high, fill = "none", stroke = "none", thick = 1 }) {
      shapes.push(
        `<rect x="${x}" y="${y}" width="${wide}" height="${high}" ` +
          `fill="${fill}" stroke="${stroke}" stroke-width="${thick}"/>`,
      );
    },
    /** At whole pixels, so that all dots of a colour are the same bytes. */
    dot({ x, y, radius = 3, fill }) {
      const [cx, cy] = [Math.round(x), Math.round(y)];
      shapes.push(`<circle cx="${cx}" cy="${cy}" r="${radius}" fill="${fill}"/>`);
    },
    line({ from: [x1, y1], to: [x2, y2], stroke = RULE, thick = 1 }) {
      shapes.push(
        `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${stroke}" ` +
          `stroke-width="${thick}"/>`,
      );
    },
    /** Any other SVG. */
    svg(markup) {
      shapes.push(markup);
    },
    async png() {
      const drawn = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes.join("")}</svg>`;
      const flat = await sharp(paper, { raw: { width, height, channels: 3 } })
        .composite([{ input: Buffer.from(drawn) }])
        .png({ palette: true, colours: 48, dither: 0, effort: 10, compressionLevel: 9 })
        .toBuffer();
      return new Uint8Array(flat);
    },
  };
}

function escaped(words) {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
