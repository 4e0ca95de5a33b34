/** We, at a training case: the library's own `train()`, timed from the end of the first epoch on. */
import { VERSION } from "../../src/base/version.ts";
import { train } from "../../src/model/train.ts";
import { ownThreads } from "./threads.ts";
import { readTraining } from "./train-rows.ts";
import type { Turn } from "./turns.ts";
import { stopwatch, takeTurns } from "./turns.ts";

const { family, source, data, batch, threads, seconds } = readTraining();
const stepsAnEpoch = data.rows / batch;

/** The first epoch finds out how long calls may be, and is not counted. */
async function run(epochs: number): Promise<Turn> {
  let began: ReturnType<typeof stopwatch> | undefined;
  let took = { seconds: NaN, processor: NaN };
  const model = await train(family, source, {
    epochs: epochs + 1,
    batch,
    ...ownThreads(threads),
    validation: 0,
    seed: 1,
    on: ({ epoch }) => {
      if (epoch === 1) began = stopwatch();
      if (epoch === epochs + 1 && began !== undefined) took = began();
    },
  });
  await model.close();
  return { steps: epochs * stepsAnEpoch, ...took };
}

let epochSeconds = (await run(1)).seconds;
await takeTurns({ version: `autoencoders ${VERSION}` }, async () => {
  const turn = await run(Math.max(1, Math.ceil(seconds / epochSeconds)));
  epochSeconds = (turn.seconds / turn.steps) * stepsAnEpoch;
  return turn;
});
