/** Cells of JSON as the columns of a model take them, and what is wrong with those that do not fit. */
import type { LabelSchema } from "./labels.ts";

/** Told apart from faults of ours. */
export class WrongCell extends Error {}

/** Text passes where it spells a number, as in files. */
export function numberIn(value: unknown): number {
  if (typeof value === "number" && value - value === 0) return value;
  if (value === null || value === undefined) return Number.NaN;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "string") {
    const text = value.trim();
    if (text === "") return Number.NaN;
    const read = Number(text);
    if (read - read === 0) return read;
  }
  throw new WrongCell("a number, as in training");
}

/** Also 0 and 1, and the words in any case, as in files. */
export function booleanIn(value: unknown): number {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value === null || value === undefined || value === "") return Number.NaN;
  if (value === 0 || value === 1) return value;
  const text = typeof value === "string" ? value.trim().toLowerCase() : "";
  if (text === "true" || text === "1") return 1;
  if (text === "false" || text === "0") return 0;
  throw new WrongCell("true or false, as in training");
}

const DATE =
  /^(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2}))?(?:[T ](\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?\s*(?:Z|([+-])(\d\d):?(\d\d)?)?$/i;
const TIME = /^(\d{1,2}):(\d\d)(?::(\d\d(?:\.\d+)?))?$/;

/** ISO 8601, in UTC where it says no zone, as files are read; numbers are milliseconds. */
export function timeIn(value: unknown): number {
  if (typeof value !== "string") return numberIn(value);
  const text = value.trim();
  if (text === "") return Number.NaN;
  const time = TIME.exec(text);
  if (time !== null) {
    const [, hours, minutes, seconds = "0"] = time;
    return 1000 * (3600 * Number(hours) + 60 * Number(minutes) + Number(seconds));
  }
  const found = DATE.exec(text);
  if (found !== null) {
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = found
      .slice(1, 7)
      .map((part, i) => (part === undefined ? (i === 1 || i === 2 ? 1 : 0) : Number(part)));
    const [, , , , , , , fraction = "0", sign, hours = "0", minutes = "0"] = found;
    const date = new Date(0);
    date.setUTCFullYear(year, month - 1, day);
    // 31 February would roll on into March.
    const real = date.getUTCMonth() === month - 1 && hour < 24 && minute < 60 && second < 60;
    const offset = (sign === "-" ? -60_000 : 60_000) * (60 * Number(hours) + Number(minutes));
    if (real) {
      return (
        date.getTime() +
        1000 * (3600 * hour + 60 * minute + second + Number(`0.${fraction}`)) -
        offset
      );
    }
  }
  throw new WrongCell("a date such as 2025-05-31T10:00:00Z, or milliseconds");
}

/** As `wordsOf` reads a column. */
export function wordFor(words: readonly string[]): (value: unknown) => string | null {
  const binary = words.every((one) => one === "false" || one === "true");
  const numbers = words.some((one) => one !== "" && Number.isFinite(Number(one)));
  return (value) => {
    if (typeof value === "number") {
      if (binary && (value === 0 || value === 1)) return value === 0 ? "false" : "true";
      if (!numbers) throw new WrongCell("a category, as in training");
    }
    return word(value);
  };
}

/** As `labelsOf` and `labelFeed` take them. */
export function labelFor({ classes, required }: LabelSchema): (value: unknown) => string | null {
  const known = new Set(classes);
  return (value) => {
    const found = word(value);
    if (found === null ? !required : known.has(found)) return found;
    const shownClasses = classes.slice(0, 10).toSorted().join(", ");
    throw new WrongCell(
      `one of the classes it was trained on: ${shownClasses}${classes.length > 10 ? ", …" : ""}`,
    );
  };
}

function word(value: unknown): string | null {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new WrongCell("a text, number, boolean or null");
}

/** For messages. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "none";
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
