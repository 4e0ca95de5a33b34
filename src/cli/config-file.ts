/** A configuration file: the same options by name, in YAML, TOML or JSON. */
import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { inputError } from "../base/errors.ts";
import { nearestName } from "../data/names.ts";
import { toCamel } from "./names.ts";
import type { Given } from "./own-options.ts";

/** A value and where it was given. */
export interface Entry {
  readonly value: unknown;
  readonly place: string;
}

/** What a key of the file can mean. */
export interface KnownNames {
  readonly settings: ReadonlySet<string>;
  /** Of families and bodies. */
  readonly own: ReadonlySet<string>;
}

/** A file's object: the options by name; family and body as a name or with their own options. */
export function addFile(
  config: Readonly<Record<string, unknown>>,
  file: string,
  known: KnownNames,
  entries: Map<string, Entry>,
  own: Given[],
): void {
  const addNested = (kind: string, value: Readonly<Record<string, unknown>>): void => {
    for (const [key, inner] of Object.entries(value)) {
      const place = `${file}, ${kind}.${key}`;
      if (key === "name") entries.set(kind, { value: inner, place });
      else if (kind === "family" && key === "latent")
        entries.set("latent", { value: inner, place });
      else if (kind === "family" && key === "body") addBody(inner, place);
      else addGiven(own, { name: toCamel(key), value: inner, place });
    }
  };
  const addBody = (value: unknown, place: string): void => {
    if (isObject(value)) addNested("body", value);
    else entries.set("body", { value, place });
  };
  for (const [key, value] of Object.entries(config)) {
    const name = toCamel(key);
    const place = `${file}, ${key}`;
    if (name === "family" && isObject(value)) addNested("family", value);
    else if (name === "body") addBody(value, place);
    else if (name === "set" && isObject(value)) addNested("set", value);
    else if (known.settings.has(name)) entries.set(name, { value, place });
    else if (known.own.has(name)) addGiven(own, { name, value, place });
    else throw unknownKey(key, file, [...known.settings, ...known.own]);
  }
}

function unknownKey(key: string, file: string, known: readonly string[]) {
  const near = nearestName(key, known);
  return inputError("config.unknown", {
    place: file,
    expected: "names of options, as in ae train --help",
    got: JSON.stringify(key),
    ...(near === undefined ? {} : { hint: `write ${near} if that is what you mean` }),
  });
}

export async function readConfig(file: string): Promise<Readonly<Record<string, unknown>>> {
  const content = await readFile(file, "utf8");
  const parsed = await parseConfig(content, file);
  if (isObject(parsed)) return parsed;
  throw inputError("config.content", {
    place: file,
    expected: "options by name, such as epochs: 20",
    got: parsed === null ? "nothing" : Array.isArray(parsed) ? "a list" : typeof parsed,
  });
}

async function parseConfig(content: string, file: string): Promise<unknown> {
  const ending = extname(file).toLowerCase();
  try {
    if (ending === ".json") return JSON.parse(content);
    if (ending === ".toml") return (await import("smol-toml")).parse(content);
    if (ending === ".yaml" || ending === ".yml") return (await import("yaml")).parse(content);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw inputError(
      "config.content",
      {
        place: file,
        expected: `${ending.slice(1).toUpperCase()} that can be read`,
        got: message.split("\n")[0] ?? "",
      },
      { cause },
    );
  }
  throw inputError("config.format", {
    place: file,
    expected: "a name that ends in .yaml, .toml or .json",
    got: JSON.stringify(basename(file)),
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The later one counts. */
export function addGiven(own: Given[], given: Given): void {
  const at = own.findIndex(({ name }) => name === given.name);
  if (at >= 0) own.splice(at, 1);
  own.push(given);
}
