/** ONNX Runtime for tests: models and symbolic graphs in, tensors out. */
import * as ort from "onnxruntime-node";
import type { DType, Tensor } from "../src/base/tensor.ts";
import { tensor } from "../src/base/tensor.ts";
import { exportModel } from "../src/graph/export.ts";
import type { Value } from "../src/graph/value.ts";
import type { OnnxModel } from "../src/onnx/messages.ts";
import { writeModel } from "../src/onnx/write.ts";

/** Runs a model once on one thread. */
export async function runModel(
  model: OnnxModel | Uint8Array,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Readonly<Record<string, Tensor>>> {
  const bytes = model instanceof Uint8Array ? model : writeModel(model);
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  try {
    const given = Object.entries(feeds).map(([name, value]) => [name, toRuntime(value)] as const);
    const results = await session.run(Object.fromEntries(given));
    return Object.fromEntries(
      Object.entries(results).map(([name, value]) => [name, fromRuntime(value)]),
    );
  } finally {
    await session.release();
  }
}

/** Exports the graph behind `outputs`, runs it, and gives the outputs in order. */
export async function runGraph(
  outputs: readonly Value[],
  feeds: ReadonlyMap<Value, Tensor> = new Map(),
): Promise<readonly Tensor[]> {
  const model = exportModel({
    name: "test",
    inputs: [...feeds.keys()],
    outputs: Object.fromEntries(outputs.map((value, i) => [`result_${i}`, value])),
  });
  const named = [...feeds].map(([value, fed]) => [value.node.attributes["name"], fed] as const);
  const results = await runModel(model, Object.fromEntries(named));
  return outputs.map((_, i) => results[`result_${i}`] as Tensor);
}

function toRuntime({ dtype, data, shape }: Tensor): ort.Tensor {
  // The constructor's overloads tie each type to its array, as our union does.
  return new ort.Tensor(dtype as "float32", data as Float32Array, shape);
}

function fromRuntime(value: ort.Tensor): Tensor {
  return tensor(value.type as DType, value.data as never, value.dims);
}
