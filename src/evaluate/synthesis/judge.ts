/**
 * Everything that is said of new rows at once: whether they lie where real rows lie, whether they
 * hang together as those do, whether they repeat what was learned from; beside simple controls that
 * learned from the same rows.
 */
import { inputError } from "../../base/errors.ts";
import type { Matrix } from "../../base/tensor.ts";
import { takeRows } from "../../data/rows.ts";
import type { Rows, Table } from "../../data/source.ts";
import { atSite, keyAt } from "../../random/bits.ts";
import { permutation } from "../../random/numbers.ts";
import type { Encoder } from "../metrics/metric.ts";
import { LEAST_ROWS } from "../metrics/neighbours.ts";
import { associationDistance, associationMatrix } from "./associations.ts";
import type { NumberRows } from "./control-rows.ts";
import { bootstrapRows, pictureControls } from "./control-rows.ts";
import { fitCopula } from "./copula.ts";
import { duplicateShare, numberKeys, tableKeys } from "./duplicates.ts";
import type { Fields } from "./fields.ts";
import { alignTables, takeFields } from "./fields.ts";
import type { Judgement, JudgeRequest, SampleControl, SampleFigures } from "./judgement.ts";
import { columnDistances } from "./marginals.ts";
import { memoryFigures } from "./memory.ts";
import { predictiveTask } from "./predictive.ts";
import { rowMatrix, scaledBy } from "./row-matrix.ts";
import { spaceFigures } from "./space.ts";
import { tableSpace } from "./table-space.ts";
import { tellApart } from "./tell-apart.ts";
import { conclusions } from "./verdict.ts";

/** Rows of each side that the space compares. */
const MOST_COMPARED = 5000;
/** Rows that marginals, associations and the classifier on the target take. */
const MOST_CELLED = 20_000;
const ORDER_SITE = 0x1d6e;

type Maker = "model" | SampleControl;

/**
 * Judges samples of a model against rows that it did not learn from, beside controls.
 *
 * @throws `data.kind` for rows of different kinds or shapes, `data.rows` for fewer than 12 of any
 * @example
 * const judgement = await judgeSamples({ engine, train, heldOut, samples, target: "income" });
 * console.log(judgement.verdict, judgement.copies);
 */
export async function judgeSamples(request: JudgeRequest): Promise<Judgement> {
  requireAlike(request);
  const { train, heldOut, samples, seed = 0 } = request;
  const counts = { train: train.rows, heldOut: heldOut.rows, samples: samples.rows };
  const shuffled = {
    ...request,
    train: inRandomOrder(train, seed),
    heldOut: inRandomOrder(heldOut, seed),
    samples: inRandomOrder(samples, seed),
  };
  const found = train.kind === "table" ? await judgeTables(shuffled) : await judgeNumbers(shuffled);
  return { rows: counts, ...found, ...conclusions(found, counts) };
}

/** All of a judgement but what is concluded from it. */
export type Measured = Omit<Judgement, "rows" | "copies" | "findings" | "verdict">;

async function judgeTables(request: JudgeRequest): Promise<Measured> {
  const { engine, seed = 0, target, signal } = request;
  const { tables, leftOut } = alignTables([request.train, request.heldOut, request.samples] as [
    Table,
    Table,
    Table,
  ]);
  const [train, heldOut, samples] = tables as [Fields, Fields, Fields];
  if (train.fields.length === 0) throw noColumns();
  const notes = leftOut.length === 0 ? [] : [`Columns not compared: ${leftOut.join(", ")}.`];
  const learned = topFields(train, MOST_CELLED);
  const count = samples.rows;
  const makers = new Map<Maker, Fields>([
    ["model", samples],
    ["copula", fitCopula(train).draw(count, seed)],
    ["bootstrap", takeFields(train, bootstrapRows(train.rows, count, seed))],
  ]);
  const toPoints = tableSpace(train);
  const real = topFields(heldOut, MOST_CELLED);
  const own = associationMatrix(real);
  const task = target === undefined ? undefined : predictiveTask(learned, real, target);
  if (typeof task === "string") notes.push(`Nothing was learned from samples: ${task}.`);
  const judge = typeof task === "object" ? task : undefined;
  const fitCount = Math.min(count, train.rows, MOST_CELLED);
  const trainKeys = new Set(tableKeys(train));
  const figures = new Map<Maker, SampleFigures>();
  for (const [name, made] of makers) {
    signal?.throwIfAborted();
    const some = topFields(made, MOST_CELLED);
    figures.set(
      name,
      defined({
        duplicates: duplicateShare(tableKeys(made), trainKeys),
        marginals: meanOf(columnDistances(real, some)),
        associations: associationDistance(own, associationMatrix(some)),
        predictive: judge?.judge(topFields(made, fitCount)),
        detection: tellApart(real, some),
      }),
    );
  }
  const memory = await memoryFigures(
    engine,
    {
      train: toPoints(train),
      heldOut: toPoints(heldOut),
      makers: new Map([...makers].map(([name, made]) => [name, toPoints(made)])),
    },
    signal,
  );
  const compared = Math.min(MOST_COMPARED, heldOut.rows, count);
  const points = (fields: Fields): Matrix => toPoints(topFields(fields, compared));
  const space = await spaceFigures(
    engine,
    points(heldOut),
    new Map([...makers].map(([name, made]) => [name, points(made)])),
  );
  return {
    space: "the columns, numbers by their rank",
    target: judge === undefined ? undefined : target,
    ...assembled(space, memory.figures, figures),
    chance: memory.chances.get("model") ?? 0,
    real: defined({
      near: memory.near,
      duplicates: duplicateShare(tableKeys(heldOut), trainKeys),
      predictive: judge?.judge(topFields(train, fitCount)),
    }),
    notes,
  };
}

async function judgeNumbers(request: JudgeRequest): Promise<Measured> {
  const { engine, encoder, seed = 0, signal } = request;
  const [train, heldOut, samples] = [request.train, request.heldOut, request.samples] as [
    NumberRows,
    NumberRows,
    NumberRows,
  ];
  const notes: string[] = [];
  const count = samples.rows;
  const makers = new Map<Maker, NumberRows>([
    ["model", samples],
    ...(await pictureControls(engine, train, count, seed)),
  ]);
  signal?.throwIfAborted();
  const keys = new Set(numberKeys(train));
  const compared = Math.min(MOST_COMPARED, heldOut.rows, count);
  const seen = await encoded(encoder, heldOut, makers, compared);
  const figures = new Map<Maker, SampleFigures>();
  for (const [name, made] of makers) {
    signal?.throwIfAborted();
    const own = seen?.clouds.get(name);
    figures.set(
      name,
      defined({
        duplicates: duplicateShare(numberKeys(made), keys),
        detection: seen && own && tellApart(columnsOf(seen.real), columnsOf(own)),
      }),
    );
  }
  const toPoints = train.kind === "images" ? undefined : scaledBy(rowMatrix(train));
  const points = (rows: NumberRows): Matrix => toPoints?.(rowMatrix(rows)) ?? rowMatrix(rows);
  const memory = await memoryFigures(
    engine,
    {
      train: points(train),
      heldOut: points(heldOut),
      makers: new Map([...makers].map(([name, made]) => [name, points(made)])),
    },
    signal,
  );
  if (memory.searched < train.rows)
    notes.push(`Copies were searched among ${memory.searched.toLocaleString("en")} training rows.`);
  const space = seen && (await spaceFigures(engine, seen.real, seen.clouds));
  return {
    space: encoder?.name,
    target: undefined,
    ...assembled(space, memory.figures, figures),
    chance: memory.chances.get("model") ?? 0,
    real: { near: memory.near, duplicates: duplicateShare(numberKeys(heldOut), keys) },
    notes,
  };
}

async function encoded(
  encoder: Encoder | undefined,
  heldOut: NumberRows,
  makers: ReadonlyMap<Maker, NumberRows>,
  compared: number,
): Promise<{ real: Matrix; clouds: ReadonlyMap<Maker, Matrix> } | undefined> {
  if (encoder === undefined) return undefined;
  const clouds = new Map<Maker, Matrix>();
  for (const [name, made] of makers)
    clouds.set(name, await encoder.encode(topRows(made, compared)));
  return { real: await encoder.encode(topRows(heldOut, compared)), clouds };
}

/** Codes as a table of numbers. */
function columnsOf({ data, rows, columns }: Matrix): Fields {
  return {
    rows,
    fields: Array.from({ length: columns }, (_, j) => ({
      kind: "number",
      name: String(j),
      values: Float64Array.from(
        { length: rows },
        (_unused, row) => data[row * columns + j] as number,
      ),
    })),
  };
}

function assembled(
  ...parts: readonly (ReadonlyMap<Maker, SampleFigures> | undefined)[]
): Pick<Judgement, "model" | "controls"> {
  const of = (name: Maker): SampleFigures =>
    Object.assign({}, ...parts.map((part) => part?.get(name)));
  const names = [...(parts.at(-1) ?? new Map<Maker, SampleFigures>()).keys()];
  return {
    model: of("model"),
    controls: Object.fromEntries(
      names.filter((name) => name !== "model").map((name) => [name, of(name)]),
    ),
  };
}

function inRandomOrder<T extends Rows>(rows: T, seed: number): T {
  return takeRows(rows, permutation(atSite(keyAt(seed, 0), ORDER_SITE), rows.rows));
}

function topRows<T extends Rows>(rows: T, most: number): T {
  return takeRows(rows, firstOf(Math.min(most, rows.rows)));
}

function topFields(fields: Fields, most: number): Fields {
  return fields.rows <= most ? fields : takeFields(fields, firstOf(most));
}

function firstOf(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, row) => row);
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, x) => sum + x, 0) / Math.max(1, values.length);
}

function defined<T extends Readonly<Record<string, number | undefined>>>(
  figures: T,
): { readonly [K in keyof T]?: number } {
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined)) as {
    readonly [K in keyof T]?: number;
  };
}

function requireAlike({ train, heldOut, samples }: JudgeRequest): void {
  for (const [place, rows] of Object.entries({ train, heldOut, samples })) {
    if (rows.kind !== train.kind || shapeOf(rows) !== shapeOf(train)) {
      throw inputError("data.kind", {
        place: `samples to judge, ${place}`,
        expected: `${train.kind} like the training rows, ${shapeOf(train)}`,
        got: `${rows.kind}, ${shapeOf(rows)}`,
      });
    }
    if (rows.rows >= LEAST_ROWS) continue;
    throw inputError("data.rows", {
      place: `samples to judge, ${place}`,
      expected: `at least ${LEAST_ROWS} rows`,
      got: String(rows.rows),
    });
  }
}

function shapeOf(rows: Rows): string {
  switch (rows.kind) {
    case "table":
      return "rows of columns";
    case "images":
      return `${rows.height} × ${rows.width} × ${rows.channels}`;
    case "array":
      return rows.shape.join(" × ");
    case "series":
      return `windows of ${rows.window} × ${rows.channels.length}`;
    case "interactions":
      return `choices among ${rows.items.length} items`;
  }
}

function noColumns(): Error {
  return inputError("data.columns", {
    place: "samples to judge",
    expected: "columns that training rows, held-out rows and samples share",
    got: "none",
  });
}
