/** `ae score --heatmap`: for unusual images, a picture each of where they are unusual. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Source } from "../data/source.ts";
import { formatCount } from "../report/format.ts";
import type { Context } from "./context.ts";
import type { LoadedModel } from "./model-verb.ts";

/** @param rows of the source, most unusual first */
export async function writeHeatPictures(
  { terminal, signal }: Context,
  model: LoadedModel,
  source: Source,
  rows: Int32Array,
  folder: string,
): Promise<void> {
  const [{ heatPicture }, { writeFileSafely }, { pickSource }, { collect }] = await Promise.all([
    import("../report/heat-picture.ts"),
    import("../model/file.ts"),
    import("../model/companions.ts"),
    import("../data/memory.ts"),
  ]);
  await mkdir(folder, { recursive: true });
  const picked = await pickSource(source, rows);
  const images = await collect(picked);
  const heat = await model.heatmap(picked, { signal });
  if (images.kind !== "images") return;
  const digits = String(source.rows).length;
  for (const [i, row] of rows.entries()) {
    const name = `${String(row + 1).padStart(digits, "0")}.png`;
    await writeFileSafely(join(folder, name), await heatPicture(images, heat, i));
  }
  terminal.say(
    `${formatCount(rows.length, "picture")} in ${folder}: the image, what is unusual in it, and both; named by row`,
  );
}
