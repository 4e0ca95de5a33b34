/** What a run begins with: weights from the seed, from an older model, or from training layer by layer. */
import { createHash } from "node:crypto";
import { inputError } from "../base/errors.ts";
import type { Engine } from "../runtime/engine.ts";
import type { Shares } from "../train/layerwise.ts";
import { pretrain, sharesOf } from "../train/layerwise.ts";
import type { Network } from "../train/network.ts";
import { STATE } from "../train/program.ts";
import type { RunData, RunSettings, Vectors } from "../train/run.ts";
import { formatNumber } from "../report/format.ts";
import type { Elder } from "./init.ts";
import type { Inherited } from "./init-text.ts";
import { initText } from "./init-text.ts";
import type { Settings } from "./settings.ts";
import type { TrainOptions } from "./types.ts";

export interface Start {
  /** What was taken from an older model. */
  readonly init?: Inherited;
  readonly pretrained?: Omit<Shares, "left">;
  /** First weights, where they are known before the run. */
  readonly vectors?: Vectors;
  /** Of those weights; undefined where they follow from the other settings. */
  readonly fingerprint: string | undefined;
  /**
   * How the run on the whole network goes, once layers were trained one by one where that was asked for.
   *
   * @param done.pretrained whether the run goes on from a state that had it already
   */
  course(
    engine: Engine,
    all: RunSettings,
    done: { readonly pretrained: boolean },
  ): Promise<RunSettings>;
}

/** The older model to begin from, read before anything else: it may be the wrong one. */
export async function elderOf(options: TrainOptions): Promise<ElderOrNone> {
  const { init, pretrain: asked } = options;
  if (init === undefined) return undefined;
  if (asked !== undefined) {
    throw inputError("options.invalid", {
      place: "training, option pretrain",
      expected: "no init beside it",
      got: "both",
      hint: "weights of an older model need no pretraining: leave one out",
    });
  }
  const { elderFrom } = await import("./init.ts");
  return elderFrom(init);
}

type ElderOrNone = Elder | undefined;

/** @throws `train.init` where no weight of the older model fits, `options.invalid` for pretraining that cannot be */
export async function startOf(
  network: Network,
  data: RunData,
  settings: Settings,
  { onNote, signal }: TrainOptions,
  elder: ElderOrNone,
): Promise<Start> {
  if (elder !== undefined) {
    const { warmStart } = await import("./init.ts");
    const { info, vectors } = warmStart(network, settings.seed, elder);
    onNote?.(initText(info));
    return {
      init: info,
      vectors,
      fingerprint: fingerprintOf(vectors),
      course: (_, all) => Promise.resolve({ ...all, start: vectors }),
    };
  }
  if (settings.pretrain === undefined)
    return { fingerprint: undefined, course: (_, all) => Promise.resolve(all) };

  const { left, ...shares } = sharesOf(network, settings.epochs);
  const { layers, epochs } = shares;
  return {
    pretrained: shares,
    fingerprint: undefined,
    course: async (engine, all, { pretrained }) => {
      const whole = { ...all, epochs: left };
      if (pretrained) return whole;
      onNote?.(
        `first layer by layer: ${layers.length} layers, at most ${epochs} ${epochs === 1 ? "epoch" : "epochs"} each, then at most ${left} of the whole`,
      );
      const { time } = settings;
      const began = performance.now();
      const each = {
        ...all,
        epochs,
        patience: epochs,
        time: time === undefined ? undefined : time / (2 * layers.length),
      };
      const start = await pretrain(engine, network, data, each, { signal }, (done) =>
        onNote?.(`layer ${done.layer}: loss ${formatNumber(done.loss)}`),
      );
      const spent = (performance.now() - began) / 1000;
      return {
        ...whole,
        start,
        time: time === undefined ? undefined : Math.max(time / 10, time - spent),
      };
    },
  };
}

function fingerprintOf(vectors: Vectors): string {
  const { buffer, byteOffset, byteLength } = vectors[STATE.parameters] as Float32Array;
  return createHash("sha256")
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest("hex")
    .slice(0, 16);
}
