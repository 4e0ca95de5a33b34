/** What the oracle does not see of the Wasserstein family: what goes together, and what it can do. */
import { describe, expect, test } from "vitest";
import type { WassersteinOptions } from "./wasserstein.ts";
import { wasserstein, wassersteinEntry } from "./wasserstein.ts";

describe("refuses", () => {
  test.each<[WassersteinOptions, RegExp]>([
    [{ kl: 0.5 }, /option kl: expected encoder gaussian beside it.*got 0\.5/],
    [{ kl: 0, encoder: "deterministic" }, /option kl: expected encoder gaussian/],
    [{ encoder: "gaussian", kl: -1 }, /option kl: .*got -1/],
    [{ lambda: -1 }, /option lambda: .*got -1/],
  ])("%o", (options, message) => {
    expect(() => wasserstein(options)).toThrow(message);
    expect(() => wasserstein(options)).toThrow(
      expect.objectContaining({ code: "options.invalid", fault: "input" }),
    );
  });
});

test("only codes that are drawn have a divergence, and its term", () => {
  expect("divergence" in wasserstein()).toBe(false);
  expect(Object.keys(wasserstein().terms)).toEqual(["reconstruction", "mmd"]);
  const gaussian = wasserstein({ encoder: "gaussian" });
  expect("divergence" in gaussian).toBe(true);
  expect(Object.keys(gaussian.terms)).toEqual(["reconstruction", "mmd", "kl"]);
  expect(wassersteinEntry.create(gaussian.options, {}).options).toEqual(gaussian.options);
});
