/**
 * The promise of a threshold: trained on half of the usual rows of a table, with the default of one
 * false alarm in a hundred, the share of the other half that raises an alarm. Every table of at
 * least 2,000 rows of ADBench, and the census; means over ten seeds, since a threshold by some
 * hundred rows is itself a draw.
 */
import { collect, tableSource } from "../../src/data/memory.ts";
import { takeRows } from "../../src/data/rows.ts";
import type { NumericArray, Table } from "../../src/data/source.ts";
import { readTable } from "../../src/data/tables.ts";
import { vanilla } from "../../src/families/vanilla.ts";
import { train } from "../../src/model/train.ts";
import { keyAt } from "../../src/random/bits.ts";
import { permutation } from "../../src/random/numbers.ts";
import { readMarked, tableNames } from "./adbench.ts";
import type { AccuracyCase, Figure } from "./case.ts";
import { dataFile } from "./case.ts";

const SEEDS = Array.from({ length: 10 }, (_, seed) => seed);
const LEAST_ROWS = 2000;
const BETWEEN = [0.005, 0.015] as const;

export const alarms: AccuracyCase = {
  about: "false alarms on usual rows held out, at a threshold that promises 1 %",
  async *run(tell): AsyncGenerator<Figure> {
    for (const name of await tableNames()) {
      const { rows, labels } = await readMarked(name);
      if (rows.rows < LEAST_ROWS) continue;
      const normal = Int32Array.from(labels.keys()).filter((row) => labels[row] === 0);
      yield* figures(name, takeRows(rows, normal), tell);
    }
    const census = await collect(await readTable(dataFile("tabular-mixed", "adult.csv")));
    yield* figures("adult.csv", census, tell);
  },
};

async function* figures(
  name: string,
  rows: NumericArray | Table,
  tell: (text: string) => void,
): AsyncGenerator<Figure> {
  const shares: number[] = [];
  for (const seed of SEEDS) shares.push(await alarmShare(rows, seed));
  tell(`${name}, by seed: ${shares.map((share) => share.toFixed(4)).join(" ")}`);
  const value = shares.reduce((a, b) => a + b, 0) / shares.length;
  const [atLeast, atMost] = BETWEEN;
  yield { name: `${name}: share of false alarms`, value, target: { atLeast } };
  yield { name: `${name}: the same`, value, target: { atMost } };
}

async function alarmShare(rows: NumericArray | Table, seed: number): Promise<number> {
  const order = permutation(keyAt(seed, 0), rows.rows);
  const half = rows.rows >> 1;
  const training = takeRows(rows, order.slice(0, half));
  const model = await train(
    vanilla(),
    training.kind === "table" ? tableSource(training) : training,
    { seed },
  );
  const { scores } = await model.score(takeRows(rows, order.slice(half)));
  const { value } = model.info.alarms;
  await model.close();
  return scores.filter((score) => score > value).length / scores.length;
}
