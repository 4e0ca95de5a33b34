/** A half of a model as a plain ONNX file, for software that is to know nothing of autoencoders. */
import type { DType } from "../base/tensor.ts";
import { inputError } from "../base/errors.ts";
import { needs } from "../onnx/captures.ts";
import type { OnnxModel, OnnxValueInfo } from "../onnx/messages.ts";
import { extractModel } from "../onnx/extract.ts";
import { modelParts, writeModel } from "../onnx/write.ts";
import type { ModelFile } from "./file.ts";
import { PART_KEY, writeFileSafely } from "./file.ts";
import { OUTPUTS, reconstructionNames } from "./inference.ts";

export const partNames = ["encoder", "decoder"] as const;
export type PartName = (typeof partNames)[number];

/** An input or output of a graph; a dimension that is a name is open, as the batch is. */
export interface Port {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | string)[];
}

export interface ModelPart {
  readonly part: PartName;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** The ONNX file. */
  bytes(): Uint8Array;
  /** Writes it; an existing file is replaced only when the new one is complete. */
  save(path: string): Promise<void>;
}

/** @throws `options.invalid` for any other name */
export function partOf(file: ModelFile, part: PartName): ModelPart {
  if (!partNames.includes(part)) {
    throw inputError("options.invalid", {
      place: "part",
      expected: partNames.join(" or "),
      got: String(part),
    });
  }
  const cut = cutOut(file, part);
  const { info } = file;
  const about = {
    part,
    version: info.version,
    family: info.family.name,
    latent: info.latent,
    data: info.training.data,
  };
  const model: OnnxModel = {
    ...cut,
    graph: { ...cut.graph, name: part },
    metadata: { [PART_KEY]: JSON.stringify(about) },
  };
  return {
    part,
    inputs: model.graph.inputs.map(portOf),
    outputs: model.graph.outputs.map(portOf),
    bytes: () => writeModel(model),
    save: (path) => writeFileSafely(path, modelParts(model)),
  };
}

function cutOut(file: ModelFile, part: PartName): OnnxModel {
  const { graph } = file.model;
  if (part === "encoder") {
    const names = graph.inputs.map(({ name }) => name);
    return usedOf(extractModel(file.model, names, [OUTPUTS.latent]));
  }
  // Families that take labels read a code with the label of its row.
  const label = graph.outputs.filter(({ name }) => name === OUTPUTS.label);
  const names = [OUTPUTS.latent, ...label.map(({ name }) => name)];
  return usedOf(extractModel(file.model, names, reconstructionNames(file)));
}

/** Without inputs that nothing is made of: who runs the file would have to give them for nothing. */
function usedOf(model: OnnxModel): OnnxModel {
  const { graph } = model;
  const read = new Set(graph.nodes.flatMap((node) => [...needs(node)]));
  return {
    ...model,
    graph: { ...graph, inputs: graph.inputs.filter(({ name }) => read.has(name)) },
  };
}

function portOf({ name, dtype, shape }: OnnxValueInfo): Port {
  return { name, dtype, shape: shape ?? [] };
}
