/** The options of `ae train`, by the names that a configuration file has them under. */
import { bodyNames } from "../bodies/index.ts";
import { familyNames } from "../families/index.ts";
import { usualNames } from "../families/usual-names.ts";
import { dataOptions } from "./data-options.ts";
import type { Reader } from "./values.ts";
import { count, duration, memory, oneOf, positive, share, text, yesOrNo } from "./values.ts";

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
  trim: {
    flags: "--trim <share>",
    help: "leave this share of each batch out, the rows with the largest losses, as 0.05: for data with anomalies (default: none)",
    read: share,
  },
  labelled: {
    flags: "--labelled <count>",
    help: "learn to predict the --label from so many rows' labels, or all that are known: see ae predict",
    read: (value, place) => (value === "all" ? value : count(2)(value, place)),
  },
  predicts: {
    flags: "--predicts <what>",
    help: "with --labelled, what a label is: classes or numbers (default: by its values)",
    read: oneOf(["classes", "numbers"]),
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
    help: "end after this long with what there is, as 90s, 5m, 1h; with --as series or interactions also the column of times",
    read: duration,
  },
  threads: {
    flags: "--threads <count>",
    help: "threads (default: all cores; one where a step is small)",
    read: count(),
  },
  memory: {
    flags: "--memory <size>",
    help: "of the whole process, as 2GB: data that do not fit stream from disk (default: half of what there is)",
    read: memory,
  },
  checkpoint: {
    flags: "--checkpoint <file>",
    help: "keep the state here while training (default: OUTPUT.checkpoint)",
    read: text,
  },
  init: {
    flags: "--init <model>",
    help: "begin from an older model's weights: what fits is taken, by name and by column (default: random weights)",
    read: text,
  },
  pretrain: {
    flags: "--pretrain <way>",
    help: "layerwise: each layer of a deep dense body is first trained by itself, for half of the epochs in all (default: none)",
    read: oneOf(["layerwise"]),
  },
  resume: { flags: "--resume", help: "go on from the checkpoint", read: yesOrNo },
} as const satisfies Record<string, Setting>;

/** What is trained, where it goes. */
export const modelOptions = {
  family: {
    flags: "--family <name>",
    help: `what it is trained for: ${familyNames.join(", ")} (default: vanilla, for interactions mult-vae)`,
    read: oneOf([...familyNames, ...Object.keys(usualNames)]),
  },
  body: {
    flags: "--body <name>",
    help: `the network around the code: ${bodyNames.join(", ")} (default: dense, for series sequence, sized by the data)`,
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
  clean: {
    flags: "--clean <data>",
    help: "the clean side of DATA, row by row: DATA is then the noisy side (family denoising)",
    read: text,
  },
  report: { flags: "--report <file>", help: "also write a report, as model.html", read: text },
} as const satisfies Record<string, Setting>;

/** All of them, and DATA. */
export const settings: Readonly<Record<string, Setting>> = {
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
