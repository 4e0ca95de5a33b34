/** A family bound to data: what it computes, in any scope. */
import type { Body } from "../bodies/body.ts";
import type { LabelSchema } from "../data/labels.ts";
import { codesInGraph, labelInput, oneHotInGraph } from "../data/labels.ts";
import type { CompactType, Preprocessing } from "../data/preprocessing.ts";
import type { Family, Parts } from "../families/family.ts";
import { partsOf } from "../families/family.ts";
import { completed } from "../families/labelled.ts";
import type { Value } from "../graph/value.ts";
import { input } from "../graph/value.ts";
import { gather } from "../ops/index.ts";
import type { Batch } from "../losses/reconstruction.ts";
import type { NetworkSpec, Scope } from "../nn/scope.ts";
import { specOf } from "../nn/scope.ts";

export interface Network {
  readonly family: Family;
  readonly body: Body;
  readonly preprocessing: Preprocessing;
  readonly latent: number;
  /** Of families that take labels. */
  readonly label?: LabelSchema;
  /** Whether clean targets lie beside the data; in training alone. */
  readonly pairs?: boolean;
}

/** Names of compact values besides the preprocessing's own. */
export const LABEL = "label";
export const CLEAN = "clean.";

export function partsIn(scope: Scope, { body, preprocessing, latent }: Network): Parts {
  return partsOf(scope, body, preprocessing.layout, latent);
}

/** What stays resident, a row each. */
export function compactTypes(network: Network): Readonly<Record<string, CompactType>> {
  const { compact } = network.preprocessing;
  return {
    ...compact,
    ...(network.pairs === true
      ? Object.fromEntries(Object.entries(compact).map(([name, type]) => [CLEAN + name, type]))
      : {}),
    ...(network.label === undefined ? {} : { [LABEL]: { dtype: "int32", shape: [] } as const }),
  };
}

/** Inputs for resident data: name → `[rows, …]`, or as the preprocessing has them. */
export function residentInputs(network: Network): Readonly<Record<string, Value>> {
  const { resident } = network.preprocessing;
  return Object.fromEntries([
    ...Object.entries(resident?.types ?? {}).map(
      ([name, { dtype, shape }]) => [name, input(`data.${name}`, dtype, shape)] as const,
    ),
    ...Object.entries(compactTypes(network)).map(
      ([name, { dtype, shape }]) =>
        [name, input(`data.${name}`, dtype, ["rows", ...shape])] as const,
    ),
  ]);
}

/** The compact values of some rows. */
export function gatherRows(
  network: Network,
  data: Readonly<Record<string, Value>>,
  rows: Value,
): Readonly<Record<string, Value>> {
  const { resident } = network.preprocessing;
  const own = Object.keys(compactTypes(network));
  return {
    ...resident?.gather(data, rows),
    ...Object.fromEntries(own.map((name) => [name, gather(data[name] as Value, rows)])),
  };
}

/**
 * Compact values of some rows → what the family sees. `complete`: no value is missing; `heldOut`:
 * they are not trained on, but judged.
 */
export function batchFrom(
  network: Network,
  compact: Readonly<Record<string, Value>>,
  options: { readonly complete: boolean; readonly heldOut?: boolean },
): Batch {
  const { preprocessing, label } = network;
  const codes = compact[LABEL];
  const clean = Object.fromEntries(
    Object.keys(preprocessing.compact).flatMap((name) => {
      const value = compact[CLEAN + name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  return {
    ...preprocessing.batch(compact, options),
    ...(network.pairs === true && Object.keys(clean).length > 0
      ? { target: preprocessing.batch(clean, options) }
      : {}),
    ...(label === undefined || codes === undefined ? {} : { label: oneHotInGraph(codes, label) }),
  };
}

/** Inputs of the saved model: raw values, and labels where the family takes them. */
export function rawInputs({ preprocessing, label }: Network): Readonly<Record<string, Value>> {
  return {
    ...preprocessing.inputs(),
    ...(label === undefined ? {} : { [label.input]: labelInput(label) }),
  };
}

/** Raw inputs → what the family sees. */
export function batchFromRaw(network: Network, inputs: Readonly<Record<string, Value>>): Batch {
  const { preprocessing, label } = network;
  const compact = preprocessing.compactFrom(inputs);
  const codes =
    label === undefined ? {} : { [LABEL]: codesInGraph(inputs[label.input] as Value, label) };
  return batchFrom(network, { ...compact, ...codes }, { complete: false });
}

/**
 * The label of every row: the given one where it is known, else the family's likeliest. What a
 * code is made and read with, so that decoding a code needs no look at the row.
 */
export function completeLabel({ family }: Network, parts: Parts, batch: Batch): Value | undefined {
  const { label } = batch;
  if (label === undefined || family.classify === undefined) return label;
  return completed(label, family.classify(parts, batch));
}

/** Parameters, buffers and schedules, in the order in which the training graph asks for them. */
export function networkSpec(network: Network, complete: boolean): NetworkSpec {
  return specOf((scope) => {
    const compact = Object.fromEntries(
      Object.entries({
        ...network.preprocessing.resident?.compact,
        ...compactTypes(network),
      }).map(([name, { dtype, shape }]) => [name, input(name, dtype, ["batch", ...shape])]),
    );
    const batch = batchFrom(network, compact, { complete });
    network.family.loss(partsIn(scope, network), batch);
  });
}
