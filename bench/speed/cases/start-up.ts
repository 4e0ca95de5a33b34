/** How long commands take that do next to nothing. */
import { join } from "node:path";
import process from "node:process";
import { MEMORY, ae, jobPlayer } from "../job.ts";
import type { Words } from "../process.ts";
import { runToEnd } from "../process.ts";
import { writeParquet } from "../tables.ts";
import type { Measures, SpeedCase } from "../types.ts";

export const startUp: SpeedCase = {
  about: "start of the command and of the library",
  measures: [{ key: "time", title: "milliseconds", unit: "ms" }, MEMORY],
  rounds: 15,
  players: async (setup) => {
    const [data, model] = ["data.parquet", "model.onnx"].map((name) =>
      join(setup.folder, name),
    ) as [string, string];
    await writeParquet(data, 2000);
    await runToEnd(ae("train", data, "--epochs", "1", "-o", model), setup.folder);
    // The package finds itself by name from its own folder alone.
    const library = join(process.cwd(), "dist/index.js");
    const commands: Readonly<Record<string, Words>> = {
      "ae --help": ae("--help"),
      "ae --version": ae("--version"),
      "ae info MODEL": ae("info", model),
      'import("autoencoders")': [
        process.execPath,
        "--input-type=module",
        "-e",
        `await import(${JSON.stringify(library)})`,
      ],
      "for comparison: node -e 0": [process.execPath, "-e", "0"],
      "for comparison: import torch": [setup.python, "-c", "import torch"],
    };
    return Object.entries(commands).map(([name, command]) =>
      jobPlayer(setup, {
        name,
        commands: [command],
        measured: (_last, seconds): Measures => ({ time: 1000 * seconds }),
      }),
    );
  },
};
