import * as Plot from "@observablehq/plot";
import { describe, expect, test } from "vitest";
import { htmlText } from "./html.ts";
import { drawPlot, finiteExtent, logTicks, wholeTicks } from "./svg.ts";

describe("drawPlot", () => {
  test("puts marks where their numbers say, in colours that follow the scheme", () => {
    const svg = htmlText(
      drawPlot({
        alt: "one point",
        width: 120,
        height: 120,
        margin: 10,
        axis: null,
        x: { domain: [0, 10] },
        y: { domain: [0, 10] },
        marks: [Plot.dot([[2.5, 10]], { fill: "var(--training)", r: 3 })],
      }),
    );
    expect(svg).toMatch(/^<svg role="img" aria-label="one point" viewBox="0 0 120 120" /);
    expect(svg).toContain('<g fill="var(--training)">');
    expect(svg).toMatch(/<circle r="3" cy="10" cx="35">/);
  });

  test("writes no style, link, title or handler, whatever a mark asks for", () => {
    const svg = htmlText(
      drawPlot({
        alt: '"><script>',
        marks: [
          Plot.text([[1, 1]], { text: () => "</text><script>alert(1)</script>", title: () => "t" }),
          Plot.dot([[1, 1]], { href: () => "javascript:alert(1)", ariaLabel: '" onload="x' }),
        ],
      }),
    );
    expect(svg).not.toMatch(/<(script|style|a|title)|\son\w+="|href|javascript/);
    expect(svg).toContain("&lt;/text&gt;&lt;script&gt;");
  });

  test("rounds paths to what the eye can see", () => {
    const line = Array.from({ length: 50 }, (_, i) => [i, Math.sin(i)] as const);
    const svg = htmlText(drawPlot({ alt: "a line", axis: null, marks: [Plot.line(line)] }));
    const path = /<path d="([^"]+)"/.exec(svg)?.[1] ?? "";
    expect(path).not.toMatch(/\.\d\d/);
    expect(path.split(/[ML]/).length).toBe(51);
  });
});

test("whole ticks are whole, few, inside, and name the first epoch", () => {
  expect(wholeTicks(1, 30)).toEqual([1, 5, 10, 15, 20, 25, 30]);
  expect(wholeTicks(0, 63, 8)).toEqual([0, 10, 20, 30, 40, 50, 60]);
  expect(wholeTicks(1, 1)).toEqual([1]);
  for (const high of [2, 7, 41, 999, 12_345]) {
    const ticks = wholeTicks(1, high);
    expect(ticks.every((tick) => Number.isInteger(tick) && tick >= 1 && tick <= high)).toBe(true);
    expect(ticks.length).toBeLessThanOrEqual(8);
  }
});

test("logarithmic ticks are round and few over any span", () => {
  expect(logTicks(0.9, 61)).toEqual([1, 2, 5, 10, 20, 50]);
  expect(logTicks(0.003, 4)).toEqual([0.003, 0.01, 0.03, 0.1, 0.3, 1, 3]);
  expect(logTicks(1e-30, 1e30).length).toBeLessThanOrEqual(9);
});

test("the finite extent passes over what is not finite", () => {
  expect(finiteExtent([NaN, 3, -1, Infinity])).toEqual([-1, 3]);
  expect(finiteExtent([NaN])).toBeUndefined();
});
