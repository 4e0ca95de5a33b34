import fc from "fast-check";
import { parseHTML } from "linkedom";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { arrayReport, imageReport, tableReport } from "../../test/fixtures/report-data.ts";
import { renderReport } from "./render-report.ts";
import type { ReportData } from "./report-data.ts";

/** Too few rows for UMAP, which would take most of the time of these tests. */
const FIXTURES = {
  image: withCompression(imageReport(50)),
  table: withPeople(tableReport(50)),
  array: arrayReport(200),
};

function withCompression(data: ReportData): ReportData {
  const { originals, reconstructions: restored } = data.reconstructions;
  if (originals.kind !== "images" || restored.kind !== "images") return data;
  return {
    ...data,
    compression: {
      rows: 1337,
      of: 10_000,
      original: { bytes: 1_048_208, as: "pixels of a byte" },
      ways: [
        {
          name: "this package, without the model",
          own: true,
          bytes: 170_400,
          exact: false,
          psnr: 37.4712,
        },
        { name: "WebP of quality 78", own: false, bytes: 390_250, exact: false, psnr: 37.49 },
        { name: "brotli", own: false, bytes: 511_000, exact: true },
      ],
      bound: 8,
      largestError: 7,
      notes: ["JPEG and WebP: a file an image."],
      verdict: "2.29 times smaller than WebP of quality 78 makes the same rows.",
      pictures: { originals, restored },
    },
  };
}

function withPeople(data: ReportData): ReportData {
  const because = [{ title: "<i>Alien</i> (1979)", factor: 2.0349 }];
  const list = [
    { title: "Heat & “Dust”", chance: 0.0179, took: true, because },
    { title: "\u202eevil", chance: 0.0021, took: false, because: [] },
  ];
  return {
    ...data,
    recommendation: {
      people: [{ name: "<b>ann", items: 12, some: ["Alien", "Heat"], asked: 3, list }],
      later: true,
    },
  };
}

test("people are shown with what they have, what is recommended, why, and what they took", async () => {
  const page = parse(await renderReport(FIXTURES.table));
  const [section] = all(page, "#recommendation");
  expect(text(section)).toMatch(
    /User <b>ann Has Alien, Heat and 10 more\. 1 of the 2 below is among the 3 items kept back/,
  );
  const rows = all(section as Parsed, "tbody tr").map((row) => text(row));
  expect(rows).toEqual([
    "1 Heat & “Dust” ✓ 1.8% <i>Alien</i> (1979) × 2.03",
    "2 \u202eevil 0.21% nothing in particular",
  ]);
});

/** All a report is made of. Anything else came in from outside. */
const ELEMENTS = new Set(
  (
    "html head meta title style body main footer header section div p h1 h2 h3 span small strong b " +
    "em i bdi mark code ul li dl dt dd table thead tbody tr th td figure figcaption img details " +
    "summary svg g path line rect circle text tspan"
  ).split(" "),
);
const ATTRIBUTES = new Set(
  (
    "lang charset http-equiv content name id class title dir style src alt width height scope colspan " +
    "role tabindex aria-label aria-labelledby viewbox fill fill-opacity stroke stroke-opacity " +
    "stroke-width stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray opacity " +
    "text-anchor font-size font-weight font-variant paint-order d x y x1 x2 y1 y2 dx dy cx cy r rx ry " +
    "transform"
  ).split(" "),
);

interface Parsed {
  readonly localName: string;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  readonly textContent: string | null;
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<Parsed>;
}

function parse(page: string): Parsed {
  const { document } = parseHTML(page);
  return document.documentElement;
}

function text(node: Parsed | undefined): string {
  return (node?.textContent ?? "").replace(/\s+/g, " ").trim();
}

function all(page: Parsed, selector: string): Parsed[] {
  return [...page.querySelectorAll(selector)];
}

/** Fails if the page holds any element or attribute that a report never writes. */
function expectOnlyOurs(page: string): void {
  // Before any parser's judgement: every "<" opens or closes an element of ours.
  for (const [, name = ""] of page.matchAll(/<(\/?[^\s>/]*\/?)/g)) {
    const plain = name.replace(/^\//, "").replace(/\/$/, "").toLowerCase();
    if (plain !== "!doctype" && !ELEMENTS.has(plain)) expect.fail(`element ${name}`);
  }
  const wrong: string[] = [];
  for (const element of all(parse(page), "*")) {
    if (!ELEMENTS.has(element.localName)) wrong.push(element.localName);
    for (const { name, value } of element.attributes) {
      const allowed = VALUES[name];
      if (!ATTRIBUTES.has(name.toLowerCase()) || (allowed !== undefined && !allowed.test(value))) {
        wrong.push(`${element.localName} ${name}="${value}"`);
      }
    }
  }
  expect(wrong).toEqual([]);
}

/** Attributes a browser acts on, and all that may stand in them. */
const VALUES: Readonly<Record<string, RegExp>> = {
  src: /^data:image\/png;base64,[A-Za-z0-9+/]+=*$/,
  style: /^(width:\d+\.\d%|--dot:var\(--[a-z]+(-\d)?\))$/,
  fill: /^(none|currentColor|var\(--[a-z0-9-]+\))$/,
  stroke: /^(none|currentColor|var\(--[a-z0-9-]+\))$/,
};

/** The data with every text and every key that a user can name replaced. */
function poisoned(data: ReportData, word: string): ReportData {
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === "string") return key === "kind" ? value : word;
    if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
    if (Array.isArray(value)) return value.map((item) => walk(item, ""));
    const named = ["terms", "validationTerms", "units", "metrics", "controls", "options"].includes(
      key,
    );
    return Object.fromEntries(
      Object.entries(value).map(([k, v], i) => [
        named ? `${word}${i}` : k,
        walk(v, key === "controls" ? "metrics" : k),
      ]),
    );
  };
  return walk(data, "") as ReportData;
}

const HOSTILE = [
  "<script>alert(1)</script>",
  '"onmouseover=alert(1) x="',
  "'><img src=x onerror=alert(1)>",
  "</style></title></svg><iframe src=javascript:alert(1)>",
  "<!--",
  "]]>&lt;b&gt;${1}`",
  "javascript:alert(1)",
  "\u202eright-to-left override",
  "اسم العمود",
  "👩‍👩‍👧‍👦🏳️‍🌈",
  "\u0000\u0008\ud800",
  "x".repeat(5000),
  "__proto__",
  "",
];

describe("safety", () => {
  test.each(HOSTILE)("nothing of %j becomes markup", async (word) => {
    for (const data of Object.values(FIXTURES)) {
      const page = await renderReport(poisoned(data, word));
      expectOnlyOurs(page);
      // It is shown, not lost.
      if (word.startsWith("<script")) expect(text(all(parse(page), "h1")[0])).toBe(word);
    }
  });

  test("nor does any text at all", async () => {
    const data = arrayReport(20);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (word) => {
        expectOnlyOurs(await renderReport(poisoned(data, word)));
      }),
      { numRuns: 8 },
    );
  });

  test("the page asks for nothing, and a browser is told to fetch and run nothing", async () => {
    const page = await renderReport(FIXTURES.image);
    expectOnlyOurs(page);
    expect(page).not.toMatch(/https?:|url\(|@import|<script|<link|href=/);
    const policy = all(parse(page), "meta[http-equiv]")[0];
    expect(policy?.getAttribute("content")).toBe(
      "default-src 'none'; img-src data:; style-src 'unsafe-inline'",
    );
  });

  test("numbers that are not finite are said, not drawn", async () => {
    const base = FIXTURES.table;
    const epochs = base.training.epochs.map((epoch, i) => ({
      ...epoch,
      loss: i > 2 ? NaN : Infinity,
      terms: { numeric: NaN },
      validationTerms: { numeric: NaN },
      learningRate: NaN,
    }));
    const page = await renderReport({
      ...base,
      training: { ...base.training, epochs },
      evaluation: {
        ...base.evaluation,
        metrics: { mse: NaN },
        controls: { pca: { mse: Infinity } },
      },
      latent: { ...base.latent, codes: base.latent.codes.map(() => NaN), activity: [NaN, NaN] },
      scores: { ...base.scores, values: Float32Array.of(NaN, NaN), quantiles: [] },
    });
    expectOnlyOurs(page);
    expect(page).not.toMatch(/="[^"]*(NaN|undefined|Infinity)/);
    for (const words of [
      "not a number",
      "No finite value",
      "No row has a finite code",
      "No score",
    ]) {
      expect(text(parse(page))).toContain(words);
    }
  });

  test("a run that ended before its first epoch, with nothing to show, has a report", async () => {
    const base = FIXTURES.table;
    const empty = { kind: "table", columns: [], rows: [] } as const;
    const page = await renderReport({
      ...base,
      training: { ...base.training, epochs: [], warnings: [] },
      evaluation: { on: "held-out rows", rows: 0, metrics: {}, controls: {}, verdict: [] },
      reconstructions: { originals: empty, reconstructions: empty, captions: [] },
      latent: { ...base.latent, codes: new Float32Array(0), rows: 0, labels: [], activity: [] },
      scores: { values: new Float32Array(0), unit: "", quantiles: [] },
    });
    expectOnlyOurs(page);
    expect(text(all(parse(page), "h1")[0])).toBe(base.title);
    expect(text(parse(page))).toContain("No epoch was finished");
  });
});

describe("content", () => {
  test("the same data give the same page", async () => {
    expect(await renderReport(FIXTURES.image)).toBe(await renderReport(FIXTURES.image));
  });

  test("the verdict comes first, in words, then figures beside the control and who is ahead", async () => {
    const page = parse(await renderReport(FIXTURES.table));
    expect(text(all(page, "h1")[0])).toBe(FIXTURES.table.evaluation.verdict[0]);
    const rows = all(page, "#figures tbody tr").map((row) => all(row, "th, td").map(text));
    expect(rows).toEqual([
      ["Mean squared error lower is better", "0.0712", "0.0988", "1.00", "27.9% lower, better"],
      ["Mean absolute error lower is better", "0.143", "0.139", "0.741", "2.8% higher, worse"],
      [
        "Categories right higher is better",
        "93.1%",
        "80.8%",
        "60.1%",
        "12.4 points higher, better",
      ],
      ["Variance explained (R²) higher is better", "0.874", "0.812", "0", "0.062 higher, better"],
    ]);
  });

  test("every term has a curve, with both values at the best epoch", async () => {
    const page = parse(await renderReport(FIXTURES.table));
    const best = FIXTURES.table.training.epochs.find(({ epoch }) => epoch === 33);
    const captions = all(page, "#training figcaption").map(text);
    expect(captions.map((caption) => caption.split(" ")[0])).toEqual([
      "loss",
      "numeric",
      "categorical",
      "missing",
      "learning",
    ]);
    expect(captions[1]).toContain(best?.terms["numeric"]?.toPrecision(3));
    expect(captions[1]).toContain(best?.validationTerms?.["numeric"]?.toPrecision(3));
    // The dot of the best epoch stands at its place on the axis: (33 − 1) / (41 − 1) of the way.
    const dot = all(all(page, "#training svg")[1] ?? page, "circle").at(-1);
    const [left, right] = [62, 420 - 14];
    expect(Number(dot?.getAttribute("cx"))).toBeCloseTo(left + (32 / 40) * (right - left), 3);
  });

  test("a loss of one term is drawn once", async () => {
    const page = parse(await renderReport(FIXTURES.array));
    expect(all(page, "#training figcaption").length).toBe(2);
  });

  test("images keep their exact pixels, and are described", async () => {
    const page = parse(await renderReport(FIXTURES.image));
    const { originals, reconstructions } = FIXTURES.image.reconstructions;
    const images = all(page, "#reconstructions img");
    expect(images.length).toBe(30 * 3);
    expect(images[3]?.getAttribute("alt")).toBe("Original, image 2, typical");
    for (const [at, sheet] of [
      [3, originals],
      [4, reconstructions],
    ] as const) {
      const address = images[at]?.getAttribute("src")?.split(",")[1] ?? "";
      const { data } = await sharp(Buffer.from(address, "base64"))
        .toColourspace("b-w")
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect([...data]).toEqual(
        sheet.kind === "images" ? [...sheet.data.subarray(784, 2 * 784)] : [],
      );
    }
    expect(all(page, "#samples img").length).toBe(40);
  });

  test("sizes with a bound stand beside other ways, images before and after", async () => {
    const page = parse(await renderReport(FIXTURES.image));
    const rows = all(page, "#compression tbody tr").map((row) => all(row, "th, td").map(text));
    expect(rows).toEqual([
      ["this package, without the model", "170,400", "6.15", "37.47", ""],
      ["WebP of quality 78", "390,250", "2.69", "37.49", ""],
      ["brotli", "511,000", "2.05", "exact", ""],
    ]);
    const bars = all(page, "#compression .bar").map((bar) => bar.getAttribute("style"));
    expect(bars).toEqual(["width:33.3%", "width:76.4%", "width:100.0%"]);
    const words = text(all(page, "#compression .words")[0]);
    expect(words).toContain("The first 1,337 of 10,000 rows, 1,048,208 bytes as pixels of a byte.");
    expect(words).toContain("no element is off by more than 8; the largest error is 7.");
    expect(words).toContain("2.29 times smaller than WebP of quality 78");
    expect(all(page, "#compression img").length).toBe(12 * 3);
    expect(text(parse(await renderReport(FIXTURES.table)))).not.toContain("Compressed");
  });

  test("cells show both values; the three largest errors of a row are marked with their size", async () => {
    const page = parse(await renderReport(FIXTURES.table));
    const rows = all(page, "#reconstructions tbody tr").map((row) => all(row, "th, td").map(text));
    const age = rows.find(([name]) => name === "age");
    expect(age?.slice(1, 2)).toEqual(["39 → 37.84"]);
    expect(age?.[5]).toBe("90 → 61.21 ▲ 2.1σ, large error");
    const workclass = rows.find(([name]) => name === "workclass");
    expect(workclass?.[4]).toBe("missing same");
    const marked = rows.map((row) => row[6]).filter((cell) => cell?.includes("▲"));
    expect(marked.length).toBe(3);
    expect(rows.find(([name]) => name === "fnlwgt")?.[6]).toContain("▲ 6σ");
  });

  test("wide tables show their worst columns and say how many are left", async () => {
    const columns = Array.from({ length: 40 }, (_, i) => `c${i}`);
    const cellErrors = Float32Array.from(columns, (_, i) => (i === 39 ? 9 : i / 100));
    const exhibit = (text: string) =>
      ({ kind: "table", columns, rows: [columns.map(() => text)] }) as const;
    const page = parse(
      await renderReport({
        ...FIXTURES.table,
        reconstructions: {
          originals: exhibit("a"),
          reconstructions: exhibit("b"),
          cellErrors,
          captions: ["typical"],
        },
      }),
    );
    const names = all(page, "#reconstructions tbody th").map(text);
    expect(names).toEqual(columns.slice(16));
    expect(text(all(page, "#reconstructions")[0])).toContain("16 more columns");
  });

  test("reconstructed columns are found by name when their order differs", async () => {
    const page = parse(
      await renderReport({
        ...FIXTURES.table,
        reconstructions: {
          originals: { kind: "table", columns: ["a", "b"], rows: [["1", "x"]] },
          reconstructions: { kind: "table", columns: ["b", "a"], rows: [["y", "2"]] },
          captions: [],
        },
      }),
    );
    const rows = all(page, "#reconstructions tbody tr").map((row) => all(row, "th, td").map(text));
    expect(rows).toEqual([
      ["a", "1 → 2"],
      ["b", "x → y ▲, large error"],
    ]);
  });

  test("the map says how it was made, holds each row once, and its legend counts them", async () => {
    const page = parse(await renderReport(FIXTURES.array));
    expect(all(page, "#latent circle").length).toBe(200);
    expect(text(all(page, "#latent svg")[0])).toContain("the latent itself");
    const counts = all(page, ".legend small").map((node) => Number(text(node)));
    expect(counts.length).toBe(7);
    expect(counts.reduce((a, b) => a + b)).toBe(200);
    const umap = parse(await renderReport(imageReport(80)));
    expect(text(all(umap, "#latent svg")[0])).toContain("UMAP, 15 neighbours");
  });

  test("a latent of one dimension is a histogram of all its rows", async () => {
    const codes = Float32Array.from({ length: 90 }, (_, i) => i / 90);
    const labels = Array.from(codes, (_, i) => (i < 45 ? "low" : "high"));
    const latent = {
      ...FIXTURES.array.latent,
      codes,
      rows: 90,
      dimensions: 1,
      labels,
      label: "half",
      activity: [0.3],
    };
    const page = parse(await renderReport({ ...FIXTURES.array, latent }));
    expect(all(page, "#latent rect").length).toBeGreaterThanOrEqual(50);
    expect(text(all(page, "#latent")[0])).toContain("one dimension");
  });

  test("dimensions are counted as active by the rule the page states", async () => {
    const deviations = [1, 0.11, 0.09, 0.02];
    const latent = (kl: number[] | undefined) => ({
      ...FIXTURES.array.latent,
      activity: deviations,
      kl,
    });
    const say = async (kl: number[] | undefined) =>
      text(
        all(
          parse(await renderReport({ ...FIXTURES.array, latent: latent(kl) })),
          "#activity .note",
        )[0],
      );
    expect(await say([1, 0.1, 0.01, 0])).toContain("2 of 4 dimensions are active");
    expect(await say(undefined)).toContain("4 of 4 dimensions are active");
  });

  test("score bars hold every row, with a line for each quantile", async () => {
    const page = parse(await renderReport(FIXTURES.array));
    const svg = all(page, "#scores svg")[0] ?? page;
    const labels = all(svg, "text").map(text);
    for (const share of ["50%", "90%", "95%", "99%", "99.9%"]) expect(labels).toContain(share);
    const rows = all(page, "#scores tbody tr").map((row) => all(row, "th, td").map(text));
    expect(rows[3]).toEqual(["99%", expect.stringMatching(/^\d+(\.\d+)?$/), "1 in 100"]);
  });

  test("what was trained on what is all there", async () => {
    const page = parse(await renderReport(FIXTURES.table));
    const words = text(all(page, "#provenance")[0]);
    for (const part of [
      "adult.csv",
      "43,958",
      "4,884",
      "Seed 1",
      "48.1 s",
      "hidden 64, 32",
      "learningRate 0.001",
      "id identifier: every value is different",
      "3 columns left out",
      "no better for 8 epochs",
    ]) {
      expect(words).toContain(part);
    }
  });

  test("warnings stand before the figures; without any there is no such section", async () => {
    const page = await renderReport(FIXTURES.array);
    expect(page.indexOf('id="warnings"')).toBeGreaterThan(0);
    expect(page.indexOf('id="warnings"')).toBeLessThan(page.indexOf('id="figures"'));
    expect(await renderReport(FIXTURES.table)).not.toContain('id="warnings"');
  });

  test("a warning is what was seen and, set apart, what to try; a note is marked as one", async () => {
    const page = parse(await renderReport(FIXTURES.array));
    const items = all(page, "#warnings li");
    expect(items.map((item) => item.getAttribute("class"))).toEqual(["warning", "note"]);
    expect(text(all(page, "#warnings h2")[0])).toBe("2 warnings");
    expect(all(page, "#warnings .advice").map(text)).toEqual(
      FIXTURES.array.training.warnings.map(({ advice }) => advice),
    );
  });

  test("the size of the code comes with the word for it", async () => {
    const under = { ...FIXTURES.array, model: { ...FIXTURES.array.model, inputs: 9, latent: 8 } };
    const over = { ...under, model: { ...under.model, latent: 9 } };
    expect(text(all(parse(await renderReport(under)), ".facts")[0])).toContain(
      "9 → 8 undercomplete",
    );
    expect(text(all(parse(await renderReport(over)), ".facts")[0])).toContain("9 → 9 overcomplete");
  });
});

describe("access", () => {
  test.each(Object.entries(FIXTURES))(
    "the %s report names every picture, table and section",
    async (_, data) => {
      const page = parse(await renderReport(data));
      for (const image of all(page, "img")) expect(image.getAttribute("alt")).not.toBe("");
      for (const svg of all(page, "svg")) {
        expect(svg.getAttribute("role")).toBe("img");
        expect((svg.getAttribute("aria-label") ?? "").length).toBeGreaterThan(10);
      }
      for (const head of all(page, "th"))
        expect(head.getAttribute("scope")).toMatch(/^(col|row)(group)?$/);
      for (const section of all(page, "section")) {
        const title = section.getAttribute("aria-labelledby");
        expect(all(section, `h2#${title}`).length).toBe(1);
      }
      expect(all(page, "h1").length).toBe(1);
    },
  );
});
