/** The loop around the training graph: epochs, validation, early stopping. */
import { inputError } from "../base/errors.ts";
import type { Engine } from "../runtime/engine.ts";
import type { Epoch, Progress } from "./events.ts";
import type { Network } from "./network.ts";
import type { Chunk } from "./plan.ts";
import { nextChunk, rowsUpTo, stepsOf, stretches } from "./plan.ts";
import { STATE } from "./program.ts";
import type {
  PausedState,
  RunData,
  RunHooks,
  RunResult,
  RunSettings,
  RunState,
  Stopped,
  Vectors,
} from "./run.ts";
import type { Ran, Stepper } from "./stepper.ts";
import { openStepper } from "./stepper.ts";
import { residentSupply, rowsOf } from "./supply.ts";
import { addColumns, meansOf } from "./sums.ts";
import type { Checked } from "./validator.ts";
import { openValidator } from "./validator.ts";

/** A chunk near this long keeps cancelling quick and the overhead of a call small. */
const CHUNK_SECONDS = 0.1;

/**
 * Trains until the epochs are done, the held-out loss stays, or time is up.
 *
 * @param resumed the state of a run that was stopped; the result is then the same, bit for bit,
 *   as if it had not been
 * @returns the weights of the best epoch, or of the last where no rows are held out
 */
export async function runTraining(
  engine: Engine,
  network: Network,
  data: RunData,
  settings: RunSettings,
  hooks: RunHooks,
  resumed?: RunState,
): Promise<RunResult> {
  const { seed, epochs, patience, time } = settings;
  const stepper = await openStepper(engine, network, data, settings, resumed);
  const validator = await openValidator(engine, network, data, stepper.spec, settings);
  const terms = Object.keys(network.family.terms);
  const supply = data.supply ?? residentSupply(data, seed);
  const rowsInEpoch = rowsOf(supply);
  const plansOf = (epoch: number) =>
    Array.from(supply.epoch(epoch), (block) =>
      stretches(supply.blocks[block] as number, settings.batch),
    );
  const totalSteps = epochs * stepsOf(plansOf(0).flat());

  const history: Epoch[] = [...(resumed?.history ?? [])];
  let step = resumed?.step ?? 0;
  let best = resumed?.best;
  let inEpoch = resumed?.inEpoch ?? { steps: 0, sums: [] };
  let stopped = "epochs done" as Stopped;
  let most = 1;

  const began = performance.now() - 1000 * (resumed?.seconds ?? 0);
  const seconds = (): number => (performance.now() - began) / 1000;
  /** Share of the run done, by steps or by the clock, whichever is further. */
  const doneAt = (at: number): number =>
    Math.max(at / totalSteps, time === undefined ? 0 : Math.min(1, seconds() / time));
  const state = (): PausedState => {
    const vectors = stepper.streamed();
    return { vectors, step, history: [...history], inEpoch, best, seconds: seconds() };
  };

  function progressOf(chunk: Chunk, rows: number, took: number): Progress {
    return {
      epoch: history.length + 1,
      epochs,
      share: rows / rowsInEpoch,
      loss: (inEpoch.sums[0] as number) / rows,
      terms: meansOf(terms, inEpoch.sums.slice(1), rows),
      validationLoss: history.at(-1)?.validationLoss,
      rowsPerSecond: (chunk.steps * chunk.batch) / took,
      secondsLeft: secondsLeft(seconds(), step, totalSteps, time),
    };
  }

  /** The rest of the epoch under way; the rate of its last step. */
  async function runEpoch(epoch: number): Promise<number> {
    let rate = Math.fround(settings.rate(doneAt(Math.max(0, step - 1)) * totalSteps, totalSteps));
    const before = { steps: 0, rows: 0 };
    for (const [place, plan] of plansOf(epoch).entries()) {
      const steps = stepsOf(plan);
      if (inEpoch.steps < before.steps + steps) {
        throwIfAborted(hooks.signal);
        const block = await supply.open(epoch, place);
        for (;;) {
          const chunk = nextChunk(plan, inEpoch.steps - before.steps, most);
          if (chunk === undefined) break;
          throwIfAborted(hooks.signal);
          const chunkBegan = performance.now();
          const ran: Ran = await stepper.run(chunk, block, step, totalSteps, doneAt);
          ({ rate } = ran);
          step += chunk.steps;
          inEpoch = {
            steps: inEpoch.steps + chunk.steps,
            sums: addColumns(inEpoch.sums, ran.losses, stepper.columns.length, chunk.batch),
          };
          const took = (performance.now() - chunkBegan) / 1000;
          most = Math.max(1, Math.min(4 * most, Math.round((CHUNK_SECONDS / took) * chunk.steps)));
          const rows = before.rows + chunk.row + chunk.steps * chunk.batch;
          hooks.onProgress?.(progressOf(chunk, rows, took));
          if (time !== undefined && seconds() > time) stopped = "time is up";
          await hooks.onPause?.(state);
          if (stopped === "time is up") return rate;
        }
      }
      before.steps += steps;
      before.rows += rowsUpTo(plan, steps);
    }
    return rate;
  }

  function epochOf(rate: number, checked: Checked | undefined, epochSeconds: number): Epoch {
    const rows = rowsUpTo(plansOf(history.length).flat(), inEpoch.steps);
    return {
      epoch: history.length + 1,
      loss: (inEpoch.sums[0] as number) / rows,
      terms: meansOf(terms, inEpoch.sums.slice(1), rows),
      gradient: (inEpoch.sums[terms.length + 1] as number) / rows,
      validationLoss: checked?.loss,
      validationTerms: checked?.terms,
      ...(checked?.judged === undefined ? {} : { judged: checked.judged }),
      learningRate: rate,
      seconds: epochSeconds,
    };
  }

  while (history.length < epochs && stopped !== "time is up") {
    // Asked before an epoch, so that a run resumed right after its last one ends as it would have.
    if (best !== undefined && history.length - best.epoch >= patience) {
      stopped = "no better for a while";
      break;
    }
    const epochBegan = performance.now();
    const rate = await runEpoch(history.length);
    const checked = await validator?.check();
    const epoch = epochOf(rate, checked, (performance.now() - epochBegan) / 1000);
    history.push(epoch);
    inEpoch = { steps: 0, sums: [] };
    const judged = checked?.judged ?? checked?.loss;
    if (judged !== undefined && judged < (best?.loss ?? Infinity)) {
      best = { epoch: epoch.epoch, loss: judged, vectors: await weightsOf(stepper) };
    }
    hooks.onEpoch?.(epoch);
    await hooks.onPause?.(state);
  }

  const last = best?.vectors ?? (await weightsOf(stepper));
  await stepper.close();
  await validator?.close();
  return {
    spec: stepper.spec,
    parameters: last[STATE.parameters] as Float32Array,
    buffers: last[STATE.buffers] ?? new Float32Array(0),
    history,
    bestEpoch: best?.epoch ?? history.length,
    stopped,
    seconds: seconds(),
    steps: step,
  };
}

/** What a model is made of: the state without the optimizer's part. */
function weightsOf(stepper: Stepper): Promise<Vectors> {
  const buffers = stepper.spec.buffers.length > 0 ? [STATE.buffers] : [];
  return stepper.vectors([STATE.parameters, ...buffers]);
}

function secondsLeft(
  seconds: number,
  step: number,
  total: number,
  time: number | undefined,
): number {
  const bySteps = (seconds / step) * (total - step);
  return time === undefined ? bySteps : Math.max(0, Math.min(bySteps, time - seconds));
}

/** @throws `train.cancelled`, with the reason of the signal as its cause */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw inputError(
    "train.cancelled",
    { place: "training", expected: "to run to its end", got: "a request to stop" },
    { cause: signal.reason },
  );
}
