/** New rows of default models beside simple ways to make some, judged by rows that nobody learned from. */
import { readTable } from "../../src/data/tables.ts";
import { collect, imagesFrom } from "../../src/data/memory.ts";
import { pickRows } from "../../src/data/pick.ts";
import { takeRows } from "../../src/data/rows.ts";
import type { Rows, Table } from "../../src/data/source.ts";
import type { Judgement, SampleFigures } from "../../src/evaluate/synthesis/index.ts";
import { judgeSamples } from "../../src/evaluate/synthesis/index.ts";
import type { Family } from "../../src/families/family.ts";
import { tabular } from "../../src/families/tabular.ts";
import { vanilla } from "../../src/families/vanilla.ts";
import { variational } from "../../src/families/variational.ts";
import { train } from "../../src/model/train.ts";
import type { TrainOptions } from "../../src/model/types.ts";
import { keyAt } from "../../src/random/bits.ts";
import { permutation } from "../../src/random/numbers.ts";
import { createEngine } from "../../src/runtime/node.ts";
import type { AccuracyCase, Figure } from "./case.ts";
import { dataFile, idx } from "./case.ts";

const SEED = 1;
/** Of the AUROC that real rows give. */
const USEFUL = 0.97;

interface Sides {
  readonly learned: Rows;
  readonly heldOut: Rows;
}

export const synthesis: AccuracyCase = {
  about: "new rows of adult, digits and Fashion-MNIST: useful, alike, and no copies",
  async *run(tell): AsyncGenerator<Figure> {
    yield* pictures("digits", await digitHalves(), {}, tell);
    yield* adult(tell);
    yield* pictures("Fashion-MNIST", await fashion(), { epochs: 10 }, tell);
  },
};

async function* adult(tell: (text: string) => void): AsyncGenerator<Figure> {
  const all = await collect(await readTable(dataFile("tabular-mixed", "adult.csv")));
  const order = permutation(keyAt(SEED, 0), all.rows);
  const share = Math.floor((2 * all.rows) / 3);
  const learned = takeRows(all, order.slice(0, share));
  const heldOut = takeRows(all, order.slice(share));
  // Income is a column like the others.
  const found = await judged(tabular(), { learned, heldOut }, {}, tell, "income");
  const { model, controls, real } = found;
  const useful = found.model.predictive ?? Number.NaN;
  const copula = controls.copula?.predictive ?? Number.NaN;
  yield {
    name: "adult, AUROC learned from new rows over that from real rows",
    value: useful / (real.predictive ?? Number.NaN),
    target: { atLeast: USEFUL },
  };
  yield {
    name: "adult, AUROC less that from a copula's rows",
    value: useful - copula,
    target: { atLeast: 0 },
  };
  yield { name: "adult, AUROC learned from real rows", value: real.predictive ?? Number.NaN };
  yield {
    name: "adult, share of new rows that equal a training row",
    value: model.duplicates ?? Number.NaN,
    target: { atMost: real.duplicates ?? Number.NaN },
  };
  for (const figure of ["marginals", "associations", "detection"] as const) {
    yield { name: `adult, ${figure}`, value: model[figure] ?? Number.NaN };
    yield { name: `adult, ${figure} of a copula`, value: controls.copula?.[figure] ?? Number.NaN };
  }
}

async function* pictures(
  name: string,
  sides: Sides,
  options: TrainOptions,
  tell: (text: string) => void,
): AsyncGenerator<Figure> {
  const { model, controls, copies } = await judged(variational(), sides, options, tell);
  const least = Math.min(
    ...(["pcaGaussian", "pixelMixture"] as const).map((one) => controls[one]?.frechet ?? Infinity),
  );
  yield {
    name: `${name}, Fréchet distance over the best control's`,
    value: (model.frechet ?? Number.NaN) / least,
    target: { atMost: 1 },
  };
  yield { name: `${name}, copies of training rows`, value: Number(copies), target: { atMost: 0 } };
  for (const [who, figures] of Object.entries({ model, ...controls })) {
    for (const figure of [
      "frechet",
      "density",
      "coverage",
      "nearest",
      "near",
      "remembered",
    ] as const)
      yield { name: `${name}, ${figure} of ${who}`, value: figureOf(figures, figure) };
  }
}

function figureOf(figures: SampleFigures | undefined, figure: keyof SampleFigures): number {
  return figures?.[figure] ?? Number.NaN;
}

/** Trains, draws as many rows as there are held out, and judges those. */
async function judged(
  family: Family,
  { learned, heldOut }: Sides,
  options: TrainOptions,
  tell: (text: string) => void,
  target?: string,
): Promise<Judgement> {
  const model = await train(family, learned, { seed: SEED, ...options });
  tell(
    `${family.name}: ${model.info.training.epochs} epochs, ${model.info.training.seconds.toFixed(0)} s`,
  );
  const samples = await model.generate(target === undefined ? heldOut.rows : learned.rows, {
    seed: 7,
  });
  await model.close();
  // The space knows real rows alone, and no family that is judged in it.
  const space =
    learned.kind === "table" ? undefined : await train(vanilla(), learned, { ...options, seed: 9 });
  const engine = createEngine();
  try {
    const found = await judgeSamples({
      engine,
      train: learned,
      heldOut,
      samples,
      ...(target === undefined ? {} : { target }),
      ...(space === undefined
        ? {}
        : {
            encoder: { name: "the codes of a vanilla model", encode: (rows) => space.encode(rows) },
          }),
      seed: SEED,
    });
    for (const finding of found.findings) tell(finding);
    return found;
  } finally {
    await engine.close();
    await space?.close();
  }
}

const SIDE = 8;
const PIXELS = SIDE * SIDE;

async function digitHalves(): Promise<Sides> {
  const table: Table = await collect(await readTable(dataFile("uci-small", "digits.csv.gz")));
  const bytes = new Uint8Array(table.rows * PIXELS);
  for (const [at, column] of table.columns.slice(0, PIXELS).entries()) {
    if (column.type === "text") throw new Error(`column ${column.name} holds words`);
    for (const [row, value] of column.values.entries())
      bytes[row * PIXELS + at] = Math.round((value / 16) * 255);
  }
  const all = await collect(imagesFrom(bytes, { height: SIDE, width: SIDE, name: "digits" }));
  // At random: the file goes from writer to writer, and digits of one are nearer to each other.
  const order = permutation(keyAt(SEED, 0), table.rows);
  const half = Math.floor(table.rows / 2);
  return {
    learned: takeRows(all, order.slice(0, half)),
    heldOut: takeRows(all, order.slice(half)),
  };
}

const LEARNED = 20_000;
const HELD_OUT = 5000;

async function fashion(): Promise<Sides> {
  const first = await idx("fashion-mnist", "train");
  const order = permutation(keyAt(SEED, 0), first.rows).slice(0, LEARNED);
  const second = await idx("fashion-mnist", "t10k");
  const others = permutation(keyAt(SEED, 1), second.rows).slice(0, HELD_OUT);
  return { learned: await pickRows(first, order), heldOut: await pickRows(second, others) };
}
