import fc from "fast-check";
import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { dataText, escapeText, html, htmlText, prose, shorten } from "./html.ts";

/** Any text, with the characters that matter to a parser over-represented. */
const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom(
        "<",
        ">",
        '"',
        "'",
        "&",
        "=",
        "`",
        "/",
        "script",
        " on",
        "]]>",
        "<!--",
        "\u202e",
      ),
    )
    .map((parts) => parts.join("")),
);

describe("html", () => {
  test("whatever text goes in comes out of a parser as the same text, in content and attributes", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const printable = text.replace(
          /[\p{Cs}\p{Noncharacter_Code_Point}]|(?![\t\n\r])\p{Cc}/gu,
          "\ufffd",
        );
        const page = htmlText(html`<p title="${text}">${text}</p>`);
        const { document } = parseHTML(`<html><body>${page}</body></html>`);
        const [paragraph, ...others] = document.body.children;
        expect(others).toEqual([]);
        expect(paragraph?.textContent).toBe(printable);
        expect(paragraph?.getAttribute("title")).toBe(printable);
        expect(paragraph?.attributes.length).toBe(1);
        expect(paragraph?.children.length).toBe(0);
      }),
    );
  });

  test("nested templates are kept, everything else is text; absent values leave nothing", () => {
    const inner = html`<b>${"<"}</b>`;
    expect(htmlText(html`<p>${[inner, "&", null, undefined, false, 0]}</p>`)).toBe(
      "<p><b>&lt;</b>&amp;0</p>",
    );
  });

  test("an object that only looks like markup is refused by type and never written raw", () => {
    const forged = JSON.parse('{"markup":"<script>","html":"<script>"}');
    expect(() => htmlText(html`<p>${forged}</p>`)).toThrow();
  });

  test("an unquoted attribute value is our mistake, and found", () => {
    expect(() => html`<p title=${"x"}></p>`).toThrow(/quoted attribute value/);
  });
});

describe("shorten", () => {
  test("keeps what fits and cuts the middle of what does not", () => {
    expect(shorten("short", 10)).toBe("short");
    expect(shorten("abcdefghijklmnopqrstuvwxyz", 11)).toBe("abcdef…wxyz");
  });

  test("never cuts inside a character", () => {
    const family = "👩‍👩‍👧‍👦";
    const short = shorten(family.repeat(30), 10);
    expect(short).toBe(`${family.repeat(6)}…${family.repeat(3)}`);
  });

  test("takes no longer for a longer text", () => {
    const accented = "é".repeat(1_000_000);
    const begin = performance.now();
    for (let i = 0; i < 100; i++) shorten(accented, 60);
    // Going through all of it would take minutes.
    expect(performance.now() - begin).toBeLessThan(5000);
  });

  test("is bounded for any text", () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 2, max: 40 }), (text, limit) => {
        const segments = new Intl.Segmenter("en", { granularity: "grapheme" }).segment(
          shorten(text, limit),
        );
        expect([...segments].length).toBeLessThanOrEqual(limit);
      }),
    );
  });
});

test("text from data is isolated, and its full form is in the title", () => {
  const long = "العربية ".repeat(40);
  const text = htmlText(dataText(long, 20));
  expect(text).toMatch(/^<bdi title="العربية/);
  expect(htmlText(dataText("", 20))).toContain("empty");
});

test("options in prose are set whole as code, everything else is only escaped", () => {
  expect(htmlText(prose("try --latent 14, or a <smaller> beta"))).toBe(
    "try <code>--latent 14</code>, or a &lt;smaller&gt; beta",
  );
  expect(htmlText(prose("use --set beta=2. --drop it"))).toBe(
    "use <code>--set beta=2</code>. <code>--drop</code> it",
  );
  expect(
    htmlText(prose("--hidden 16,8, or --learning-rate 3e-4: --set likelihood=bernoulli.")),
  ).toBe(
    "<code>--hidden 16,8</code>, or <code>--learning-rate 3e-4</code>: <code>--set likelihood=bernoulli</code>.",
  );
  expect(escapeText("a--b")).toBe("a--b");
});
