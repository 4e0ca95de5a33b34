/** Pictures to be denoised, each of its own size, and where they go. */
import { mkdir } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { inputError } from "../base/errors.ts";
import type { Images, ImageSource, Source } from "../data/source.ts";
import type { Context } from "./context.ts";
import { readDataOptions } from "./data-options.ts";
import type { LoadedModel } from "./model-verb.ts";
import { openSource } from "./model-verb.ts";
import type { Sink } from "./outputs.ts";

/** Each picture of a folder may have one of its own. */
const MOST_NOTES = 3;

/** One source of pictures that have one size, else a source a picture; other data as it is. */
export async function openPictures(
  context: Context,
  model: LoadedModel,
  data: string,
  options: Readonly<Record<string, unknown>>,
): Promise<readonly Source[]> {
  const files = await pictureFiles(data);
  if (files === undefined) return [await openSource(context, data, options, model)];
  const { schema } = model.info;
  const { readImages } = await import("../data/images.ts");
  const channels = (schema.kind === "images" ? schema.channels : 1) as 1 | 3 | 4;
  const given = { channels, ...readDataOptions(options) };
  const sources: ImageSource[] = [];
  const notes: string[] = [];
  for (const file of files) {
    const source = await readImages(file, given);
    notes.push(...source.notes);
    sources.push({ ...source, nameOf: () => named(data, file) });
  }
  const { terminal } = context;
  for (const note of notes.slice(0, MOST_NOTES)) terminal.say(terminal.colors.dim(note));
  if (notes.length > MOST_NOTES)
    terminal.say(terminal.colors.dim(`and ${notes.length - MOST_NOTES} more such notes`));
  return sources;
}

/** By its place below the folder, so that two of the same name do not meet. */
function named(folder: string, file: string): string {
  return file.startsWith(`${folder.replace(/\/$/, "")}/`)
    ? file.slice(folder.replace(/\/$/, "").length + 1)
    : basename(file);
}

async function pictureFiles(data: string): Promise<readonly string[] | undefined> {
  if (data.startsWith("demo:")) return undefined;
  const { expandPath, filesUnder, kindOf } = await import("../data/paths.ts");
  const { isImageName, readImages } = await import("../data/images.ts");
  const found = await expandPath(data);
  const [first = data] = found;
  if (found.length === 1 && (await kindOf(first)) === "folder") {
    const files = await filesUnder(first, isImageName);
    // The reader says what is wrong with a folder without pictures.
    if (files.length === 0) await readImages(data);
    return files;
  }
  return found.every((file) => isImageName(file)) ? found : undefined;
}

/** For pictures of their own names; undefined where the usual outputs will do. */
export function pictureSink(
  output: string | undefined,
  sources: readonly Source[],
): Sink | undefined {
  const pictures = sources.filter((source): source is ImageSource => source.kind === "images");
  const files = pictures.length > 0 && pictures.every(({ rows }) => rows === 1);
  if (output === undefined || !files) return undefined;
  const ending = extname(output).toLowerCase();
  const folder = /[/\\]$/.test(output) || ending === "";
  const [only] = pictures;
  if (ending === ".png" && pictures.length === 1 && only !== undefined)
    return toFiles(() => output);
  if (folder)
    return toFiles((row) => {
      const name = pictures[row]?.nameOf(0) ?? String(row + 1);
      return join(output, `${name.slice(0, name.length - extname(name).length)}.png`);
    });
  const [first, ...rest] = pictures;
  const other = rest.find((one) => one.width !== first?.width || one.height !== first.height);
  if (other === undefined) return undefined;
  throw inputError("output.format", {
    place: `-o ${output}`,
    expected: "a folder/, as the pictures have several sizes",
    got: `a name that ends in ${ending}`,
    hint: "write -o clean/",
  });
}

function toFiles(pathOf: (row: number) => string): Sink {
  let row = 0;
  return {
    write: async (rows) => {
      if (rows.kind !== "images") return;
      for (let i = 0; i < rows.rows; i += 1, row += 1) await writePicture(pathOf(row), rows, i);
    },
    close: () => Promise.resolve(),
    discard: () => Promise.resolve(),
  };
}

async function writePicture(
  path: string,
  { height, width, channels, data }: Images,
  row: number,
): Promise<void> {
  const { default: sharp } = await import("sharp");
  const { writeFileSafely } = await import("../model/file.ts");
  await mkdir(dirname(path), { recursive: true });
  const size = height * width * channels;
  const raw = { width, height, channels: channels as 1 | 3 | 4 };
  const made = sharp(data.subarray(row * size, (row + 1) * size), { raw }).toColourspace(
    channels === 1 ? "b-w" : "srgb",
  );
  await writeFileSafely(path, await made.png().toBuffer());
}
