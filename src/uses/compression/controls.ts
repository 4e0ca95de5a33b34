/** The same data through what everybody has: brotli, and zstd where Node.js has it. */
import { createReadStream } from "node:fs";
import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import { expandPath } from "../../data/paths.ts";

/** Larger data are packed less hard: the hardest takes a minute for 30 MB. */
const HARD = 2 ** 23;

export interface Controls {
  add(bytes: Uint8Array): Promise<void>;
  finish(): Promise<{ readonly brotli?: number; readonly zstd?: number }>;
  /** Of the files that `path` names. */
  ofFile(path: string): ReturnType<Controls["finish"]>;
  stop(): void;
}

/** @param size bytes to come, about */
export function controlPackers(wanted: boolean, size: number): Controls {
  const streams = wanted ? packers(size) : [];
  const counts = streams.map(() => 0);
  for (const [s, { stream }] of streams.entries()) {
    stream.on("data", (piece: Uint8Array) => {
      counts[s] = (counts[s] as number) + piece.length;
    });
    // Whoever waits for the stream hears of errors.
    stream.on("error", () => {});
  }
  const controls: Controls = {
    async add(bytes) {
      for (const { stream } of streams) {
        await new Promise<void>((resolve, reject) => {
          stream.write(bytes.slice(), (error) => {
            if (error) reject(error);
            else resolve();
          });
        });
      }
    },
    async finish() {
      for (const { stream } of streams) {
        await new Promise<void>((resolve, reject) => {
          stream.once("end", resolve);
          stream.once("error", reject);
          stream.end();
        });
      }
      return Object.fromEntries(streams.map(({ name }, s) => [name, counts[s] as number]));
    },
    async ofFile(path) {
      for (const file of streams.length === 0 ? [] : await expandPath(path)) {
        for await (const piece of createReadStream(file)) await controls.add(piece as Buffer);
      }
      return controls.finish();
    },
    stop() {
      for (const { stream } of streams) stream.destroy();
    },
  };
  return controls;
}

function packers(size: number): readonly { readonly name: string; readonly stream: Transform }[] {
  const { constants } = zlib;
  const brotli = zlib.createBrotliCompress({
    params: {
      [constants.BROTLI_PARAM_QUALITY]: size > HARD ? 9 : 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
    },
  });
  // From Node.js 22.15 on.
  const { createZstdCompress, constants: more } = zlib as unknown as {
    createZstdCompress?: (options: object) => Transform;
    constants: Readonly<Record<string, number>>;
  };
  const level = more["ZSTD_c_compressionLevel"];
  if (createZstdCompress === undefined || level === undefined) {
    return [{ name: "brotli", stream: brotli }];
  }
  const zstd = createZstdCompress({ params: { [level]: size > HARD ? 12 : 19 } });
  return [
    { name: "brotli", stream: brotli },
    { name: "zstd", stream: zstd },
  ];
}
