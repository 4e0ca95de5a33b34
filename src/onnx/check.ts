/** Whether a model is well formed and stays within what we run: to be asked before any runtime sees it. */
import { inputError } from "../base/errors.ts";
import type { AutoencoderError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { bodies } from "./captures.ts";
import { constantOf, leastElements, MAX_CONSTANT_ELEMENTS } from "./constant-size.ts";
import type { Known } from "./constant-size.ts";
import { MAX_BYTES } from "./messages.ts";
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxValueInfo } from "./messages.ts";
import { quoted } from "./quoted.ts";
import { byteLength } from "./tensor-proto.ts";

/**
 * Turns away a model that is not in SSA form and topological order, uses an
 * operator that is not allowed, or asks by a constant for a tensor of more than
 * 2^28 elements.
 *
 * It bounds what constants ask for, not what arithmetic can make of them: a
 * runtime still wants a memory limit.
 *
 * @param allowedOps `"Gemm"` for the standard operator set, `"domain:Op"` for others.
 * @param name The file's name, for errors.
 * @throws `onnx.op`, `onnx.opset`, `onnx.duplicate`, `onnx.undefined`,
 *   `onnx.output`, `onnx.too-large` (all faults of the input).
 *
 * @example
 * checkModel(readModel(bytes, "m.onnx"), new Set(["Gemm", "Relu"]), "m.onnx");
 */
export function checkModel(model: OnnxModel, allowedOps: ReadonlySet<string>, name: string): void {
  const domains = new Set<string>();
  for (const { domain } of model.opsets) {
    if (domains.has(domain)) throw duplicate(`${name}: opsets`, domain || "ai.onnx");
    domains.add(domain);
  }
  const outputs = new Set<string>();
  for (const output of model.graph.outputs) {
    if (outputs.has(output.name)) throw duplicate(`${name}: outputs`, output.name);
    outputs.add(output.name);
  }
  checkGraph(model.graph, undefined, { name, allowedOps, domains, bytes: 0 });
}

interface Check {
  readonly name: string;
  readonly allowedOps: ReadonlySet<string>;
  readonly domains: ReadonlySet<string>;
  /** Bytes of all weights so far. */
  bytes: number;
}

/** Names of a graph and, through `outer`, of the graphs around it. */
interface Scope {
  readonly names: Map<string, Known>;
  readonly outer: Scope | undefined;
}

function lookUp(scope: Scope | undefined, name: string): Known | undefined {
  for (let at = scope; at !== undefined; at = at.outer) {
    const known = at.names.get(name);
    if (known !== undefined) return known;
  }
  return undefined;
}

function checkGraph(graph: OnnxGraph, outer: Scope | undefined, check: Check): void {
  const scope: Scope = { names: new Map(), outer };
  const place = `${check.name}: graph ${quoted(graph.name)}`;
  const define = (name: string, known: Known): void => {
    if (name === "") throw inputError("onnx.output", { place, expected: "a name", got: `""` });
    if (lookUp(scope, name) !== undefined) throw duplicate(place, name);
    scope.names.set(name, known);
  };
  for (const { name, shape } of graph.inputs) define(name, { shape });
  const inputs = new Map(graph.inputs.map((input) => [input.name, input]));
  for (const { name, tensor } of graph.initializers) {
    countBytes(tensor, check);
    const input = outer === undefined ? inputs.get(name) : undefined;
    if (input !== undefined && isDefault(tensor, input)) {
      // What runs may be another value.
      inputs.delete(name);
      continue;
    }
    define(name, { value: tensor, shape: tensor.shape });
  }
  const shapes = new Map(
    [...(graph.values ?? []), ...graph.outputs].map(({ name, shape }) => [name, shape]),
  );
  for (const node of graph.nodes) {
    checkNode(node, scope, check);
    const value = constantOf(node, (input) => lookUp(scope, input));
    for (const output of node.outputs) {
      if (output === "") continue;
      define(output, value ? { value, shape: value.shape } : { shape: shapes.get(output) });
    }
  }
  for (const { name } of graph.outputs) {
    if (!scope.names.has(name)) {
      const expected = `output ${quoted(name)} to be made by the graph`;
      throw inputError("onnx.output", { place, expected, got: "no such tensor" });
    }
  }
}

/** Whether a tensor may stand for an input that is not given. */
function isDefault({ dtype, shape }: Tensor, input: OnnxValueInfo): boolean {
  const fits = shape.length === input.shape?.length;
  return dtype === input.dtype && fits && shape.every((size, i) => size === input.shape?.[i]);
}

function checkNode(node: OnnxNode, scope: Scope, check: Check): void {
  const op = node.domain === "" ? node.op : `${node.domain}:${node.op}`;
  const place = `${check.name}: node ${quoted(node.name || (node.outputs[0] ?? ""))}`;
  if (!check.allowedOps.has(op)) {
    throw inputError("onnx.op", {
      place,
      expected: "operators this package writes",
      got: quoted(op),
      hint: "load a model that was saved by this package",
    });
  }
  if (!check.domains.has(node.domain)) {
    const expected = `an opset import for ${quoted(node.domain || "ai.onnx")}`;
    throw inputError("onnx.opset", { place, expected, got: "none" });
  }
  for (const input of node.inputs) {
    if (input !== "" && lookUp(scope, input) === undefined) {
      const expected = `input ${quoted(input)} to be made before it is used`;
      throw inputError("onnx.undefined", { place, expected, got: "no such tensor" });
    }
  }
  for (const attribute of Object.values(node.attributes)) {
    if (attribute.type === "tensor") countBytes(attribute.value, check);
  }
  const elements = leastElements(node, (input) => lookUp(scope, input));
  if (elements > MAX_CONSTANT_ELEMENTS) {
    const expected = `a result of at most ${MAX_CONSTANT_ELEMENTS} elements`;
    throw inputError("onnx.too-large", { place, expected, got: `${elements}` });
  }
  for (const { graph } of bodies(node)) checkGraph(graph, scope, check);
}

function countBytes(tensor: Tensor, check: Check): void {
  check.bytes += byteLength(tensor);
  if (check.bytes > MAX_BYTES) {
    const expected = `at most ${MAX_BYTES} bytes of weights`;
    throw inputError("onnx.too-large", { place: check.name, expected, got: `${check.bytes}` });
  }
}

function duplicate(place: string, name: string): AutoencoderError {
  return inputError("onnx.duplicate", {
    place,
    expected: "every name once",
    got: `${quoted(name)} twice`,
  });
}
