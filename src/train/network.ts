/** A family bound to data: what it computes, in any scope. */
import type { Body } from "../bodies/body.ts";
import type { Preprocessing } from "../data/preprocessing.ts";
import type { Family, Parts } from "../families/family.ts";
import { partsOf } from "../families/family.ts";
import type { Value } from "../graph/value.ts";
import { input } from "../graph/value.ts";
import type { NetworkSpec, Scope } from "../nn/scope.ts";
import { specOf } from "../nn/scope.ts";

export interface Network {
  readonly family: Family;
  readonly body: Body;
  readonly preprocessing: Preprocessing;
  readonly latent: number;
}

export function partsIn(scope: Scope, { body, preprocessing, latent }: Network): Parts {
  return partsOf(scope, body, preprocessing.layout, latent);
}

/** Inputs for resident data: name → `[rows, …]`. */
export function residentInputs({ preprocessing }: Network): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(preprocessing.compact).map(([name, { dtype, shape }]) => [
      name,
      input(`data.${name}`, dtype, ["rows", ...shape]),
    ]),
  );
}

/** Parameters, buffers and schedules, in the order in which the training graph asks for them. */
export function networkSpec(network: Network, complete: boolean): NetworkSpec {
  return specOf((scope) => {
    const compact = Object.fromEntries(
      Object.entries(network.preprocessing.compact).map(([name, { dtype, shape }]) => [
        name,
        input(name, dtype, ["batch", ...shape]),
      ]),
    );
    const batch = network.preprocessing.batch(compact, { complete });
    network.family.loss(partsIn(scope, network), batch);
  });
}
