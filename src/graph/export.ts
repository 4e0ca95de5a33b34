/** Symbolic graph → ONNX graph: names, order, shared constants, common sub-expressions. */
import type { Tensor } from "../base/tensor.ts";
import { sizeOf } from "../base/tensor.ts";
import { internalError } from "../base/errors.ts";
import type {
  OnnxAttribute,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxValueInfo,
} from "../onnx/messages.ts";
import type { Attribute, Body, Node, Value } from "./value.ts";
import { constantOp, inputOp } from "./value.ts";
import { innerNodes, lower, sortedNodes } from "./walk.ts";

/** ONNX versions we write: operators of December 2022, readable by every runtime since 1.14. */
export const OPSET = 18;
const ML_OPSET = 3;
export const IR_VERSION = 8;

export interface ModelSpec {
  readonly name: string;
  /** Graph inputs, in order. */
  readonly inputs: readonly Value[];
  readonly outputs: Readonly<Record<string, Value>>;
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * Values to keep under a name of their own, so that a model can be cut there: whatever
   * uses the value uses it by this name, even where it is an output too.
   */
  readonly names?: ReadonlyMap<Value, string>;
}

/** Writes a symbolic graph as a model, lowered and without duplicate work. */
export function exportModel(spec: ModelSpec): OnnxModel {
  const cuts = [...(spec.names ?? [])].map(([value, name]) => [name, value] as const);
  const wishes = [...cuts, ...Object.entries(spec.outputs)];
  requireOwnNames(spec.inputs, wishes);
  const lowered = lower(
    wishes.map(([, value]) => value),
    new Set(cuts.map(([, value]) => value)),
  );
  const named = wishes.map(([name], i) => [name, lowered[i] as Value] as const);
  const writer = new Writer();
  const graph = writer.graph(
    spec.name,
    spec.inputs,
    named.slice(cuts.length),
    named.slice(0, cuts.length),
  );
  const domains = new Set(["", ...writer.domains]);
  return {
    irVersion: IR_VERSION,
    opsets: [...domains]
      .toSorted()
      .map((domain) => ({ domain, version: domain === "" ? OPSET : ML_OPSET })),
    producer: "autoencoders",
    producerVersion: "",
    graph,
    metadata: spec.metadata ?? {},
  };
}

type Named = readonly (readonly [string, Value])[];

/** Names that others rely on are never changed: two of the same are an error. */
function requireOwnNames(inputs: readonly Value[], wishes: Named): void {
  const holders = new Map<string, Value>();
  const all: Named = [...inputs.map((value) => [inputName(value), value] as const), ...wishes];
  for (const [name, value] of all) {
    const holder = holders.get(name);
    const twice = holder === value && value.node.op !== inputOp;
    if (name === "" || (holder !== undefined && !twice)) {
      throw internalError("graph.name", {
        place: "export",
        expected: "different names for different inputs, outputs and cuts",
        got: `"${name}" ${holder === undefined ? "for one" : "for two"}`,
      });
    }
    holders.set(name, value);
  }
}

/** What a (sub-)graph under construction collects. */
interface Frame {
  readonly nodes: OnnxNode[];
  readonly values: OnnxValueInfo[];
  readonly expressions: Map<string, readonly string[]>;
  readonly parent: Frame | undefined;
}

class Writer {
  readonly domains = new Set<string>();
  readonly #names = new Map<Value, string>();
  readonly #taken = new Set<string>();
  readonly #wanted = new Map<Value, string>();
  readonly #counters = new Map<string, number>();
  readonly #initializers: { name: string; tensor: Tensor }[] = [];
  readonly #constants = new Map<unknown, string>();

  graph(name: string, inputs: readonly Value[], outputs: Named, cuts: Named): OnnxGraph {
    for (const [wanted] of [...cuts, ...outputs]) this.#taken.add(wanted);
    const frame = this.#frame(undefined);
    const inputInfos = this.#inputs(inputs);
    this.#wish([...cuts, ...outputs]);
    for (const node of sortedNodes([...outputs, ...cuts].map(([, value]) => value))) {
      this.#emit(node, frame);
    }
    const repeated = cuts.filter(([cut]) => !outputs.some(([output]) => output === cut));
    this.#settle(repeated, frame);
    return {
      name,
      nodes: frame.nodes,
      initializers: this.#initializers,
      inputs: inputInfos,
      outputs: this.#settle(outputs, frame),
      values: frame.values,
    };
  }

  #body(body: Body, parent: Frame): OnnxGraph {
    const frame = this.#frame(parent);
    const inputs = this.#inputs(body.inputs);
    const outputs = body.outputs.map((value, i) => [this.#take(`out_${i}`), value] as const);
    this.#wish(outputs);
    for (const node of innerNodes(body)) this.#emit(node, frame);
    return {
      name: "body",
      nodes: frame.nodes,
      initializers: [],
      inputs,
      outputs: this.#settle(outputs, frame),
      values: frame.values,
    };
  }

  #frame(parent: Frame | undefined): Frame {
    return { nodes: [], values: [], expressions: new Map(), parent };
  }

  #inputs(inputs: readonly Value[]): OnnxValueInfo[] {
    return inputs.map((value) => {
      const name = this.#take(inputName(value));
      this.#names.set(value, name);
      return this.#info(name, value);
    });
  }

  /** The first wish for a value wins; `#settle` gives it the others. */
  #wish(wishes: Named): void {
    for (const [wanted, value] of wishes) {
      if (!this.#names.has(value) && !this.#wanted.has(value)) this.#wanted.set(value, wanted);
    }
  }

  /** Values under the names they must have; through an Identity where they have another. */
  #settle(wishes: Named, frame: Frame): OnnxValueInfo[] {
    return wishes.map(([wanted, value]) => {
      const name = this.#nameOf(value);
      if (name !== wanted) frame.nodes.push(node("Identity", "", [name], [wanted], {}));
      return this.#info(wanted, value);
    });
  }

  #emit(item: Node, frame: Frame): void {
    const { op } = item;
    if (op.name === inputOp.name) {
      const value = item.outputs[0] as Value;
      if (!this.#names.has(value)) {
        throw internalError("graph.input", {
          place: `graph input "${inputName(value)}"`,
          expected: "to be listed among the inputs",
          got: "a graph that uses it unlisted",
        });
      }
      return;
    }
    if (op.name === constantOp.name) {
      this.#constant(item);
      return;
    }
    const inputs = item.inputs.map((value) => (value === undefined ? "" : this.#nameOf(value)));
    while (inputs.at(-1) === "") inputs.pop();
    const attributes = this.#attributes(item, frame);
    const key = expressionKey(item, inputs, attributes);
    const known = key === undefined ? undefined : findExpression(frame, key);
    if (known !== undefined && !item.outputs.some((value) => this.#wanted.has(value))) {
      for (const [i, value] of item.outputs.entries()) this.#names.set(value, known[i] as string);
      return;
    }
    const outputs = item.outputs.map((value) => {
      const name = this.#wanted.get(value) ?? this.#fresh(op.name);
      this.#names.set(value, name);
      if (!this.#wanted.has(value)) frame.values.push(this.#info(name, value));
      return name;
    });
    if (key !== undefined) frame.expressions.set(key, outputs);
    if (op.domain !== undefined) this.domains.add(op.domain);
    frame.nodes.push(node(op.name, op.domain ?? "", inputs, outputs, attributes));
  }

  #constant(item: Node): void {
    const { value, name } = item.attributes as { value: Tensor; name: string | undefined };
    const out = item.outputs[0] as Value;
    const key = constantKey(value);
    const known = name === undefined ? this.#constants.get(key) : undefined;
    if (known !== undefined) {
      this.#names.set(out, known);
      return;
    }
    const given = name === undefined ? this.#fresh("const") : this.#take(name);
    this.#names.set(out, given);
    if (name === undefined) this.#constants.set(key, given);
    this.#initializers.push({ name: given, tensor: value });
  }

  #attributes(item: Node, frame: Frame): Record<string, OnnxAttribute> {
    const written: Record<string, OnnxAttribute> = {};
    for (const [key, value] of Object.entries(item.attributes)) {
      if (value === undefined) continue;
      written[key] = this.#attribute(value, item.op.floats?.includes(key) ?? false, frame);
    }
    return written;
  }

  #attribute(value: Attribute, float: boolean, frame: Frame): OnnxAttribute {
    if (typeof value === "number") return { type: float ? "float" : "int", value };
    if (typeof value === "string") return { type: "string", value };
    if (Array.isArray(value)) {
      const list = value as readonly (number | string)[];
      return typeof list[0] === "string"
        ? { type: "strings", value: list as readonly string[] }
        : { type: float ? "floats" : "ints", value: list as readonly number[] };
    }
    if ("data" in value) return { type: "tensor", value };
    return { type: "graph", value: this.#body(value as Body, frame) };
  }

  #info(name: string, value: Value): OnnxValueInfo {
    return { name, dtype: value.dtype, shape: value.shape.map(onnxDim) };
  }

  #nameOf(value: Value): string {
    const name = this.#names.get(value);
    if (name === undefined) {
      throw internalError("graph.order", {
        place: `output ${value.index} of ${value.node.op.name}`,
        expected: "to be written before it is used",
        got: "a use before",
      });
    }
    return name;
  }

  #fresh(stem: string): string {
    for (;;) {
      const count = this.#counters.get(stem) ?? 0;
      this.#counters.set(stem, count + 1);
      const name = `${stem}_${count}`;
      if (!this.#taken.has(name)) return this.#take(name);
    }
  }

  #take(name: string): string {
    let free = name;
    for (let i = 1; this.#taken.has(free); i += 1) free = `${name}_${i}`;
    this.#taken.add(free);
    return free;
  }
}

/** A runtime reads a symbolic dimension as a bare name: "49*batch" is not one it may unify. */
function onnxDim(dim: number | string): number | string {
  return typeof dim === "string" ? dim.replaceAll("*", "_times_").replace(/^(\d)/, "n$1") : dim;
}

function inputName(value: Value): string {
  return value.node.attributes["name"] as string;
}

function node(
  op: string,
  domain: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, OnnxAttribute>>,
): OnnxNode {
  return { op, domain, name: outputs[0] ?? op, inputs, outputs, attributes };
}

/** Equal for nodes that compute the same; undefined for those with a body or a tensor inside. */
function expressionKey(
  item: Node,
  inputs: readonly string[],
  attributes: Readonly<Record<string, OnnxAttribute>>,
): string | undefined {
  const parts: string[] = [];
  for (const [key, attribute] of Object.entries(attributes)) {
    if (attribute.type === "tensor" || attribute.type === "graph") return undefined;
    // JSON writes −0 and 0 alike, and NaN as null; neither occurs in an attribute.
    parts.push(`${key}=${JSON.stringify(attribute.value)}`);
  }
  return [item.op.domain, item.op.name, item.outputs.length, ...inputs, "|", ...parts].join(
    "\u0001",
  );
}

function findExpression(frame: Frame | undefined, key: string): readonly string[] | undefined {
  for (let at = frame; at !== undefined; at = at.parent) {
    const found = at.expressions.get(key);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Small constants are shared by content, large ones by identity. */
function constantKey(value: Tensor): unknown {
  if (sizeOf(value.shape) > 64) return value;
  const content =
    value.dtype === "string"
      ? JSON.stringify(value.data)
      : new Uint8Array(value.data.buffer, value.data.byteOffset, value.data.byteLength).join();
  return `${value.dtype}[${value.shape.join()}]${content}`;
}
