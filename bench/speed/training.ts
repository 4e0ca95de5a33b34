/** Steps a second of one network in everybody's hands. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { DataFile, MadeData } from "./data.ts";
import { writeData } from "./data.ts";
import type { BenchNetwork } from "./networks.ts";
import { operationsOf } from "./networks.ts";
import { peerFile } from "./peers.ts";
import type { Words } from "./process.ts";
import { openTalker } from "./process.ts";
import type { Measure, Player, Setup, SpeedCase } from "./types.ts";
import { OURS } from "./types.ts";

export interface Training {
  readonly about: string;
  readonly data: MadeData;
  readonly batch: number;
  readonly network: BenchNetwork;
}

/** What a player reads: the file whose name is its first argument. */
export interface TrainingWords {
  readonly network: BenchNetwork["words"];
  readonly data: DataFile;
  readonly batch: number;
  readonly threads: number;
  /** Of a turn. */
  readonly seconds: number;
  /** Of a trial of one way to do it. */
  readonly probe: number;
}

export interface TrainingCase extends SpeedCase {
  readonly training: Training;
}

const ROUNDS = 5;

const measures: readonly Measure[] = [
  { key: "speed", title: "steps a second", unit: "steps/s", better: "more" },
  { key: "share", title: "share of peak", unit: "%" },
  { key: "memory", title: "peak memory, MB", unit: "MB", better: "less" },
  // Where other work disturbs the machine, and on one thread alone, this says more than the clock.
  { key: "processor", title: "steps a second of processor", unit: "steps/s", aside: true },
];

/** scikit-learn has layers of one activation throughout and squared error, nothing else. */
const SKLEARN = ["dense"];
/** TensorFlow.js has no sparse rows in its wasm backend. */
const NOT_TENSORFLOW = ["mult-vae"];

export function trainingCase(training: Training): TrainingCase {
  const { about, batch, data, network } = training;
  if (data.rows % batch !== 0) throw new Error(`${about}: rows must fill their batches`);
  return {
    about,
    training,
    measures,
    rounds: ROUNDS,
    operations: operationsOf(network, batch),
    players: async (setup) => {
      const file = join(setup.folder, "case.json");
      const words: TrainingWords = {
        network: network.words,
        data: writeData(data, join(setup.folder, "rows.bin")),
        batch,
        threads: setup.threads,
        seconds: setup.quick ? 0.5 : 4,
        probe: setup.quick ? 0.2 : 1,
      };
      writeFileSync(file, JSON.stringify(words));
      return playersOf(setup, file, network.words.name);
    },
  };
}

function playersOf(
  { name: caseName, python }: Setup,
  file: string,
  network: string,
): readonly Player[] {
  const own = (name: string): Words => [
    process.execPath,
    fileURLToPath(new URL(`./${name}.js`, import.meta.url)),
    file,
    caseName,
  ];
  return [
    talker(OURS, own("train-ours")),
    talker("PyTorch", [python, peerFile("torch_train.py"), file, "eager"]),
    talker("PyTorch, compiled", [python, peerFile("torch_train.py"), file, "compile"]),
    talker("onnxruntime-web (our graph)", own("train-web")),
    ...(NOT_TENSORFLOW.includes(network)
      ? []
      : [talker("TensorFlow.js, wasm", [process.execPath, peerFile("tfjs_train.mjs"), file])]),
    ...(SKLEARN.includes(network)
      ? [talker("scikit-learn", [python, peerFile("sklearn_train.py"), file])]
      : []),
  ];
}

function talker(name: string, words: Words): Player {
  return {
    name,
    open: () =>
      openTalker(words, ({ steps = NaN, seconds = NaN, processor }) => ({
        speed: steps / seconds,
        ...(processor === undefined ? {} : { processor: steps / processor }),
      })),
  };
}
