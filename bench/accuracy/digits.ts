/** The 8 × 8 digits of the UCI repository with default options, beside PCA. */
import { collect, imagesFrom } from "../../src/data/memory.ts";
import { readTable } from "../../src/data/tables.ts";
import type { Images } from "../../src/data/source.ts";
import { vanilla } from "../../src/families/vanilla.ts";
import { train } from "../../src/model/train.ts";
import type { AccuracyCase, Figure } from "./case.ts";
import { dataFile } from "./case.ts";

const SIDE = 8;
const PIXELS = SIDE * SIDE;
const SEEDS = [0, 1, 2];

/** Mean squared error of PCA, first half to second, as measured with scikit-learn. */
const PCA = { 2: 0.0547, 8: 0.0269, 16: 0.0133 } as const;
/** The best that training of other networks found, stopped by the test rows. */
const BEST = { 2: 0.0449, 8: 0.0196, 16: 0.0102 } as const;

export const digits: AccuracyCase = {
  about: "UCI digits, pixels / 16, first half trained on: error on the second half",
  async *run(tell): AsyncGenerator<Figure> {
    const { first, second, pixels } = await halves();
    for (const latent of [2, 8, 16] as const) {
      const errors: number[] = [];
      for (const seed of SEEDS) {
        const model = await train(vanilla({ latent }), first, { seed });
        const again = (await model.reconstruct(second)) as Images;
        errors.push(meanSquare(again.data, pixels));
        await model.close();
      }
      tell(
        `latent ${latent}, seeds ${SEEDS.join(", ")}: ${errors.map((e) => e.toFixed(4)).join(" ")}`,
      );
      const worst = Math.max(...errors);
      yield {
        name: `latent ${latent}, worst seed, against PCA`,
        value: worst,
        target: { atMost: PCA[latent] },
      };
      yield {
        name: `latent ${latent}, worst seed, against the best of others`,
        value: worst,
        target: { atMost: BEST[latent] },
      };
    }
  },
};

async function halves() {
  const table = await collect(await readTable(dataFile("uci-small", "digits.csv.gz")));
  const columns = table.columns.slice(0, PIXELS);
  const bytes = new Uint8Array(table.rows * PIXELS);
  for (const [at, column] of columns.entries()) {
    if (column.type === "text") throw new Error(`column ${column.name} holds words`);
    for (const [row, value] of column.values.entries())
      bytes[row * PIXELS + at] = Math.round((value / 16) * 255);
  }
  const half = Math.floor(table.rows / 2);
  const images = (from: number, to: number, name: string) =>
    imagesFrom(bytes.slice(from * PIXELS, to * PIXELS), { height: SIDE, width: SIDE, name });
  const pixels = bytes.slice(half * PIXELS);
  return {
    first: images(0, half, "first half"),
    second: images(half, table.rows, "second half"),
    pixels,
  };
}

function meanSquare(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, x, i) => sum + ((x - (b[i] as number)) / 255) ** 2, 0) / a.length;
}
