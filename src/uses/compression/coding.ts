/** One walk over numbers: every block coded within a bound, without and with what learns. */
import { blockCount } from "../../codec/blocks.ts";
import type { Head, ModelName } from "../../codec/container.ts";
import { numbersOf } from "../../codec/dtypes.ts";
import { Extent } from "./asked.ts";
import { encodeBlock, type BlockOut, type Learned } from "./block.ts";
import type { Controls } from "./controls.ts";
import { beginFile, type FilePart } from "./file-part.ts";
import type { ImageSample } from "./image-sample.ts";
import type { NumberInput } from "./input.ts";
import type { CompressOptions } from "./options.ts";
import { BYTES, psnrOf, squaredError } from "./psnr.ts";
import { newTally, tell, type Tally } from "./tally.ts";

export interface FoundModel extends Learned {
  readonly name: ModelName;
  readonly embedded: Uint8Array | undefined;
}

export interface CodingJob {
  readonly input: NumberInput;
  readonly head: Head;
  readonly bound: number;
  /** Predicts blocks of a second file. */
  readonly model?: FoundModel | undefined;
  /** Seconds in which a network learns beside, also in the second file; absent: it does not. */
  readonly time?: number | undefined;
  /** Whether rounding to levels is tried: smaller with a bound, and less near; true. */
  readonly levels?: boolean | undefined;
  readonly options: CompressOptions;
  /** See the same data. */
  readonly controls?: Controls | undefined;
  readonly sample?: ImageSample | undefined;
}

/** One of the files in the making. */
export interface Candidate {
  readonly file: FilePart;
  readonly tally: Tally;
  /** Infinity: nothing is off. */
  readonly psnr: number;
  /** Of the sampled images alone. */
  readonly sampledPsnr: number;
}

export interface Coding {
  readonly bound: number;
  readonly classical: Candidate;
  readonly learned: Candidate | undefined;
  /** Blocks that the network was tried on, and all. */
  readonly taught: number;
  readonly blocks: number;
  discard(): Promise<void>;
}

export async function codeNumbers(job: CodingJob): Promise<Coding> {
  const { input, head, bound, model, time, levels = true, options, controls, sample } = job;
  const { dtype, shape, kind } = input;
  const { signal, onProgress, output } = options;
  const colours = kind === "images" && (shape.at(-1) ?? 1) > 1;
  const traits = { dtype, bound, colours, levels, place: input.name };
  const unit = bound || 1;
  const blocks = blockCount(shape, input.block);
  const end = time === undefined ? -Infinity : Date.now() + 1000 * time;
  const files = [await beginFile(head, undefined, output)];
  const learns = model !== undefined || time !== undefined;
  if (learns) {
    const named = model === undefined ? head : { ...head, model: model.name };
    files.push(await beginFile(named, model?.embedded, output));
  }
  const discard = async (): Promise<void> => {
    for (const file of files) await file.discard();
  };
  const tallies = files.map(newTally);
  const extent = new Extent();
  let finite = 0;
  let taught = 0;
  let done = 0;
  const measure = (tally: Tally, { back }: BlockOut, was: Float64Array, parts: Parts): void => {
    if (back === undefined) return;
    const is = numbersOf(back, dtype);
    tally.squares += squaredError(was, is, unit);
    for (const [from, to] of parts) tally.sampled += squaredError(was, is, unit, from, to);
  };
  try {
    for await (const { at, bytes } of input.blocks(signal)) {
      await controls?.add(bytes);
      sample?.add(at, bytes);
      const network = Date.now() < end;
      if (network) taught += 1;
      const found = await encodeBlock(bytes, at, { ...traits, network }, model);
      const was = numbersOf(bytes, dtype);
      extent.add(was);
      for (const value of was) if (Number.isFinite(value)) finite += 1;
      for (const [f, file] of files.entries()) {
        const best = (f === 1 ? found.learned : undefined) ?? found.classical;
        const tally = tallies[f] as Tally;
        tell(tally, best);
        measure(tally, best, was, sample?.within(at) ?? []);
        await file.block(best.bytes);
      }
      done += 1;
      onProgress?.({ done, of: blocks });
    }
  } catch (error) {
    await discard();
    throw error;
  }
  const peak = kind === "images" ? BYTES : extent;
  const sampled = sample === undefined ? 0 : sample.data.length;
  const [classical, learned] = files.map((file, f): Candidate => {
    const tally = tallies[f] as Tally;
    return {
      file,
      tally,
      psnr: psnrOf(tally.squares, finite, unit, peak),
      sampledPsnr: psnrOf(tally.sampled, sampled, unit, peak),
    };
  });
  return { bound, classical: classical as Candidate, learned, taught, blocks, discard };
}

type Parts = readonly (readonly [from: number, to: number])[];
