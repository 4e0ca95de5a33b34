/** The section on what is unusual: threshold and calibration, rows and reasons, series, labels. */
import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { arrayReport } from "../../test/fixtures/report-data.ts";
import { SCORE_UNIT } from "../detect/detector.ts";
import { renderReport } from "./render-report.ts";
import type { ReportData, SeriesShown, Unusual } from "./report-data.ts";

const base = arrayReport(30);
const calibration = Float32Array.from({ length: 99 }, (_, i) => 0.5 + i / 100).sort();
const values = Float32Array.from({ length: 200 }, (_, i) => (i < 195 ? 0.5 + (i % 100) / 100 : 3));
const alarms = { value: 1.47, calibration, words: ["5 of 200 rows raise an alarm.", "A promise."] };
const scores: ReportData["scores"] = {
  values,
  unit: SCORE_UNIT,
  quantiles: [0, 0.5, 0.99, 1].map((quantile) => ({ quantile, value: 0.5 + quantile })),
  alarms,
};

/** The part of the DOM that is looked at. */
interface Shown {
  readonly textContent: string | null;
  getAttribute(name: string): string | null;
  querySelector(selector: string): Shown | null;
  querySelectorAll(selector: string): Iterable<Shown> & { readonly length: number };
}

async function shown(unusual?: Unusual) {
  const page = await renderReport({ ...base, scores, unusual });
  const { document } = parseHTML(page);
  const section: Shown | null = document.querySelector("#scores");
  const all = (selector: string): Shown[] => [...(section?.querySelectorAll(selector) ?? [])];
  const text = (node: Shown | null | undefined): string =>
    (node?.textContent ?? "").replace(/\s+/g, " ").trim();
  return { all, texts: (selector: string) => all(selector).map(text), words: text(section) };
}

describe("scores", () => {
  test("the threshold stands where it is, among the scores; the words say what it promises", async () => {
    const { all, texts } = await shown();
    expect(texts(".note").slice(0, 3)).toEqual([
      "How far from all that was learned: 1 is as far as usual, 2 twice as far out.",
      "5 of 200 rows raise an alarm.",
      "A promise.",
    ]);
    // From the lowest score, .5, to the highest, 3, on a scale from 52 to 406.
    const line = all('svg [stroke="var(--hot)"]')[0];
    const at = Number((line?.querySelector("line") ?? line)?.getAttribute("x1"));
    expect(at).toBeCloseTo(52 + ((406 - 52) * (1.47 - 0.5)) / 2.5, 1);
    expect(texts("svg text")).toContain("1.47");
  });

  test("the calibration is drawn as high as its scores would be among so many", async () => {
    const { all } = await shown();
    const steps = all(
      'svg g[stroke="var(--validation)"] path, svg path[stroke="var(--validation)"]',
    );
    expect(steps.length).toBe(1);
    expect(
      await renderReport({
        ...base,
        scores: { ...scores, alarms: { ...alarms, calibration: new Float32Array(0) } },
      }),
    ).not.toContain("by the calibration");
  });

  test("quantiles below the middle, and the highest of all, say nothing", async () => {
    const { texts } = await shown();
    expect(texts(".quantiles tbody th")).toEqual(["50%", "99%"]);
  });
});

describe("rows", () => {
  const rows = [
    {
      row: 1234,
      score: 3,
      chance: 0.01,
      alarm: true,
      label: "fraud",
      reasons: [
        { column: "amount", share: 2.345, actual: "99999", expected: "120" },
        { column: "country", share: -0.5, actual: "FR", expected: "FR" },
        { column: "age", share: 0.1, actual: null, expected: "38.5" },
      ],
    },
    { row: 7, score: 1.2, chance: Number.NaN, alarm: false, label: null, reasons: [] },
  ];

  test("each with its columns: what was there, what was expected, what that adds", async () => {
    const { texts, all } = await shown({ label: "kind", rows });
    expect(texts(".unusual thead th")).toEqual(["Row", "Score", "Chance", "kind", "Because of"]);
    expect(texts(".unusual tbody td")).toEqual([
      "3, alarm",
      "1%",
      "fraud",
      "amount 99,999 expected 120 +2.3 country FR, as expected +0 age missing expected 38.5 +0.1",
      "1.20",
      "–",
      "–",
      "",
    ]);
    expect(all(".unusual .alarm").length).toBe(1);
  });

  test("images have a picture of where they are unusual", async () => {
    const sheet = { kind: "images", count: 2, height: 4, width: 4, channels: 1 } as const;
    const images = {
      sheet: { ...sheet, data: new Uint8Array(32).fill(9) },
      heat: { data: new Float32Array(32).fill(1), height: 4, width: 4 },
    };
    const { all, texts } = await shown({ label: undefined, rows, images });
    expect(all(".heats img").map((one) => one.getAttribute("alt"))[0]).toBe(
      "Image 1234, where it is unusual, and both",
    );
    expect(texts(".heats figcaption")[1]).toBe("image 7 score 1.20");
  });
});

describe("series", () => {
  const points = 3000;
  const line = Float64Array.from({ length: points }, (_, t) => Math.sin(t / 40));
  line[1500] = 9;
  const lane: SeriesShown = {
    name: "pump",
    points,
    dates: false,
    breaks: [2000],
    channels: [{ name: "heat", values: line }],
    scores: line.map(Math.abs),
    intervals: [[1400, 1600]],
    known: [[1490, 1500]],
  };
  const interval = {
    series: "pump",
    from: "row 1401",
    to: "row 1601",
    points: 201,
    peak: 9,
    channels: [{ name: "heat", share: 3 }],
  };
  const series = {
    shown: [lane],
    left: { series: 2, channels: 0 },
    intervals: [interval],
    count: 3,
  };

  test("a line a channel and one of the score, with intervals marked at their place", async () => {
    const { all, texts } = await shown({ label: undefined, rows: [], series });
    expect(all(".wide svg").length).toBe(2);
    const band = all('.wide svg g[fill="var(--level-3)"] rect')[0];
    const scale = (900 - 58 - 12) / (points - 1);
    expect(Number(band?.getAttribute("x"))).toBeCloseTo(58 + 1399.5 * scale, 1);
    expect(Number(band?.getAttribute("width"))).toBeCloseTo(201 * scale, 1);
    expect(all('.wide svg g[fill="var(--ink-2)"] rect').length).toBe(2);
    expect(texts(".unusual tbody td")).toEqual([
      "pump",
      "row 1401",
      "row 1601",
      "201",
      "9",
      "heat",
    ]);
    const notes = texts(".note").join(" ");
    expect(notes).toContain("2 series with lower scores");
    expect(notes).toContain("1 with the highest scores, of 3");
  });

  test("what is thinned out keeps its peaks; a gap parts the line", async () => {
    const { all } = await shown({ label: undefined, rows: [], series });
    const path = all(".wide svg path").find((one) => (one.getAttribute("d") ?? "").length > 2000);
    const d = path?.getAttribute("d") ?? "";
    expect(d.match(/M/g)?.length).toBe(2);
    const heights = [...d.matchAll(/[ML]([\d.]+),([\d.]+)/g)].map(([, , y]) => Number(y));
    const second = heights.toSorted((a, b) => a - b)[1] ?? 0;
    expect(Math.min(...heights)).toBeLessThan(second - 30);
    expect(heights.length).toBeLessThan(1500);
  });

  test("without an interval it says so", async () => {
    const quiet = { ...series, intervals: [], count: 0 };
    expect((await shown({ label: undefined, rows: [], series: quiet })).words).toContain(
      "No point is above the threshold.",
    );
  });
});

test("labels: figures beside the controls, the best first, and a curve each", async () => {
  const contender = (name: string, own: boolean, auroc: number, averagePrecision: number) => ({
    name,
    own,
    figures: { auroc, averagePrecision },
    curve: [
      [0.5, 1],
      [1, averagePrecision],
    ] as const,
  });
  const { texts, all, words } = await shown({
    label: "kind",
    rows: [],
    detection: {
      of: "rows",
      rows: 200,
      anomalies: 5,
      contenders: [
        contender("this model", true, 0.91, 0.5),
        contender("isolation forest", false, 0.8, 0.75),
      ],
      verdict: "The forest won.",
    },
  });
  expect(words).toContain("The forest won.");
  expect(texts(".known tbody tr")).toEqual(["isolation forest 75% 80%", "this model 50% 91%"]);
  const svg = all(".known svg")[0];
  expect(svg?.getAttribute("aria-label")).toContain("isolation forest 75%, this model 50%");
  expect(svg?.querySelectorAll("path[d]").length).toBeGreaterThanOrEqual(2);
});
