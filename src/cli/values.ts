/**
 * Values of options, from the command line (text) or a configuration file (typed). One
 * reader serves both; `place` is what an error names: `--epochs`, or `run.yaml, epochs`.
 */
import { parseBytes } from "../base/byte-count.ts";
import { inputError } from "../base/errors.ts";

export type Reader<T> = (value: unknown, place: string) => T;

/** A whole number of at least `least`. */
export function count(least = 1): Reader<number> {
  return (value, place) => {
    const read = numeric(value);
    if (Number.isSafeInteger(read) && read >= least) return read;
    throw invalid(place, `a whole number of at least ${least}`, value);
  };
}

/** A number above 0. */
export const positive: Reader<number> = (value, place) => {
  const read = numeric(value);
  if (Number.isFinite(read) && read > 0) return read;
  throw invalid(place, "a number above 0", value);
};

/** A number from `least` on. */
export function atLeast(least: number): Reader<number> {
  return (value, place) => {
    const read = numeric(value);
    if (Number.isFinite(read) && read >= least) return read;
    throw invalid(place, `a number of at least ${least}`, value);
  };
}

/** Any number. */
export const number: Reader<number> = (value, place) => {
  const read = numeric(value);
  if (Number.isFinite(read)) return read;
  throw invalid(place, "a number", value);
};

/** A number in [0, 1), as `0.1` or `10%`. */
export const share: Reader<number> = (value, place) => {
  const percent = typeof value === "string" && /^[\d.]+\s*%$/.test(value);
  const read = percent ? Number.parseFloat(value) / 100 : numeric(value);
  if (read >= 0 && read < 1) return read;
  throw invalid(place, "a share of at least 0 and below 1, such as 0.1", value);
};

/** A number from `least` to `most`, both included. */
export function between(least: number, most: number): Reader<number> {
  return (value, place) => {
    const read = numeric(value);
    if (read >= least && read <= most) return read;
    throw invalid(place, `a number from ${least} to ${most}`, value);
  };
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/** Seconds, from `90`, `90s`, `5m`, `1.5h`, `1h30m`. */
export const duration: Reader<number> = (value, place) => {
  const text = String(value).trim().replaceAll(/\s+/g, "");
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text);
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(min|[smhd])/g)];
  const seconds = parts.reduce((sum, [, n, unit]) => sum + Number(n) * (UNITS[unit ?? ""] ?? 0), 0);
  if (seconds > 0 && parts.map(([part]) => part).join("") === text) return seconds;
  throw invalid(place, "a time, such as 90s, 5m or 1h30m", value);
};

/** Bytes, from `2GB`, `800 MB` or a number of them. */
export const memory: Reader<number> = (value, place) =>
  parseBytes(typeof value === "number" ? value : text(value, place), place);

export const text: Reader<string> = (value, place) => {
  if (typeof value === "string" && value !== "") return value;
  throw invalid(place, "a text", value);
};

export const yesOrNo: Reader<boolean> = (value, place) => {
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  throw invalid(place, "true or false", value);
};

/** One of a few words. */
export function oneOf<T extends string>(words: readonly T[]): Reader<T> {
  return (value, place) => {
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    throw invalid(
      place,
      words.length === 1 ? (words[0] as string) : `one of ${words.join(", ")}`,
      value,
    );
  };
}

/** Texts, from an array or `a,b`; a name with a comma in it goes in double quotes. */
export const list: Reader<readonly string[]> = (value, place) => {
  const items = Array.isArray(value) ? value : splitList(text(value, place));
  if (items.length > 0 && items.every((item) => typeof item === "string" && item !== "")) {
    return items as readonly string[];
  }
  throw invalid(place, "names, such as a,b", value);
};

/** Whole numbers, from an array, `28x28` or `28,28`. */
export const shape: Reader<readonly number[]> = (value, place) => {
  const items: readonly unknown[] = Array.isArray(value) ? value : String(value).split(/[x×,]/i);
  const read = items.map(numeric);
  if (read.length > 0 && read.every((n) => Number.isSafeInteger(n) && n > 0)) return read;
  throw invalid(place, "whole numbers joined by x, such as 512x512", value);
};

/** Width and height, `64x64`; a single number is both. */
export const size: Reader<readonly [width: number, height: number]> = (value, place) => {
  const read = shape(typeof value === "number" ? [value] : value, place);
  const [width, height = width] = read;
  if (width !== undefined && height !== undefined && read.length <= 2) return [width, height];
  throw invalid(place, "a width and a height, such as 64x64", value);
};

/** `a,"b,c"` → `a`, `b,c`. */
export function splitList(value: string): readonly string[] {
  const items = [...value.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)/g)];
  // The pattern matches the empty text once more at the end.
  return items
    .filter((match, i) => i === 0 || match[0] !== "")
    .map(([, quoted, plain = ""]) => quoted?.replaceAll('""', '"') ?? plain.trim())
    .filter((item) => item !== "");
}

function numeric(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
}

function invalid(place: string, expected: string, got: unknown) {
  const shown = typeof got === "string" ? got : (JSON.stringify(got) ?? String(got));
  return inputError("options.invalid", { place, expected, got: shown === "" ? "nothing" : shown });
}
