/** From what a file says about itself back to a network with weights. */
import { bodies } from "../bodies/index.ts";
import { inputError } from "../base/errors.ts";
import { preprocessingOf } from "../data/preprocessings.ts";
import { families } from "../families/index.ts";
import type { BufferSpec } from "../nn/scope.ts";
import { countOf } from "../nn/scope.ts";
import type { OnnxModel } from "../onnx/messages.ts";
import { keyAt } from "../random/bits.ts";
import type { Network } from "../train/network.ts";
import { networkSpec } from "../train/network.ts";
import type { Weights } from "../train/weights.ts";
import type { ModelInfo } from "./types.ts";

/** @throws `model.version` when this version does not know the family or body */
export function networkFrom(info: ModelInfo, name: string): Network {
  const family = entryOf(families, info.family.name, "family", name);
  const body = entryOf(bodies, info.body.name, "body", name).create(info.body.options);
  return {
    body,
    family: family.create(info.family.options, { latent: info.latent, body }),
    latent: info.latent,
    preprocessing: preprocessingOf(info.schema),
    ...(info.label === undefined ? {} : { label: info.label }),
  };
}

/** The weights by their names in the file. */
export function weightsFrom(model: OnnxModel, network: Network, name: string): Weights {
  const spec = networkSpec(network, false);
  const found = new Map(model.graph.initializers.map((item) => [item.name, item.tensor]));
  const flat = (specs: readonly BufferSpec[], optional = false): Float32Array => {
    const values = new Float32Array(countOf(specs));
    let at = 0;
    for (const item of specs) {
      const held = found.get(item.name);
      // What matters to training alone is not in the file: it starts as training did.
      if (held === undefined && optional) {
        values.set(item.initial(keyAt(0, 0), item.shape), at);
        at += countOf([item]);
        continue;
      }
      if (held?.dtype !== "float32" || held.data.length !== countOf([item])) {
        throw inputError("model.version", {
          place: `${name}, weight ${item.name}`,
          expected: `float32 [${item.shape.join(", ")}]`,
          got: held === undefined ? "none" : `${held.dtype} [${held.shape.join(", ")}]`,
          hint: "the file was written by another version or has been changed: train it again",
        });
      }
      values.set(held.data, at);
      at += held.data.length;
    }
    return values;
  };
  return { spec, parameters: flat(spec.parameters), buffers: flat(spec.buffers, true) };
}

function entryOf<E>(
  table: Readonly<Record<string, E>>,
  key: string,
  what: string,
  name: string,
): E {
  const entry = Object.hasOwn(table, key) ? table[key] : undefined;
  if (entry !== undefined) return entry;
  throw inputError("model.version", {
    place: name,
    expected: `a ${what} among ${Object.keys(table).join(", ")}`,
    got: key,
    hint: "use the version of the package that wrote the file",
  });
}
