/** A model as text that people read and snapshots keep. */
import { sizeOf } from "../base/tensor.ts";
import type { DType, Tensor } from "../base/tensor.ts";
import { bodies } from "./captures.ts";
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxValueInfo } from "./messages.ts";

/** Tensors up to this many elements are printed with their elements. */
const SMALL = 8;

/**
 * One line a node, weights by type and shape, small constants in full, bodies
 * indented. Equal graphs give equal text; who made the model, node names and
 * metadata are left out, so that a snapshot changes only when the graph does.
 *
 * @example
 * printModel(model);
 * // opset 21
 * // graph encoder(%x: float32[batch, 784]) -> (%y: float32[batch, 64]) {
 * //   %w = float32[64, 784]
 * //   %b = float32[2] [0, 0.5]
 * //   %y: float32[batch, 64] = Gemm(%x, %w, %b) {transB=1}
 * // }
 */
export function printModel(model: OnnxModel): string {
  const opsets = model.opsets.map(({ domain, version }) =>
    domain === "" ? `opset ${version}` : `opset ${domain} ${version}`,
  );
  return [...opsets, ...graphLines(model.graph, "graph")].join("\n") + "\n";
}

function graphLines(graph: OnnxGraph, label: string): string[] {
  const types = new Map<string, string>();
  for (const info of [...(graph.values ?? []), ...graph.outputs]) types.set(info.name, type(info));
  const signature = (infos: readonly OnnxValueInfo[]): string =>
    `(${infos.map((info) => `${ref(info.name)}: ${type(info)}`).join(", ")})`;
  const name = graph.name === "" ? "" : ` ${bare(graph.name)}`;
  return [
    `${label}${name}${signature(graph.inputs)} -> ${signature(graph.outputs)} {`,
    ...indented([
      ...graph.initializers.map(
        ({ name: weight, tensor }) => `${ref(weight)} = ${constant(tensor)}`,
      ),
      ...graph.nodes.flatMap((node) => nodeLines(node, types)),
    ]),
    "}",
  ];
}

function nodeLines(node: OnnxNode, types: ReadonlyMap<string, string>): string[] {
  const outputs = node.outputs.map((name) => {
    const known = types.get(name);
    return known === undefined ? ref(name) : `${ref(name)}: ${known}`;
  });
  const op = node.domain === "" ? node.op : `${node.domain}:${node.op}`;
  const attributes = Object.entries(node.attributes)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .flatMap(([name, value]) => (value.type === "graph" ? [] : [`${name}=${attribute(value)}`]));
  const tail = attributes.length > 0 ? ` {${attributes.join(", ")}}` : "";
  const inputs = node.inputs.map(ref).join(", ");
  return [
    `${outputs.join(", ")} = ${op}(${inputs})${tail}`,
    ...bodies(node)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap(({ name, graph }) => indented(graphLines(graph, `${name} = graph`))),
  ];
}

function attribute(value: Exclude<OnnxAttribute, { type: "graph" }>): string {
  switch (value.type) {
    case "tensor":
      return constant(value.value);
    case "float":
      return float32(value.value);
    case "floats":
      return `[${value.value.map(float32).join(", ")}]`;
    case "int":
      return String(value.value);
    case "ints":
      return `[${value.value.join(", ")}]`;
    case "string":
      return JSON.stringify(value.value);
    case "strings":
      return `[${value.value.map((text) => JSON.stringify(text)).join(", ")}]`;
  }
}

function constant({ dtype, shape, data }: Tensor): string {
  const head = `${dtype}[${shape.join(", ")}]`;
  if (sizeOf(shape) > SMALL) return head;
  const elements = Array.from(data as ArrayLike<number | bigint | string>, (value) =>
    element(dtype, value),
  );
  return `${head} [${elements.join(", ")}]`;
}

function element(dtype: DType, value: number | bigint | string): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return String(value);
  if (dtype === "bool") return value === 0 ? "false" : "true";
  if (dtype === "float32") return float32(value);
  return Object.is(value, -0) ? "-0" : String(value);
}

/** The shortest decimal that is this float32: 0.1, not 0.10000000149011612. */
function float32(value: number): string {
  const single = Math.fround(value);
  if (Object.is(single, -0)) return "-0";
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(single.toPrecision(digits));
    if (Math.fround(short) === single) return String(short);
  }
  return String(Number(single.toPrecision(9)));
}

function type({ dtype, shape }: OnnxValueInfo): string {
  if (shape === undefined) return `${dtype}[...]`;
  return `${dtype}[${shape.map((size) => (size === "" ? "?" : String(size))).join(", ")}]`;
}

function ref(name: string): string {
  return name === "" ? "_" : `%${bare(name)}`;
}

/** Quoted where it could be taken for something else. */
function bare(name: string): string {
  return /^[\w./:@-]+$/.test(name) ? name : JSON.stringify(name);
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
