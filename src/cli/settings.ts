/** What to train: from flags and a configuration file, flags first. */
import { inputError } from "../base/errors.ts";
import type { Body } from "../bodies/body.ts";
import { bodies, bodyNames } from "../bodies/index.ts";
import type { OpenOptions } from "../data/open.ts";
import type { Family } from "../families/family.ts";
import { families, familyNames } from "../families/index.ts";
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
import { count, duration, oneOf, positive, share, text, yesOrNo } from "./values.ts";

interface Setting {
  readonly flags: string;
  readonly help: string;
  readonly read: Reader<unknown>;
}

/** The run's options by the library's names. */
export const runOptions = {
  epochs: {
    flags: "--epochs <count>",
    help: "most passes over the data (default: about 5,000 steps)",
    read: count(),
  },
  batch: {
    flags: "--batch <rows>",
    help: "rows a step (default: 32, 64 or 128, by the data's size)",
    read: count(),
  },
  learningRate: {
    flags: "--learning-rate <number>",
    help: "size of a step at its largest (default: 0.001 for a batch of 32, in proportion up to 0.004; sgd a tenth)",
    read: positive,
  },
  optimizer: {
    flags: "--optimizer <name>",
    help: "adam, adamw or sgd (default: adam)",
    read: oneOf(["adam", "adamw", "sgd"]),
  },
  clip: {
    flags: "--clip <number>",
    help: "largest length of a gradient (default: unlimited)",
    read: positive,
  },
  seed: {
    flags: "--seed <number>",
    help: "same seed, same machine: same model (default: 0)",
    read: count(0),
  },
  validation: {
    flags: "--validation <share>",
    help: "share of the rows held out, to know when to stop (default: 0.1)",
    read: share,
  },
  patience: {
    flags: "--patience <epochs>",
    help: "epochs without a better held-out loss before it ends (default: a fifth, at least 10)",
    read: count(),
  },
  time: {
    flags: "--time <duration>",
    help: "end after this long with what there is, as 90s, 5m, 1h",
    read: duration,
  },
  threads: { flags: "--threads <count>", help: "threads (default: all cores)", read: count() },
  checkpoint: {
    flags: "--checkpoint <file>",
    help: "keep the state here while training (default: OUTPUT.checkpoint)",
    read: text,
  },
  resume: { flags: "--resume", help: "go on from the checkpoint", read: yesOrNo },
} as const satisfies Record<string, Setting>;

/** What is trained, where it goes. */
export const modelOptions = {
  family: {
    flags: "--family <name>",
    help: `what it is trained for: ${familyNames.join(", ")} (default: vanilla)`,
    read: oneOf(familyNames),
  },
  body: {
    flags: "--body <name>",
    help: `the network around the code: ${bodyNames.join(", ")} (default: dense, sized by the data)`,
    read: oneOf(bodyNames),
  },
  latent: {
    flags: "--latent <count>",
    help: "numbers in a code (default: by the data)",
    read: count(),
  },
} as const satisfies Record<string, Setting>;

export const placeOptions = {
  output: {
    flags: "-o, --output <file>",
    help: "the model (default: DATA's name.onnx)",
    read: text,
  },
  report: { flags: "--report <file>", help: "also write a report, as model.html", read: text },
} as const satisfies Record<string, Setting>;

const settings: Readonly<Record<string, Setting>> = {
  ...modelOptions,
  ...runOptions,
  ...placeOptions,
  data: { flags: "DATA", help: "", read: text },
};

/** All names with a meaning of their own, which no family's option can take as a flag. */
export const takenNames: ReadonlySet<string> = new Set([
  ...Object.keys(settings),
  ...Object.keys(dataOptions),
  "config",
  "set",
  "json",
  "help",
  "version",
]);

const knownNames = {
  settings: new Set([...Object.keys(settings), ...Object.keys(dataOptions)]),
  own: new Set(ownOptions.map(({ name }) => name)),
};

export interface TrainSettings {
  readonly data: string;
  readonly output: string;
  readonly report: string | undefined;
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
  const options = Object.fromEntries(
    Object.entries(runOptions).flatMap(([name, setting]) => {
      const value = read<unknown>(name, setting);
      return value === undefined ? [] : [[name, value]];
    }),
  ) as TrainOptions;
  const output = read("output", placeOptions.output) ?? `${stemOf(data)}.onnx`;
  const given = Object.fromEntries([...entries].map(([name, { value }]) => [name, value]));
  return {
    data,
    output,
    report: read("report", placeOptions.report),
    open: readDataOptions(given, (name) => entries.get(name)?.place ?? name),
    family: familyFrom(
      read("family", modelOptions.family) ?? "vanilla",
      read("body", modelOptions.body),
      read("latent", modelOptions.latent),
      own,
    ),
    options,
  };
}

function familyFrom(
  name: keyof typeof families,
  asked: keyof typeof bodies | undefined,
  latent: number | undefined,
  given: readonly Given[],
): Family {
  const sorted = sortGiven(given, name, asked);
  const options = parseOptions(name, families[name].options, sorted.family);
  const body = sorted.body === undefined ? undefined : bodyFrom(sorted.body, sorted.bodyOptions);
  return families[name].create(options, {
    ...(latent === undefined ? {} : { latent }),
    ...(body === undefined ? {} : { body }),
  });
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
