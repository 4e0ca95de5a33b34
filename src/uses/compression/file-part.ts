/** A compressed file in the making: head, model, blocks, index. */
import type { Head } from "../../codec/container.ts";
import { writeHead, writeIndex } from "../../codec/container.ts";
import { crc32 } from "../../codec/crc.ts";
import { openPart, type Part } from "./part.ts";

export interface FilePart {
  block(bytes: Uint8Array): Promise<void>;
  /** Bytes so far. */
  size(): number;
  /** Writes the index and gives the size of all. */
  finish(): Promise<number>;
  /** Puts the file in its place; without one, gives the bytes. */
  keep: Part["keep"];
  discard: Part["discard"];
}

export async function beginFile(
  head: Head,
  model: Uint8Array | undefined,
  output: string | undefined,
): Promise<FilePart> {
  const part = await openPart(output);
  const entries: { length: number; crc: number }[] = [];
  await part.write(writeHead(head));
  if (model !== undefined) await part.write(model);
  return {
    async block(bytes) {
      entries.push({ length: bytes.length, crc: crc32(bytes) });
      await part.write(bytes);
    },
    async finish() {
      await part.write(writeIndex(entries));
      return part.size();
    },
    size: () => part.size(),
    keep: () => part.keep(),
    discard: () => part.discard(),
  };
}
