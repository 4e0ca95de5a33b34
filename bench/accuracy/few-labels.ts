/** Few labels and many rows without: beside linear models and the same network on the labels alone. */
import { collect, tableSource } from "../../src/data/memory.ts";
import { readImages } from "../../src/data/images.ts";
import { readTable } from "../../src/data/tables.ts";
import { takeRows } from "../../src/data/rows.ts";
import type { Source, Table } from "../../src/data/source.ts";
import type { LabelFigures } from "../../src/evaluate/few-labels/figures.ts";
import { semiSupervised } from "../../src/families/semi-supervised.ts";
import { vanilla } from "../../src/families/vanilla.ts";
import { train } from "../../src/model/train.ts";
import { keyAt } from "../../src/random/bits.ts";
import { permutation } from "../../src/random/numbers.ts";
import type { AccuracyCase, Figure } from "./case.ts";
import { dataFile } from "./case.ts";

const SEEDS = [0, 1, 2];
const EPOCHS = 8;
const MARGIN = 0.03;

interface Data {
  readonly training: Source;
  readonly test: Source;
}

interface Task {
  readonly name: string;
  readonly labelled: number;
  readonly epochs?: number;
  readonly figure: "accuracy" | "auroc";
  /** What it shall be above each rival by. */
  readonly above: Readonly<Record<string, number>>;
  readonly atLeast?: number;
  /** Choices of labels that M2 learns from too: where it takes minutes, one. */
  readonly m2: number;
  readonly data: () => Promise<Data>;
}

const tasks: readonly Task[] = [
  {
    name: "digits, 50 labels",
    labelled: 50,
    figure: "accuracy",
    above: { scratch: MARGIN, linearPca: MARGIN },
    m2: SEEDS.length,
    data: digits,
  },
  {
    name: "adult, 200 labels",
    labelled: 200,
    epochs: 20,
    figure: "auroc",
    above: { linearFeatures: 0 },
    m2: 0,
    data: adult,
  },
  ...[100, 1000].map((labelled) => ({
    name: `Fashion-MNIST, ${labelled} labels`,
    labelled,
    epochs: EPOCHS,
    figure: "accuracy" as const,
    above: { scratch: MARGIN, linearPca: MARGIN },
    ...(labelled === 100 ? { atLeast: 0.75 } : {}),
    m2: 1,
    data: fashion,
  })),
];

export const fewLabels: AccuracyCase = {
  about:
    "few labels: beside the same network from scratch, linear models and M2, 3 choices of labels",
  async *run(tell): AsyncGenerator<Figure> {
    for (const task of tasks) {
      const { training, test } = await task.data();
      const found: Record<string, number[]> = {};
      for (const seed of SEEDS) {
        const { labelled, epochs } = task;
        const options = { seed, ...(epochs === undefined ? {} : { epochs }) };
        const model = await train(vanilla(), training, { ...options, labelled });
        const { labels } = await model.evaluate(test, { controlsFrom: training });
        const rows = new Set(model.info.head?.rows);
        await model.close();
        for (const [name, figures] of Object.entries({ model: labels?.model, ...labels?.controls }))
          (found[name] ??= []).push(figureOf(figures, task.figure));
        // The family that learns from both kinds of rows, told of the same labels.
        if ((found["M2"]?.length ?? 0) < task.m2)
          (found["M2"] ??= []).push(await accuracyOfM2(training, test, rows, options));
        tell(
          `${task.name}, seed ${seed}: ${Object.entries(found)
            .map(([name, all]) => `${name} ${all.at(-1)?.toFixed(4)}`)
            .join(", ")}`,
        );
      }
      const mean = (name: string): number =>
        (found[name] ?? []).reduce((a, b, _, all) => a + b / all.length, 0);
      const least = task.atLeast === undefined ? {} : { target: { atLeast: task.atLeast } };
      yield { name: `${task.name}, ${task.figure}`, value: mean("model"), ...least };
      for (const name of Object.keys(found).filter((one) => one !== "model")) {
        const margin = task.above[name];
        yield {
          name: `${task.name}, above ${name} (${mean(name).toFixed(4)})`,
          value: mean("model") - mean(name),
          ...(margin === undefined ? {} : { target: { atLeast: margin } }),
        };
      }
    }
  },
};

function figureOf(figures: LabelFigures | undefined, name: "accuracy" | "auroc"): number {
  return new Map(Object.entries(figures ?? {})).get(name) ?? Number.NaN;
}

async function accuracyOfM2(
  training: Source,
  test: Source,
  rows: ReadonlySet<number>,
  options: { readonly seed: number; readonly epochs?: number },
): Promise<number> {
  const labels = (await training.labels?.()) ?? [];
  const few = labels.map((label, row) => (rows.has(row) ? label : null));
  const model = await train(
    semiSupervised(),
    { ...training, labels: () => Promise.resolve(few) },
    options,
  );
  const said = await model.predict?.(test);
  const truth = (await test.labels?.()) ?? [];
  await model.close();
  return truth.filter((label, row) => label === said?.labels[row]).length / truth.length;
}

async function fashion(): Promise<Data> {
  const part = (name: "train" | "t10k"): Promise<Source> =>
    readImages(dataFile("fashion-mnist", `${name}-images-idx3-ubyte.gz`), {
      label: dataFile("fashion-mnist", `${name}-labels-idx1-ubyte.gz`),
    });
  return { training: await part("train"), test: await part("t10k") };
}

/** The first half trains. */
async function digits(): Promise<Data> {
  const source = await readTable(dataFile("uci-small", "digits.csv.gz"));
  const table = await collect(source);
  const last = table.columns.at(-1)?.name ?? "";
  return halves(table, last, (row) => row < table.rows / 2);
}

/** Two thirds train. */
async function adult(): Promise<Data> {
  const table = await collect(await readTable(dataFile("tabular-mixed", "adult.csv")));
  const order = permutation(keyAt(0, 0), table.rows);
  return halves(table, "income", (row) => (order[row] as number) < (2 * table.rows) / 3);
}

function halves(table: Table, label: string, trains: (row: number) => boolean): Data {
  const rows = Int32Array.from({ length: table.rows }, (_, row) => row);
  const part = (keep: boolean): Source =>
    tableSource(
      takeRows(
        table,
        rows.filter((row) => trains(row) === keep),
      ),
      { label },
    );
  return { training: part(true), test: part(false) };
}
