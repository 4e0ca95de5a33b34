/** The graphs of an evaluation, over raw rows. */
import { exportModel } from "../graph/export.ts";
import { input } from "../graph/value.ts";
import type { OnnxModel } from "../onnx/messages.ts";
import type { Network } from "../train/network.ts";
import { batchFromRaw, rawInputs } from "../train/network.ts";
import type { Contender } from "./contenders.ts";
import { metricGroups } from "./metrics/index.ts";
import type { Request } from "./metrics/metric.ts";

/**
 * Everything that is summed over rows, by one pass for all contenders. Inputs: the raw data, and
 * `key` uint32 `[2]` for the draws. Outputs: sums over the rows as `model.squared`, `pca.squared`.
 */
export function evaluationProgram(
  network: Network,
  contenders: readonly Contender[],
  request: Request,
): OnnxModel {
  const inputs = rawInputs(network);
  const key = input("key", "uint32", [2]);
  const batch = batchFromRaw(network, inputs);
  const measured = contenders.flatMap((contender) => {
    const subject = contender.subject(batch, key);
    return metricGroups.flatMap(({ measure }) =>
      Object.entries(measure?.(subject, request) ?? {}).map(
        ([name, value]) => [`${contender.name}.${name}`, value] as const,
      ),
    );
  });
  return exportModel({
    name: "evaluation",
    inputs: [...Object.values(inputs), key],
    outputs: Object.fromEntries(measured),
  });
}

/** The code of each row by every contender, `[rows, size]`, under their names. */
export function codesProgram(network: Network, contenders: readonly Contender[]): OnnxModel {
  const inputs = rawInputs(network);
  const batch = batchFromRaw(network, inputs);
  // Codes are made without chance: the key is there for the scope alone.
  const key = input("key", "uint32", [2]);
  return exportModel({
    name: "codes",
    inputs: Object.values(inputs),
    outputs: Object.fromEntries(
      contenders.map((contender) => [contender.name, contender.subject(batch, key).codes]),
    ),
  });
}

/** Sums of a block, `model.squared` → the contender's `squared`, added to those before. */
export function addSums(
  before: Record<string, Record<string, number[]>>,
  block: Readonly<Record<string, { readonly data: ArrayLike<number | bigint | string> }>>,
): void {
  for (const [output, { data }] of Object.entries(block)) {
    const dot = output.indexOf(".");
    const sums = (before[output.slice(0, dot)] ??= {});
    const name = output.slice(dot + 1);
    sums[name] = Array.from(data, (x, i) => Number(x) + (sums[name]?.[i] ?? 0));
  }
}
