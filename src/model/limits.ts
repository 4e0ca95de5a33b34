/** Whether a model can be trained and saved at all: asked before anything large is made. */
import { formatBytes } from "../base/byte-count.ts";
import type { AutoencoderError } from "../base/errors.ts";
import { inputError } from "../base/errors.ts";
import type { Preprocessing } from "../data/preprocessing.ts";
import { preprocessingOf } from "../data/preprocessings.ts";
import type { Scaling } from "../data/scaling.ts";
import type { Source } from "../data/source.ts";
import { sizeOf } from "../base/tensor.ts";
import { countOf } from "../nn/scope.ts";
import { MAX_BYTES } from "../onnx/messages.ts";
import type { Network } from "../train/network.ts";
import { networkSpec } from "../train/network.ts";
import { modelBytes } from "./room.ts";
import type { Settings } from "./settings.ts";

/** What a file may hold beside weights: graph, schema, the control. */
const BESIDE = 2 ** 26;

/**
 * @param memory bytes that the process may use
 * @throws `model.too-large` where its file would pass the limit of the format, `train.memory`
 *   where training it takes more memory than there is
 */
export function requireTrainable(network: Network, settings: Settings, memory: number): void {
  const { parameters, buffers } = networkSpec(network, false);
  const file = 4 * (countOf(parameters) + countOf(buffers)) + BESIDE;
  if (file > MAX_BYTES) {
    throw refusal("model.too-large", network, countOf(parameters), {
      expected: `a file of at most ${formatBytes(MAX_BYTES)}, the limit of the ONNX format`,
      got: `${formatBytes(4 * countOf(parameters))} of weights`,
    });
  }
  const needed = modelBytes(network, settings);
  if (needed > memory) {
    throw refusal("train.memory", network, countOf(parameters), {
      expected: `a model that is trained within ${formatBytes(memory)} of memory`,
      got: `${formatBytes(needed)} for weights, gradients and the optimizer`,
    });
  }
}

function refusal(
  code: string,
  { body, latent, preprocessing }: Network,
  parameters: number,
  { expected, got }: { readonly expected: string; readonly got: string },
): AutoencoderError {
  const count = (value: number): string => value.toLocaleString("en");
  const features = sizeOf(preprocessing.layout.shape);
  return inputError(code, {
    place: `${body.name} body, ${count(features)} features to ${count(latent)}`,
    expected,
    got: `${got}: ${count(parameters)} parameters`,
    hint: `make its layers narrower${body.name === "dense" ? " with a smaller --hidden" : ""}, --latent smaller, or the rows shorter`,
  });
}

const PLAIN: Scaling = {
  center: 0,
  scale: 1,
  tail: false,
  mean: 0,
  deviation: 1,
  low: 0,
  high: 1,
  integer: false,
};

/**
 * What the data will be like as far as it is known before they are read: the width of rows of
 * arrays and images. That of tables rests on the words in their columns.
 */
export function foreseen(source: Source): Preprocessing | undefined {
  switch (source.kind) {
    case "table":
      return undefined;
    case "images": {
      const { kind, height, width, channels } = source;
      return preprocessingOf({ kind, height, width, channels });
    }
    case "interactions": {
      const { kind, items, columns, data } = source;
      const weighted = data.weights !== undefined;
      return preprocessingOf({ kind, ...columns, items, users: [], weighted });
    }
    case "series": {
      const { kind, window, channels } = source;
      return preprocessingOf({
        kind,
        window,
        channels: channels.map((name) => ({ name, scaling: PLAIN })),
      });
    }
    case "array": {
      const { shape } = source;
      const scalings = Array.from({ length: shape.length === 1 ? sizeOf(shape) : 1 }, () => PLAIN);
      return preprocessingOf({ kind: "array", shape, scalings, missing: [] });
    }
  }
}
