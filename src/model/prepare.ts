/** From data to all that a run needs: what it keeps in memory, the network, the values. */
import { tmpdir } from "node:os";
import { dirname, resolve } from "node:path";
import { inputError } from "../base/errors.ts";
import { formatBytes } from "../base/byte-count.ts";
import type { Labels, LabelSchema } from "../data/labels.ts";
import { labelCodes } from "../data/labels.ts";
import type { Preprocessing } from "../data/preprocessing.ts";
import type { Source } from "../data/source.ts";
import { fitSchema, preprocessingOf } from "../data/preprocessings.ts";
import { takeRows } from "../data/rows.ts";
import type { Spill } from "../data/spill.ts";
import { rowBytes } from "../data/spill.ts";
import type { Family } from "../families/family.ts";
import type { Engine } from "../runtime/engine.ts";
import type { Network } from "../train/network.ts";
import { compactTypes } from "../train/network.ts";
import type { RunData } from "../train/run.ts";
import { spilledSupply } from "../train/supply.ts";
import { compactOf, fingerprint, hasMissing, spillRows } from "./compact.ts";
import { fitLabelsOf, labelsFor } from "./companions.ts";
import { defaultBody, defaultLatent } from "./defaults.ts";
import type { Elder } from "./init.ts";
import { foreseen, requireTrainable } from "./limits.ts";
import type { Material, Sides, Walk } from "./material.ts";
import { labelsIn, residentMaterial, sampledMaterial } from "./material.ts";
import type { Room } from "./room.ts";
import {
  available,
  blocksFor,
  modelBytes,
  queueBytes,
  rawRowBytes,
  residentRowBytes,
  residentShare,
  roomForBlocks,
} from "./room.ts";
import type { Settings } from "./settings.ts";
import { settingsFrom } from "./settings.ts";
import type { TrainOptions } from "./types.ts";

export interface Plan {
  readonly sides: Sides;
  readonly material: Material;
  readonly network: Network;
  readonly settings: Settings;
  /** Of all rows, for families that take labels. */
  readonly labels: Labels | undefined;
}

/** Reads what shall be resident and decides on the network. */
export async function planRun(
  family: Family,
  sides: Sides,
  options: TrainOptions,
  room: Room,
  elder?: Elder,
): Promise<Plan> {
  requireForeseen(family, sides.source, options);
  // A few bytes an interaction, which are in memory as they were read.
  if (sides.source.kind === "interactions")
    return planWith(family, sides, { ...choiceDefaults(sides.source, options), ...options }, elder);
  const bytes = sides.source.rows * bytesPerRow(sides, residentRowBytes);
  if (bytes > room.bytes) return planWith(family, sides, options, elder, room);
  const plan = await planWith(family, sides, options, elder);
  // Only now is the model's own size known.
  const all = bytes + modelBytes(plan.network, plan.settings);
  return room.asked && all > room.bytes ? planWith(family, sides, options, elder, room) : plan;
}

/**
 * A step costs as much for its weights, a row an item, as for many users: batches are larger than for
 * other data, and early stopping ends sooner what needs fewer than 2,000 steps.
 */
function choiceDefaults(
  { rows }: Source,
  { time, batch: asked }: Pick<TrainOptions, "time" | "batch">,
): Pick<TrainOptions, "batch" | "epochs" | "learningRate"> {
  const batch = Math.min(rows, asked ?? (rows < 256 ? 64 : rows < 10_000 ? 128 : 500));
  const epochs = Math.max(10, Math.min(200, Math.ceil(2000 / Math.ceil(rows / batch))));
  return { batch, learningRate: 2e-3, ...(time === undefined ? { epochs } : {}) };
}

/** What will not do is told before the data are read, where their width is known by then. */
function requireForeseen(family: Family, source: Source, options: TrainOptions): void {
  const preprocessing = foreseen(source);
  // Those that learn from labels need them to be asked anything.
  if (preprocessing === undefined || family.label !== undefined) return;
  const network = networkFor(family, preprocessing, { pairs: false, label: undefined });
  requireTrainable(network, settingsFrom(options, source.rows), available());
}

/** @param room absent: all rows become resident */
async function planWith(
  family: Family,
  sides: Sides,
  options: TrainOptions,
  elder: Elder | undefined,
  room?: Room,
): Promise<Plan> {
  const { source } = sides;
  const walk: Walk = { signal: options.signal, tell: options.onRead };
  const settingsOf = (rows: number) => settingsFrom(options, rows);
  const material =
    room === undefined
      ? await residentMaterial(sides, walk, settingsOf)
      : await sampled(sides, walk, settingsOf(source.rows), room);
  const { rows, clean, split, streamed } = material;
  const settings = settingsOf(streamed === undefined ? rows.rows : source.rows);
  // Scales come from what shall be given back.
  const fitted = clean ?? rows;
  // Neither takes scales from rows, and copies would only take memory.
  const whole = fitted.kind === "images" || fitted.kind === "interactions";
  const training = whole ? fitted : takeRows(fitted, split.training);
  const origin =
    source.kind === "interactions" ? { name: source.name, interactions: source.columns } : source;
  const schema = fitSchema(training, origin, streamed?.facts);
  const preprocessing = preprocessingOf(elder === undefined ? schema : elder.schemaFor(schema));
  const labels = await labelsFor(family, source);
  const network = networkFor(family, preprocessing, {
    pairs: clean !== undefined,
    label: labels && fitLabelsOf(family, labels, source, preprocessing),
    elder: elder?.network,
  });
  requireTrainable(network, settings, available());
  return { sides, material, network, settings, labels };
}

function sampled(
  sides: Sides,
  walk: Walk,
  { validation, seed }: Settings,
  room: Room,
): Promise<Material> {
  const bytes = bytesPerRow(sides, residentRowBytes);
  const share = residentShare(room, bytes, sides.source.rows, validation);
  return sampledMaterial(sides, walk, share, seed);
}

function bytesPerRow({ source, clean }: Sides, of: typeof rawRowBytes): number {
  return of(source) + (clean === undefined ? 0 : of(clean));
}

function networkFor(
  family: Family,
  preprocessing: Preprocessing,
  {
    label,
    pairs,
    elder,
  }: {
    readonly label: LabelSchema | undefined;
    readonly pairs: boolean;
    /** The network to begin from: what is not asked for is as it has it. */
    readonly elder?: Network | undefined;
  },
): Network {
  const { layout } = preprocessing;
  requireFitting(family, preprocessing);
  const suggested = family.suggest?.(layout);
  const like = elder?.preprocessing.kind === preprocessing.kind ? elder : undefined;
  const latent = family.latent ?? like?.latent ?? suggested?.latent ?? defaultLatent(preprocessing);
  return {
    family,
    preprocessing,
    latent,
    body: family.body ?? like?.body ?? suggested?.body ?? defaultBody(preprocessing, latent),
    pairs,
    ...(label === undefined ? {} : { label }),
  };
}

/** @throws `family.data` where the family is not for such data */
function requireFitting({ name, takes }: Family, { kind }: Preprocessing): void {
  if ((takes === "interactions") === (kind === "interactions")) return;
  const choices = kind === "interactions";
  throw inputError("family.data", {
    place: `the ${name} family`,
    expected: choices ? "rows of numbers, categories or pixels" : "interactions",
    got: choices ? "interactions" : kind === "images" ? "images" : `a plain ${kind}`,
    hint: choices
      ? "take a family for them: mult-vae or mult-dae"
      : "take another family, as variational; or, where a line says which user took which item, read the data with --as interactions --user U --item I",
  });
}

export interface Prepared {
  readonly run: RunData;
  /** Of all values that are trained on. */
  readonly fingerprint: string;
  /** To be closed at the end. */
  readonly spill?: Spill;
}

/** Makes the values: all resident, or a sample resident and the rest in blocks on disk. */
export async function runDataOf(
  engine: Engine,
  plan: Plan,
  options: TrainOptions,
  room: Room,
): Promise<Prepared> {
  const { network, material, labels, sides, settings } = plan;
  const { rows, clean, split, streamed, training } = material;
  const codes = (some: Labels | undefined): Int32Array | undefined =>
    some && network.label && labelCodes(some, network.label);
  const { name } = sides.source;
  const compact = compactOf(network, rows, clean, codes(labelsIn(material, labels)), name);
  if (streamed === undefined) {
    const run = { compact, ...split, complete: !hasMissing(compact) };
    return { run, fingerprint: fingerprint(compact) };
  }

  const bytes = rowBytes(compactTypes(network));
  const resident = rows.rows * (bytesPerRow(sides, rawRowBytes) + 2 * bytes);
  const left = roomForBlocks(room, network, settings, resident);
  const folder = options.checkpoint === undefined ? tmpdir() : dirname(resolve(options.checkpoint));
  const spilling = {
    folder,
    blocks: blocksFor(training, bytes, left, room),
    memory: queueBytes(left),
    heldOut: split.validation.length,
  };
  sayStreaming(plan, folder, spilling.blocks, bytes, options);
  const walk: Walk = { signal: options.signal, tell: options.onRead };
  const made = await spillRows(network, sides, walk, codes(labels), streamed, spilling);
  const supply = spilledSupply(engine, made.spill, settings.seed);
  const run = { compact, ...split, complete: made.complete, supply };
  return { run, fingerprint: made.fingerprint, spill: made.spill };
}

function sayStreaming(
  { material: { rows, split, training }, sides, settings }: Plan,
  folder: string,
  blocks: readonly number[],
  bytes: number,
  { onNote }: TrainOptions,
): void {
  const count = (n: number): string => n.toLocaleString("en");
  const inBlocks = `${count(blocks.length)} shuffled blocks of ${count(blocks[0] as number)} rows`;
  onNote?.(
    `larger than memory: it streams from ${inBlocks}, ${formatBytes(training * bytes)} of temporary disk in ${folder}`,
  );
  if (rows.kind !== "images")
    onNote?.(
      `scales, the control and the doctor rest on ${count(split.training.length)} random rows; ranges, gaps and categories on all`,
    );
  const wanted = Math.floor(sides.source.rows * settings.validation);
  if (split.validation.length < wanted && wanted >= 10)
    onNote?.(
      `held out: ${count(split.validation.length)} rows of the ${count(wanted)} asked for, as many as have room`,
    );
}
