import { describe, expect, test } from "vitest";
import { bodies } from "../bodies/index.ts";
import { families } from "../families/index.ts";
import { fromText, ownOptions, shortcuts, sortGiven } from "./own-options.ts";
import { takenNames } from "./train-options.ts";

const given = (name: string, value: unknown) => ({ name, value, place: `--${name}` });

describe("shortcuts", () => {
  test("every option of every family and body has a flag, or a name that is taken", () => {
    const flags = new Set(shortcuts(takenNames).map(({ name }) => name));
    for (const [name, { options }] of Object.entries({ ...families, ...bodies })) {
      for (const option of Object.keys(options.shape)) {
        expect(flags.has(option) || takenNames.has(option), `${option} of ${name}`).toBe(true);
      }
    }
  });

  test("flags show what fits, whose option it is, and its default", () => {
    const find = (name: string) => shortcuts(takenNames).find((shortcut) => shortcut.name === name);
    expect(find("likelihood")?.flags).toBe("--likelihood <gaussian|bernoulli>");
    expect(find("warmUp")?.flags).toBe("--warm-up <number>");
    expect(find("sigma")?.flags).toBe("--sigma <learned|number>");
    expect(find("hidden")?.flags).toBe("--hidden <numbers>");
    expect(find("normalize")?.flags).toBe("--normalize <true|false>");
    // Several families have one.
    expect(find("beta")?.help).toMatch(/^variational, .*\(default: 1\); regularized: .*/);
    const own = shortcuts(takenNames, "variational");
    expect(own.find(({ name }) => name === "beta")?.help).toMatch(
      /^variational: .* \(default: 1\)$/,
    );
    expect(own.some(({ name }) => name === "lambda")).toBe(false);
    expect(find("penalty")?.flags).toMatch(/^--penalty </);
  });

  test("a name with another meaning gets no flag", () => {
    const names = shortcuts(new Set(["beta"])).map(({ name }) => name);
    expect(names).not.toContain("beta");
    expect(names).toContain("sigma");
  });
});

describe("text becomes what the option takes", () => {
  const type = (owner: string, name: string) => {
    const option = ownOptions.find((each) => each.owner === owner && each.name === name);
    return option?.type ?? {};
  };

  test.each([
    ["variational", "beta", "4", 4],
    ["variational", "beta", "much", "much"],
    ["variational", "sigma", "learned", "learned"],
    ["variational", "sigma", "0.5", 0.5],
    ["variational", "likelihood", "bernoulli", "bernoulli"],
    ["dense", "hidden", "512,256", [512, 256]],
    ["dense", "normalize", "true", true],
    ["dense", "normalize", "maybe", "maybe"],
  ])("%s %s: %j → %j", (owner, name, text, value) => {
    expect(fromText(text, type(owner, name))).toEqual(value);
  });
});

describe("sorting", () => {
  test("to the family and to the body", () => {
    const sorted = sortGiven(
      [given("beta", "4"), given("hidden", "64,32")],
      "variational",
      "dense",
    );
    expect(sorted).toEqual({
      family: { beta: 4 },
      body: "dense",
      bodyOptions: { hidden: [64, 32] },
    });
  });

  test("an option of a body chooses a body that has it", () => {
    expect(sortGiven([given("hidden", [8])], "vanilla", undefined).body).toBe("dense");
    expect(sortGiven([given("channels", "8,16")], "vanilla", undefined)).toEqual({
      family: {},
      body: "conv",
      bodyOptions: { channels: [8, 16] },
    });
    expect(sortGiven([], "vanilla", undefined).body).toBeUndefined();
  });

  test("kebab case is fine", () => {
    expect(sortGiven([given("warm-up", "0.2")], "variational", undefined).family).toEqual({
      warmUp: 0.2,
    });
  });

  test("what the family lacks is refused, with what it has and who has it", () => {
    expect(() => sortGiven([given("beta", "4")], "vanilla", undefined)).toThrow(
      /--beta: expected an option of the vanilla family \(none\) or of the dense body \(hidden, .*\), got beta\.\n {2}It belongs to --family variational/,
    );
    expect(() => sortGiven([given("bta", "4")], "variational", undefined)).toThrow(
      /\(likelihood, sigma, beta, warmUp, .*\).*\n {2}Write beta/,
    );
    expect(() => sortGiven([given("channels", "4")], "vanilla", "dense")).toThrow("--body conv");
  });
});
