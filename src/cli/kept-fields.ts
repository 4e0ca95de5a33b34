/** Fields of a row of JSON, repeated beside its score. */
import { inputError } from "../base/errors.ts";
import type { Schema } from "../data/preprocessing.ts";

/** Names that results have; a field of the row by one of these is repeated as `input_NAME`. */
const OURS = new Set(["row", "score", "p_value", "alarm", "reasons", "error"]);

type Keep = (value: unknown, line: string) => string;

/**
 * From a row, and the text it was read from, to JSON that can follow other fields: `,"id":7`.
 *
 * @throws `options.invalid` for rows that have no fields
 */
export function keeper(kind: Schema["kind"], keep: readonly string[], all: boolean): Keep {
  if (keep.length === 0 && !all) return () => "";
  if (kind !== "table") {
    throw inputError("options.invalid", {
      place: all ? "--all" : "--keep",
      expected: "a model of tables, whose rows have fields",
      got: `a model of ${kind === "array" ? "arrays" : kind}`,
      hint: `leave out ${all ? "--all" : "--keep"}`,
    });
  }
  return (value, line) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return "";
    const fields = value as Readonly<Record<string, unknown>>;
    const names = all ? Object.keys(fields) : keep;
    // What was written, to the last digit.
    if (all && !names.some((name) => OURS.has(name))) {
      const inside = line.trim().slice(1, -1).trim();
      return inside === "" ? "" : `,${inside}`;
    }
    return names
      .map((name) => {
        const shown = OURS.has(name) ? `input_${name}` : name;
        return `,${JSON.stringify(shown)}:${textOf(fields[name], name, line)}`;
      })
      .join("");
  };
}

function textOf(value: unknown, name: string, line: string): string {
  // An id of 19 digits is no double.
  if (typeof value === "number" && !Number.isSafeInteger(value) && Math.abs(value) >= 2 ** 53)
    return rawField(line, name) ?? String(value);
  return JSON.stringify(value ?? null);
}

/** The text of a field's value, of an object that is known to be valid JSON; the last, if it is there twice. */
function rawField(line: string, name: string): string | undefined {
  let found: string | undefined;
  let depth = 0;
  let at = 0;
  while (at < line.length) {
    const char = line[at];
    if (char === '"') {
      const end = endOfText(line, at);
      const colon = /^\s*:\s*/.exec(line.slice(end, end + 100));
      if (depth === 1 && colon !== null && JSON.parse(line.slice(at, end)) === name) {
        const from = end + colon[0].length;
        found = /^-?[\d.eE+-]+/.exec(line.slice(from, from + 400))?.[0] ?? found;
      }
      at = end;
      continue;
    }
    if (char === "{" || char === "[") depth += 1;
    if (char === "}" || char === "]") depth -= 1;
    at += 1;
  }
  return found;
}

/** The place after the closing quote. */
function endOfText(line: string, start: number): number {
  for (let at = start + 1; at < line.length; at += 1) {
    if (line[at] === "\\") at += 1;
    else if (line[at] === '"') return at + 1;
  }
  return line.length;
}
