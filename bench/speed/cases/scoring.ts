/** Rows scored a second by their reconstruction, as the peers do, from a Parquet file to a Parquet file. */
import { join } from "node:path";
import { MEMORY, SECONDS, ae, ourJob, pythonJob } from "../job.ts";
import { runToEnd } from "../process.ts";
import { writeParquet } from "../tables.ts";
import type { Measures, SpeedCase } from "../types.ts";

const SMALL = 20_000;

export const scoring: SpeedCase = {
  about:
    "scores by reconstruction of 1,000,000 rows × 30 columns, Parquet to Parquet, dense 30-16-8-16-30",
  measures: [
    { key: "speed", title: "rows a second", unit: "rows/s", better: "more" },
    SECONDS,
    MEMORY,
  ],
  rounds: 5,
  players: async (setup) => {
    const rows = setup.quick ? 100_000 : 1_000_000;
    const [small, large, model] = ["small.parquet", "large.parquet", "model.onnx"].map((name) =>
      join(setup.folder, name),
    ) as [string, string, string];
    await writeParquet(small, SMALL);
    await writeParquet(large, rows);
    const network = ["--family", "vanilla", "--hidden", "16", "--latent", "8", "--epochs", "2"];
    await runToEnd(ae("train", small, ...network, "-o", model), setup.folder);
    const measured = (_last: unknown, seconds: number): Measures => ({ speed: rows / seconds });
    const out = (who: string): string => join(setup.folder, `${who}.parquet`);
    const words = ["--data", large, "--out", out("torch"), "--hidden", "16", "--latent", "8"];
    return [
      ourJob(setup, [ae("score", model, large, "--by", "reconstruction", "-o", out("ours"))], {
        measured,
      }),
      pythonJob(
        setup,
        "PyTorch and pyarrow",
        "torch_score.py",
        [...words, "--threads", String(setup.threads)],
        { measured },
      ),
    ];
  },
};
