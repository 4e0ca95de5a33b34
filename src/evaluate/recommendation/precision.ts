/**
 * P = (XᵀX + λ I)⁻¹ of sparse rows X of ones, as EASE needs it: from a matrix of all pairs of columns
 * or, where there are fewer rows than columns, of rows.
 */
import type { Tensor } from "../../base/tensor.ts";
import { tensor } from "../../base/tensor.ts";
import { exportModel } from "../../graph/export.ts";
import { input } from "../../graph/value.ts";
import { writeModel } from "../../onnx/write.ts";
import { gemm } from "../../ops/index.ts";
import type { Engine } from "../../runtime/engine.ts";
import { historyOf } from "../../data/interaction-rows.ts";
import type { SparseRows } from "./histories.ts";
import { transposed } from "./histories.ts";
import { inverseOf } from "./inverse.ts";

/** x P for users, and the diagonal of P. */
export interface Precision {
  readonly times: (given: SparseRows) => Promise<Float32Array>;
  readonly diagonal: Float64Array;
  readonly close?: () => Promise<void>;
}

export interface PrecisionOptions {
  readonly lambda: number;
  readonly signal?: AbortSignal | undefined;
}

export function precisionOf(
  engine: Engine,
  byUser: SparseRows,
  options: PrecisionOptions,
): Promise<Precision> {
  return byUser.rows < byUser.columns
    ? overUsers(engine, byUser, options)
    : overItems(engine, byUser, options);
}

async function overItems(
  engine: Engine,
  byUser: SparseRows,
  { lambda, signal }: PrecisionOptions,
): Promise<Precision> {
  const items = byUser.columns;
  const gram = overlapsOf(transposed(byUser), byUser, lambda);
  const inverse = await inverseOf(engine, gram, items, signal);
  return {
    diagonal: Float64Array.from({ length: items }, (_, i) => inverse[i * items + i] as number),
    times: (given) => {
      const out = new Float32Array(given.rows * items);
      for (let row = 0; row < given.rows; row += 1) {
        const own = out.subarray(row * items, (row + 1) * items);
        for (const item of historyOf(given, row)) {
          const from = inverse.subarray(item * items, (item + 1) * items);
          for (let j = 0; j < items; j += 1) own[j] = (own[j] as number) + (from[j] as number);
        }
      }
      return Promise.resolve(out);
    },
  };
}

/** Names of what lies beside an engine must differ. */
let fits = 0;

async function overUsers(
  engine: Engine,
  byUser: SparseRows,
  { lambda, signal }: PrecisionOptions,
): Promise<Precision> {
  const [users, items] = [byUser.rows, byUser.columns];
  const byItem = transposed(byUser);
  const inverse = await inverseOf(engine, overlapsOf(byUser, byItem, lambda), users, signal);
  const diagonal = Float64Array.from({ length: items }, (_, item) => {
    const own = historyOf(byItem, item);
    let sum = 0;
    for (const u of own) for (const v of own) sum += inverse[u * users + v] as number;
    return (1 - sum) / lambda;
  });
  const held = `precision.${(fits += 1)}`;
  await engine.hold(held, tensor("float32", inverse, [users, users]), { transfer: true });
  const session = await engine.open(writeModel(productProgram(users)), { lean: true });
  return {
    diagonal,
    times: async (given) => {
      const shared = tensor("float32", sharedWith(byItem, given), [given.rows, users]);
      const { product } = await session.run({ matrix: { held }, shared }, { transfer: true });
      const { data } = product as Tensor<"float32">;
      const out = new Float32Array(given.rows * items);
      for (let row = 0; row < given.rows; row += 1) {
        const own = out.subarray(row * items, (row + 1) * items);
        for (let user = 0; user < users; user += 1) {
          const weight = data[row * users + user] as number;
          const end = byUser.starts[user + 1] as number;
          for (let at = byUser.starts[user] as number; at < end; at += 1) {
            const item = byUser.codes[at] as number;
            own[item] = (own[item] as number) - weight;
          }
        }
        for (const item of historyOf(given, row)) own[item] = (own[item] as number) + 1;
        for (let item = 0; item < items; item += 1) own[item] = (own[item] as number) / lambda;
      }
      return out;
    },
    close: async () => {
      await session.release();
      await engine.drop([held]);
    },
  };
}

function productProgram(users: number) {
  const shared = input("shared", "float32", ["rows", users]);
  const matrix = input("matrix", "float32", [users, users]);
  return exportModel({
    name: "precision",
    inputs: [shared, matrix],
    outputs: { product: gemm(shared, matrix) },
  });
}

/** x Xᵀ: how many items each user of training has in common with each given row. */
function sharedWith(byItem: SparseRows, given: SparseRows): Float32Array {
  const users = byItem.columns;
  const out = new Float32Array(given.rows * users);
  for (let row = 0; row < given.rows; row += 1) {
    for (const item of historyOf(given, row)) {
      for (const user of historyOf(byItem, item)) {
        const at = row * users + user;
        out[at] = (out[at] as number) + 1;
      }
    }
  }
  return out;
}

/** M Mᵀ + λ I of sparse rows of ones. */
function overlapsOf(rows: SparseRows, turned: SparseRows, lambda: number): Float32Array {
  const size = rows.rows;
  const out = new Float32Array(size * size);
  for (let row = 0; row < size; row += 1) {
    const own = out.subarray(row * size, (row + 1) * size);
    for (const column of historyOf(rows, row)) {
      const end = turned.starts[column + 1] as number;
      for (let at = turned.starts[column] as number; at < end; at += 1) {
        const other = turned.codes[at] as number;
        own[other] = (own[other] as number) + 1;
      }
    }
    own[row] = (own[row] as number) + lambda;
  }
  return out;
}
