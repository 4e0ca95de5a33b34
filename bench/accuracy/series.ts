/**
 * Anomaly detection in series, beside sub-sequence PCA that learns from the same points.
 *
 * - NAB, 11 series with anomalies: each learns from itself, unlabelled; an anomaly is a point in a
 *   window of combined_windows.json.
 * - SKAB, 17 series: each learns from its first 400 points, as the benchmark's own examples do, and
 *   is judged on all; an anomaly is a point of `anomaly` 1.
 * - SMAP and MSL, 4 channels of telemetry: train/ is learnt from, test/ judged.
 *
 * VUS-PR has the period of a series as its largest buffer, whatever window a method takes.
 * `AE_SERIES=controls` leaves the model out.
 */
import process from "node:process";
import { seriesFrom } from "../../src/data/series-windows.ts";
import type { Points } from "../../src/evaluate/detection/detector.ts";
import { periodOf } from "../../src/evaluate/detection/period.ts";
import { areaUnderRoc, averagePrecision } from "../../src/evaluate/detection/ranking.ts";
import { fitSubsequencePca } from "../../src/evaluate/detection/subsequence-pca.ts";
import { volumeUnderPr } from "../../src/evaluate/detection/volume-under-pr.ts";
import { vanilla } from "../../src/families/vanilla.ts";
import { train } from "../../src/model/train.ts";
import type { AccuracyCase, Figure } from "./case.ts";
import type { SeriesTask } from "./series-data.ts";
import { seriesTasks } from "./series-data.ts";

const SEEDS = [0, 1, 2];
const FORMS = ["distances", "variances", "error"] as const;
const FIGURES = { vus: "VUS-PR", precision: "average precision", auroc: "AUROC" } as const;

type Figures = Record<keyof typeof FIGURES, number>;

export const series: AccuracyCase = {
  about: "NAB, SKAB, SMAP and MSL: anomalies found in series, beside sub-sequence PCA",
  async *run(tell): AsyncGenerator<Figure> {
    const found = new Map<string, Map<string, Figures[]>>();
    for await (const task of seriesTasks()) {
      const all = await contenders(task);
      const shown = [...all].map(([who, { vus }]) => `${who} ${vus.toFixed(3)}`);
      tell(`${task.suite} ${task.name}, VUS-PR: ${shown.join(", ")}`);
      const suite = found.get(task.suite) ?? new Map<string, Figures[]>();
      found.set(task.suite, suite);
      for (const [who, figures] of all) suite.set(who, [...(suite.get(who) ?? []), figures]);
    }
    for (const [suite, all] of found) {
      for (const [figure, words] of Object.entries(FIGURES)) {
        const mean = (who: string): number | undefined => {
          const values = all.get(who)?.map((one) => one[figure as keyof Figures]);
          return values && values.reduce((a, b) => a + b, 0) / values.length;
        };
        const controls = FORMS.map((form) => [form, mean(formName(form)) as number] as const);
        for (const [form, value] of controls)
          yield { name: `${suite}, mean ${words} of ${formName(form)}`, value };
        const own = mean("model");
        if (own === undefined) continue;
        // The form that is the definition; the others are shown for comparison.
        const least = mean(formName("variances")) as number;
        const target = figure === "auroc" ? {} : { target: { atLeast: least } };
        yield { name: `${suite}, mean ${words} of the model`, value: own, ...target };
      }
    }
  },
};

function formName(form: (typeof FORMS)[number]): string {
  return `sub-sequence PCA (${form})`;
}

async function contenders(task: SeriesTask): Promise<ReadonlyMap<string, Figures>> {
  const [fit, judge] = [pointsOf(task.fit), pointsOf(task.judge)];
  const first = task.judge.map(([value]) => value as number);
  const buffer = periodOf(first);
  const judged = (scores: ArrayLike<number>): Figures => ({
    vus: volumeUnderPr(scores, task.labels, { buffer }) as number,
    precision: averagePrecision(scores, task.labels) as number,
    auroc: areaUnderRoc(scores, task.labels) as number,
  });
  const found = new Map<string, Figures>();
  for (const form of FORMS)
    found.set(formName(form), judged(fitSubsequencePca(fit, { form }).score(judge)));
  if (process.env["AE_SERIES"] === "controls") return found;
  const runs: Figures[] = [];
  for (const seed of SEEDS) {
    const model = await train(vanilla(), seriesFrom(task.fit), { seed });
    const { scores } = await model.scorePoints(seriesFrom(task.judge));
    runs.push(judged(scores));
    await model.close();
  }
  const mean = (figure: keyof Figures): number =>
    runs.reduce((sum, one) => sum + one[figure], 0) / runs.length;
  return found.set("model", {
    vus: mean("vus"),
    precision: mean("precision"),
    auroc: mean("auroc"),
  });
}

function pointsOf(rows: readonly (readonly number[])[]): Points {
  return { rows: rows.length, columns: rows[0]?.length ?? 0, data: Float64Array.from(rows.flat()) };
}
