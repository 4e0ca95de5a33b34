/** Anomaly detection measured on trained models: which rows count, what controls learn from. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { smallTable } from "../../test/support/small-data.ts";
import { tableSource } from "../data/memory.ts";
import { seriesFrom } from "../data/series-windows.ts";
import type { Table } from "../data/source.ts";
import { areaUnderRoc } from "../evaluate/detection/ranking.ts";
import { vanilla } from "../families/vanilla.ts";
import { train } from "./train.ts";
import type { Model } from "./types.ts";

/** Rows with words and missing values; the first twelve have a number far off. */
const usual = smallTable();
const spoiled: Table = {
  ...usual,
  columns: usual.columns.map((column) =>
    column.type === "text"
      ? column
      : { ...column, values: column.values.map((x, row) => (row < 12 ? x + 1e3 : x)) },
  ),
};
const labels = Array.from({ length: usual.rows }, (_, row) =>
  row < 12 ? "bad" : row < 20 ? null : "good",
);

let model: Model;
beforeAll(async () => {
  model = await train(vanilla({ latent: 2 }), usual, { epochs: 5, threads: 1 });
});
afterAll(() => model?.close());

test("figures of the model and of every control, on the labelled rows", async () => {
  const asked = { labels, anomalies: "bad", controlsFrom: usual };
  const { detection, metrics, notes, findings } = await model.evaluate(spoiled, asked);
  expect(detection?.rows).toBe(usual.rows - 8);
  expect(detection?.anomalies).toBe(12);
  for (const [name, { auroc, averagePrecision }] of Object.entries(detection?.controls ?? {})) {
    expect(auroc, name).toBeGreaterThan(0.95);
    expect(averagePrecision, name).toBeGreaterThan(0.5);
  }
  expect(Object.keys(detection?.controls ?? {})).toHaveLength(4);
  expect(metrics["auroc"]).toBe(detection?.model.auroc);
  expect(findings.at(-1)).toBe(detection?.verdict);
  expect(notes).toContain(
    "Controls of anomaly detection were fitted on table, not knowing any labels.",
  );
  expect(notes).toContain("8 rows without a label were left out of anomaly detection.");
});

test("without rows to learn from, controls learn from those they judge, and say so", async () => {
  const { detection, notes } = await model.evaluate(spoiled, { labels, anomalies: "bad" });
  expect(notes.join(" ")).toContain("on these same rows");
  const { detection: told } = await model.evaluate(spoiled, {
    labels,
    anomalies: "bad",
    controlsFrom: spoiled,
  });
  // Its own rows are not its neighbours; those of other data may lie at the same place.
  expect(told?.controls.nearestNeighbours).not.toEqual(detection?.controls.nearestNeighbours);
  expect(told?.controls.pcaError).toEqual(detection?.controls.pcaError);
});

test("the figures do not depend on how many rows are read at a time", async () => {
  const whole = await model.evaluate(spoiled, { labels, anomalies: "bad" });
  const pieces = await model.evaluate(spoiled, { labels, anomalies: "bad", chunk: 7 });
  expect(pieces.detection).toEqual(whole.detection);
});

test("a label that marks none, or all, is refused by name", async () => {
  const refused = (labels_: readonly (string | null)[], anomalies: string) =>
    expect(model.evaluate(spoiled, { labels: labels_, anomalies })).rejects;
  await refused(labels, "Bad").toThrow(/"Bad".*none of 152 with it; labels are "bad", "good"/);
  const all = labels.map(() => "bad");
  await refused(all, "bad").toThrow(/all 160 with it/);
  await expect(model.evaluate(tableSource(usual), { anomalies: "bad" })).rejects.toThrow(
    /got no labels.*--label/s,
  );
});

test("of labels that are 0 and 1 the rarer 1 marks anomalies, unless another is named", async () => {
  const marks = labels.map((label) => (label === null ? null : label === "bad" ? 1 : 0));
  const { detection, notes } = await model.evaluate(spoiled, { labels: marks });
  expect(detection?.anomalies).toBe(12);
  expect(notes).toContain("Label 1 is taken to mark anomalies; --anomalies names another.");
  const turned = await model.evaluate(spoiled, { labels: marks, anomalies: 0 });
  expect(turned.detection?.anomalies).toBe(usual.rows - 20);
  for (const others of [labels, marks.map((mark) => mark && 2), marks.map((mark) => mark && 0)])
    expect((await model.evaluate(spoiled, { labels: others })).detection).toBeUndefined();
  const common = marks.map((mark) => (mark === null ? null : 1 - mark));
  expect((await model.evaluate(spoiled, { labels: common })).detection).toBeUndefined();
});

test("what controls learn from, without a label that marks anomalies, is refused", async () => {
  await expect(model.evaluate(spoiled, { labels, controlsFrom: usual })).rejects.toThrow(
    /--controls-from.*expected --anomalies/s,
  );
});

test("of series the points are judged, beside sub-sequence PCA", async () => {
  const rows = Array.from({ length: 500 }, (_, t) => [
    Math.sin(t / 4) + (t >= 400 && t < 410 ? 3 : 0),
    Math.cos(t / 4),
  ]);
  const marks = rows.map((_, t) => (t < 20 ? null : Number(t >= 400 && t < 410)));
  const source = seriesFrom(rows, { window: 16, labels: marks });
  const learned = await train(vanilla({ latent: 2 }), source, { epochs: 5, threads: 1 });
  try {
    const { detection, metrics, findings, notes } = await learned.evaluate(source);
    expect(detection?.of).toBe("points");
    expect([detection?.rows, detection?.anomalies]).toEqual([480, 10]);
    const { scores } = await learned.scorePoints(source);
    const known = [...scores].slice(20);
    expect(metrics["auroc"]).toBe(areaUnderRoc(known, marks.slice(20).map(Number)));
    expect(metrics["vusPr"]).toBe(detection?.model.vusPr);
    expect(Object.keys(detection?.controls ?? {})).toEqual(["subsequencePca"]);
    expect(findings.at(-1)).toContain("sub-sequence PCA");
    expect(notes).toContain("20 points without a label were left out of anomaly detection.");
    const first = seriesFrom(rows.slice(396, 440), { window: 16, name: "first.csv" });
    const told = await learned.evaluate(source, { anomalies: "1", controlsFrom: first });
    expect(told.notes.join(" ")).toContain("learned from first.csv, not knowing any labels.");
    expect(told.detection?.controls).not.toEqual(detection?.controls);
    await expect(learned.evaluate(source, { anomalies: "broken" })).rejects.toThrow(
      /none of 480 with it; labels are "0", "1"/,
    );
  } finally {
    await learned.close();
  }
});
