/** Whole jobs: programs run from their start to their end, the start of their runtimes included. */
import process from "node:process";
import { join } from "node:path";
import { VERSION } from "../../src/base/version.ts";
import { peerFile } from "./peers.ts";
import type { Finished, Words } from "./process.ts";
import { readiness, runToEnd } from "./process.ts";
import type { Measure, Measures, Player, Setup } from "./types.ts";
import { OURS } from "./types.ts";

export const SECONDS: Measure = { key: "seconds", title: "seconds", unit: "s", better: "less" };
export const MEMORY: Measure = {
  key: "memory",
  title: "peak memory, MB",
  unit: "MB",
  better: "less",
};

export const OUR_VERSION = `autoencoders ${VERSION}`;

/**
 * The command as it is shipped.
 *
 * @example
 * ae("train", "rows.csv", ["--latent", "8"], ["-o", "model.onnx"]);
 */
export function ae(...words: readonly (string | readonly string[])[]): Words {
  return [process.execPath, join(process.cwd(), "dist/cli/main.js"), ...words.flat()];
}

export interface Job {
  readonly name: string;
  /** Run one after the other; their times add up. */
  readonly commands: readonly Words[];
  /** A short run that says `{"ready": …}` or `{"missing": why}`; it also warms the disk's cache. */
  readonly check?: Words;
  readonly version?: string;
  /** More measures, from what the last command said. */
  readonly measured?: (last: Finished, seconds: number) => Measures;
}

/** A player whose turn is the whole job. */
export function jobPlayer({ folder }: Setup, job: Job): Player {
  return {
    name: job.name,
    open: async () => {
      const ready = job.check === undefined ? undefined : await readiness(job.check, folder);
      if (ready !== undefined && "missing" in ready) return ready;
      return {
        version: job.version ?? ready?.version,
        turn: async () => {
          const runs: Finished[] = [];
          for (const command of job.commands) runs.push(await runToEnd(command, folder));
          const seconds = runs.reduce((sum, run) => sum + run.seconds, 0);
          const peaks = runs.flatMap(({ memory }) => memory["memory"] ?? []);
          return {
            seconds,
            ...(peaks.length === 0 ? {} : { memory: Math.max(...peaks) }),
            ...job.measured?.(runs.at(-1) as Finished, seconds),
          };
        },
        close: () => Promise.resolve({}),
      };
    },
  };
}

/** Ours: commands of `ae`. */
export function ourJob(setup: Setup, commands: readonly Words[], rest: Partial<Job> = {}): Player {
  return jobPlayer(setup, { name: OURS, version: OUR_VERSION, commands, ...rest });
}

/** A script of bench/peers, which knows `--check`. */
export function pythonJob(
  setup: Setup,
  name: string,
  script: string,
  words: readonly string[],
  rest: Partial<Job> = {},
): Player {
  const command: Words = [setup.python, peerFile(script)];
  return jobPlayer(setup, {
    name,
    check: [...command, "--check"],
    commands: [[...command, ...words]],
    ...rest,
  });
}

interface Trained {
  readonly body: { readonly options: { readonly hidden?: readonly number[] } };
  readonly latent: number;
  readonly training: {
    readonly batch: number;
    readonly epochs: number;
    readonly learningRate: number;
  };
}

/** What our run took by itself, for peers to take the same. */
export async function takenBy(setup: Setup, model: string): Promise<readonly string[]> {
  const { stdout } = await runToEnd(ae("info", model, "--json"), setup.folder);
  const { body, latent, training } = JSON.parse(stdout) as Trained;
  return [
    "--hidden",
    (body.options.hidden ?? []).join(","),
    "--latent",
    String(latent),
    "--epochs",
    String(training.epochs),
    "--batch",
    String(training.batch),
    "--rate",
    String(training.learningRate),
    "--threads",
    String(setup.threads),
  ];
}
