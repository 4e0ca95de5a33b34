/**
 * Options that families and bodies bring along, as flags: read off their schemas, so that
 * a new family's options are in `ae train --help` without a word here.
 */
import { z } from "zod";
import { inputError } from "../base/errors.ts";
import { bodies } from "../bodies/index.ts";
import { nearestName } from "../data/names.ts";
import { families } from "../families/index.ts";
import { toCamel, toKebab } from "./names.ts";
import { splitList } from "./values.ts";

type OwnerKind = "family" | "body";

/** An option as one family or body has it. */
export interface OwnOption {
  readonly kind: OwnerKind;
  readonly owner: string;
  readonly name: string;
  readonly help: string;
  readonly fallback: unknown;
  readonly type: TypeSchema;
}

/** The part of JSON Schema that matters for reading text. */
interface TypeSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: string | number | boolean;
  readonly anyOf?: readonly TypeSchema[];
  readonly items?: TypeSchema;
  readonly description?: string;
  readonly default?: unknown;
}

interface Entry {
  readonly options: z.ZodObject;
}

const tables: Readonly<Record<OwnerKind, Readonly<Record<string, Entry>>>> = {
  family: families,
  body: bodies,
};

export const ownOptions: readonly OwnOption[] = (["family", "body"] as const).flatMap((kind) =>
  Object.entries(tables[kind]).flatMap(([owner, entry]) => optionsIn(kind, owner, entry)),
);

function optionsIn(kind: OwnerKind, owner: string, { options }: Entry): readonly OwnOption[] {
  const { properties = {} } = z.toJSONSchema(options, { io: "input", unrepresentable: "any" });
  return Object.entries(properties).map(([name, property]) => {
    const type = property as TypeSchema;
    return { kind, owner, name, help: type.description ?? "", fallback: type.default, type };
  });
}

/** A flag that stands for an option of one or several families or bodies. */
export interface Shortcut {
  readonly name: string;
  readonly flags: string;
  readonly help: string;
  readonly kind: OwnerKind;
}

/**
 * @param taken names that mean something else on the command line
 * @param family whose options alone are meant; absent: those of all
 */
export function shortcuts(taken: ReadonlySet<string>, family?: string): readonly Shortcut[] {
  const meant = ownOptions.filter(
    ({ kind, owner }) => kind === "body" || family === undefined || owner === family,
  );
  const byName = grouped(meant, ({ name }) => name);
  return [...byName]
    .filter(([name]) => !taken.has(name))
    .map(([name, options]) => {
      const first = options[0] as OwnOption;
      return {
        name,
        kind: first.kind,
        flags: `--${toKebab(name)} <${sharedName(options)}>`,
        help: helpOf(options),
      };
    });
}

/** Owners may take other words under one name: then none of theirs is shown. */
function sharedName(options: readonly OwnOption[]): string {
  const names = options.map(({ type }) => valueName(type));
  const [first = "value"] = names;
  const words = names.some((name) => name.includes("|"));
  return words && names.some((name) => name !== first) ? "value" : first;
}

/** The same words for several owners are said once. */
function helpOf(options: readonly OwnOption[]): string {
  const texts = grouped(options, ({ help, fallback }) =>
    fallback === undefined ? help : `${help} (default: ${showValue(fallback)})`,
  );
  return [...texts]
    .map(([text, owners]) => `${owners.map(({ owner }) => owner).join(", ")}: ${text}`)
    .join("; ");
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}

function showValue(value: unknown): string {
  return Array.isArray(value) ? value.join(",") : String(value);
}

function valueName(type: TypeSchema): string {
  if (type.enum !== undefined) {
    const words = type.enum.map(String);
    return words.length <= 4 ? words.join("|") : "name";
  }
  if (type.const !== undefined) return String(type.const);
  if (type.anyOf !== undefined) return type.anyOf.map(valueName).join("|");
  if (type.type === "boolean") return "true|false";
  if (type.type === "array") return type.items?.type === "string" ? "names" : "numbers";
  return type.type === "integer" ? "count" : type.type === "number" ? "number" : "value";
}

/** Text of the command line as the option's type wants it; what does not fit stays text. */
export function fromText(text: string, type: TypeSchema): unknown {
  if (type.anyOf !== undefined) {
    for (const each of type.anyOf) {
      const read = fromText(text, each);
      if (typeof read !== "string") return read;
    }
    return text;
  }
  if (type.type === "array") return splitList(text).map((item) => fromText(item, type.items ?? {}));
  const numbers = type.type === "number" || type.type === "integer";
  if (numbers && text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
  if (type.type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}

/** A value for an option of the family or the body, and where it was given. */
export interface Given {
  readonly name: string;
  readonly value: unknown;
  /** `--beta`, or `run.yaml, beta`. */
  readonly place: string;
}

/**
 * Sorts values to the family and the body that are asked for.
 *
 * Without a body by name, its options choose it: the first body that has them all.
 *
 * @throws `options.unknown` for one that neither has, with those that there are
 */
export function sortGiven(
  given: readonly Given[],
  family: string,
  asked: string | undefined,
): {
  readonly family: Readonly<Record<string, unknown>>;
  readonly body: string | undefined;
  readonly bodyOptions: Readonly<Record<string, unknown>>;
} {
  const own = { family: {} as Record<string, unknown>, body: {} as Record<string, unknown> };
  const body = asked ?? bodyMeant(given, family);
  for (const { name, value, place } of given) {
    const option =
      find("family", family, name) ?? (body === undefined ? undefined : find("body", body, name));
    if (option === undefined) throw noSuchOption(name, place, family, body);
    own[option.kind][option.name] =
      typeof value === "string" ? fromText(value, option.type) : value;
  }
  return { family: own.family, body, bodyOptions: own.body };
}

function find(kind: OwnerKind, owner: string, name: string): OwnOption | undefined {
  const wanted = toCamel(name);
  return ownOptions.find((o) => o.kind === kind && o.owner === owner && o.name === wanted);
}

/** The first body that has all the options which are not the family's: dense before others. */
function bodyMeant(given: readonly Given[], family: string): string | undefined {
  const open = given.filter(({ name }) => find("family", family, name) === undefined);
  if (open.length === 0) return undefined;
  return Object.keys(bodies).find((body) =>
    open.every(({ name }) => find("body", body, name) !== undefined),
  );
}

function noSuchOption(name: string, place: string, family: string, body = "dense") {
  const wanted = toCamel(name);
  const owners = ownOptions.filter((option) => option.name === wanted);
  const names = (kind: OwnerKind, owner: string): string =>
    ownOptions
      .filter((option) => option.kind === kind && option.owner === owner)
      .map((option) => option.name)
      .join(", ") || "none";
  const near = nearestName(
    wanted,
    ownOptions.map((option) => option.name),
  );
  const elsewhere = owners.map(({ kind, owner }) => `--${kind} ${owner}`).join(" or ");
  const hint =
    elsewhere !== ""
      ? `it belongs to ${elsewhere}`
      : near === undefined
        ? undefined
        : `write ${near} if that is what you mean`;
  return inputError("options.unknown", {
    place,
    expected: `an option of the ${family} family (${names("family", family)}) or of the ${body} body (${names("body", body)})`,
    got: wanted,
    ...(hint === undefined ? {} : { hint }),
  });
}
