/** What the oracles and the contract suite do not see: schedules, refusals, extremes. */
import { describe, expect, test } from "vitest";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import { tensor } from "../base/tensor.ts";
import { dense } from "../bodies/dense.ts";
import { constant, input } from "../graph/value.ts";
import type { Layout } from "../losses/layout.ts";
import { numbersLayout } from "../losses/layout.ts";
import { createScope, specOf } from "../nn/scope.ts";
import { atSite, keyAt } from "../random/bits.ts";
import type { Family } from "./family.ts";
import { partsOf } from "./family.ts";
import { families } from "./index.ts";
import { vanilla } from "./vanilla.ts";
import { variational } from "./variational.ts";

const layout = numbersLayout([4], false);

/** What a family asks for while its loss is built. */
function specFor(family: Family, of: Layout = layout) {
  return specOf((scope) =>
    family.loss(partsOf(scope, dense([6]), of, 2), {
      x: input("x", "float32", ["batch", ...of.shape]),
    }),
  );
}

describe("variational", () => {
  test.each([
    [{}, [0, 0.5, 1, 1]],
    [{ beta: 4 }, [0, 2, 4, 4]],
    [{ beta: 4, warmUp: 1 }, [0, 0.2, 0.4, 4]],
    [{ beta: 4, warmUp: 0 }, [4, 4, 4, 4]],
    [{ beta: 0 }, [0, 0, 0, 0]],
  ])("with %o weighs its KL term along the run as told", (options, expected) => {
    const [beta, ...others] = specFor(variational(options)).schedules;
    expect(others).toEqual([]);
    expect(beta?.name).toBe("beta");
    const weights = [0, 0.05, 0.1, 1].map((done) => beta?.at(done) as number);
    for (const [i, weight] of weights.entries())
      expect(weight).toBeCloseTo(expected[i] as number, 12);
  });

  test("learns a variance only where it is asked to", () => {
    const names = (family: Family, of?: Layout) =>
      specFor(family, of).parameters.map(({ name }) => name);
    expect(names(variational())).toContain("variance.log");
    expect(names(variational({ sigma: 0.5 }))).not.toContain("variance.log");
    const bounded = numbersLayout([4], true);
    expect(names(variational({ likelihood: "bernoulli" }), bounded)).not.toContain("variance.log");
    // A variance is no weight to be pulled to zero.
    const { parameters } = specFor(variational());
    expect(parameters.find(({ name }) => name === "variance.log")?.decays).toBe(false);
  });

  test("refuses a Bernoulli for numbers of any size, and takes it for flags alone", () => {
    const family = variational({ likelihood: "bernoulli" });
    expect(() => specFor(family)).toThrow(/expected numbers in \[0, 1\].*got numbers of any size/);
    const flags: Layout = {
      shape: [3],
      bounded: false,
      segments: [{ kind: "category", start: 0, size: 3 }],
    };
    expect(() => specFor(family, flags)).not.toThrow();
  });

  test.each<[object, RegExp]>([
    [{ beta: -1 }, /variational, option beta: .*got -1/],
    [{ sigma: 0 }, /variational, option sigma: .*got 0/],
    [{ warmUp: 1.5 }, /variational, option warmUp: .*got 1\.5/],
    [{ likelihood: "poisson" }, /variational, option likelihood: .*got "poisson"/],
    [{ betta: 2 }, /variational: expected options among likelihood.*got betta/],
  ])("refuses %o by name", (options, message) => {
    expect(() => variational(options)).toThrow(message);
  });
});

describe.each(Object.entries(families))("%s", (name, entry) => {
  test("made by name is the family of that name, its options a fixed point", () => {
    const family = entry.create({}, { latent: 3 });
    expect(family.name).toBe(name);
    expect(family.latent).toBe(3);
    expect(entry.create(family.options, {}).options).toEqual(family.options);
    expect(entry.summary).not.toMatch(/\.$|^$/);
    expect(Object.keys(family.terms)[0]).toBe("reconstruction");
  });

  test("scores rows however far out as finite numbers, in float32 too", () => {
    const family = entry.create({}, {});
    const scope = createScope({
      training: false,
      parameter: ({ shape, initial }) =>
        constant(tensor("float32", initial(atSite(keyAt(1, 0), 0), shape), shape)),
      buffer: ({ shape, initial }) =>
        constant(tensor("float32", initial(atSite(keyAt(1, 0), 1), shape), shape)),
    });
    const x = input("x", "float32", ["batch", 4]);
    const label = input("label", "float32", ["batch", 3]);
    const given = family.label === undefined ? { x } : { x, label };
    const { score, parts } = family.score(partsOf(scope, dense([6]), layout, 2), given);
    // The preprocessing cuts at 1e4.
    const far = Float32Array.of(1e4, -1e4, 1e4, 1e4, 0, 0, 0, 0);
    const [scores, shares] = evaluate(
      [score, parts],
      new Map([
        [x, tensor("float32", far, [2, 4])],
        [label, tensor("float32", Float32Array.of(1, 0, 0, 0, 0, 1), [2, 3])],
      ]),
    );
    for (const value of [...(scores?.data ?? []), ...(shares?.data ?? [])])
      expect(Number.isFinite(Math.fround(value))).toBe(true);
    expect(scores?.data[0]).toBeGreaterThan(scores?.data[1] as number);
  });

  test("draws nothing where nothing may be drawn", () => {
    // A scope without a key throws when it is asked for a random number.
    const scope = createScope({
      training: false,
      parameter: (spec) => input(spec.name, "float32", spec.shape),
      buffer: (spec) => input(spec.name, "float32", spec.shape),
    });
    const family = entry.create({}, {});
    const parts = partsOf(scope, dense([6]), layout, 2);
    const x = input("x", "float32", ["batch", 4]);
    const label = input("label", "float32", ["batch", 3]);
    const batch = family.label === undefined ? { x } : { x, label };
    expect(family.encode(parts, batch).shape).toEqual(["batch", 2]);
    const decoded = family.decode(parts, family.encode(parts, batch), batch.label);
    expect(decoded.shape).toEqual(["batch", 4]);
    expect(family.score(parts, batch).score.shape).toEqual(["batch"]);
  });
});

test("vanilla has no options of its own", () => {
  expect(() => families.vanilla.create({ beta: 1 }, {})).toThrow(/no options of its own, got beta/);
  expect(vanilla().options).toEqual({});
});
