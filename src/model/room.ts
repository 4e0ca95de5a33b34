/** How memory is shared out between the model, the data and everything else. */
import { availableParallelism, totalmem } from "node:os";
import process from "node:process";
import { formatBytes, parseBytes } from "../base/byte-count.ts";
import { inputError } from "../base/errors.ts";
import { sizeOf } from "../base/tensor.ts";
import { limitMemory } from "../data/duck.ts";
import type { InteractionSource, Source } from "../data/source.ts";
import type { Network } from "../train/network.ts";
import { networkSpec } from "../train/network.ts";
import { isSeparate } from "../train/state-parts.ts";
import { countOf } from "../nn/scope.ts";
import type { Settings } from "./settings.ts";
import { runSettings } from "./settings.ts";

export interface Room {
  /** Bytes for data and model. */
  readonly bytes: number;
  /** Whether somebody asked for it: else it only says when data stream. */
  readonly asked: boolean;
  /** Of these, what there must be for data, however large the model. */
  readonly least: number;
  /** Of a block, at the most: a larger one only keeps the run waiting for its first. */
  readonly block: number;
}

/**
 * What a process takes that trains next to nothing on next to no data: Node, ONNX Runtime, DuckDB,
 * our code and what the collector has not seen yet. Measured: docs/decisions/streaming.md.
 */
const RUNTIME = 300e6;

/** Data that a run shall have room for at least: what readers hand over at a time, and blocks. */
const LEAST = 48e6;

const LIMITS = { least: LEAST, block: 512e6 };

/** @throws `options.invalid`, `train.memory` */
export function roomFor(memory: number | string | undefined): Room {
  if (memory === undefined) {
    return { bytes: Math.max(LEAST, available() / 2 - RUNTIME), asked: false, ...LIMITS };
  }
  const bytes = parseBytes(memory, "memory") - RUNTIME;
  if (bytes < LEAST) throw tooLittle(bytes, { data: LEAST });
  return { bytes, asked: true, ...LIMITS };
}

/** What a thread that reads JSON takes: two objects of the largest size, and some. */
const READER = 160e6;

/** Holds readers of tables to their part of the room, where somebody asked for it. */
export async function limitReaders({ asked, bytes }: Room): Promise<void> {
  if (!asked) return;
  const limit = Math.max(READER, bytes / 4);
  const threads = Math.floor(limit / READER);
  await limitMemory(limit, threads < availableParallelism() ? { threads } : {});
}

/** What this process may use: of the machine, or of its container. */
export function available(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}

interface Needed {
  readonly model?: { readonly bytes: number; readonly parameters: number };
  readonly data: number;
}

function tooLittle(room: number, { model, data }: Needed) {
  const count = model?.parameters.toLocaleString("en") ?? "";
  const parts = [
    ...(model === undefined
      ? []
      : [`${formatBytes(model.bytes)} for ${count} parameters and their optimizer`]),
    `${formatBytes(data)} for data`,
    `${formatBytes(RUNTIME)} for the program itself`,
  ];
  return inputError("train.memory", {
    place: "memory",
    expected: `at least ${formatBytes((model?.bytes ?? 0) + data + RUNTIME)}: ${parts.join(", ")}`,
    got: formatBytes(room + RUNTIME),
    hint: model === undefined ? "give more" : "give more, or make the network smaller",
  });
}

/**
 * Copies of weights and of each moment at the height of a step: before it and after, and what the
 * runtime hands over once more; a loop keeps as many again. Then the gradient, and what becomes of
 * it. Measured: docs/decisions/large-models.md.
 */
const COPIES = { apart: 3, loop: 6, gradients: 2 };

/** Bytes that training takes for weights, moments and gradients, at most. */
export function modelBytes(network: Network, settings: Settings): number {
  const spec = networkSpec(network, false);
  const moments = runSettings(settings).optimizer.state.length;
  const copies = isSeparate(spec) ? COPIES.apart : COPIES.loop;
  return 4 * countOf(spec.parameters) * (copies * (1 + moments) + COPIES.gradients);
}

function parametersOf(network: Network): number {
  return countOf(networkSpec(network, false).parameters);
}

function interactionBytes({ data: { codes, weights, times, rows } }: InteractionSource): number {
  const each = 4 + (weights === undefined ? 0 : 4) + (times === undefined ? 0 : 8);
  return 4 + (each * codes.length) / Math.max(1, rows);
}

/** Bytes of a row as readers give it. */
export function rawRowBytes(source: Source): number {
  switch (source.kind) {
    case "table":
      return source.columns.reduce((sum, { type }) => sum + (type === "text" ? 4 : 8), 0);
    case "images":
      return source.height * source.width * source.channels;
    case "array":
      return 8 * sizeOf(source.shape);
    case "series":
      // Windows are places in the series, which are in memory anyway.
      return 4;
    case "interactions":
      return interactionBytes(source);
  }
}

/**
 * Bytes that a row takes at the most when it is resident: as it was read, once more where chunks
 * are joined, while scales are fitted, compact, and once more beside the engine. Measured.
 */
export function residentRowBytes(source: Source): number {
  const raw = rawRowBytes(source);
  switch (source.kind) {
    case "table":
      return 6 * raw;
    case "images":
      return 3 * raw;
    case "array":
      return 4 * raw;
    case "series":
      return raw + 8 * source.window * source.channels.length;
    case "interactions":
      return 3 * raw;
  }
}

/** Fewer say nothing. */
const FEWEST = 10;
/** Rows for scales, controls and the doctor: more would not tell them more. */
const SAMPLE = 2 ** 18;

/**
 * Rows that stay resident where the others stream: held-out rows, and a sample of the others.
 *
 * @param rowBytes of a resident row
 * @throws `train.memory` when there is no room even for a few
 */
export function residentShare(
  room: Room,
  rowBytes: number,
  rows: number,
  share: number,
): { readonly heldOut: number; readonly sample: number } {
  const part = room.bytes / 8;
  const wanted = Math.floor(rows * share);
  // No scales are fitted to held-out rows, which takes half of what a row takes.
  const heldOut = wanted < 10 ? 0 : Math.min(wanted, Math.floor((2 * part) / rowBytes));
  const sample = Math.min(rows - heldOut, Math.floor(part / rowBytes), SAMPLE);
  if (heldOut >= Math.min(10, wanted) && sample >= FEWEST) return { heldOut, sample };
  throw tooLittle(room.bytes, { data: 8 * FEWEST * rowBytes });
}

/** Rows of each block, so that two and their orders take six tenths of `bytes`; at least two blocks. */
export function blocksFor(
  rows: number,
  rowBytes: number,
  bytes: number,
  { block }: Room,
): readonly number[] {
  const order = 8;
  const most = Math.min(0.3 * bytes, block);
  const count = Math.max(2, Math.ceil((rows * (rowBytes + order)) / most));
  const blocks = Math.min(count, rows);
  return Array.from({ length: blocks }, (_, i) => Math.floor((rows + blocks - 1 - i) / blocks));
}

/** Bytes for rows on their way to blocks. */
export function queueBytes(bytes: number): number {
  return Math.min(32e6, 0.2 * bytes);
}

/**
 * What is left for blocks.
 *
 * @throws `train.memory` when that is too little
 */
export function roomForBlocks(
  room: Room,
  network: Network,
  settings: Settings,
  resident: number,
): number {
  const model = { bytes: modelBytes(network, settings), parameters: parametersOf(network) };
  const left = room.bytes - model.bytes - resident;
  if (left >= room.least / 2) return left;
  if (!room.asked) return room.least;
  throw tooLittle(room.bytes, { model, data: Math.max(room.least, resident + room.least / 2) });
}
