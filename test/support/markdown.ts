/** What a Markdown document holds: its code blocks and its links. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";

export interface Block {
  readonly language: string;
  readonly flags: readonly string[];
  readonly text: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
}

/** A problem with where it is: `README.md:12: …`. */
export type Problem = string;

export interface Document {
  /** Path relative to the repository. */
  readonly path: string;
  readonly text: string;
}

/** Fenced blocks, indented ones in lists included. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const open = /^(\s*)(`{3,}|~{3,})\s*([^`]*)$/.exec(lines[at] ?? "");
    if (open === null) continue;
    const [, indent = "", fence = "", info = ""] = open;
    const [language = "", ...flags] = info.trim().split(/\s+/);
    const line = at + 1;
    const body: string[] = [];
    while (++at < lines.length && !(lines[at] ?? "").trimStart().startsWith(fence)) {
      body.push((lines[at] ?? "").replace(new RegExp(`^\\s{0,${indent.length}}`), ""));
    }
    blocks.push({ language, flags, text: `${body.join("\n")}\n`, line });
  }
  return blocks;
}

/** Relative links and pictures that lead nowhere, headings of the target included. */
export async function brokenLinks(root: string, document: Document): Promise<Problem[]> {
  const problems: Problem[] = [];
  const prose = withoutCode(document.text);
  const links = prose.matchAll(
    /\]\(\s*<?([^)\s>]+)>?[^)]*\)|<(?:img|a)\s[^>]*?(?:src|href)="([^"]+)"/g,
  );
  for (const link of links) {
    const target = link[1] ?? link[2] ?? "";
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue;
    const [path = "", anchor] = decodeURI(target).split("#");
    const file =
      path === "" ? document.path : relative(root, resolve(root, dirname(document.path), path));
    const where = `${document.path}:${lineOf(prose, link.index)}`;
    if (file.startsWith("..")) problems.push(`${where}: link ${target} leaves the repository`);
    else if (path !== "" && !existsSync(join(root, file)))
      problems.push(`${where}: link ${target} leads nowhere`);
    else if (anchor !== undefined && file.endsWith(".md")) {
      const text =
        file === document.path ? document.text : await readFile(join(root, file), "utf8");
      if (!anchorsOf(text).has(anchor)) problems.push(`${where}: no heading for ${target}`);
    }
  }
  return problems;
}

/** Blanks code, keeping every line where it is. */
function withoutCode(text: string): string {
  const blank = (code: string): string => code.replace(/[^\n]/g, " ");
  return text
    .replace(/^[ \t]*(`{3,}|~{3,})[^\n]*\n[\s\S]*?^[ \t]*\1[^\n]*$/gm, blank)
    .replace(/(`+)(?!`)[^\n]*?[^`\n]\1(?!`)/g, blank);
}

/** Heading anchors as the usual renderers make them. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  const prose = text.replace(/^[ \t]*(`{3,}|~{3,})[^\n]*\n[\s\S]*?^[ \t]*\1[^\n]*$/gm, "");
  for (const [, heading = ""] of prose.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const base = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-");
    let anchor = base;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${base}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

/** Commands of a `sh` block: comments left out, lines that end in `\` joined. */
export function commandsOf(block: Block): { command: string; line: number }[] {
  const commands: { command: string; line: number }[] = [];
  let open: { command: string; line: number } | undefined;
  for (const [at, text] of block.text.split("\n").entries()) {
    const part = text.replace(/^\s*\$ /, "").trim();
    if (open === undefined && (part === "" || part.startsWith("#"))) continue;
    open ??= { command: "", line: block.line + 1 + at };
    open.command += part.replace(/\\$/, "");
    if (part.endsWith("\\")) continue;
    commands.push(open);
    open = undefined;
  }
  return commands;
}
