/** Change of element type. */
import type { DType } from "../base/tensor.ts";
import { internalError } from "../base/errors.ts";
import type { Op, Value } from "../graph/value.ts";
import { applyOne } from "../graph/value.ts";
import { DATA_TYPES } from "../onnx/messages.ts";

function dtypeOfCode(code: number): DType {
  const found = Object.entries(DATA_TYPES).find(([, value]) => value === code);
  if (found === undefined) {
    throw internalError("graph.dtype", {
      place: "Cast",
      expected: "a known type",
      got: String(code),
    });
  }
  return found[0] as DType;
}

export function isFloat(dtype: DType): boolean {
  return dtype === "float32" || dtype === "float64";
}

export const castOp: Op<{ readonly to: number }> = {
  name: "Cast",
  infer: ([x], { to }) => [{ dtype: dtypeOfCode(to), shape: x?.shape ?? [] }],
  gradient: ({ inputs: [x], outputs: [y] }, [g]) =>
    x && y && g && isFloat(x.dtype) && isFloat(y.dtype) ? [cast(g, x.dtype)] : [],
};

/** x in another element type; a gradient passes between float types only. */
export function cast(x: Value, dtype: DType): Value {
  return x.dtype === dtype ? x : applyOne(castOp, [x], { to: DATA_TYPES[dtype] });
}
