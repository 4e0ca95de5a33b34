/** What to train: from flags and a configuration file, flags first. */
import { inputError } from "../base/errors.ts";
import type { Body } from "../bodies/body.ts";
import { bodies } from "../bodies/index.ts";
import type { OpenOptions } from "../data/open.ts";
import type { Family } from "../families/family.ts";
import { families } from "../families/index.ts";
import { familyBehind, familyNamed, usualNames } from "../families/usual-names.ts";
import { parseOptions } from "../families/options.ts";
import type { TrainOptions } from "../model/types.ts";
import type { Entry } from "./config-file.ts";
import { addFile, addGiven, readConfig } from "./config-file.ts";
import { dataOptions, readDataOptions } from "./data-options.ts";
import { toCamel, toKebab } from "./names.ts";
import type { Given } from "./own-options.ts";
import { ownOptions, sortGiven } from "./own-options.ts";
import type { Reader } from "./values.ts";
import { stemOf } from "./stem.ts";
import { modelOptions, placeOptions, runOptions, settings, takenNames } from "./train-options.ts";
import { duration, text } from "./values.ts";

const knownNames = {
  settings: new Set([...Object.keys(settings), ...Object.keys(dataOptions)]),
  own: new Set(ownOptions.map(({ name }) => name)),
};

export interface TrainSettings {
  readonly data: string;
  readonly output: string;
  readonly report: string | undefined;
  /** Path of the clean side of pairs. */
  readonly clean: string | undefined;
  readonly open: OpenOptions;
  readonly family: Family;
  readonly options: TrainOptions;
}

/**
 * @param flags values of the command line by camel-case name, `data` and `set` among them
 * @param file path of a configuration file
 */
export async function readSettings(
  flags: Readonly<Record<string, unknown>>,
  file: string | undefined,
): Promise<TrainSettings> {
  const entries = new Map<string, Entry>();
  const own: Given[] = [];
  if (file !== undefined) addFile(await readConfig(file), file, knownNames, entries, own);
  addFlags(flags, entries, own);
  tellTimes(entries);

  const read = <T>(name: string, setting: { readonly read: Reader<T> }): T | undefined => {
    const entry = entries.get(name);
    return entry === undefined ? undefined : setting.read(entry.value, entry.place);
  };
  const data = read("data", { read: text });
  if (data === undefined) {
    throw inputError("usage.missing-argument", {
      place: "ae train",
      expected: "DATA: a file, a folder of images, a glob or demo:NAME",
      got: "none",
      hint: "see ae train --help; to try it without data: ae train demo:penguins",
    });
  }
  const clean = read("clean", placeOptions.clean);
  const options = Object.fromEntries(
    Object.entries(runOptions).flatMap(([name, setting]) => {
      const value = read<unknown>(name, setting);
      return value === undefined ? [] : [[name, value]];
    }),
  ) as TrainOptions;
  const output = read("output", placeOptions.output) ?? `${stemOf(data)}.onnx`;
  // What is begun from says what the family is, where nobody else does.
  const elder =
    options.init === undefined || entries.has("family")
      ? undefined
      : (await import("../model/file.ts")).readInfo(options.init as string);
  const given = Object.fromEntries([...entries].map(([name, { value }]) => [name, value]));
  const plain = given["as"] === "interactions" ? "mult-vae" : "vanilla";
  const { name: usual = plain, options: before = {} } = (await elder)?.family ?? {};
  return {
    data,
    output,
    report: read("report", placeOptions.report),
    clean,
    open: readDataOptions(given, (name) => entries.get(name)?.place ?? name),
    family: familyFrom(
      read("family", modelOptions.family) ?? usual,
      read("body", modelOptions.body),
      read("latent", modelOptions.latent),
      own,
      before,
    ),
    options,
  };
}

function familyFrom(
  name: string,
  asked: keyof typeof bodies | undefined,
  latent: number | undefined,
  given: readonly Given[],
  before: Readonly<Record<string, unknown>> = {},
): Family {
  const behind = familyBehind(name);
  const sorted = sortGiven(given, behind, asked ?? usualNames[name]?.body);
  // Checked under the name that was typed; defaults are left to the family.
  parseOptions(name, families[behind].options, sorted.family);
  const body = sorted.body === undefined ? undefined : bodyFrom(sorted.body, sorted.bodyOptions);
  return familyNamed(
    name,
    { ...before, ...sorted.family },
    {
      ...(latent === undefined ? {} : { latent }),
      ...(body === undefined ? {} : { body }),
    },
  );
}

function bodyFrom(name: string, options: Readonly<Record<string, unknown>>): Body {
  const entry = bodies[name as keyof typeof bodies];
  return entry.create(parseOptions(name, entry.options, options));
}

function addFlags(
  flags: Readonly<Record<string, unknown>>,
  entries: Map<string, Entry>,
  own: Given[],
): void {
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined || name === "config" || name === "json") continue;
    const place = name === "data" ? "DATA" : `--${toKebab(name)}`;
    if (name === "set")
      for (const pair of value as readonly string[]) addGiven(own, pairFrom(pair));
    else if (takenNames.has(name)) entries.set(name, { value, place });
    else addGiven(own, { name, value, place });
  }
}

/** `--time` with `--as series` or `interactions`: the column of times where it is no duration. */
function tellTimes(entries: Map<string, Entry>): void {
  const time = entries.get("time");
  const as = entries.get("as")?.value;
  if (time === undefined || (as !== "series" && as !== "interactions")) return;
  try {
    duration(time.value, time.place);
  } catch {
    entries.delete("time");
    if (!entries.has("timeColumn")) entries.set("timeColumn", time);
  }
}

/** `beta=4` */
function pairFrom(pair: string): Given {
  const at = pair.indexOf("=");
  if (at > 0) {
    const name = toCamel(pair.slice(0, at).trim());
    return { name, value: pair.slice(at + 1).trim(), place: `--set ${pair}` };
  }
  throw inputError("options.invalid", {
    place: "--set",
    expected: "name=value, such as beta=4",
    got: pair,
  });
}
