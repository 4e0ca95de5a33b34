/** Our training graph in onnxruntime-web (wasm), under Node: what a browser would run. */
import process from "node:process";
import * as ort from "onnxruntime-web";
import { collect } from "../../src/data/memory.ts";
import { fitSchema, preprocessingOf } from "../../src/data/preprocessings.ts";
import { runSettings, settingsFrom } from "../../src/model/settings.ts";
import { createEngine } from "../../src/runtime/web.ts";
import type { Network } from "../../src/train/network.ts";
import type { RunData } from "../../src/train/run.ts";
import { runTraining } from "../../src/train/trainer.ts";
import { readTraining } from "./train-rows.ts";
import type { Turn } from "./turns.ts";
import { stopwatch, takeTurns } from "./turns.ts";

const { family, source, data, batch, threads, seconds } = readTraining();
const stepsAnEpoch = data.rows / batch;
const rows = await collect(source);
const preprocessing = preprocessingOf(fitSchema(rows, source));
const { body, latent } = family;
if (body === undefined || latent === undefined) throw new Error("a case names body and latent");
const network: Network = { family, body, latent, preprocessing };
const run: RunData = {
  compact: preprocessing.ingest(rows, source.name),
  training: Int32Array.from({ length: data.rows }, (_, i) => i),
  validation: new Int32Array(0),
  complete: true,
};
const engine = createEngine({ threads });

async function turnOf(epochs: number): Promise<Turn> {
  let began: ReturnType<typeof stopwatch> | undefined;
  let took = { seconds: NaN, processor: NaN };
  const settings = settingsFrom({ epochs: epochs + 1, batch, validation: 0, seed: 1 }, data.rows);
  await runTraining(engine, network, run, runSettings(settings), {
    signal: undefined,
    onProgress: undefined,
    onPause: undefined,
    onEpoch: ({ epoch }) => {
      if (epoch === 1) began = stopwatch();
      if (epoch === epochs + 1 && began !== undefined) took = began();
    },
  });
  return { steps: epochs * stepsAnEpoch, ...took };
}

let epochSeconds = (await turnOf(1)).seconds;
const version = `onnxruntime-web ${ort.env.versions.web ?? ""}`;
await takeTurns({ version, way: `${threads} threads` }, async () => {
  const turn = await turnOf(Math.max(1, Math.ceil(seconds / epochSeconds)));
  epochSeconds = (turn.seconds / turn.steps) * stepsAnEpoch;
  return turn;
});
process.exit();
