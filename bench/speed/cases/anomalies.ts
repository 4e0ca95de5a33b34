/** Finding anomalies: from a file to a score a row, and how well the scores rank them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dataFile } from "../data-files.ts";
import { MEMORY, SECONDS, ae, ourJob, pythonJob, takenBy } from "../job.ts";
import type { Finished } from "../process.ts";
import { runToEnd } from "../process.ts";
import { areaUnderCurve } from "../ranking.ts";
import { threadWords } from "../threads.ts";
import type { Measures, SpeedCase } from "../types.ts";

function areaOf(file: string): Measures {
  const [header = "", ...lines] = readFileSync(file, "utf8").trim().split("\n");
  const [score, label] = ["score", "y"].map((name) => header.split(",").indexOf(name)) as [
    number,
    number,
  ];
  const rows = lines.map((line) => line.split(","));
  return {
    area: areaUnderCurve(
      rows.map((cells) => Number(cells[score])),
      rows.map((cells) => Number(cells[label]) === 1),
    ),
  };
}

/** The last line of a peer's words is an object with its area. */
function areaSaid({ stdout }: Finished): Measures {
  return JSON.parse(stdout.split("\n").at(-1) ?? "{}") as Measures;
}

export const anomalies: SpeedCase = {
  about: "shuttle of ADBench (49,097 rows × 9): trained on all rows, all scored, same networks",
  measures: [SECONDS, { key: "area", title: "ROC-AUC", unit: "" }, MEMORY],
  rounds: 3,
  players: async (setup) => {
    const data = dataFile("adbench", "32_shuttle.npz");
    const [model, scores] = ["model.onnx", "scores.csv"].map((name) =>
      join(setup.folder, name),
    ) as [string, string];
    const input = [data, "--array", "X", "--label", "y"];
    const threads = threadWords(setup.threads);
    const train = ae("train", ...input, "--family", "vanilla", ...threads, "-o", model);
    await runToEnd(train, setup.folder);
    const words = ["--data", data, ...(await takenBy(setup, model))];
    return [
      ourJob(setup, [train, ae("score", model, ...input, "-o", scores)], {
        measured: () => areaOf(scores),
      }),
      pythonJob(setup, "PyOD, AutoEncoder", "pyod_anomalies.py", words, { measured: areaSaid }),
      pythonJob(setup, "scikit-learn, PCA", "sklearn_pca.py", [...words, "--anomalies"], {
        measured: areaSaid,
      }),
    ];
  },
};
