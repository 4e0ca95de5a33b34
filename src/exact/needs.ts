/** What has to be measured before a decoder can be made exact. */
import { inputError } from "../base/errors.ts";
import type { AutoencoderError } from "../base/errors.ts";
import { needs } from "../onnx/captures.ts";
import type { OnnxModel, OnnxNode } from "../onnx/messages.ts";

/** Matrix products and sums, and which of their inputs carries what the code says. */
const MEASURED: Readonly<Record<string, true>> = {
  Gemm: true,
  MatMul: true,
  Conv: true,
  ConvTranspose: true,
  ReduceSum: true,
};

export interface Needs {
  /** Tensors whose largest absolute value must be known. */
  readonly measured: readonly string[];
  /** Tensors that depend on weights alone, whose values must be known. */
  readonly fixed: readonly string[];
}

/**
 * Walks a decoder cut out of a model.
 *
 * @throws `exact.op` where it holds what cannot be made exact
 * @example
 * const { measured, fixed } = decoderNeeds(extractModel(model, ["latent"], ["reconstruction"]));
 */
export function decoderNeeds({ graph }: OnnxModel): Needs {
  const varying = new Set(graph.inputs.map(({ name }) => name));
  const given = new Set(graph.initializers.map(({ name }) => name));
  const measured = new Set<string>();
  const fixed = new Set<string>();
  for (const node of graph.nodes) {
    const inputs = [...needs(node)];
    if (!inputs.some((name) => varying.has(name))) continue;
    for (const name of node.outputs) varying.add(name);
    for (const name of inputs) if (!varying.has(name) && !given.has(name)) fixed.add(name);
    if (MEASURED[node.op] === undefined) continue;
    const [left = "", right = ""] = node.inputs;
    if (varying.has(right)) throw cannot(node, "a product of two things that depend on the code");
    measured.add(left);
  }
  return { measured: [...measured], fixed: [...fixed] };
}

export function cannot(node: OnnxNode, got: string): AutoencoderError {
  return inputError("exact.op", {
    place: `decoder, ${node.op} "${node.name}"`,
    expected: "an operation that every machine can round alike",
    got,
    hint: "the decoder is not used: compression goes on without it",
  });
}
