/** The model file: a graph, and what it says about itself in `metadata_props`. */
import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { inputError } from "../base/errors.ts";
import type { Mixture } from "../evaluate/mixture.ts";
import type { Pca } from "../evaluate/pca.ts";
import { checkModel } from "../onnx/check.ts";
import type { OnnxModel } from "../onnx/messages.ts";
import { readModel } from "../onnx/read.ts";
import { allowedOps } from "../ops/index.ts";
import { base64, floats } from "./base64.ts";
import { infoSchema } from "./info.ts";
import { mixtureFromJson, mixtureToJson } from "./mixture-json.ts";
import type { ModelInfo } from "./types.ts";

const INFO_KEY = "autoencoders";
const PCA_KEY = "autoencoders.pca";
const MIXTURE_KEY = "autoencoders.mixture";

export interface ModelFile {
  readonly model: OnnxModel;
  readonly info: ModelInfo;
  readonly pca: Pca | undefined;
  /** Where codes of new samples come from, for families whose prior is a fitted mixture. */
  readonly mixture?: Mixture | undefined;
}

/** What a file carries besides its graph. */
export function metadataOf({
  info,
  pca,
  mixture,
}: Omit<ModelFile, "model">): Record<string, string> {
  return {
    [INFO_KEY]: JSON.stringify(info),
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
 * @throws `model.foreign`, `model.version`, and what the ONNX reader and checker throw
 */
export function parseModelFile(bytes: Uint8Array, name: string): ModelFile {
  const model = readModel(bytes, name);
  const info = infoOf(model.metadata, name);
  checkModel(model, allowedOps, name);
  const { [PCA_KEY]: pca, [MIXTURE_KEY]: mixture } = model.metadata;
  return {
    model,
    info,
    pca: pca === undefined ? undefined : pcaFrom(pca, name),
    mixture: mixture === undefined ? undefined : mixtureFromJson(mixture, name),
  };
}

/** Only what the file says about itself: needs neither engine nor checks of the graph. */
export async function readInfo(path: string): Promise<ModelInfo> {
  return infoOf(readModel(await readModelBytes(path), path).metadata, path);
}

export async function readModelBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw inputError(
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
}

/** Writes beside the target and renames, so that a reader never sees half a file. */
export async function writeFileSafely(path: string, bytes: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, "w");
    try {
      await file.writeFile(bytes);
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
