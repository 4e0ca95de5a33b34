import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { colourLabels } from "./label-colors.ts";
import { palettes } from "./style.ts";

function summary(labels: readonly (string | null)[]) {
  return colourLabels(labels).groups.map(({ kind, name, count }) => [kind, name, count]);
}

describe("colourLabels", () => {
  test("few labels have a colour each, the most frequent first", () => {
    expect(summary(["b", "a", "a", null])).toEqual([
      ["label", "a", 2],
      ["label", "b", 1],
      ["none", "", 1],
    ]);
  });

  test("numbers that are names keep the order of numbers", () => {
    expect(summary(["10", "9", "9", "2"]).map(([, name]) => name)).toEqual(["2", "9", "10"]);
  });

  test("beyond ten names the rarest share a colour of their own", () => {
    const labels = Array.from({ length: 12 }, (_, i) =>
      Array<string>(20 - i).fill(`city ${i}`),
    ).flat();
    const groups = colourLabels(labels).groups;
    expect(groups.length).toBe(10);
    expect(groups.at(-1)).toEqual({
      kind: "other",
      name: "",
      colour: "var(--group-9)",
      count: 11 + 10 + 9,
    });
    expect(new Set(groups.map(({ colour }) => colour)).size).toBe(10);
  });

  test("many numbers become seven steps of about equal count", () => {
    const labels = Array.from({ length: 700 }, (_, i) => String(Math.exp(i / 70).toFixed(3)));
    const { groups, groupOf, sequential } = colourLabels(labels);
    expect(sequential).toBe(true);
    expect(groups.map(({ count }) => count)).toEqual(Array(7).fill(100));
    // Higher numbers, later steps.
    expect([...groupOf]).toEqual([...groupOf].sort((a, b) => a - b));
  });

  test("numbers of which most are one value still make steps", () => {
    const labels = [
      ...Array<string>(900).fill("0"),
      ...Array.from({ length: 100 }, (_, i) => String(i + 1)),
    ];
    const { groups } = colourLabels(labels);
    expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(1000);
    expect(groups.every(({ count }) => count > 0)).toBe(true);
  });

  test("every row is in one group, and the counts say how many", () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.oneof(fc.string({ maxLength: 3 }), fc.double().map(String)))),
        (labels) => {
          const { groups, groupOf } = colourLabels(labels);
          expect(groupOf.length).toBe(labels.length);
          groups.forEach((group, g) => {
            expect(group.count).toBe(groupOf.filter((of) => of === g).length);
            expect(group.count).toBeGreaterThan(0);
          });
          labels.forEach((label, i) => {
            expect(groups[groupOf[i] ?? -1]?.kind === "none").toBe(label === null);
          });
          expect(groups.filter(({ kind }) => kind !== "none").length).toBeLessThanOrEqual(10);
        },
      ),
    );
  });
});

/**
 * Colour vision: Machado, Oliveira, Fernandes, "A physiologically-based model for
 * simulation of color vision deficiency", 2009 (severity 1, linear RGB).
 * Distance: Euclidean in Oklab, https://bottosson.github.io/posts/oklab/.
 */
const VISIONS = {
  usual: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [
    0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998,
  ],
  deuteranopia: [
    0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881,
  ],
  tritanopia: [
    1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039,
  ],
} as const;

/** Twice what two equal patches side by side need to be seen as different. */
const APART = 0.04;

describe.each(Object.entries(palettes))("on %s paper", (_, { groups, steps }) => {
  test.each(Object.entries(VISIONS))(
    "all ten group colours are told apart with %s vision",
    (_, matrix) => {
      const seen = groups.split(" ").map((colour) => oklab(transform(matrix, linear(colour))));
      expect(seen.length).toBe(10);
      seen.forEach((a, i) => {
        for (const b of seen.slice(i + 1)) {
          expect(Math.hypot(...a.map((value, k) => value - (b[k] ?? 0)))).toBeGreaterThan(APART);
        }
      });
    },
  );

  test.each(Object.entries(VISIONS))(
    "the seven steps go one way in lightness with %s vision",
    (_, matrix) => {
      const lightness = steps
        .split(" ")
        .map((colour) => oklab(transform(matrix, linear(colour)))[0] ?? 0);
      const changes = lightness.slice(1).map((value, i) => Math.sign(value - (lightness[i] ?? 0)));
      expect(new Set(changes).size).toBe(1);
    },
  );
});

function linear(colour: string): number[] {
  return [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
}

function transform(matrix: readonly number[], colour: readonly number[]): number[] {
  return [0, 3, 6].map((row) =>
    Math.max(
      0,
      colour.reduce((sum, value, k) => sum + value * (matrix[row + k] ?? 0), 0),
    ),
  );
}

function oklab(colour: readonly number[]): number[] {
  const [l = 0, m = 0, s = 0] = transform(
    [
      0.4122214708, 0.5363325363, 0.0514459929, 0.2119034982, 0.6806995451, 0.1073969566,
      0.0883024619, 0.2817188376, 0.6299787005,
    ],
    colour,
  ).map(Math.cbrt);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}
