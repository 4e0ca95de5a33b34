/** Two vorticity fields and an ECG, compressed within bounds relative to their range. */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { compress } from "../../src/uses/compression/compress.ts";
import { decompress, type RestoredArray } from "../../src/uses/compression/decompress.ts";
import type { AccuracyCase, Figure } from "./case.ts";
import { dataFile } from "./case.ts";

const FIELDS = [
  { name: "2-D vorticity", file: "vorticity_512x512.f32", shape: [512, 512] },
  { name: "3-D vorticity", file: "vorticity_41x128x128.f32", shape: [41, 128, 128] },
  { name: "ECG", file: "ecg_mitbih_100_650000x2.npy", shape: undefined },
] as const;

const BOUNDS = [1e-2, 1e-3, 1e-4];

export const fields: AccuracyCase = {
  about: "two vorticity fields and an ECG within 1e-2, 1e-3 and 1e-4 of their range, in bytes",
  async *run(tell): AsyncGenerator<Figure> {
    let smaller = 0;
    let violations = 0;
    for (const { name, file, shape } of FIELDS) {
      const path = dataFile("scientific", file);
      const reading = shape === undefined ? {} : { shape };
      const exact = await compress(path, { ...reading, lossless: true, controls: false });
      const values = Float64Array.from(await numbers(exact.bytes as Uint8Array));
      const raw = new Uint8Array(Float32Array.from(values).buffer);
      const plain = { brotli: brotli(raw), zstd: await zstd(raw) };
      for (const bound of BOUNDS) {
        const made = await compress(path, {
          ...reading,
          errorBound: bound,
          relative: true,
          time: 600,
          controls: false,
        });
        const allowed = made.bounds[0] as number;
        const back = await numbers(made.bytes as Uint8Array);
        violations += values.filter(
          (v, i) => !(Math.abs(v - (back[i] as number)) <= allowed),
        ).length;
        const steps = new Uint8Array(
          Int32Array.from(values, (v) => Math.round(v / (2 * allowed))).buffer,
        );
        const counted = { brotli: brotli(steps), zstd: await zstd(steps) };
        const others = [plain, counted].flatMap((one) => [one.brotli, one.zstd]);
        if (made.size < made.classical) smaller += 1;
        tell(
          `${name}, ${bound}: ${made.size} bytes by ${made.path}, classical ${made.classical}, ` +
            `of the values: brotli ${plain.brotli}, zstd ${plain.zstd}, ` +
            `of the rounded values: brotli ${counted.brotli}, zstd ${counted.zstd} (${made.seconds.toFixed(0)} s)`,
        );
        yield {
          name: `${name}, ${bound}, bytes`,
          value: made.size,
          target: { atMost: Math.min(made.classical, ...others.filter((n) => n > 0)) },
        };
      }
    }
    yield { name: "elements beyond the bound", value: violations, target: { atMost: 0 } };
    yield {
      name: "cases of nine where learning makes it smaller",
      value: smaller,
      target: { atLeast: 5 },
    };
  },
};

async function numbers(bytes: Uint8Array): Promise<Float32Array> {
  const { data } = (await decompress(bytes)) as RestoredArray;
  return data as Float32Array;
}

function brotli(bytes: Uint8Array): number {
  return brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
  }).length;
}

/** By its command, where there is one; else 0. */
async function zstd(bytes: Uint8Array): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "ae-zstd-"));
  try {
    await writeFile(join(folder, "values"), bytes);
    return execFileSync("zstd", ["-19", "-q", "-c", join(folder, "values")], {
      maxBuffer: 2 ** 30,
    }).length;
  } catch {
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
