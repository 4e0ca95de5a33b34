/**
 * A family on a small network against values recorded from PyTorch in float64: every term, the
 * loss, the gradient of every weight, what buffers become, and what inference gives.
 *
 * The network is tanh(x w0 + b0) w1 + b1 on the way in and its mirror image on the way out
 * (`test/oracle/shared.py` has the same), except where `body` says otherwise.
 */
import { expect, test } from "vitest";
import { gradients } from "../../src/autodiff/gradients.ts";
import type { Body } from "../../src/bodies/body.ts";
import { dense } from "../../src/bodies/dense.ts";
import type { Family, Parts } from "../../src/families/family.ts";
import { partsOf } from "../../src/families/family.ts";
import type { Value } from "../../src/graph/value.ts";
import { input } from "../../src/graph/value.ts";
import type { Layout } from "../../src/losses/layout.ts";
import { numbersLayout } from "../../src/losses/layout.ts";
import { createScope } from "../../src/nn/scope.ts";
import { sum } from "../../src/ops/index.ts";
import { totalLoss } from "../../src/train/total-loss.ts";
import type { Cells } from "../evaluator/cells.ts";
import { cells } from "../evaluator/cells.ts";
import { evaluate } from "../evaluator/evaluate.ts";
import { FLOAT64 } from "../tolerance.ts";
import { expectClose } from "./compare.ts";

export interface Recorded {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** What `record` of `test/oracle/shared.py` writes. Absent parts are not compared. */
export interface RecordedFamily {
  readonly weights: Readonly<Record<string, Recorded>>;
  readonly gradients: Readonly<Record<string, Recorded>>;
  readonly terms: Readonly<Record<string, Recorded>>;
  readonly loss: Recorded;
  readonly x: Recorded;
  readonly observed?: Recorded | null;
  /** The clean side of pairs. */
  readonly target?: Recorded;
  /** One-hot labels. */
  readonly label?: Recorded;
  /** What `scope.normal` and `scope.uniform` give, in the order in which the loss asks. */
  readonly draws?: readonly Recorded[];
  readonly buffers?: Readonly<Record<string, Recorded>>;
  /** What buffers become after the step. */
  readonly updates?: Readonly<Record<string, Recorded>>;
  readonly code?: Recorded;
  readonly decoded?: Recorded;
  readonly score?: Recorded;
  readonly parts?: Recorded;
  /** KL a sample, summed over dimensions. */
  readonly divergence?: Recorded;
  /** At the same draws as the loss. */
  readonly logWeight?: Recorded;
  readonly classes?: Recorded;
}

export interface FamilyCase {
  readonly family: Family;
  readonly layout: Layout;
  readonly latent?: number;
  readonly body?: Body;
}

/** Two numbers, a flag, a category of three: `MIXED` of shared.py. */
export const mixedLayout: Layout = {
  shape: [6],
  bounded: false,
  segments: [
    { kind: "numbers", start: 0, size: 2 },
    { kind: "flags", start: 2, size: 1 },
    { kind: "category", start: 3, size: 3 },
  ],
};

/** Six numbers in [0, 1]: `PIXELS` of shared.py. */
export const pixelLayout: Layout = numbersLayout([6], true);

const read = ({ shape, data }: Recorded): Cells => cells("float64", shape, data.map(Number));

/** Declares the tests of one recorded family; call inside `describe`. */
export function compareFamily(recorded: RecordedFamily, given: FamilyCase): void {
  const { family, layout, latent = 2, body = dense([4], { activation: "tanh" }) } = given;
  const feeds = new Map<Value, Cells>();
  const fed = (name: string, value: Recorded): Value => {
    const made = input(name, "float64", value.shape);
    feeds.set(made, read(value));
    return made;
  };
  const fedAll = (values: Readonly<Record<string, Recorded>> = {}): ReadonlyMap<string, Value> =>
    new Map(Object.entries(values).map(([name, value]) => [name, fed(name, value)]));
  const weights = fedAll(recorded.weights);
  const buffers = fedAll(recorded.buffers);
  const draws = (recorded.draws ?? []).map((value, i) => fed(`draw.${i}`, value));
  const rows = recorded.x.shape[0] as number;
  const x = fed("x", recorded.x);
  const observed = recorded.observed ? fed("observed", recorded.observed) : undefined;
  const batch = {
    x,
    ...(observed === undefined ? {} : { observed }),
    ...(recorded.target === undefined
      ? {}
      : { target: { x: fed("target", recorded.target), ...(observed ? { observed } : {}) } }),
    ...(recorded.label === undefined ? {} : { label: fed("label", recorded.label) }),
  };

  /** A fresh scope each time, so that draws start over. */
  function bound(): { parts: Parts; updates: Map<string, Value>; asked: Set<string> } {
    const updates = new Map<string, Value>();
    const asked = new Set<string>();
    let drawn = 0;
    const draw = (like: Value): Value => {
      const value = draws[drawn++];
      if (value === undefined) throw new Error(`draw ${drawn - 1} was not recorded`);
      expect(value.shape, `draw ${drawn - 1}`).toEqual(
        like.shape.map((size, i) => (typeof size === "number" ? size : value.shape[i])),
      );
      return value;
    };
    const base = createScope({
      dtype: "float64",
      training: true,
      key: input("key", "uint32", [2]),
      parameter: ({ name }) => {
        asked.add(name);
        return weights.get(name) as Value;
      },
      buffer: ({ name }) => buffers.get(name) as Value,
      update: (name, value) => updates.set(name, value),
    });
    const drawing = (scope: typeof base): typeof base => ({
      ...scope,
      normal: draw,
      uniform: draw,
      child: (name) => drawing(scope.child(name)),
    });
    return { parts: partsOf(drawing(base), body, layout, latent), updates, asked };
  }

  const check = (value: Value | undefined, expected: Recorded, place: string): void => {
    const [got] = evaluate([value as Value], feeds);
    expectClose(got as Cells, read(expected), FLOAT64, place);
  };

  test("each term of the loss, and their weighted sum, are PyTorch's", () => {
    const { parts, asked } = bound();
    const terms = family.loss(parts, batch);
    expect(Object.keys(terms)).toEqual(Object.keys(recorded.terms));
    expect(Object.keys(family.terms)).toEqual(Object.keys(recorded.terms));
    for (const [term, expected] of Object.entries(recorded.terms))
      check(terms[term]?.value, expected, term);
    const { total } = totalLoss(terms, Object.keys(terms));
    check(total, { ...recorded.loss, shape: [] }, "loss");
    expect(asked).toEqual(new Set(weights.keys()));
  });

  test("the gradient of every weight is PyTorch's", () => {
    const terms = family.loss(bound().parts, batch);
    const { total } = totalLoss(terms, Object.keys(terms));
    const found = gradients(total, [...weights.values()]);
    for (const [i, path] of [...weights.keys()].entries())
      check(found[i], recorded.gradients[path] as Recorded, path);
  });

  if (recorded.updates !== undefined) {
    const expected = recorded.updates;
    test("buffers become what PyTorch makes of them", () => {
      const { parts, updates } = bound();
      family.loss(parts, batch);
      expect([...updates.keys()].sort()).toEqual(Object.keys(expected).sort());
      for (const [name, value] of updates) check(value, expected[name] as Recorded, name);
    });
  }

  test("code, reconstruction, score and what else inference gives are PyTorch's", () => {
    const { parts } = bound();
    const code = family.encode(parts, batch);
    if (recorded.code) check(code, recorded.code, "code");
    if (recorded.decoded)
      check(family.decode(parts, code, batch.label), recorded.decoded, "decoded");
    const { score, parts: shares } = family.score(parts, batch);
    if (recorded.score) check(score, recorded.score, "score");
    if (recorded.parts) check(shares, recorded.parts, "parts");
    expect(score.shape.length).toBe(1);
    expect(evaluate([score], feeds)[0]?.data.length).toBe(rows);
    if (recorded.divergence) {
      const kl = family.divergence?.(parts, batch);
      check(sum(kl as Value, { axes: [1] }), recorded.divergence, "divergence");
    }
    if (recorded.logWeight)
      check(family.logWeight?.(bound().parts, batch), recorded.logWeight, "logWeight");
    if (recorded.classes) check(family.classify?.(parts, batch), recorded.classes, "classes");
  });
}
