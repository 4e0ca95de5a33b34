/**
 * Greedy layer-wise pretraining: layer by layer from the features to the code, each is trained as an
 * autoencoder of one hidden layer, of what the layers below it say,
 *
 *   layer 1:  the family's own loss, with layer 1 and its mirror image alone for a network
 *   layer k:  ‖h − decode_k(encode_k(h))‖²,   h = encode_{k−1}(… encode_1(x)), which stands still.
 *
 * The mirror image of a layer is where the decoder will take its way back. A stage is a run like any
 * other, by the same program: the layers below lie in its buffers.
 *
 * @see Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural networks" (2006);
 *   Bengio, Lamblin, Popovici and Larochelle, "Greedy layer-wise training of deep networks" (2007);
 *   Vincent et al., "Stacked denoising autoencoders" (2010), whose corruption of the data the
 *   denoising family's own loss brings along for layer 1
 */
import { inputError } from "../base/errors.ts";
import type { Layer, Stack } from "../bodies/body.ts";
import type { Family, Parts, Term } from "../families/family.ts";
import type { Value } from "../graph/value.ts";
import { constant } from "../graph/value.ts";
import { tensor } from "../base/tensor.ts";
import type { NetworkSpec, Scope } from "../nn/scope.ts";
import { countOf } from "../nn/scope.ts";
import { sub } from "../ops/arithmetic.ts";
import { gemm } from "../ops/matrix.ts";
import { square, stopGradient } from "../ops/pointwise.ts";
import { sum } from "../ops/reduce.ts";
import { flatten, reshape } from "../ops/shape.ts";
import type { Engine } from "../runtime/engine.ts";
import { initialVectors } from "./initial-state.ts";
import type { Network } from "./network.ts";
import { networkSpec } from "./network.ts";
import { STATE } from "./program.ts";
import type { RunData, RunHooks, RunSettings, Vectors } from "./run.ts";
import { runTraining } from "./trainer.ts";

/** One layer, and the run that trains it. */
interface Stage {
  /** As `encoder.0`. */
  readonly name: string;
  readonly family: Family;
}

/** How a run's epochs are shared out. */
export interface Shares {
  readonly layers: readonly string[];
  /** Of each layer. */
  readonly epochs: number;
  /** Of the whole network afterwards. */
  readonly left: number;
}

/**
 * Half of the epochs for the layers, as many for each, and the others for the whole.
 *
 * @throws `options.invalid` where the network is no plain stack, or its family gives the encoder more
 *   than the features
 */
export function sharesOf(network: Network, epochs: number): Shares {
  const layers = stagesOf(network).map(({ name }) => name);
  const each = Math.max(1, Math.floor(epochs / (2 * layers.length)));
  return { layers, epochs: each, left: Math.max(1, epochs - each * layers.length) };
}

/**
 * Trains layer by layer.
 *
 * @param tell called after each layer
 * @returns the first vectors of the whole network: what was learned, and the rest as drawn
 */
export async function pretrain(
  engine: Engine,
  network: Network,
  data: RunData,
  settings: RunSettings,
  hooks: Pick<RunHooks, "signal">,
  tell: (done: { readonly layer: string; readonly loss: number; readonly seconds: number }) => void,
): Promise<Vectors> {
  const spec = networkSpec(network, data.complete);
  const stages = stagesOf(network);
  const learned = new Map<string, Float32Array>();
  for (const stage of stages) {
    const staged = { ...network, family: stage.family };
    const own = networkSpec(staged, data.complete);
    const result = await runTraining(
      engine,
      staged,
      data,
      { ...settings, start: startOf(own, settings.seed, learned) },
      { signal: hooks.signal, onEpoch: undefined, onProgress: undefined, onPause: undefined },
    );
    const trained = partsOf(own.parameters, result.parameters);
    const mirror = mirrorOf(network, stages.indexOf(stage));
    for (const [name, values] of trained)
      if (name.startsWith(`${stage.name}.`) || name.startsWith(`decoder.${mirror.name}.`))
        learned.set(name, values.slice());
    const last = result.history[result.bestEpoch - 1];
    const loss = last?.validationLoss ?? last?.loss ?? 0;
    tell({ layer: stage.name, loss, seconds: result.seconds });
  }
  return startOf(spec, settings.seed, learned);
}

/** Learned values under their names, below or not; others as drawn from the seed. */
function startOf(
  spec: NetworkSpec,
  seed: number,
  learned: ReadonlyMap<string, Float32Array>,
): Vectors {
  const vectors = initialVectors(spec, [STATE.parameters], seed);
  for (const [name, values] of [
    ...partsOf(spec.parameters, vectors[STATE.parameters] as Float32Array),
    ...partsOf(spec.buffers, vectors[STATE.buffers] ?? new Float32Array(0)),
  ]) {
    const found = learned.get(name.startsWith(BELOW) ? name.slice(BELOW.length) : name);
    // A likelihood may want more outputs of the whole network than a stage had, or the reverse.
    if (found !== undefined && found.length === values.length) values.set(found);
  }
  return vectors;
}

function partsOf(
  specs: NetworkSpec["buffers"],
  flat: Float32Array,
): readonly (readonly [string, Float32Array])[] {
  let at = 0;
  return specs.map((spec) => [spec.name, flat.subarray(at, (at += countOf([spec])))] as const);
}

const BELOW = "below.";

function stackOf({ body, family }: Network): Stack {
  const { stack } = body;
  if (stack === undefined || stack.encoder.length < 2) {
    throw inputError("options.invalid", {
      place: "training, option pretrain",
      expected: "a dense body of one hidden layer or more, whose layers are trained one by one",
      got: stack === undefined ? `the ${body.name} body` : "a dense body without hidden layers",
      hint: "leave pretrain out: networks as these train well from the start",
    });
  }
  if (family.label !== undefined || family.fillsIn === true) {
    throw inputError("options.invalid", {
      place: "training, option pretrain",
      expected: "a family whose encoder is given the features alone",
      got: `the ${family.name} family, whose encoder is given more`,
      hint: "leave pretrain out, or take another family",
    });
  }
  return stack;
}

/** The decoder's layer that goes back over an encoder's. */
function mirrorOf(network: Network, layer: number): Layer {
  return stackOf(network).decoder.at(-1 - layer) as Layer;
}

function stagesOf(network: Network): readonly Stage[] {
  const { encoder } = stackOf(network);
  // What stands before a code of other numbers (means and variances) has no way back of its own.
  const layers = encoder.filter((layer) => layer.width !== undefined || codeIsPlain(network));
  return layers.map((layer, i) => ({
    name: `encoder.${layer.name}`,
    family: i === 0 ? firstFamily(network) : innerFamily(network, i),
  }));
}

/** Whether the encoder gives the code itself, and the decoder reads nothing else. */
function codeIsPlain(network: Network): boolean {
  const { encoder, decoder } = stackOf(network);
  const { parameters } = networkSpec(network, false);
  const shapeOf = (name: string) => parameters.find((one) => one.name === name)?.shape;
  return (
    shapeOf(`encoder.${encoder.at(-1)?.name}.weight`)?.[1] === network.latent &&
    shapeOf(`decoder.${decoder[0]?.name}.weight`)?.[0] === network.latent
  );
}

/** The family's loss of a network of one hidden layer. Terms about the code have nothing to say. */
function firstFamily(network: Network): Family {
  const { family } = network;
  const first = stackOf(network).encoder[0] as Layer;
  const mirror = mirrorOf(network, 0);
  return {
    ...family,
    loss: (parts, batch) => {
      const { scope, layout } = parts;
      let hidden: Value | undefined;
      const shallow: Parts = {
        ...parts,
        encoder: (x, outputs, name = "encoder") => {
          hidden = first.apply(scope.child(name), flatten(x), 0, layout.bounded ? 0.5 : 1);
          return nothing(hidden, outputs);
        },
        decoder: (_, shape = layout.shape) => {
          const features = shape.reduce((product, n) => product * n, 1);
          const y = mirror.apply(scope.child("decoder"), hidden as Value, features);
          return reshape(y, [-1, ...shape]);
        },
      };
      return family.loss(shallow, batch);
    },
  };
}

/** A code of zeros, `[batch, outputs]`. */
function nothing(hidden: Value, outputs: number): Value {
  const width = hidden.shape[1] as number;
  const zeros = constant(tensor("float32", new Float32Array(width * outputs), [width, outputs]));
  return gemm(stopGradient(hidden), zeros);
}

function innerFamily(network: Network, place: number): Family {
  const { encoder } = stackOf(network);
  const layer = encoder[place] as Layer;
  const mirror = mirrorOf(network, place);
  return {
    ...network.family,
    terms: { layer: "squared error" },
    loss: ({ scope, layout, latent }, { x }): Readonly<Record<string, Term>> => {
      const below = still(scope.child("below").child("encoder"));
      const spread = layout.bounded ? 0.5 : 1;
      const h = stopGradient(
        encoder
          .slice(0, place)
          .reduce(
            (at, one, i) => one.apply(below, at, 0, i === 0 ? spread : undefined),
            flatten(x),
          ),
      );
      const code = layer.apply(scope.child("encoder"), h, latent);
      const y = mirror.apply(scope.child("decoder"), code, h.shape[1] as number);
      return { layer: { value: sum(square(sub(y, h)), { axes: [1] }) } };
    },
  };
}

/** A scope whose parameters stand still. */
function still(scope: Scope): Scope {
  return {
    ...scope,
    child: (name) => still(scope.child(name)),
    parameter: (name, shape, initial) => scope.buffer(name, shape, initial),
  };
}
