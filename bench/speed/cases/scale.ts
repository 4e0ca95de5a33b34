/** Cost as data grow: a thousand times the rows in the same memory. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { NoData } from "../data-files.ts";
import { MEMORY, OUR_VERSION, SECONDS, ae, jobPlayer } from "../job.ts";
import type { Words } from "../process.ts";
import { runToEnd } from "../process.ts";
import { quantile } from "../summary.ts";
import { copyFirst, writeParquet } from "../tables.ts";
import type { Measure, Measures, Player, Setup, SpeedCase } from "../types.ts";

const ROUNDS = 3;
/** Rows of a run that shows what a command takes before it comes to the rows. */
const FEW = 1000;
const BUDGET = ["--memory", "1GB"];
const ONE_EPOCH = ["--family", "vanilla", "--hidden", "16", "--latent", "8", "--epochs", "1"];

const measures: readonly Measure[] = [
  SECONDS,
  { key: "speed", title: "rows a second, after start-up", unit: "rows/s" },
  { key: "inside", title: "rows a second, training alone", unit: "rows/s" },
  MEMORY,
];

interface Sized {
  readonly name: string;
  readonly file: string;
  readonly rows: number;
  /** Where its model and its scores go, but for their endings. */
  readonly out: string;
}

const named = (rows: number): string => rows.toLocaleString("en-US");

/** Nothing where the rows take less than start-up itself varies. */
function beyond(rows: number, seconds: number, start: number): Measures {
  return seconds < 1.2 * start ? {} : { speed: rows / (seconds - start) };
}

/** What the model says of its training: without reading, looking at columns and saving. */
function insideOf(stdout: string): Measures {
  const { rows, seconds } = JSON.parse(stdout) as { readonly [key: string]: number };
  return { inside: (rows as number) / (seconds as number) };
}

async function supported(setup: Setup): Promise<void> {
  const { stdout } = await runToEnd(ae("train", "--help"), setup.folder);
  if (!stdout.includes("--memory"))
    throw new NoData("this version of ae train has no option --memory");
}

/** Training and scoring of each table; what both take for few rows is not counted in the speed. */
async function playersOf(
  setup: Setup,
  tables: readonly Sized[],
  few: Pick<Sized, "file" | "out">,
): Promise<readonly Player[]> {
  const trained = ({ file, out }: typeof few): Words =>
    ae("train", file, ONE_EPOCH, BUDGET, "--json", "-o", `${out}.onnx`);
  const scored = ({ file, out }: typeof few): Words =>
    ae("score", `${out}.onnx`, file, "-o", `${out}.scores.parquet`);
  const verbs = { train: trained, score: scored };
  const start: Record<string, number> = {};
  for (const [verb, command] of Object.entries(verbs)) {
    const seconds: number[] = [];
    for (let i = 0; i < ROUNDS; i += 1)
      seconds.push((await runToEnd(command(few), setup.folder)).seconds);
    start[verb] = quantile(seconds, 0.5);
  }
  return tables.flatMap((table) =>
    Object.entries(verbs).map(([verb, command]) =>
      jobPlayer(setup, {
        name: `ae ${verb}, ${table.name}`,
        version: OUR_VERSION,
        commands: [command(table)],
        measured: ({ stdout }, seconds): Measures => ({
          ...beyond(table.rows, seconds, start[verb] as number),
          ...(verb === "train" ? insideOf(stdout) : {}),
        }),
      }),
    ),
  );
}

export const scale: SpeedCase = {
  about: "10,000 to 10,000,000 rows of 30 columns, one epoch and scores under --memory 1GB",
  measures,
  rounds: ROUNDS,
  players: async (setup) => {
    await supported(setup);
    const out = join(setup.folder, "few");
    const few = { file: `${out}.parquet`, out };
    await writeParquet(few.file, FEW);
    const sizes = setup.quick ? [1e4, 1e5] : [1e4, 1e5, 1e6, 1e7];
    const tables: Sized[] = [];
    for (const rows of sizes) {
      const to = join(setup.folder, String(rows));
      const file = `${to}.parquet`;
      setup.tell(`writing ${named(rows)} rows`);
      await writeParquet(file, rows);
      tables.push({ name: `${named(rows)} rows`, file, rows, out: to });
    }
    return playersOf(setup, tables, few);
  },
};

const FLIGHTS = 3_000_000;

export const flights: SpeedCase = {
  about: "flights-3m.parquet (3,000,000 rows), one epoch and scores under --memory 1GB",
  measures,
  rounds: ROUNDS,
  players: async (setup) => {
    await supported(setup);
    const data = join(process.cwd(), "node_modules/vega-datasets/data/flights-3m.parquet");
    if (!existsSync(data)) throw new NoData("vega-datasets is not installed: npm ci");
    const few = join(setup.folder, "few");
    await copyFirst(data, `${few}.parquet`, FEW);
    const table = {
      name: "3,000,000 flights",
      file: data,
      rows: FLIGHTS,
      out: join(setup.folder, "flights"),
    };
    return playersOf(setup, [table], { file: `${few}.parquet`, out: few });
  },
};
