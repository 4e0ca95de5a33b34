/**
 * HTML as values that cannot be mistaken for text. Whatever is put into an
 * `html` template is escaped unless it is itself the result of one, so a column
 * named `<script>` stays a name.
 */

import { internalError } from "../base/errors.ts";

/** A symbol and not a string key: data read from JSON can never carry one. */
const markup: unique symbol = Symbol("markup");

export interface Html {
  readonly [markup]: string;
}

export type Fragment = Html | string | number | null | undefined | false | readonly Fragment[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

/**
 * Control characters, lone surrogates and non-characters, none of which HTML
 * may hold; tab and line breaks stay.
 */
const UNPRINTABLE = /[\p{Cs}\p{Noncharacter_Code_Point}]|(?![\t\n\r])\p{Cc}/gu;

/** Text made safe for element content and for quoted attribute values. */
export function escapeText(text: string): string {
  return text.replace(UNPRINTABLE, "\ufffd").replace(/[&<>"'`]/g, (c) => ENTITIES[c] ?? c);
}

/**
 * A template whose holes are escaped. Attribute values must be quoted.
 *
 * @example
 * html`<td title="${name}">${name}</td>`
 */
export function html(strings: TemplateStringsArray, ...holes: readonly Fragment[]): Html {
  let out = strings[0] ?? "";
  holes.forEach((hole, i) => {
    if (/=\s*$/.test(strings[i] ?? "")) {
      throw internalError("report.unquoted", {
        place: `html template before hole ${i}`,
        expected: "a quoted attribute value",
        got: (strings[i] ?? "").slice(-30),
      });
    }
    out += toText(hole) + (strings[i + 1] ?? "");
  });
  return { [markup]: out };
}

/** Markup we wrote ourselves and know to be sound; never for anything from data. */
export function trusted(text: string): Html {
  return { [markup]: text };
}

export function htmlText(value: Html): string {
  return value[markup];
}

function toText(value: Fragment): string {
  if (value === null || value === undefined || value === false) return "";
  if (typeof value === "string") return escapeText(value);
  if (typeof value === "number") return escapeText(String(value));
  if (isHtml(value)) return value[markup];
  return value.map(toText).join("");
}

function isHtml(value: Html | readonly Fragment[]): value is Html {
  return markup in value;
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Code units looked at for one character shown: some emoji take a dozen, a hostile one any number. */
const UNITS = 16;

/** Shortens in the middle, where names differ least, and never inside a character. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const front = Math.ceil((limit - 1) * 0.6);
  const back = limit - 1 - front;
  // Plain text, by far the most, needs no search for where its characters end.
  if (/^[ -~]*$/.test(text)) return `${text.slice(0, front)}…${text.slice(text.length - back)}`;
  const start = characters(text.slice(0, limit * UNITS));
  if (text.length <= limit * UNITS && start.length <= limit) return text;
  // The cut may run through the first character of the end: that one is not used.
  const end = characters(text.slice(-(back + 1) * UNITS)).slice(1);
  return `${start.slice(0, front).join("")}…${end.slice(Math.max(0, end.length - back)).join("")}`;
}

function characters(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/** An option with its value: a number, numbers with commas, or `name=value`. */
const OPTION = /(?<=^|\s)(--[a-z][a-z-]*(?: (?:\d[\d.,e+-]*|[A-Za-z]+=[\w.+-]+)(?<![.,]))?)/;

/** Sentences, with command-line options in them kept whole and set as code. */
export function prose(text: string): Html {
  const parts = text.split(OPTION);
  return html`${parts.map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

/**
 * Text from the data, isolated so that a right-to-left name or a direction
 * override cannot reorder the words around it; shortened, with the whole in the title.
 */
export function dataText(text: string, limit = 60): Html {
  const short = shorten(text, limit);
  if (text === "") return html`<bdi class="none">empty</bdi>`;
  return short === text
    ? html`<bdi>${text}</bdi>`
    : html`<bdi title="${shorten(text, 200)}">${short}</bdi>`;
}
