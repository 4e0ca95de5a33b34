/** Tables to a compressed file, column by column. */
import { inputError, internalError } from "../../base/errors.ts";
import type { TableHead } from "../../codec/container.ts";
import { decodeTable, encodeTable } from "../../codec/table.ts";
import { largestColumnError } from "../../codec/verify.ts";
import { concatRows, sliceRows } from "../../data/rows.ts";
import type { Table, TableSource } from "../../data/source.ts";
import { delimited } from "../../data/text-rows.ts";
import { Extent, shareOf, type Asked } from "./asked.ts";
import { TABLE } from "./block.ts";
import { controlPackers } from "./controls.ts";
import { beginFile } from "./file-part.ts";
import type { TableInput } from "./input.ts";
import type { Compressed, CompressOptions } from "./options.ts";
import { figuresOf, newTally, tell } from "./tally.ts";

/** Cells of a block, about. */
const CELLS = 2 ** 22;

/**
 * @param original bytes of the file, where there is one
 * @throws `compression.bound` for a PSNR
 */
export async function compressTable(
  { source }: TableInput,
  asked: Asked,
  options: CompressOptions,
  original: number | undefined,
): Promise<Omit<Compressed, "seconds">> {
  const { signal, onProgress, output, time, model, onNote } = options;
  const { columns, rows, name } = source;
  if (asked.kind === "psnr") {
    throw inputError("compression.bound", {
      place: name,
      expected: "an error bound, as columns have units of their own",
      got: "a PSNR",
      hint: "--error-bound 1e-3 --relative takes a thousandth of each column's range",
    });
  }
  if (model !== undefined) {
    onNote?.("models do not predict tables: the model is left out");
  } else if (time !== undefined) {
    onNote?.("nothing learns while tables are coded: the time makes no difference");
  }
  const block = Math.max(1, Math.min(2 ** 18, Math.floor(CELLS / Math.max(1, columns.length))));
  const bounds = await columnBounds(source, asked, signal);
  const head: TableHead = {
    kind: "table",
    source: name,
    rows,
    columns: columns.map((column) => ({ name: column.name, type: column.type })),
    bounds,
    block,
    ...(asked.relative ? { relative: asked.value } : {}),
  };
  const file = await beginFile(head, undefined, output);
  const guess = original ?? 8 * rows * columns.length;
  const controls = controlPackers(options.controls ?? true, guess);
  // What is no file is measured by the text it would be.
  const csv = original === undefined ? delimited(",") : undefined;
  let whole = original ?? 0;
  const asText = async (text: Uint8Array): Promise<void> => {
    whole += text.length;
    await controls.add(text);
  };
  const byColumn = columns.map(() => 0);
  const tally = newTally();
  try {
    let done = 0;
    if (csv !== undefined) await asText(csv.head(columns));
    for await (const table of blocksOfRows(source, block, signal)) {
      if (csv !== undefined) await asText(csv.rows(table, done === 0));
      const { bytes, columns: coded } = encodeTable(table.columns, table.rows, bounds);
      const largest = await largestErrorOf(table, bytes, head);
      for (const [c, count] of byColumn.entries()) byColumn[c] = count + (coded[c]?.bytes ?? 0);
      tell(tally, { how: "columns by their types", largest, exact: 0 });
      const kinded = new Uint8Array(bytes.length + 1);
      kinded[0] = TABLE;
      kinded.set(bytes, 1);
      await file.block(kinded);
      done += 1;
      onProgress?.({ done, of: Math.ceil(rows / block) });
    }
    const packed = await (csv === undefined ? controls.ofFile(name) : controls.finish());
    const size = await file.finish();
    const made = await file.keep();
    return {
      ...(made && { bytes: made }),
      size,
      original: whole,
      ratio: whole / size,
      path: "classical",
      classical: size,
      bounds,
      ...figuresOf(tally),
      controls: packed,
      columns: Object.fromEntries(columns.map((column, c) => [column.name, byColumn[c] as number])),
    };
  } catch (error) {
    controls.stop();
    await file.discard();
    throw error;
  }
}

/** Reads the block back as a reader will. */
async function largestErrorOf(table: Table, bytes: Uint8Array, head: TableHead): Promise<number> {
  const back = await decodeTable(bytes, head.columns, table.rows, head.source);
  let largest = 0;
  for (const [c, column] of table.columns.entries()) {
    const bound = head.bounds[c] ?? 0;
    const off = largestColumnError(column, back[c] as (typeof back)[number], bound);
    if (off !== off) {
      throw internalError("compression.check", {
        place: `${head.source}, column ${JSON.stringify(column.name)}`,
        expected: "the values that went in",
        got: "others",
        hint: "please report this, with the data if you may",
      });
    }
    largest = Math.max(largest, off);
  }
  return largest;
}

/** Chunks of just `block` rows; the last may have fewer. */
async function* blocksOfRows(
  source: TableSource,
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
  source: TableSource,
  { value, relative }: Extract<Asked, { kind: "bound" }>,
  signal: AbortSignal | undefined,
): Promise<readonly number[]> {
  const lossy = source.columns.map(({ type }) => type === "number" && value > 0);
  if (!relative || value === 0) return lossy.map((is) => (is ? value : 0));
  const extents = lossy.map(() => new Extent());
  for await (const { columns } of source.read(signal && { signal })) {
    for (const [c, column] of columns.entries()) {
      if (column.type !== "text" && lossy[c] === true) extents[c]?.add(column.values);
    }
  }
  return extents.map((extent, c) => (lossy[c] === true ? shareOf(extent, value) : 0));
}
