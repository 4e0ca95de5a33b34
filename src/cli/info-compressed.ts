/** `ae info` of a file made by `ae compress`. */
import { MAGIC } from "../codec/container.ts";
import { formatCount, formatNumber } from "../report/format.ts";
import type { CompressedInfo } from "../uses/compression/open.ts";
import type { Terminal } from "./terminal.ts";
import { printable } from "./terminal.ts";

/** Whether the file was one, and is told of. */
export async function tellCompressed(
  path: string,
  json: boolean,
  terminal: Terminal,
): Promise<boolean> {
  const { rawHead } = await import("../data/bytes.ts");
  // Of a file that is not there others speak.
  const head = await rawHead(path, MAGIC.length).catch(() => undefined);
  if (head === undefined || !MAGIC.every((byte, i) => head[i] === byte)) return false;
  const { openCompressed } = await import("../uses/compression/open.ts");
  const file = await openCompressed(path);
  try {
    await terminal.out(
      json
        ? `${JSON.stringify({ file: path, ...file.info }, null, 2)}\n`
        : `${printable(infoText(file.info, path, terminal.outColors))}\n`,
    );
  } finally {
    await file.close();
  }
  return true;
}

function infoText(
  info: CompressedInfo,
  path: string,
  { bold, dim }: Terminal["outColors"],
): string {
  const { kind, source, rows, shape, dtype, columns, bounds, relative, blocks, size, model } = info;
  const largest = Math.max(0, ...bounds);
  const what =
    kind === "table"
      ? `a table of ${formatCount(rows, "row")} and ${formatCount(columns?.length ?? 0, "column")}`
      : `${kind === "images" ? "images" : "an array"}, ${dtype} of shape (${(shape ?? []).join(", ")})`;
  const lines: readonly (readonly [string, string])[] = [
    ["compressed", `${what}, from ${source}`],
    [
      "error",
      largest === 0
        ? "none: every bit comes back"
        : `at most ${Number(largest.toPrecision(6))}${relative === undefined ? "" : `, ${relative} of the range`}`,
    ],
    ["size", `${formatNumber(size)} bytes in ${formatCount(blocks, "block")}`],
    ...(model === undefined
      ? []
      : [
          [
            "model",
            `${model.embedded ? "in the file" : "needed: ae decompress --model"}, SHA-256 ${model.sha256}`,
          ] as const,
        ]),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  return [
    bold(path),
    ...lines.map(([name, value]) => `  ${dim(name.padEnd(width))}  ${value}`),
    ...(columns ?? []).map(({ name, type }, c) => {
      const bound = bounds[c] ?? 0;
      return dim(
        `    ${name}  ${type}${bound > 0 ? `, within ${Number(bound.toPrecision(6))}` : ""}`,
      );
    }),
  ].join("\n");
}
