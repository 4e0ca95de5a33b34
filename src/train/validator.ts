/** The loss on held-out rows. */
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import { featuresOf } from "../losses/layout.ts";
import type { NetworkSpec } from "../nn/scope.ts";
import { writeModel } from "../onnx/write.ts";
import { atSite, keyAt } from "../random/bits.ts";
import type { Engine } from "../runtime/engine.ts";
import { heldParts } from "./carried.ts";
import type { Network } from "./network.ts";
import { nextChunk, stretches } from "./plan.ts";
import { STATE, validationProgram } from "./program.ts";
import type { RunData, RunSettings } from "./run.ts";
import { isSeparate } from "./state-parts.ts";
import { heldData } from "./stepper.ts";
import { addColumns, meansOf } from "./sums.ts";

export interface Checked {
  readonly loss: number;
  readonly terms: Readonly<Record<string, number>>;
  /** What the family judges by, smaller is better; absent: the loss. */
  readonly judged?: number;
}

export interface Validator {
  /** Measures the weights that lie beside the engine. */
  check(): Promise<Checked>;
  close(): Promise<void>;
}

const SITE = 0x7a1;
const BATCH = 512;
const BATCH_NUMBERS = 2 ** 23;
const STEPS = 8;

/** Undefined when no rows are held out. */
export async function openValidator(
  engine: Engine,
  network: Network,
  data: RunData,
  spec: NetworkSpec,
  { seed, trim }: Pick<RunSettings, "seed" | "trim">,
): Promise<Validator | undefined> {
  const rows = data.validation.length;
  if (rows === 0) return undefined;
  const separate = isSeparate(spec);
  const program = validationProgram(network, data.complete, { trim });
  const session = await engine.open(writeModel(program), { lean: separate });
  const weights = separate
    ? heldParts(STATE.parameters, spec)
    : { [STATE.parameters]: { held: STATE.parameters } };
  const terms = Object.keys(network.family.terms);
  const columns = 1 + terms.length + (network.family.judge === undefined ? 0 : 1);
  // Wide rows in small batches, which take no more memory than training did.
  const features = featuresOf(network.preprocessing.layout);
  const plan = stretches(rows, Math.max(16, Math.min(BATCH, Math.floor(BATCH_NUMBERS / features))));
  return {
    close: () => session.release(),
    check: async () => {
      let sums: readonly number[] = [];
      let done = 0;
      for (let chunk = nextChunk(plan, 0, STEPS); chunk; chunk = nextChunk(plan, done, STEPS)) {
        const { steps, batch, row } = chunk;
        const keys = Uint32Array.from({ length: 2 * steps }, (_, i) => {
          // The same draws at every epoch, so that epochs can be compared.
          const key = atSite(keyAt(seed, done + (i >> 1)), SITE);
          return i % 2 === 0 ? key.first : key.second;
        });
        const { losses } = await session.run({
          ...heldData(data),
          ...weights,
          ...(spec.buffers.length > 0 ? { buffers: { held: STATE.buffers } } : {}),
          order: tensor("int32", data.validation.slice(row, row + steps * batch), [steps, batch]),
          keys: tensor("uint32", keys, [steps, 2]),
        });
        sums = addColumns(sums, (losses as Tensor<"float32">).data, columns, batch);
        done += steps;
      }
      const judged = sums[1 + terms.length];
      return {
        loss: (sums[0] as number) / rows,
        terms: meansOf(terms, sums.slice(1), rows),
        ...(judged === undefined ? {} : { judged: judged / rows }),
      };
    },
  };
}
