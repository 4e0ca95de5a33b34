/** Columns may be called what they like: none gets in the way of a model's own names. */
import { load, train, type Generative, type Model, type Source } from "autoencoders";
import { expect, test } from "vitest";
import { families } from "../dist/families/index.js";
import { smallData, withLabels } from "./support/small-data.ts";

/** Names of inputs, outputs, weights, buffers and programs of ours. */
const AWKWARD = [
  "key",
  "latent",
  "score",
  "label",
  "classes",
  "center",
  "steps",
  "encoder.0.weight",
];

function awkwardTable(labelled: boolean): Source {
  const table = smallData.table();
  const columns = table.columns.map((column, i) => ({ ...column, name: AWKWARD[i] as string }));
  const rows = { ...table, columns };
  const source = withLabels(rows, false);
  if (labelled) return { ...source, label: "label" };
  const { labels: _, label: __, ...plain } = source;
  return plain;
}

const ofTables = Object.entries(families).filter(([, { takes }]) => takes === undefined);

test.each(ofTables)("%s, with columns of awkward names", async (_, entry) => {
  const family = entry.create({}, { latent: 3 });
  const source = awkwardTable(family.label !== undefined);
  const trained = (await train(family, source, { epochs: 1, threads: 1 })) as Model &
    Partial<Generative>;
  const model = await load(trained.bytes(), { threads: 1 });
  expect(await model.score(source)).toEqual(await trained.score(source));
  const again = await model.reconstruct(source);
  const names = again.kind === "table" ? again.columns.map(({ name }) => name) : [];
  expect(names).toEqual(AWKWARD);
  const { rows } = await model.evaluate(source);
  expect(rows).toBe(160);
  if (model.generate !== undefined) expect((await model.generate(3)).rows).toBe(3);
  await Promise.all([trained.close(), model.close()]);
});
