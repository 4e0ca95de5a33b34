/** Amounts of memory as people write and read them. */
import { inputError } from "./errors.ts";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/**
 * Bytes, from a number of them or a text such as `"2GB"`, `"1.5 GiB"` or `"800 MB"`.
 *
 * @param place what to call the value in errors
 * @throws `options.invalid`
 */
export function parseBytes(value: number | string, place: string): number {
  const [, number = "", unit = ""] =
    /^\s*(\d+(?:\.\d+)?|\.\d+)\s*([kmgt]?i?b?)\s*$/i.exec(String(value)) ?? [];
  const short = unit.toLowerCase();
  const factor = UNITS[short] ?? UNITS[`${short}b`];
  const bytes = number === "" || factor === undefined ? Number.NaN : Number(number) * factor;
  if (Number.isFinite(bytes) && bytes >= 1) return Math.floor(bytes);
  throw inputError("options.invalid", {
    place,
    expected: "an amount of memory, such as 2GB or 800MB",
    got: String(value),
  });
}

/** As `1.25 GB`: three digits, in the unit that suits. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const step = bytes < 1 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return `${Number((bytes / 1000 ** step).toPrecision(3))} ${units[step] as string}`;
}
