/** Many users of a large catalogue: one pass over ten million interactions, and recommendations. */
import { join } from "node:path";
import { openWriter } from "../../../src/data/write.ts";
import type { Table } from "../../../src/data/source.ts";
import { catalogueOf } from "../catalogue.ts";
import { NoData } from "../data-files.ts";
import { MEMORY, OUR_VERSION, SECONDS, ae, jobPlayer } from "../job.ts";
import { runToEnd } from "../process.ts";
import { quantile } from "../summary.ts";
import type { Measures, Setup, SpeedCase } from "../types.ts";

const ITEMS = 20_000;
const SEED = 4;
const ROUNDS = 3;
/** Users whose recommendations show what the command takes before it comes to users. */
const FEW = 10;
const ASKED = 10_000;
/** Users that are written at a time. */
const CHUNK = 2000;
const COLUMNS = ["--as", "interactions", "--user", "user", "--item", "item"];

export const catalogue: SpeedCase = {
  about:
    "20,000 items, 100,000 users, 10 million interactions: one epoch of mult-vae, and recommendations",
  measures: [
    SECONDS,
    { key: "epoch", title: "seconds an epoch, training alone", unit: "s" },
    { key: "users", title: "users a second, after start-up", unit: "rows/s" },
    MEMORY,
  ],
  rounds: ROUNDS,
  players: async (setup) => {
    await supported(setup);
    const file = (name: string): string => join(setup.folder, name);
    const users = setup.quick ? 5000 : 100_000;
    setup.tell("writing the catalogue");
    const interactions = await writeCatalogue(file("train.parquet"), { from: 0, users });
    setup.tell(`${interactions.toLocaleString("en")} interactions`);
    // Users whom nobody learned from.
    await writeCatalogue(file("few.parquet"), { from: users, users: FEW });
    await writeCatalogue(file("asked.parquet"), { from: users, users: ASKED });
    const train = ae(
      "train",
      file("train.parquet"),
      COLUMNS,
      ["--family", "mult-vae", "--epochs", "1", "--json"],
      ["-o", file("model.onnx")],
    );
    const recommend = (name: string) =>
      ae(
        "recommend",
        file("model.onnx"),
        file(`${name}.parquet`),
        COLUMNS.slice(2),
        ["-k", "10"],
        ["-o", file(`${name}.lists.parquet`)],
      );
    await runToEnd(train, setup.folder);
    const starts: number[] = [];
    for (let i = 0; i < ROUNDS; i += 1)
      starts.push((await runToEnd(recommend("few"), setup.folder)).seconds);
    const start = quantile(starts, 0.5);
    return [
      jobPlayer(setup, {
        name: "ae train",
        version: OUR_VERSION,
        commands: [train],
        measured: ({ stdout }): Measures => ({
          epoch: (JSON.parse(stdout) as { readonly seconds: number }).seconds,
        }),
      }),
      jobPlayer(setup, {
        name: `ae recommend, ${ASKED.toLocaleString("en")} users`,
        version: OUR_VERSION,
        commands: [recommend("asked")],
        measured: (_last, seconds): Measures =>
          // Nothing where the users take less than start-up itself varies.
          seconds < 1.2 * start ? {} : { users: (ASKED - FEW) / (seconds - start) },
      }),
    ];
  },
};

/** A row an interaction, user by user, written some users at a time. */
async function writeCatalogue(
  path: string,
  { from, users }: { readonly from: number; readonly users: number },
): Promise<number> {
  const historyOf = catalogueOf(ITEMS, SEED);
  const dictionary = Array.from({ length: ITEMS }, (_, item) => `item ${item}`);
  const writer = await openWriter(path);
  let rows = 0;
  for (let first = from; first < from + users; first += CHUNK) {
    const count = Math.min(CHUNK, from + users - first);
    const histories = Array.from({ length: count }, (_, i) => historyOf(first + i));
    const table = tableOf(first, histories, dictionary);
    rows += table.rows;
    await writer.write(table);
  }
  await writer.close();
  return rows;
}

function tableOf(
  first: number,
  histories: readonly Int32Array[],
  dictionary: readonly string[],
): Table {
  const rows = histories.reduce((sum, { length }) => sum + length, 0);
  const values = new Float64Array(rows);
  const codes = new Int32Array(rows);
  let at = 0;
  for (const [i, history] of histories.entries()) {
    values.fill(first + i, at, at + history.length);
    codes.set(history, at);
    at += history.length;
  }
  return {
    kind: "table",
    rows,
    columns: [
      { name: "user", type: "integer", values },
      { name: "item", type: "text", codes, dictionary },
    ],
  };
}

async function supported(setup: Setup): Promise<void> {
  const { stdout } = await runToEnd(ae("--help"), setup.folder);
  if (!stdout.includes("recommend")) throw new NoData("this version of ae has no verb recommend");
}
