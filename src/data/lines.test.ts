import { Readable } from "node:stream";
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { lineBatches } from "./lines.ts";

async function linesOf(input: Readable, most = 1000): Promise<(string | null)[]> {
  const all: (string | null)[] = [];
  for await (const lines of lineBatches(input, { most })) {
    expect(lines.length).toBeLessThanOrEqual(most);
    expect(lines.length).toBeGreaterThan(0);
    all.push(...lines);
  }
  return all;
}

const bytes = (text: string): Buffer => Buffer.from(text);

test.each([1, 2, 3, 7, 1000])("lines cut anywhere, in pieces of %d bytes", async (size) => {
  const text = 'première\n\n{"a": "😀"}\r\nlast, without an end';
  const whole = bytes(text);
  const parts = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
    whole.subarray(i * size, (i + 1) * size),
  );
  for (const most of [1, 2, 100])
    expect(await linesOf(Readable.from(parts), most)).toEqual(text.split("\n"));
});

test("nothing, and a byte order mark", async () => {
  expect(await linesOf(Readable.from([]))).toEqual([]);
  expect(await linesOf(Readable.from([bytes("\n")]))).toEqual([""]);
  expect(await linesOf(Readable.from([Buffer.from([0xef, 0xbb, 0xbf, 0x31])]))).toEqual(["1"]);
});

test("what is there comes at once; what follows, later", async () => {
  const input = new Readable({ read() {} });
  const batches = lineBatches(input, { most: 1000 });
  input.push("a\nb\nc");
  expect((await batches.next()).value).toEqual(["a", "b"]);
  let came = false;
  const next = batches.next().then((result) => {
    came = true;
    return result;
  });
  await wait(20);
  expect(came).toBe(false);
  input.push("!\n");
  expect((await next).value).toEqual(["c!"]);
  input.push(null);
  expect((await batches.next()).done).toBe(true);
});

test("lines that come while others are used come together", async () => {
  const input = new Readable({ read() {} });
  const batches = lineBatches(input, { most: 1000 });
  input.push("0\n");
  await batches.next();
  for (let i = 1; i <= 50; i += 1) {
    input.push(`${i}\n`);
    // Time in which the stream hands it on.
    await turn();
  }
  const { value = [] } = await batches.next();
  expect(value).toEqual(Array.from({ length: 50 }, (_, i) => String(i + 1)));
  await batches.return(undefined);
});

test("while nobody takes lines, the source is not read on", async () => {
  let pulled = 0;
  const piece = bytes(`${"x".repeat(99)}\n`.repeat(600));
  const input = new Readable({
    read() {
      pulled += piece.length;
      this.push(piece);
    },
  });
  const batches = lineBatches(input, { most: 100 });
  await batches.next();
  await wait(50);
  const held = pulled;
  expect(held).toBeLessThan(2 ** 23);
  await wait(50);
  expect(pulled).toBe(held);
  // Taken on, it goes on: and never is more held than was allowed.
  let used = 0;
  for await (const lines of batches) {
    used += lines.length * 100;
    expect(pulled - used).toBeLessThan(2 ** 23);
    if (used > 2 ** 25) break;
  }
  expect(input.destroyed).toBe(true);
});

test("a line beyond all measure is null, and is not kept", async () => {
  const piece = bytes("x".repeat(2 ** 20));
  async function* parts() {
    yield bytes("before\n");
    for (let i = 0; i < 65; i += 1) yield piece;
    yield bytes("\nafter\n");
  }
  expect(await linesOf(Readable.from(parts()))).toEqual(["before", null, "after"]);
});

test("a signal ends it: whole lines that have come still come, half a line does not", async () => {
  const controller = new AbortController();
  const input = new Readable({ read() {} });
  const batches = lineBatches(input, { most: 1000, signal: controller.signal });
  input.push("a\n");
  expect((await batches.next()).value).toEqual(["a"]);
  input.push("b\nhalf");
  await turn();
  controller.abort();
  expect((await batches.next()).value).toEqual(["b"]);
  expect((await batches.next()).done).toBe(true);
  expect(input.destroyed).toBe(true);
});

test("a source that fails: the lines before it, then its error", async () => {
  async function* parts() {
    yield bytes("a\n");
    await turn();
    throw new Error("torn");
  }
  const seen: unknown[] = [];
  await expect(async () => {
    for await (const lines of lineBatches(Readable.from(parts()), { most: 10 }))
      seen.push(...lines);
  }).rejects.toThrow("torn");
  expect(seen).toEqual(["a"]);
});
