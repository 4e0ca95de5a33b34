/**
 * Anomaly detection in 14 tables of ADBench, by two protocols: trained on half of the normal rows
 * and judged on the other half and all anomalies; trained on all rows without their labels and
 * judged on the same rows. Three seeds, which also draw the half.
 *
 * @see Han, Hu, Huang, Jiang and Zhao, "ADBench: anomaly detection benchmark" (NeurIPS 2022)
 */
import { readdir } from "node:fs/promises";
import process from "node:process";
import { readArray } from "../../src/data/arrays.ts";
import { collect } from "../../src/data/memory.ts";
import { takeRows } from "../../src/data/rows.ts";
import type { NumericArray } from "../../src/data/source.ts";
import type { Detection, DetectionFigures } from "../../src/evaluate/detection/compare.ts";
import { compareDetectors } from "../../src/evaluate/detection/compare.ts";
import type { Points } from "../../src/evaluate/detection/detector.ts";
import { vanilla } from "../../src/families/vanilla.ts";
import { train } from "../../src/model/train.ts";
import { keyAt } from "../../src/random/bits.ts";
import { permutation } from "../../src/random/numbers.ts";
import type { AccuracyCase, Figure } from "./case.ts";
import { dataFile } from "./case.ts";

const SEEDS = [0, 1, 2];
const TARGETS = { normal: 94.3, unlabelled: 85.5 } as const;
const WORDS = {
  normal: "trained on half of the normal rows",
  unlabelled: "trained on everything, unlabelled",
} as const;

type Protocol = keyof typeof WORDS;

export const adbench: AccuracyCase = {
  about: "14 tables of ADBench: anomalies found, trained on normal rows, and on all unlabelled",
  async *run(tell): AsyncGenerator<Figure> {
    for (const protocol of ["normal", "unlabelled"] as const) {
      const all: Detection[] = [];
      for (const name of await tableNames()) {
        const found: Detection[] = [];
        for (const seed of SEEDS) found.push(await detected(name, protocol, seed));
        const mean = percent(meanOf(found.map(({ model }) => model.auroc)));
        const precision = percent(meanOf(found.map(({ model }) => model.averagePrecision)));
        const beside = controlMeans(found, "auroc").map(([label, x]) => `${label} ${percent(x)}`);
        tell(`${name}, ${WORDS[protocol]}: ${mean}, AP ${precision}; ${beside.join(", ")}`);
        all.push(...found);
      }
      yield {
        name: `${WORDS[protocol]}: mean AUROC, per cent`,
        value: 100 * meanOf(all.map(({ model }) => model.auroc)),
        target: { atLeast: TARGETS[protocol] },
      };
      yield {
        name: `${WORDS[protocol]}: mean average precision, per cent`,
        value: 100 * meanOf(all.map(({ model }) => model.averagePrecision)),
      };
      for (const figure of ["auroc", "averagePrecision"] as const) {
        for (const [label, value] of controlMeans(all, figure))
          yield { name: `  ${figure} of ${label}`, value: 100 * value };
      }
    }
  },
};

/** The tables: all, or those that `AE_TABLES` names, as `wine,Pima`. */
export async function tableNames(): Promise<readonly string[]> {
  const asked = process.env["AE_TABLES"]?.split(",");
  const files = (await readdir(dataFile("adbench"))).filter((file) => file.endsWith(".npz"));
  const wanted = (file: string): boolean =>
    asked?.some((name) => file.toLowerCase().includes(name.toLowerCase())) ?? true;
  return files.filter(wanted).toSorted((a, b) => Number.parseInt(a) - Number.parseInt(b));
}

/** The rows of a table, and 1 of each anomaly among them. */
export async function readMarked(name: string) {
  const source = await readArray(dataFile("adbench", name), {
    array: "X",
    label: "y",
    as: "array",
  });
  if (source.kind !== "array" || source.labels === undefined) throw new Error(`${name}: no rows`);
  return { rows: await collect(source), labels: (await source.labels()).map(Number) };
}

async function detected(name: string, protocol: Protocol, seed: number): Promise<Detection> {
  const { rows, labels } = await readMarked(name);
  const { fit, judge } = split(labels, protocol, seed);
  const training = takeRows(rows, fit);
  const judged = takeRows(rows, judge);
  const model = await train(vanilla(), training, { seed });
  const { scores } = await model.score(judged);
  await model.close();
  const scale = standardizer(training);
  // No row is its own neighbour.
  const own = protocol === "unlabelled" ? { fittedRow: judge } : {};
  const marks = Array.from(judge, (row) => labels[row] as number);
  const options = { seed, ...own };
  return compareDetectors(scale(training), scale(judged), marks, scores, options) as Detection;
}

function split(labels: readonly number[], protocol: Protocol, seed: number) {
  if (protocol === "unlabelled") {
    const all = Int32Array.from(labels.keys());
    return { fit: all, judge: all };
  }
  const order = permutation(keyAt(seed, 0), labels.length);
  const normal = order.filter((row) => labels[row] === 0);
  const half = normal.length >> 1;
  const anomalies = order.filter((row) => labels[row] !== 0);
  return {
    fit: normal.slice(0, half),
    judge: Int32Array.from([...normal.slice(half), ...anomalies]),
  };
}

/** Each column by its mean and deviation in the rows that were trained on. */
function standardizer({ data, rows, shape }: NumericArray): (other: NumericArray) => Points {
  const columns = shape[0] as number;
  const mean = new Float64Array(columns);
  const square = new Float64Array(columns);
  for (const [i, x] of data.entries()) mean[i % columns] = (mean[i % columns] as number) + x / rows;
  for (const [i, x] of data.entries()) {
    const at = i % columns;
    square[at] = (square[at] as number) + (x - (mean[at] as number)) ** 2 / rows;
  }
  return (other) => ({
    rows: other.rows,
    columns,
    data: Float32Array.from(other.data, (x, i) => {
      const deviation = Math.sqrt(square[i % columns] as number);
      return (x - (mean[i % columns] as number)) / (deviation || 1);
    }),
  });
}

function controlMeans(
  found: readonly Detection[],
  figure: keyof DetectionFigures,
): readonly (readonly [string, number])[] {
  const [first] = found;
  return Object.entries(first?.names ?? {}).map(([control, label]) => {
    const values = found.map(
      ({ controls }) => controls[control as keyof typeof controls]?.[figure] ?? NaN,
    );
    return [label, meanOf(values)] as const;
  });
}

function meanOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}
