/** Data to a compressed file, a block at a time. */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { inputError, internalError } from "../../base/errors.ts";
import { blockCount } from "../../codec/blocks.ts";
import type { Head, ModelName, TableHead } from "../../codec/container.ts";
import { writeHead, writeIndex } from "../../codec/container.ts";
import { crc32 } from "../../codec/crc.ts";
import { bytesOf, numbersOf } from "../../codec/dtypes.ts";
import { decodeTable, encodeTable } from "../../codec/table.ts";
import { largestColumnError } from "../../codec/verify.ts";
import { expandPath } from "../../data/paths.ts";
import { sliceRows, concatRows } from "../../data/rows.ts";
import type { Source, Table } from "../../data/source.ts";
import { encodeBlock, TABLE, type BlockOut, type Learned } from "./block.ts";
import { controlPackers } from "./controls.ts";
import { openInput, type NumberInput, type TableInput } from "./input.ts";
import type { Compressed, CompressOptions } from "./options.ts";
import { openPart, type Part } from "./part.ts";

/**
 * Compresses a table, an array or images so that every element comes back within a bound.
 *
 * NaN and infinities come back bit for bit; shape, type and order are kept. Whole numbers of
 * tables, dates, words and yes-or-no are always kept as they are. The result is looked at element
 * by element, by the reader's own code, before it counts.
 *
 * @param data a path or a source
 * @throws `compression.bound` without a bound or for one that makes no sense, what readers throw
 * @example
 * const { ratio } = await compress("field.npy", { errorBound: 1e-3, relative: true, output: "field.aez" });
 */
export async function compress(
  data: string | Source,
  options: CompressOptions = {},
): Promise<Compressed> {
  const began = Date.now();
  const asked = boundAsked(options);
  const { select, drop, text, size, channels, array, shape, as, block } = options;
  const reading = { select, drop, text, size, channels, array, shape, as, block };
  const input = await openInput(
    data,
    Object.fromEntries(Object.entries(reading).filter(([, value]) => value !== undefined)),
  );
  const result =
    input.kind === "table"
      ? await compressTable(input, asked, options, await fileSize(data))
      : await compressNumbers(input, asked, options);
  return { ...result, seconds: (Date.now() - began) / 1000 };
}

interface Asked {
  readonly value: number;
  readonly relative: boolean;
}

function boundAsked({ errorBound, relative = false, lossless = false }: CompressOptions): Asked {
  const invalid = (expected: string, got: string, hint: string) =>
    inputError("compression.bound", { place: "the error bound", expected, got, hint });
  if (lossless) {
    if (errorBound !== undefined && errorBound !== 0) {
      throw invalid("no bound with lossless", String(errorBound), "leave out one of the two");
    }
    return { value: 0, relative: false };
  }
  if (errorBound === undefined) {
    throw invalid(
      "the largest error that an element may have",
      "none",
      "give an error bound (--error-bound 0.01), or --lossless to keep every bit",
    );
  }
  if (!(errorBound >= 0) || errorBound === Infinity) {
    throw invalid("a number of at least 0", String(errorBound), "0 keeps every bit");
  }
  return { value: errorBound, relative };
}

async function fileSize(data: string | Source): Promise<number | undefined> {
  if (typeof data !== "string" || data.startsWith("demo:")) return undefined;
  const sizes = await Promise.all((await expandPath(data)).map((file) => stat(file)));
  return sizes.reduce((sum, found) => sum + found.size, 0);
}

type Result = Omit<Compressed, "seconds">;

async function compressNumbers(
  input: NumberInput,
  asked: Asked,
  options: CompressOptions,
): Promise<Result> {
  const { signal, onProgress, output } = options;
  const { dtype, shape } = input;
  const count = blockCount(shape, input.block);
  const bound = asked.relative ? await relativeBound(input, asked.value, signal) : asked.value;
  const model = await modelFor(input, options);
  const head: Head = {
    kind: input.kind,
    source: input.name,
    dtype,
    shape,
    bounds: [bound],
    block: input.block,
    ...(asked.relative ? { relative: asked.value } : {}),
    ...(input.fortran ? { fortran: true } : {}),
    ...(input.bigEndian ? { bigEndian: true } : {}),
    ...(input.scalar ? { axes: 0 } : {}),
  };
  const traits = {
    dtype,
    bound,
    colours: input.kind === "images" && (shape.at(-1) ?? 1) > 1,
    place: input.name,
  };
  // Learning takes its time: only where some was given, and while it lasts.
  const end = Date.now() + 1000 * (options.time ?? Infinity);
  const inTime = (): boolean =>
    (options.model !== undefined || options.time !== undefined) && Date.now() < end;
  const parts = [await beginFile(head, undefined, output)];
  if (model !== undefined) {
    parts.push(await beginFile({ ...head, model: model.name }, model.embedded, output));
  } else if (options.time !== undefined) parts.push(await beginFile(head, undefined, output));
  const controls = controlPackers(options.controls ?? true, count === 0 ? 0 : sizeOf(input));
  try {
    let done = 0;
    const tallies = parts.map(() => newTally());
    for await (const { at, bytes } of input.blocks(signal)) {
      await controls.add(bytes);
      const { classical, learned } = await encodeBlock(
        bytes,
        at,
        { ...traits, network: inTime() },
        model,
      );
      for (const [p, part] of parts.entries()) {
        const best = p === 1 && learned !== undefined ? learned : classical;
        tell(tallies[p] as Tally, best);
        await part.block(best.bytes);
      }
      done += 1;
      onProgress?.({ done, of: count });
    }
    const packed = await controls.finish();
    return await keepSmaller(parts, tallies, {
      head,
      model,
      original: sizeOf(input),
      controls: packed,
      output,
    });
  } catch (error) {
    controls.stop();
    for (const part of parts) await part.discard();
    throw error;
  }
}

function sizeOf({ shape, dtype }: NumberInput): number {
  return shape.reduce((product, n) => product * n, bytesOf(dtype));
}

async function relativeBound(
  input: NumberInput,
  share: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  let low = Infinity;
  let high = -Infinity;
  for await (const { bytes } of input.blocks(signal)) {
    for (const value of numbersOf(bytes, input.dtype)) {
      if (value < low && value > -Infinity) low = value;
      if (value > high && value < Infinity) high = value;
    }
  }
  return boundOf(low, high, share);
}

/** `share` of the range; of none, 0. */
function boundOf(low: number, high: number, share: number): number {
  if (!(high > low)) return 0;
  const range = high - low;
  const bound = range < Infinity ? share * range : share * high - share * low;
  return Math.min(bound, Number.MAX_VALUE);
}

interface FoundModel extends Learned {
  readonly name: ModelName;
  readonly embedded: Uint8Array | undefined;
}

async function modelFor(
  input: NumberInput,
  { model, embed, onNote }: CompressOptions,
): Promise<FoundModel | undefined> {
  if (model === undefined) return undefined;
  const { learnedFor } = await import("./learned.ts");
  const found = await learnedFor(model, input, onNote === undefined ? {} : { onNote });
  if (found === undefined) return undefined;
  const { bytes } = found;
  const embedded = embed === true ? bytes : undefined;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const name = { sha256, bytes: embedded?.length ?? 0, crc: crc32(bytes) };
  return { encoder: found.encoder, decoder: found.decoder, name, embedded };
}

interface Tally {
  largest: number;
  exact: number;
  readonly predictions: Record<string, number>;
}

function newTally(): Tally {
  return { largest: 0, exact: 0, predictions: {} };
}

function tell(tally: Tally, { how, largest, exact }: BlockOut): void {
  tally.largest = Math.max(tally.largest, largest);
  tally.exact += exact;
  tally.predictions[how] = (tally.predictions[how] ?? 0) + 1;
}

interface FilePart {
  readonly part: Part;
  block(bytes: Uint8Array): Promise<void>;
  finish(): Promise<number>;
  discard(): Promise<void>;
}

async function beginFile(
  head: Head,
  model: Uint8Array | undefined,
  output: string | undefined,
): Promise<FilePart> {
  const part = await openPart(output);
  const entries: { length: number; crc: number }[] = [];
  await part.write(writeHead(head));
  if (model !== undefined) await part.write(model);
  return {
    part,
    async block(bytes) {
      entries.push({ length: bytes.length, crc: crc32(bytes) });
      await part.write(bytes);
    },
    async finish() {
      await part.write(writeIndex(entries));
      return part.size();
    },
    discard: () => part.discard(),
  };
}

async function keepSmaller(
  parts: readonly FilePart[],
  tallies: readonly Tally[],
  told: {
    readonly head: Head;
    readonly model: FoundModel | undefined;
    readonly original: number;
    readonly controls: Compressed["controls"];
    readonly output: string | undefined;
  },
): Promise<Result> {
  const sizes: number[] = [];
  for (const part of parts) sizes.push(await part.finish());
  const [classical = 0, learned] = sizes;
  const kept = learned !== undefined && learned < classical ? 1 : 0;
  for (const [p, part] of parts.entries()) if (p !== kept) await part.discard();
  const bytes = await (parts[kept] as FilePart).part.keep();
  const tally = tallies[kept] as Tally;
  const size = sizes[kept] as number;
  const { model } = told;
  return {
    ...(bytes === undefined ? {} : { bytes }),
    size,
    original: told.original,
    ratio: told.original / size,
    path: kept === 1 ? "learned" : "classical",
    predictions: tally.predictions,
    classical,
    ...(learned === undefined ? {} : { learned }),
    ...(model?.embedded === undefined ? {} : { model: model.embedded.length }),
    ...(kept === 1 && model?.embedded === undefined && model !== undefined
      ? { needs: model.name.sha256 }
      : {}),
    bounds: told.head.bounds,
    largestError: tally.largest,
    exact: tally.exact,
    blocks: Object.values(tally.predictions).reduce((sum, n) => sum + n, 0),
    controls: told.controls,
  };
}

/** Cells of a block of a table, about. */
const CELLS = 2 ** 22;

async function compressTable(
  { source }: TableInput,
  asked: Asked,
  options: CompressOptions,
  original: number | undefined,
): Promise<Result> {
  const { signal, onProgress, output } = options;
  const { columns, rows } = source;
  const block = Math.max(1, Math.min(2 ** 18, Math.floor(CELLS / Math.max(1, columns.length))));
  const { bounds, size } = await columnBounds(source, asked, signal);
  const head: TableHead = {
    kind: "table",
    source: source.name,
    rows,
    columns: columns.map(({ name, type }) => ({ name, type })),
    bounds,
    block,
    ...(asked.relative ? { relative: asked.value } : {}),
  };
  const file = await beginFile(head, undefined, output);
  const whole = original ?? size;
  const controls = controlPackers(options.controls ?? true, whole);
  const byColumn = columns.map(() => 0);
  const tally = newTally();
  try {
    let done = 0;
    for await (const table of blocksOfRows(source, block, signal)) {
      const { bytes, columns: coded } = encodeTable(table.columns, table.rows, bounds);
      const back = await decodeTable(bytes, head.columns, table.rows, source.name);
      for (const [c, column] of table.columns.entries()) {
        const off = largestColumnError(column, back[c] as (typeof back)[number], bounds[c] ?? 0);
        if (off !== off) {
          throw internalError("compression.check", {
            place: `${source.name}, column ${JSON.stringify(column.name)}`,
            expected: "the values that went in",
            got: "others",
            hint: "please report this, with the data if you may",
          });
        }
        byColumn[c] = (byColumn[c] as number) + (coded[c]?.bytes ?? 0);
        tally.largest = Math.max(tally.largest, off);
      }
      tally.predictions["columns by their types"] =
        (tally.predictions["columns by their types"] ?? 0) + 1;
      const kinded = new Uint8Array(bytes.length + 1);
      kinded[0] = TABLE;
      kinded.set(bytes, 1);
      await file.block(kinded);
      done += 1;
      onProgress?.({ done, of: Math.ceil(rows / block) });
    }
    const packed =
      options.controls === false ? {} : await controls.ofFile(source.name, original !== undefined);
    const result = await keepSmaller([file], [tally], {
      head,
      model: undefined,
      original: whole,
      controls: packed,
      output,
    });
    return {
      ...result,
      columns: Object.fromEntries(columns.map(({ name }, c) => [name, byColumn[c] as number])),
    };
  } catch (error) {
    controls.stop();
    await file.discard();
    throw error;
  }
}

/** Chunks of just `block` rows; the last may have fewer. */
async function* blocksOfRows(
  source: TableInput["source"],
  block: number,
  signal: AbortSignal | undefined,
): AsyncIterable<Table> {
  let held: Table[] = [];
  let rows = 0;
  for await (const chunk of source.read(signal && { signal })) {
    let rest: Table = chunk;
    while (rows + rest.rows >= block) {
      const take = block - rows;
      yield concatRows([...held, sliceRows(rest, 0, take)]);
      rest = sliceRows(rest, take, rest.rows);
      held = [];
      rows = 0;
    }
    if (rest.rows > 0) {
      held.push(rest);
      rows += rest.rows;
    }
  }
  if (rows > 0) yield concatRows(held);
}

/** Only columns of broken numbers have a bound above 0. */
async function columnBounds(
  source: TableInput["source"],
  { value, relative }: Asked,
  signal: AbortSignal | undefined,
): Promise<{ readonly bounds: readonly number[]; readonly size: number }> {
  const lossy = source.columns.map(({ type }) => type === "number" && value > 0);
  const size = 8 * source.rows * source.columns.length;
  if (!relative || value === 0) return { bounds: lossy.map((is) => (is ? value : 0)), size };
  const low = lossy.map(() => Infinity);
  const high = lossy.map(() => -Infinity);
  for await (const { columns } of source.read(signal && { signal })) {
    for (const [c, column] of columns.entries()) {
      if (column.type === "text" || lossy[c] !== true) continue;
      for (const x of column.values) {
        if (x < (low[c] as number) && x > -Infinity) low[c] = x;
        if (x > (high[c] as number) && x < Infinity) high[c] = x;
      }
    }
  }
  return {
    bounds: lossy.map((is, c) => (is ? boundOf(low[c] as number, high[c] as number, value) : 0)),
    size,
  };
}
