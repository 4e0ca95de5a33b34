/** The model file: a graph, and what it says about itself in `metadata_props`. */
import { open, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { AutoencoderError, inputError } from "../base/errors.ts";
import { readInto, readWholeFile } from "../data/whole-file.ts";
import type { Mixture } from "../evaluate/mixture.ts";
import type { Pca } from "../evaluate/pca.ts";
import { checkModel } from "../onnx/check.ts";
import type { OnnxModel } from "../onnx/messages.ts";
import type { ReadPart } from "../onnx/read-metadata.ts";
import { readMetadata } from "../onnx/read-metadata.ts";
import { readModel } from "../onnx/read.ts";
import { allowedOps } from "../ops/index.ts";
import { base64, floats } from "./base64.ts";
import { infoSchema } from "./info.ts";
import { mixtureFromJson, mixtureToJson } from "./mixture-json.ts";
import type { ModelInfo } from "./types.ts";

const INFO_KEY = "autoencoders";
const PCA_KEY = "autoencoders.pca";
const CALIBRATION_KEY = "autoencoders.calibration";
const MIXTURE_KEY = "autoencoders.mixture";
/** Of exported halves, which are no models: what they are. */
export const PART_KEY = "autoencoders.part";

export interface ModelFile {
  readonly model: OnnxModel;
  readonly info: ModelInfo;
  readonly pca: Pca | undefined;
  /** Scores that alarms are set by, rising: of rows, of series of points. */
  readonly calibration: Float32Array;
  /** Fitted to the codes of training rows; absent where those are very wide, and in old files. */
  readonly mixture?: Mixture | undefined;
}

/** What a file carries besides its graph. */
export function metadataOf({
  info,
  pca,
  mixture,
  calibration,
}: Omit<ModelFile, "model">): Record<string, string> {
  return {
    [INFO_KEY]: JSON.stringify(info),
    [CALIBRATION_KEY]: base64(calibration),
    ...(pca === undefined
      ? {}
      : {
          [PCA_KEY]: JSON.stringify({
            size: pca.size,
            mean: base64(pca.mean),
            components: base64(pca.components),
          }),
        }),
    ...(mixture === undefined ? {} : { [MIXTURE_KEY]: mixtureToJson(mixture) }),
  };
}

/**
 * Parses a model of ours, and refuses anything else before a runtime sees it.
 *
 * @throws `model.foreign`, `model.part`, `model.version`, and what the ONNX reader and checker throw
 */
export function parseModelFile(bytes: Uint8Array, name: string): ModelFile {
  const model = readModel(bytes, name);
  const info = infoOf(model.metadata, name);
  checkModel(model, allowedOps, name);
  const { [PCA_KEY]: pca, [MIXTURE_KEY]: mixture, [CALIBRATION_KEY]: calibration } = model.metadata;
  return {
    model,
    info,
    pca: pca === undefined ? undefined : pcaFrom(pca, name),
    calibration: floats(calibration),
    mixture: mixture === undefined ? undefined : mixtureFromJson(mixture, name),
  };
}

/** Only what the file says about itself: needs neither engine nor the graph, however large. */
export async function readInfo(path: string): Promise<ModelInfo> {
  const file = await open(path, "r").catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  try {
    const { size } = await file.stat();
    const read: ReadPart = async (from, length) => {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, await readInto(file, bytes, from));
    };
    return infoOf(await readMetadata(read, size, path), path);
  } catch (cause) {
    throw cause instanceof AutoencoderError ? cause : unreadable(path, cause);
  } finally {
    await file.close();
  }
}

export async function readModelBytes(path: string): Promise<Uint8Array> {
  try {
    return await readWholeFile(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): AutoencoderError {
  return inputError(
    "model.unreadable",
    {
      place: path,
      expected: "a model file",
      got: (cause as NodeJS.ErrnoException).code === "ENOENT" ? "no such file" : String(cause),
      hint: "train one: ae train DATA -o model.onnx",
    },
    { cause },
  );
}

/**
 * Writes beside the target and renames, so that a reader never sees half a file.
 *
 * @param content text, bytes, or bytes in parts
 */
export async function writeFileSafely(
  path: string,
  content: Uint8Array | string | readonly Uint8Array[],
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, "w");
    try {
      await writeFile(file, content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw inputError(
      "file.write",
      {
        place: path,
        expected: "a file that can be written",
        got: String((cause as Error).message),
        hint: `check that ${dirname(path)} exists and has room`,
      },
      { cause },
    );
  }
  await syncFolder(dirname(path));
}

/** Makes the rename itself survive a power cut; some systems cannot open folders. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, "r");
    await folder.sync();
    await folder.close();
  } catch {
    // The file itself is safe by now.
  }
}

function infoOf(metadata: Readonly<Record<string, string>>, name: string): ModelInfo {
  const text = metadata[INFO_KEY];
  const part = metadata[PART_KEY];
  if (text === undefined && part !== undefined) throw onlyPart(part, name);
  if (text === undefined) {
    throw inputError("model.foreign", {
      place: name,
      expected: "an autoencoder made by this package",
      got: "an ONNX model from elsewhere",
      hint: "train one: ae train DATA -o model.onnx",
    });
  }
  const parsed = infoSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw inputError("model.version", {
      place: `${name}, metadata ${issue?.path.join(".") ?? ""}`,
      expected: "a description of format 1",
      got: issue?.message ?? "another",
      hint: "the file was written by another version or has been changed: train it again",
    });
  }
  return parsed.data as ModelInfo;
}

function onlyPart(text: string, name: string): AutoencoderError {
  const held = parseJson(text) as { readonly part?: unknown; readonly data?: unknown } | undefined;
  const half = held?.part === "decoder" ? "decoder" : "encoder";
  const of = typeof held?.data === "string" ? `a model of ${held.data}` : "a model";
  return inputError("model.part", {
    place: name,
    expected: "a whole model",
    got: `the ${half} of ${of}, exported for other software`,
    hint: "give the model that it was exported from; any program that runs ONNX runs this one",
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function pcaFrom(text: string, name: string): Pca {
  const held = parseJson(text) as
    { size?: unknown; mean?: unknown; components?: unknown } | undefined;
  const mean = floats(held?.mean);
  const components = floats(held?.components);
  const size = Number(held?.size);
  if (mean.length === 0 || components.length !== mean.length * size) {
    throw inputError("model.version", {
      place: `${name}, metadata ${PCA_KEY}`,
      expected: "a mean and components that fit",
      got: "others",
    });
  }
  return { mean, components, size };
}
