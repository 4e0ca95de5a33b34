/** Paths as the user wrote them: one file, one folder, or a glob. */

import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { inputError } from "../base/errors.ts";
import { nearestName } from "./names.ts";

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "variant" });

/** Natural order: `img2` before `img10`. The same on every machine. */
export function naturalOrder(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** Whether `path` holds glob characters: `*`, `?`, `[…]` or `{a,b}`. */
export function isGlob(path: string): boolean {
  return /[*?]|\[[^\]]+\]|\{[^}]*,[^}]*\}/.test(path);
}

/** What is at `path`; undefined when nothing is. */
export async function kindOf(path: string): Promise<"file" | "folder" | undefined> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch {
    return undefined;
  }
}

/**
 * The files that `path` names: itself, or what its glob matches, in natural
 * order. A folder is given back as it is. A name that exists is never a glob.
 *
 * @throws data.missing with the nearest name of the same folder
 */
export async function expandPath(path: string): Promise<readonly string[]> {
  if ((await kindOf(path)) !== undefined) return [path];
  if (!isGlob(path)) throw await missing(path);
  const found = (await expandGlob(path)).sort(naturalOrder);
  if (found.length === 0) {
    throw inputError("data.missing", {
      place: path,
      expected: "a pattern that matches at least 1 file",
      got: "no match",
      hint: "check the pattern; quote it so that the shell leaves it alone",
    });
  }
  return found;
}

async function missing(path: string): Promise<Error> {
  const folder = dirname(path);
  let names: string[] = [];
  try {
    names = await readdir(folder);
  } catch {
    return inputError("data.missing", {
      place: path,
      expected: "a file, a folder or a glob",
      got: `no folder ${JSON.stringify(folder)}`,
      hint: "check the path; it is relative to the current folder",
    });
  }
  const near = nearestName(basename(path), names);
  return inputError("data.missing", {
    place: path,
    expected: "a file, a folder or a glob",
    got: "nothing there",
    hint:
      near === undefined
        ? "check the path; it is relative to the current folder"
        : `write ${JSON.stringify(join(folder, near))} if that is the one you mean`,
  });
}

/** Files that match `pattern`. `**` walks folders; links to folders are not followed there. */
async function expandGlob(pattern: string): Promise<string[]> {
  const parts = pattern.split("/");
  let places = [""];
  if (parts[0] === "") {
    places = ["/"];
    parts.shift();
  }
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1;
    if (part === "**") {
      places = (await Promise.all(places.map(foldersUnder))).flat();
      if (last) places = (await Promise.all(places.map((p) => matches(p, /^[^.]/, true)))).flat();
    } else if (isGlob(part)) {
      const test = segmentTest(part);
      places = (await Promise.all(places.map((p) => matches(p, test, last)))).flat();
    } else {
      const next = places.map((place) => join(place, part));
      const kinds = await Promise.all(next.map(kindOf));
      places = next.filter((_, i) => kinds[i] !== undefined);
    }
  }
  return [...new Set(places)];
}

async function foldersUnder(place: string): Promise<string[]> {
  const entries = await readdir(place || ".", { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((e) => e.isDirectory() && !e.name.startsWith("."));
  const deeper = await Promise.all(folders.map((e) => foldersUnder(join(place, e.name))));
  return [place, ...deeper.flat()];
}

async function matches(place: string, test: RegExp, files: boolean): Promise<string[]> {
  const names = await readdir(place || ".").catch(() => []);
  const paths = names.filter((name) => test.test(name)).map((name) => join(place, name));
  const kinds = await Promise.all(paths.map(kindOf));
  return paths.filter((_, i) => kinds[i] === (files ? "file" : "folder"));
}

/** A path segment of a glob as a regular expression. `*` does not match a leading dot. */
function segmentTest(segment: string): RegExp {
  let source = segment.startsWith(".") ? "" : "(?!\\.)";
  let depth = 0;
  for (let i = 0; i < segment.length; i++) {
    const char = segment.charAt(i);
    const close = segment.indexOf("]", i + 2);
    if (char === "*") source += ".*";
    else if (char === "?") source += ".";
    else if (char === "[" && close > 0) {
      const inner = segment
        .slice(i + 1, close)
        .replace(/^!/, "^")
        .replace(/\\/g, "\\\\");
      source += `[${inner}]`;
      i = close;
    } else if (char === "{") {
      source += "(?:";
      depth++;
    } else if (char === "}" && depth > 0) {
      source += ")";
      depth--;
    } else if (char === "," && depth > 0) source += "|";
    else source += char.replace(/[.+^$()|\\{}[\]]/g, "\\$&");
  }
  return new RegExp(`^${source}${")".repeat(depth)}$`, "s");
}

/** The files under `folder`, at any depth, whose name passes `test`, in natural order. */
export async function filesUnder(
  folder: string,
  test: (name: string) => boolean,
): Promise<string[]> {
  const found: string[] = [];
  for (const place of await foldersUnder(folder)) {
    for (const entry of await readdir(place, { withFileTypes: true })) {
      if (!entry.isDirectory() && !entry.name.startsWith(".") && test(entry.name)) {
        found.push(join(place, entry.name));
      }
    }
  }
  return found.sort(naturalOrder);
}
