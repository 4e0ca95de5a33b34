import { describe, expect, test } from "vitest";
import { formatBytes, parseBytes } from "./byte-count.ts";

describe("parseBytes", () => {
  test.each<[number | string, number]>([
    [1, 1],
    [2.9e9, 2.9e9],
    ["2GB", 2e9],
    ["2 gb", 2e9],
    ["2G", 2e9],
    ["1.5GiB", 1.5 * 2 ** 30],
    ["800 MB", 8e8],
    ["800MiB", 800 * 2 ** 20],
    ["12k", 12_000],
    [".5kB", 500],
    ["1234567", 1_234_567],
  ])("%o is %d bytes", (given, bytes) => {
    expect(parseBytes(given, "memory")).toBe(bytes);
  });

  test.each(["", "GB", "2 apples", "-1GB", "0", 0, -5, Number.NaN, Infinity, "1e3GB", "2 GB 3"])(
    "%o is refused",
    (given) => {
      expect(() => parseBytes(given, "--memory")).toThrow(
        /--memory: expected an amount of memory, such as 2GB/,
      );
    },
  );
});

test.each([
  [0, "0 bytes"],
  [999, "999 bytes"],
  [57_400_000, "57.4 MB"],
  [1e9, "1 GB"],
  [12_345_678_901, "12.3 GB"],
  [5e15, "5000 TB"],
])("%d bytes are written %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
