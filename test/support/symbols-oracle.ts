/** The symbols of a family with discrete codes against recorded ones, on the oracles' network. */
import { expect, test } from "vitest";
import { dense } from "../../src/bodies/dense.ts";
import { partsOf } from "../../src/families/family.ts";
import type { Value } from "../../src/graph/value.ts";
import { input } from "../../src/graph/value.ts";
import { createScope } from "../../src/nn/scope.ts";
import { cells } from "../evaluator/cells.ts";
import { evaluate } from "../evaluator/evaluate.ts";
import type { FamilyCase, Recorded, RecordedFamily } from "./family-oracle.ts";

export interface RecordedSymbols extends RecordedFamily {
  /** `[rows, positions]` */
  readonly symbols: Recorded;
  readonly size: number;
}

/** Declares the test of one recorded family; call inside `describe`, beside `compareFamily`. */
export function compareSymbols(
  recorded: RecordedSymbols,
  { family, layout, latent = 2 }: FamilyCase,
): void {
  test("symbols are the recorded ones", () => {
    const held = { ...recorded.weights, ...recorded.buffers, x: recorded.x };
    const inputs = new Map<string, Value>();
    for (const [name, { shape }] of Object.entries(held))
      inputs.set(name, input(name, "float64", shape));
    const named = ({ name }: { readonly name: string }): Value => inputs.get(name) as Value;
    const scope = createScope({
      dtype: "float64",
      training: false,
      parameter: named,
      buffer: named,
    });
    const parts = partsOf(scope, dense([4], { activation: "tanh" }), layout, latent);
    const symbols = family.symbols?.(parts, { x: named({ name: "x" }) });
    const feeds = Object.entries(held).map(
      ([name, { shape, data }]) =>
        [named({ name }), cells("float64", shape, data.map(Number))] as const,
    );
    const [index] = evaluate(symbols ? [symbols.index] : [], new Map(feeds));
    expect(index?.dtype).toBe("int64");
    expect(index?.shape).toEqual(recorded.symbols.shape);
    expect(Array.from(index?.data ?? [])).toEqual(recorded.symbols.data);
    expect(symbols?.size).toBe(recorded.size);
  });
}
