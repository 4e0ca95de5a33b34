import { describe, expect, test } from "vitest";
import { imageReport } from "../../test/fixtures/report-data.ts";
import type { Judgement } from "../evaluate/synthesis/index.ts";
import type { Html } from "./html.ts";
import { htmlText } from "./html.ts";
import { judgedSamples } from "./judged-samples.ts";

const judged: Judgement = {
  rows: { train: 1200, heldOut: 300, samples: 250 },
  space: "the <b>codes</b>",
  target: undefined,
  model: { frechet: 0.0312, coverage: 0.871, remembered: 0.012, duplicates: 0 },
  controls: {
    pcaGaussian: { frechet: 0.25, coverage: 0.4, remembered: -0.01, duplicates: 0 },
    bootstrap: { frechet: 0.01, coverage: 0.95, remembered: 1, duplicates: 1 },
  },
  chance: 0.02,
  real: { near: 0.05, duplicates: 0.004 },
  copies: false,
  notes: ["Copies were searched among 1,000 training rows."],
  findings: ["The samples are better than the control.", "No sign of copies."],
  verdict: "The samples are better than the control. No sign of copies.",
};

describe("the report on new rows", () => {
  const page = htmlText(judgedSamples({ ...imageReport(50), judged }) as Html);

  test("shows every figure of every maker, and a dash where there is none", () => {
    const row = (label: string): readonly string[] => {
      const [, cells = ""] = page.split(`>${label}</th>`);
      return [...(cells.split("</tr>")[0] ?? "").matchAll(/<td>([^<]*)<\/td>/g)].map(
        ([, text = ""]) => text,
      );
    };
    expect(row("Fréchet distance")).toEqual(["0.0312", "0.25", "0.01", "–", "0"]);
    expect(row("coverage")).toEqual(["87.1%", "40%", "95%", "–", "as bootstrap"]);
    expect(row("equal to a training row")).toEqual([
      "0%",
      "0%",
      "100%",
      "0.4%",
      "as held-out rows",
    ]);
    expect(page).not.toContain("column distance");
  });

  test("says what follows, and writes no markup of the data's", () => {
    for (const sentence of [...judged.findings, ...judged.notes]) expect(page).toContain(sentence);
    expect(page).not.toContain("<b>codes</b>");
    expect(page).toContain("1,200 rows");
  });

  test("is left out where nothing was judged", () => {
    expect(judgedSamples(imageReport(50))).toBeUndefined();
  });
});
