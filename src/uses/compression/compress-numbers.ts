/** Arrays and images to a compressed file. */
import { createHash } from "node:crypto";
import type { ArrayHead } from "../../codec/container.ts";
import { crc32 } from "../../codec/crc.ts";
import { bytesOf, numbersOf } from "../../codec/dtypes.ts";
import { Extent, shareOf, type Asked } from "./asked.ts";
import { codeNumbers, type Coding, type FoundModel } from "./coding.ts";
import { controlPackers } from "./controls.ts";
import { imageSample } from "./image-sample.ts";
import type { NumberInput } from "./input.ts";
import type { Compressed, CompressOptions } from "./options.ts";
import { pictureControls, scaled } from "./picture-controls.ts";
import { codeToPsnr, type CodeWith } from "./code-to-psnr.ts";
import { figuresOf } from "./tally.ts";

type Result = Omit<Compressed, "seconds">;

export async function compressNumbers(
  input: NumberInput,
  asked: Asked,
  options: CompressOptions,
): Promise<Result> {
  const { shape, dtype, kind } = input;
  const { signal } = options;
  const original = shape.reduce((product, n) => product * n, bytesOf(dtype));
  const wanted = options.controls ?? true;
  const model = await modelFor(input, options);
  const controls = controlPackers(wanted, original);
  const sample = wanted && kind === "images" ? imageSample(shape) : undefined;
  let packing: typeof controls | undefined = controls;
  /** @param learn whether what learns is tried as well */
  const code: CodeWith = (bound, { learn, levels }) => {
    const time = model === undefined ? options.time : (options.time ?? Infinity);
    const head = headOf(input, bound, asked);
    const seen = packing;
    // Once is enough for those who pack to the last bit.
    packing = undefined;
    const learning = learn ? { model, time } : {};
    return codeNumbers({
      input,
      head,
      bound,
      levels,
      ...learning,
      sample,
      controls: seen,
      options,
    });
  };
  let coding: Coding | undefined;
  try {
    const learner = learnerOf(options, model);
    coding =
      asked.kind === "psnr"
        ? await codeToPsnr(input, asked.value, code, learner !== undefined, signal)
        : await code(await boundOf(input, asked, signal), { learn: true });
    noteTime(coding, options);
    const packed = await controls.finish();
    const chosen = await smallest(coding, asked.kind === "psnr" ? asked.value : -Infinity);
    const { candidate, size, path } = chosen;
    const { sampledPsnr, tally } = candidate;
    const pictures = sample && (await pictureControls(sample, sampledPsnr, signal));
    const bytes = await candidate.file.keep();
    const embedded = model?.embedded?.length;
    const needs = path === "learned" && embedded === undefined ? model?.name.sha256 : undefined;
    return {
      ...(bytes && { bytes }),
      size,
      original,
      ratio: original / size,
      path,
      ...figuresOf(tally),
      classical: chosen.classical,
      ...(chosen.learned === undefined ? {} : { learned: chosen.learned }),
      ...(learner && { learner }),
      ...(embedded === undefined ? {} : { model: embedded }),
      ...(needs === undefined ? {} : { needs }),
      bounds: [coding.bound],
      ...told("psnr", candidate.psnr),
      ...told("classicalPsnr", coding.classical.psnr),
      ...told("learnedPsnr", coding.learned?.psnr),
      controls: { ...packed, ...(pictures && scaled(pictures)) },
      ...(pictures && { pictures }),
    };
  } catch (error) {
    controls.stop();
    await coding?.discard();
    throw error;
  }
}

/** Nothing where nothing is off: JSON has no infinity. */
function told(name: "psnr" | "classicalPsnr" | "learnedPsnr", psnr = Infinity) {
  return psnr < Infinity ? { [name]: psnr } : {};
}

function learnerOf(
  { time }: CompressOptions,
  model: FoundModel | undefined,
): Compressed["learner"] {
  if (model !== undefined) return "model";
  return time === undefined ? undefined : "network";
}

function headOf(input: NumberInput, bound: number, asked: Asked): ArrayHead {
  const { kind, name, dtype, shape, block, fortran, bigEndian, scalar } = input;
  return {
    kind,
    source: name,
    dtype,
    shape,
    bounds: [bound],
    block,
    ...(asked.kind === "bound" && asked.relative ? { relative: asked.value } : {}),
    ...(fortran ? { fortran: true } : {}),
    ...(bigEndian ? { bigEndian: true } : {}),
    ...(scalar ? { axes: 0 } : {}),
  };
}

async function boundOf(
  input: NumberInput,
  asked: Extract<Asked, { kind: "bound" }>,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (!asked.relative) return asked.value;
  const extent = new Extent();
  for await (const { bytes } of input.blocks(signal)) extent.add(numbersOf(bytes, input.dtype));
  return shareOf(extent, asked.value);
}

function noteTime({ taught, blocks }: Coding, { time, onNote }: CompressOptions): void {
  if (time === undefined || taught === blocks) return;
  onNote?.(
    `the time ran out: a network learned beside the first ${taught} of ${blocks} blocks, the others went without`,
  );
}

/** Of the files that come near enough; the other is given up. */
async function smallest({ classical, learned }: Coding, psnr: number) {
  const without = await classical.file.finish();
  const size = await learned?.file.finish();
  // Within the same bound, errors lie elsewhere.
  const better = size !== undefined && size < without && (learned?.psnr ?? 0) >= psnr;
  await (better ? classical : learned)?.file.discard();
  return {
    candidate: better && learned !== undefined ? learned : classical,
    path: better ? ("learned" as const) : ("classical" as const),
    size: better ? size : without,
    classical: without,
    learned: size,
  };
}

async function modelFor(
  input: NumberInput,
  { model, embed, onNote }: CompressOptions,
): Promise<FoundModel | undefined> {
  if (model === undefined) return undefined;
  const { learnedFor } = await import("./learned.ts");
  const found = await learnedFor(model, input, onNote === undefined ? {} : { onNote });
  if (found === undefined) return undefined;
  const { bytes, encoder, decoder } = found;
  const embedded = embed === true ? bytes : undefined;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const name = { sha256, bytes: embedded?.length ?? 0, crc: crc32(bytes) };
  return { encoder, decoder, name, embedded };
}
