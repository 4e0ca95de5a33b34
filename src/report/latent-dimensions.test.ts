import { parseHTML } from "linkedom";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { arrayReport, imageReport, tableReport } from "../../test/fixtures/report-data.ts";
import { changeSheet, dimensionSheet } from "./change-sheet.ts";
import { htmlText } from "./html.ts";
import { latentDimensions } from "./latent-dimensions.ts";
import { moveText } from "./moves.ts";
import type { ReportData } from "./report-data.ts";

async function sectionOf(data: ReportData) {
  const found = await latentDimensions(data);
  if (found === undefined) throw new Error("no section");
  const { document } = parseHTML(htmlText(found));
  const all = (selector: string) => [...document.querySelectorAll(selector)];
  const texts = (selector: string): string[] =>
    all(selector).map(({ textContent }) => (textContent ?? "").replace(/\s+/g, " ").trim());
  return { all, texts };
}

describe("a table's dimensions", () => {
  test("come the largest share first, each with its columns and their ends", async () => {
    const { texts } = await sectionOf(tableReport(10));
    expect(texts(".group")).toEqual([
      "dimension 2 75% of the reconstruction",
      "dimension 1 25% of the reconstruction",
      "dimension 3 0% of the reconstruction",
    ]);
    expect(texts("th[scope=row]")).toEqual(["sex", "joined", "capital-gain", "age"]);
    const [sex, , gain, age] = texts("tr:not(.group) td:nth-child(2)");
    expect(sex).toBe("Male 91% → 12%, Female 9% → 88%");
    // Up in some rows and down in others: marked.
    expect(gain).toBe("12 → 4,311 ↕");
    expect(age).toBe("51.5 → 30.3");
    expect(texts(".none")).toEqual(["moves nothing"]);
  });

  test("have bars in proportion to the largest change", async () => {
    const { all } = await sectionOf(tableReport(10));
    const widths = all(".bar").map((bar) => bar.getAttribute("style"));
    expect(widths).toEqual(["width:88.9%", "width:22.2%", "width:100.0%", "width:50.0%"]);
  });
});

test("an image's dimensions come with both ends and the change", async () => {
  const { all, texts } = await sectionOf(imageReport(10));
  expect(texts("figcaption").map((caption) => caption.slice(0, 11))).toEqual([
    "dimension 2",
    "dimension 1",
  ]);
  const pictures = all("img");
  expect(pictures.map((one) => one.getAttribute("alt"))).toEqual([
    "A typical image, dimension 2 low",
    "A typical image, dimension 2 high",
    "Mean change, dimension 2",
    "A typical image, dimension 1 low",
    "A typical image, dimension 1 high",
    "Mean change, dimension 1",
  ]);
  const address = pictures[2]?.getAttribute("src") ?? "";
  const raw = await sharp(Buffer.from(address.split(",")[1] ?? "", "base64"))
    .raw()
    .toBuffer();
  // Brighter above in full orange, darker below in a quarter of blue.
  expect([...raw.subarray(0, 4)]).toEqual([226, 104, 0, 255]);
  expect([...raw.subarray(-4)]).toEqual([24, 124, 214, 64]);
});

test("rows of numbers are lines, low and high in one plot", async () => {
  const { all, texts } = await sectionOf(arrayReport(10));
  expect(texts("figcaption")).toEqual(["dimension 1 100% of the reconstruction"]);
  expect(all("svg path[stroke='var(--original)'], svg g[stroke='var(--original)']").length).toBe(1);
});

test("reports without them have no such section", async () => {
  const { dimensions: _, ...rest } = tableReport(10);
  expect(await latentDimensions(rest)).toBeUndefined();
});

test("a sheet has a line a dimension, in the order asked for", () => {
  const ends = { kind: "images", count: 4, height: 1, width: 2, channels: 1 } as const;
  const sheet = dimensionSheet(
    { ...ends, data: Uint8Array.of(0, 10, 20, 30, 40, 50, 60, 70) },
    Float32Array.of(8, -8, 0, 4),
    [1, 0],
  );
  expect(sheet).toMatchObject({ count: 6, height: 1, width: 2, channels: 3 });
  const pixels = Array.from({ length: 12 }, (_, i) => [...sheet.data.subarray(3 * i, 3 * i + 3)]);
  expect(pixels.slice(0, 4).map(([grey]) => grey)).toEqual([40, 50, 60, 70]);
  // White where nothing changes, full colour at the largest change of each picture.
  expect(pixels.slice(4, 6)).toEqual([
    [255, 255, 255],
    [226, 104, 0],
  ]);
  expect(pixels.slice(10)).toEqual([
    [226, 104, 0],
    [24, 124, 214],
  ]);
});

test("colours are judged by their mean, without alpha; no change is clear", () => {
  const shape = { height: 1, width: 2, channels: 4 };
  const { data } = changeSheet(Float32Array.of(3, 3, 3, 99, 0, 0, 0, 99), shape);
  expect([...data]).toEqual([226, 104, 0, 255, 24, 124, 214, 0]);
  const still = changeSheet(new Float32Array(8), shape).data;
  expect([still[3], still[7]]).toEqual([0, 0]);
});

test("moves in words: numbers, days, and where in a window", () => {
  const size = { column: "a", size: 1, steady: true };
  expect(moveText({ ...size, from: -1.5, to: 2000 })).toBe("−1.50 → 2,000");
  expect(moveText({ ...size, from: "2020-02-03T10:00:00Z", to: "2021-01-01T00:00:00Z" })).toBe(
    "2020-02-03 → 2021-01-01",
  );
  expect(moveText({ ...size, from: 1, to: 2, step: 6 })).toBe("1 → 2, most at step 7");
});
