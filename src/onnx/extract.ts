/** A part of a model between named tensors, as a model of its own: the encoder, the decoder. */
import { inputError } from "../base/errors.ts";
import type { AutoencoderError } from "../base/errors.ts";
import { needs } from "./captures.ts";
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxValueInfo } from "./messages.ts";
import { quoted } from "./quoted.ts";

/**
 * Cuts out what computes `outputs` from `inputs`. Nodes keep their order; weights
 * are shared with the model, not copied. Metadata goes along.
 *
 * @param inputs Names of tensors anywhere in the main graph; they become the
 *   inputs of the new model, with the dtype and shape recorded for them.
 * @throws `onnx.extract` where a name is unknown or given twice, a dtype is not
 *   recorded, or an output needs an input of the model that is not in `inputs`.
 *
 * @example
 * const decoder = extractModel(model, ["latent"], ["reconstruction"]);
 */
export function extractModel(
  model: OnnxModel,
  inputs: readonly string[],
  outputs: readonly string[],
): OnnxModel {
  const { graph } = model;
  const infos = valueInfos(graph);
  const known = (name: string): OnnxValueInfo => {
    const info = infos.get(name);
    if (info !== undefined) return info;
    throw wrong(`tensor ${quoted(name)}`, "a tensor of the model with a recorded type", "none");
  };
  onlyOnce(inputs, "inputs");
  onlyOnce(outputs, "outputs");
  const { nodes, needed } = walkBack(graph, new Set(inputs), outputs);
  const made = new Set(nodes.flatMap((node) => node.outputs));
  const shown = new Set([...inputs, ...outputs]);
  const values = graph.values?.filter(({ name }) => made.has(name) && !shown.has(name)) ?? [];
  return {
    ...model,
    graph: {
      name: graph.name,
      nodes,
      initializers: graph.initializers.filter(({ name }) => needed.has(name)),
      inputs: inputs.map(known),
      outputs: outputs.map(known),
      ...(values.length > 0 ? { values } : {}),
    },
  };
}

interface Part {
  readonly nodes: readonly OnnxNode[];
  /** Names that must be there before the nodes run, and those the nodes make. */
  readonly needed: ReadonlySet<string>;
}

function walkBack(graph: OnnxGraph, inputs: ReadonlySet<string>, outputs: readonly string[]): Part {
  const needed = new Set(outputs.filter((name) => !inputs.has(name)));
  const nodes: OnnxNode[] = [];
  // In topological order every user of a tensor comes after its maker, so one pass does.
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    const clash = node.outputs.find((name) => inputs.has(name));
    if (clash !== undefined) {
      const expected = `inputs without ${quoted(clash)}, or with every output of the node that makes it`;
      throw wrong(
        `tensor ${quoted(clash)}`,
        expected,
        "outputs that need the node's other outputs",
      );
    }
    nodes.push(node);
    for (const name of needs(node)) if (!inputs.has(name)) needed.add(name);
  }
  const made = new Set(nodes.flatMap((node) => node.outputs));
  for (const { name } of graph.initializers) made.add(name);
  const given = new Set(graph.inputs.map(({ name }) => name));
  const cutFrom = [...inputs].join(", ");
  for (const name of needed) {
    if (made.has(name)) continue;
    if (given.has(name)) {
      const expected = `outputs that depend on ${cutFrom} only`;
      throw wrong(`outputs ${outputs.join(", ")}`, expected, `a need of input ${quoted(name)}`);
    }
    throw wrong(`tensor ${quoted(name)}`, "a tensor of the model", "no such name");
  }
  return { nodes: nodes.reverse(), needed };
}

function valueInfos(graph: OnnxGraph): Map<string, OnnxValueInfo> {
  const infos = new Map<string, OnnxValueInfo>();
  for (const { name, tensor } of graph.initializers) {
    infos.set(name, { name, dtype: tensor.dtype, shape: tensor.shape });
  }
  for (const info of [...(graph.values ?? []), ...graph.outputs, ...graph.inputs]) {
    infos.set(info.name, info);
  }
  return infos;
}

function onlyOnce(names: readonly string[], what: string): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw wrong(what, "every name once", `${quoted(twice)} twice`);
}

function wrong(place: string, expected: string, got: string): AutoencoderError {
  return inputError("onnx.extract", { place, expected, got });
}
