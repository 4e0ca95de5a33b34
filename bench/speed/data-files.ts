/** Files that cases need and nobody makes: public data, in the folder that `AE_DATA` names. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

/** A case cannot run, for want of a file. */
export class NoData extends Error {}

/** A file of the shared data. @throws `NoData` */
export function dataFile(...path: readonly string[]): string {
  const folder = process.env["AE_DATA"];
  const words = path.join("/");
  if (folder === undefined)
    throw new NoData(`AE_DATA is not set: it names the folder that holds ${words}`);
  const file = join(folder, ...path);
  if (!existsSync(file)) throw new NoData(`${words} is not in the folder that AE_DATA names`);
  return file;
}
