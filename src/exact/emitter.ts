/** Collects the nodes and constants of an exact graph: float64, named by itself. */
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { OnnxAttribute, OnnxNode } from "../onnx/messages.ts";

/**
 * What an exact graph may hold. Of floats: operations that IEEE 754 rounds to the last bit (+ − × ÷,
 * square root), those that only choose, compare or move, and `MatMul` and `ReduceSum`, which are
 * given nothing but whole numbers whose every partial sum is below 2^53.
 */
export const EXACT_OPS = [
  "Add",
  "Sub",
  "Mul",
  "Div",
  "Sqrt",
  "Neg",
  "Abs",
  "Sign",
  "Floor",
  "Ceil",
  "Round",
  "Min",
  "Max",
  "Clip",
  "Greater",
  "GreaterOrEqual",
  "Less",
  "LessOrEqual",
  "Equal",
  "Not",
  "And",
  "Or",
  "Where",
  "Concat",
  "Split",
  "Slice",
  "Pad",
  "Gather",
  "Transpose",
  "Reshape",
  "Flatten",
  "Expand",
  "Unsqueeze",
  "Squeeze",
  "Tile",
  "Identity",
  "Cast",
  "Shape",
  "ArgMax",
  "ReduceMax",
  "ReduceMin",
  "MatMul",
  "ReduceSum",
] as const;

export type ExactOp = (typeof EXACT_OPS)[number];

const exactOps: ReadonlySet<string> = new Set(EXACT_OPS);

export function isExactOp(op: string): op is ExactOp {
  return exactOps.has(op);
}

export const int = (value: number): OnnxAttribute => ({ type: "int", value });
export const ints = (value: readonly number[]): OnnxAttribute => ({ type: "ints", value });

/** TensorProto.DataType */
export const FLOAT64 = 11;
export const INT64 = 7;

export class Emitter {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: { readonly name: string; readonly tensor: Tensor }[] = [];
  readonly #constants = new Map<string, string>();
  readonly #taken: ReadonlySet<string>;
  #count = 0;

  /** @param taken names that others rely on */
  constructor(taken: ReadonlySet<string>) {
    this.#taken = taken;
  }

  /** Adds a node of one output, and gives the output's name. */
  op(
    op: ExactOp,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    output: string = this.#fresh(),
  ): string {
    this.nodes.push({ op, domain: "", name: output, inputs, outputs: [output], attributes });
    return output;
  }

  /** Adds a node of several outputs. */
  ops(
    op: ExactOp,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
    count: number,
  ): readonly string[] {
    const outputs = Array.from({ length: count }, () => this.#fresh());
    const [name = op] = outputs;
    this.nodes.push({ op, domain: "", name, inputs, outputs, attributes });
    return outputs;
  }

  number(value: number): string {
    return this.#shared(`f ${value}`, () => tensor("float64", Float64Array.of(value), []));
  }

  numbers(values: Float64Array, shape: readonly number[]): string {
    return this.constant(tensor("float64", values, shape));
  }

  indices(values: readonly number[]): string {
    return this.#shared(`i ${values.join()}`, () =>
      tensor(
        "int64",
        BigInt64Array.from(values, (value) => BigInt(value)),
      ),
    );
  }

  constant(value: Tensor): string {
    const name = this.#fresh();
    this.initializers.push({ name, tensor: value });
    return name;
  }

  #shared(key: string, make: () => Tensor): string {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.constant(make());
    this.#constants.set(key, name);
    return name;
  }

  #fresh(): string {
    for (;;) {
      const name = `x${(this.#count++).toString(36)}`;
      if (!this.#taken.has(name)) return name;
    }
  }
}
