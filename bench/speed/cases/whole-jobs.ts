/** From a file to a saved model, imports included: what a user waits for. */
import { join } from "node:path";
import { dataFile } from "../data-files.ts";
import { MEMORY, SECONDS, ae, ourJob, pythonJob, takenBy } from "../job.ts";
import type { Words } from "../process.ts";
import { runToEnd } from "../process.ts";
import { threadWords } from "../threads.ts";
import type { SpeedCase } from "../types.ts";

const measures = [SECONDS, MEMORY];
const ROUNDS = 5;

export const adult: SpeedCase = {
  about: "adult.csv (32,561 rows, numbers and words with gaps) to a saved model, by default",
  measures,
  rounds: ROUNDS,
  players: async (setup) => {
    const data = dataFile("tabular-mixed", "adult.csv");
    const model = join(setup.folder, "adult.onnx");
    const command = ae(
      "train",
      data,
      ["--label", "income"],
      ["--latent", "8"],
      threadWords(setup.threads),
      ["-o", model],
    );
    await runToEnd(command, setup.folder);
    const words = ["--data", data, "--label", "income", ...(await takenBy(setup, model))];
    return [
      ourJob(setup, [command]),
      pythonJob(setup, "PyTorch", "torch_adult.py", words),
      pythonJob(setup, "PyTorch, compiled", "torch_adult.py", [...words, "--compile"]),
    ];
  },
};

export const fashion: SpeedCase = {
  about: "Fashion-MNIST (60,000 images), dense 784-512-64-512-784, 10 epochs, to a saved model",
  measures,
  rounds: 3,
  players: async (setup) => {
    const data = dataFile("fashion-mnist", "train-images-idx3-ubyte.gz");
    const model = join(setup.folder, "fashion.onnx");
    const run = (epochs: number): Words =>
      ae(
        "train",
        data,
        ["--family", "vanilla", "--body", "dense", "--hidden", "512", "--latent", "64"],
        ["--epochs", String(epochs)],
        threadWords(setup.threads),
        ["-o", model],
      );
    // One epoch tells the batch and the rate.
    await runToEnd(run(1), setup.folder);
    const epochs = setup.quick ? 1 : 10;
    const words = ["--data", data, ...(await takenBy(setup, model)), "--epochs", String(epochs)];
    return [
      ourJob(setup, [run(epochs)]),
      pythonJob(setup, "PyTorch", "torch_fashion.py", words),
      pythonJob(setup, "PyTorch, compiled", "torch_fashion.py", [...words, "--compile"]),
      pythonJob(setup, "scikit-learn, PCA of 64", "sklearn_pca.py", words),
    ];
  },
};
