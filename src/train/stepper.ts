/** The training graph in the engine, with its data and state beside it. */
import { inputError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { NetworkSpec } from "../nn/scope.ts";
import { writeModel } from "../onnx/write.ts";
import { keyAt } from "../random/bits.ts";
import type { Engine, Held } from "../runtime/engine.ts";
import type { Breakdown } from "./doctor/diverged.ts";
import { describeBreakdown, furthestOf } from "./doctor/diverged.ts";
import { initialVectors } from "./initial-state.ts";
import type { Network } from "./network.ts";
import type { Chunk } from "./plan.ts";
import { STATE, optimizerStateName, trainingProgram } from "./program.ts";
import type { RunData, RunSettings, Vectors } from "./run.ts";

export interface Ran {
  /** `[steps, columns]` of the program. */
  readonly losses: Float32Array;
  /** Learning rate of the last step. */
  readonly rate: number;
}

export interface Stepper {
  readonly spec: NetworkSpec;
  /** Names of the columns of `losses`. */
  readonly columns: readonly string[];
  /**
   * Runs the steps of a chunk.
   *
   * @param step steps of the run before these
   * @param doneAt from a step to the share of the run done by then
   * @throws `train.diverged` at the first loss that is not finite
   */
  run(
    chunk: Chunk,
    order: Int32Array,
    step: number,
    steps: number,
    doneAt: (step: number) => number,
  ): Promise<Ran>;
  /** Copies of the state's vectors. */
  vectors(): Promise<Vectors>;
  close(): Promise<void>;
}

/** @param from the state of a run to go on with; absent: the first state, drawn from the seed */
export async function openStepper(
  engine: Engine,
  network: Network,
  data: RunData,
  settings: RunSettings,
  from: { readonly vectors: Vectors; readonly step: number } | undefined,
): Promise<Stepper> {
  const { optimizer, seed } = settings;
  const program = trainingProgram(network, { optimizer, complete: data.complete });
  const { spec, columns } = program;
  const watch = watchFinite(columns);
  const session = await engine.open(writeModel(program.model));
  for (const [name, value] of Object.entries(data.compact)) {
    await engine.hold(`data.${name}`, value);
  }
  const vectorNames = [
    STATE.parameters,
    ...(spec.buffers.length > 0 ? [STATE.buffers] : []),
    ...program.optimizerState.map(optimizerStateName),
  ];
  const names = [...vectorNames, STATE.step];
  const first = from?.vectors ?? initialVectors(spec, vectorNames, seed);
  for (const name of vectorNames) {
    await engine.hold(name, tensor("float32", first[name] as Float32Array));
  }
  await engine.hold(STATE.step, tensor("int64", BigInt64Array.of(BigInt(from?.step ?? 0)), []));

  return {
    spec,
    columns,
    run: async ({ steps, batch, row }, order, step, totalSteps, doneAt) => {
      const keys = new Uint32Array(2 * steps);
      const width = 1 + spec.schedules.length;
      const rates = new Float32Array(width * steps);
      for (let i = 0; i < steps; i += 1) {
        const key = keyAt(seed, step + i);
        keys.set([key.first, key.second], 2 * i);
        const done = doneAt(step + i);
        const scheduled = spec.schedules.map(({ at }) => at(done));
        rates.set([settings.rate(done * totalSteps, totalSteps), ...scheduled], width * i);
      }
      const out = await session.run(
        {
          ...heldData(data),
          ...Object.fromEntries(names.map((name) => [name, { held: name }])),
          order: tensor("int32", order.slice(row, row + steps * batch), [steps, batch]),
          keys: tensor("uint32", keys, [steps, 2]),
          rates: tensor("float32", rates, [steps, width]),
        },
        {
          fetch: ["losses"],
          keep: Object.fromEntries(names.map((name) => [`next.${name}`, name])),
        },
      );
      const losses = (out["losses"] as Tensor<"float32">).data;
      watch.check(losses, (i) => ({
        step: step + i,
        rate: rates[width * Math.max(0, i - 1)] as number,
        furthest: furthestOf(data.compact, order.slice(row + i * batch, row + (i + 1) * batch)),
      }));
      return { losses, rate: rates.at(-width) as number };
    },
    vectors: async () => {
      const copies: Record<string, Float32Array> = {};
      for (const name of vectorNames) {
        copies[name] = (await engine.held(name)).data as Float32Array;
      }
      return copies;
    },
    close: async () => {
      await engine.drop(names);
      await session.release();
    },
  };
}

/** The resident data by the names of a program's inputs. */
export function heldData(data: RunData): Readonly<Record<string, Held>> {
  return Object.fromEntries(
    Object.keys(data.compact).map((name) => [`data.${name}`, { held: `data.${name}` }]),
  );
}

/** Steps whose gradients count as those of the start: later ones may be on their way out. */
const FIRST_STEPS = 3;

/** Looks at each step's figures, and remembers enough to say why they broke. */
function watchFinite(columns: readonly string[]) {
  const first: number[] = [];
  let largest = 0;
  return {
    /** @throws `train.diverged` at the first figure that is not finite */
    check: (
      losses: Float32Array,
      circumstances: (i: number) => Pick<Breakdown, "step" | "rate" | "furthest">,
    ): void => {
      const bad = losses.findIndex((value) => !Number.isFinite(value));
      const good = bad < 0 ? losses.length / columns.length : Math.floor(bad / columns.length);
      const gradients = Array.from(
        { length: good },
        (_, i) => losses[i * columns.length + columns.length - 1] as number,
      );
      first.push(...gradients.slice(0, FIRST_STEPS - first.length));
      largest = gradients.reduce((a, b) => Math.max(a, b), largest);
      if (bad < 0) return;
      const figures = Object.fromEntries(
        columns.map((name, i) => [name, losses[good * columns.length + i] as number]),
      );
      throw inputError(
        "train.diverged",
        describeBreakdown({
          figures,
          gradients: first.length === 0 ? undefined : { first: Math.min(...first), largest },
          ...circumstances(good),
        }),
      );
    },
  };
}
