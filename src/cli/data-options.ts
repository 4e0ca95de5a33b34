/** The options that say how DATA is read, and the opening itself. */
import { basename } from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import { inputError } from "../base/errors.ts";
import type { Schema } from "../data/preprocessing.ts";
import type { OpenOptions } from "../data/open.ts";
import type { Source } from "../data/source.ts";
import type { ModelInfo } from "../model/types.ts";
import { toKebab } from "./names.ts";
import type { Reader } from "./values.ts";
import { count, list, number, oneOf, shape, size, splitList, text } from "./values.ts";

interface DataOption {
  readonly flags: string;
  readonly help: string;
  readonly read: Reader<unknown>;
  /** May be given several times. */
  readonly several?: true;
}

const channels: Reader<1 | 3 | 4> = (value, place) =>
  Number(oneOf(["1", "3", "4"])(String(value), place)) as 1 | 3 | 4;

/** By the name under which a configuration file has them. */
export const dataOptions = {
  select: {
    flags: "--select <columns>",
    help: "tables: the columns to keep, as a,b",
    read: list,
    several: true,
  },
  drop: {
    flags: "--drop <columns>",
    help: "tables: the columns to leave out, as a,b",
    read: list,
    several: true,
  },
  text: {
    flags: "--text <columns>",
    help: "tables: columns that are words whatever they look like, as zip,code",
    read: list,
    several: true,
  },
  label: {
    flags: "--label <name>",
    help: "carried along for evaluation, trained on only by families that say so: a column; folder (images); a file (IDX, .npy); an array (.npz)",
    read: text,
  },
  size: {
    flags: "--size <WxH>",
    help: "images: bring all to this width and height, as 64x64 (with a model: to its own)",
    read: size,
  },
  imageChannels: {
    flags: "--image-channels <count>",
    help: "images: 1 grey, 3 colour, 4 with alpha",
    read: channels,
  },
  array: { flags: "--array <name>", help: ".npz: the array to read", read: text },
  shape: {
    flags: "--shape <AxBxC>",
    help: "raw files: their shape, rows first, as 512x512",
    read: shape,
  },
  as: {
    flags: "--as <kind>",
    help: "take the data as table, images, array, series: rows in time, cut into windows; or interactions: lines that say which user took which item",
    read: oneOf(["table", "images", "array", "series", "interactions"]),
  },
  window: {
    flags: "--window <steps>",
    help: "series: steps a window (default: 64)",
    read: count(2),
  },
  stride: {
    flags: "--stride <steps>",
    help: "series: steps from one window to the next (default: 1, more above 200,000 windows)",
    read: count(),
  },
  timeColumn: {
    flags: "--time-column <name>",
    help: "series: the column of times (default: the only one of dates, else rows in their order); interactions: so that the latest are held out",
    read: text,
  },
  key: {
    flags: "--key <column>",
    help: "series: the column that tells several series apart (default: a file is a series)",
    read: text,
  },
  user: { flags: "--user <column>", help: "interactions: who", read: text },
  item: { flags: "--item <column>", help: "interactions: what", read: text },
  weight: {
    flags: "--weight <column>",
    help: "interactions: how much each counts, as plays, or how it was rated (default: each counts 1)",
    read: text,
  },
  minWeight: {
    flags: "--min-weight <number>",
    help: "interactions: pass over those with a lower weight, as ratings below 4; each that is left counts 1",
    read: number,
  },
  minUserItems: {
    flags: "--min-user-items <count>",
    help: "interactions: leave out users with fewer items (default: 5)",
    read: count(),
  },
  minItemUsers: {
    flags: "--min-item-users <count>",
    help: "interactions: leave out items with fewer users (default: 1)",
    read: count(),
  },
  until: {
    flags: "--until <when>",
    help: "interactions: leave out what is later than this date or number of --time-column, or than the earliest so many, as 80%",
    read: (value, place) => (typeof value === "number" ? value : text(value, place)),
  },
} as const satisfies Record<string, DataOption>;

/** @param unfit those that the verb has no use for, and says so: not shown in its help */
export function addDataOptions(
  command: Command,
  unfit: readonly (keyof typeof dataOptions)[] = [],
): Command {
  command.optionsGroup("Data:");
  for (const [name, { flags, help, several }] of Object.entries<DataOption>(dataOptions)) {
    const option = new Option(flags, help).hideHelp(unfit.some((one) => one === name));
    if (several === true) {
      option.argParser((value: string, before?: readonly string[]) => [
        ...(before ?? []),
        ...splitList(value),
      ]);
    }
    command.addOption(option);
  }
  command.optionsGroup("Options:");
  return command;
}

/** Readers' names of options, where the command line has others. */
const READ_AS: Readonly<Record<string, keyof OpenOptions>> = {
  imageChannels: "channels",
  // `--time` ends training.
  timeColumn: "time",
};

/**
 * @param given values by name, of flags or a file
 * @param placeOf what to call the option in errors; default its flag
 */
export function readDataOptions(
  given: Readonly<Record<string, unknown>>,
  placeOf: (name: string) => string = (name) => `--${toKebab(name)}`,
): OpenOptions {
  const read: Record<string, unknown> = {};
  for (const [name, option] of Object.entries<DataOption>(dataOptions)) {
    if (given[name] === undefined) continue;
    read[READ_AS[name] ?? name] = option.read(given[name], placeOf(name));
  }
  return read as OpenOptions;
}

/** Opens data for a model: what the model knows need not be said again. */
export async function openForModel(
  path: string,
  given: OpenOptions,
  { schema, label }: Pick<ModelInfo, "schema" | "label">,
): Promise<Source> {
  return openFor(path, { ...labelHint(schema, label), ...given }, schema);
}

/** A family that takes labels knows where they are, if that can be said by a name. */
function labelHint(schema: Schema, label: ModelInfo["label"]): Pick<OpenOptions, "label"> {
  if (label === undefined) return {};
  if (schema.kind === "table" && label.required) return { label: label.name };
  return schema.kind === "images" && label.name === "folder" ? { label: "folder" } : {};
}

async function openFor(path: string, given: OpenOptions, schema: Schema): Promise<Source> {
  const { openData } = await import("../data/open.ts");
  if (schema.kind === "series") {
    const { readSeries } = await import("../data/series.ts");
    const { window, time, key, channels } = schema;
    const trained = { channels: channels.map(({ name }) => name), time, key };
    return readSeries(path, { window, ...given, trained });
  }
  if (schema.kind === "interactions") {
    const { readInteractions } = await import("../data/interactions.ts");
    return readInteractions(path, { ...given, trained: schema });
  }
  if (schema.kind === "images")
    return openData(path, { ...(await imageHints(path, schema)), ...given });
  const source = await openData(path, given);
  if (schema.kind !== "table" || source.kind !== "table") return source;
  // Words such as "12" look like numbers when no other word is among them.
  const words = new Set(
    schema.columns.flatMap((c) =>
      "words" in c && c.role === "categorical" && c.words.some(looksTyped) ? [c.name] : [],
    ),
  );
  const astray = source.columns.filter(({ name, type }) => type !== "text" && words.has(name));
  if (astray.length === 0) return source;
  return openData(path, {
    ...given,
    text: [...(given.text ?? []), ...astray.map(({ name }) => name)],
  });
}

/** A category that a reader could take for a number, a date or a yes-or-no. */
function looksTyped(word: string): boolean {
  return /^[-+]?[\d.]|^(?:true|false|inf|nan)$/i.test(word);
}

/** Pictures are brought to the model's size; arrays of bytes are taken as pictures. */
async function imageHints(
  path: string,
  { width, height, channels: depth }: Extract<Schema, { kind: "images" }>,
): Promise<OpenOptions> {
  const { expandPath, kindOf } = await import("../data/paths.ts");
  const { isImageName } = await import("../data/images.ts");
  if (path.startsWith("demo:")) return {};
  const [first = path] = await expandPath(path);
  if (/\.(?:npy|npz|u8|f32|f64)$/i.test(first)) return { as: "images" };
  const pictures = (await kindOf(first)) === "folder" || isImageName(basename(first));
  if (!pictures || ![1, 3, 4].includes(depth)) return {};
  return { size: [width, height], channels: depth as 1 | 3 | 4 };
}

/** Labels of all rows, or undefined when none were asked for. */
export async function labelsOf(
  source: Source,
): Promise<{ readonly name: string; readonly values: readonly (string | null)[] } | undefined> {
  if (source.labels === undefined) return undefined;
  const values = await source.labels();
  if (values.length !== source.rows) {
    throw inputError("data.labels", {
      place: `${source.name}, --label`,
      expected: `${source.rows} labels, one a row`,
      got: String(values.length),
    });
  }
  // A column has a name to show; the path of a label file is none.
  const name = source.label ?? "label";
  return { name: /[/\\.]|ubyte/.test(name) && source.kind !== "table" ? "label" : name, values };
}
