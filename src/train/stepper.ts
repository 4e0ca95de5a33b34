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
import { holdState, vectorNames } from "./carried.ts";
import type { Network } from "./network.ts";
import type { Chunk } from "./plan.ts";
import { trainingProgram } from "./program.ts";
import { threadsFor } from "./work.ts";
import type { Block, RunData, RunSettings, StreamedVector, Vectors } from "./run.ts";

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
   * @param block that the chunk is of
   * @param step steps of the run before these
   * @param doneAt from a step to the share of the run done by then
   * @throws `train.diverged` at the first loss that is not finite
   */
  run(
    chunk: Chunk,
    block: Block,
    step: number,
    steps: number,
    doneAt: (step: number) => number,
  ): Promise<Ran>;
  /** Copies of vectors of the state. */
  vectors(wanted: readonly string[]): Promise<Vectors>;
  /** All vectors of the state, to be read before the next step. */
  streamed(): Readonly<Record<string, StreamedVector>>;
  close(): Promise<void>;
}

/**
 * @param from the state of a run to go on with; absent: the first state, drawn from the seed. The
 *   vectors of a large model move to the engine, and are empty afterwards
 */
export async function openStepper(
  engine: Engine,
  network: Network,
  data: RunData,
  settings: RunSettings,
  from: { readonly vectors: Vectors; readonly step: number } | undefined,
): Promise<Stepper> {
  const { optimizer, seed, trim } = settings;
  const { complete } = data;
  const program = trainingProgram(network, { optimizer, complete, trim });
  const { spec, columns, separate } = program;
  const watch = watchFinite(columns);
  const model = writeModel(program.model);
  const threads = settings.threads ?? threadsFor(program.multiplications(settings.batch));
  const session = await engine.open(model, {
    transfer: true,
    lean: separate,
    ...(threads === undefined ? {} : { threads }),
  });
  for (const [name, value] of Object.entries(data.compact)) {
    await engine.hold(`data.${name}`, value);
  }
  const names = vectorNames(program);
  const first = from ?? { vectors: initialVectors(spec, names, seed, settings.start), step: 0 };
  const move = separate || from === undefined;
  const carried = await holdState(engine, program, first, { move });

  return {
    spec,
    columns,
    run: async ({ steps, batch, row }, { feeds, order, values }, step, totalSteps, doneAt) => {
      const keys = new Uint32Array(2 * steps);
      const width = 1 + spec.schedules.length + program.numbers.length;
      const rates = new Float32Array(width * steps);
      for (let i = 0; i < steps; i += 1) {
        const key = keyAt(seed, step + i);
        keys.set([key.first, key.second], 2 * i);
        const done = doneAt(step + i);
        const scheduled = spec.schedules.map(({ at }) => at(done));
        const numbers = program.numbers.map((at) => at(step + i));
        const rate = settings.rate(done * totalSteps, totalSteps);
        rates.set([rate, ...scheduled, ...numbers], width * i);
      }
      const losses = new Float32Array(steps * columns.length);
      for (let i = 0; i < steps; i += carried.mostSteps) {
        const end = Math.min(steps, i + carried.mostSteps);
        const rows = order.slice(row + i * batch, row + end * batch);
        const out = await session.run(
          {
            ...feeds,
            ...carried.feeds,
            order: tensor("int32", rows, [end - i, batch]),
            keys: tensor("uint32", keys.slice(2 * i, 2 * end), [end - i, 2]),
            rates: tensor("float32", rates.slice(width * i, width * end), [end - i, width]),
          },
          { fetch: ["losses"], ...carried.options },
        );
        await carried.settle();
        losses.set((out["losses"] as Tensor<"float32">).data, i * columns.length);
      }
      await watch.check(losses, async (i) => ({
        step: step + i,
        rate: rates[width * Math.max(0, i - 1)] as number,
        furthest: furthestOf(await values(), order.slice(row + i * batch, row + (i + 1) * batch)),
      }));
      return { losses, rate: rates.at(-width) as number };
    },
    streamed: () => Object.fromEntries(names.map((name) => [name, carried.streamed(name)])),
    vectors: async (wanted) => {
      const copies: Record<string, Float32Array> = {};
      for (const name of wanted) {
        copies[name] = (await engine.held(name)).data as Float32Array;
      }
      return copies;
    },
    close: async () => {
      await carried.drop();
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
    check: async (
      losses: Float32Array,
      circumstances: (i: number) => Promise<Pick<Breakdown, "step" | "rate" | "furthest">>,
    ): Promise<void> => {
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
          ...(await circumstances(good)),
        }),
      );
    },
  };
}
