import { tmpdir } from "node:os";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { Spill } from "../data/spill.ts";
import { createSpill } from "../data/spill.ts";
import type { Engine } from "../runtime/engine.ts";
import { createLocalEngine } from "../runtime/local.ts";
import { nextChunk, stretches } from "./plan.ts";
import type { Supply } from "./run.ts";
import { residentSupply, rowsOf, spilledSupply } from "./supply.ts";

/** An engine that holds tensors and runs nothing; held memory moves, as to another thread. */
function holdingEngine(): Engine & { readonly bytes: () => number } {
  function Held(type: string, data: unknown, dims: readonly number[]): object {
    return { type, data, dims };
  }
  const local = createLocalEngine({ Tensor: Held } as never, {});
  let bytes = 0;
  return {
    ...local,
    bytes: () => bytes,
    hold: async (name, value, options) => {
      expect(options?.transfer).toBe(true);
      bytes += bufferOf(value).byteLength;
      await local.hold(name, structuredClone(value, { transfer: [bufferOf(value)] }));
    },
    take: async (name) => {
      const value = await local.take(name);
      bytes -= bufferOf(value).byteLength;
      return value;
    },
  };
}

function bufferOf(value: Tensor): ArrayBuffer {
  return (value as Tensor<"float32">).data.buffer as ArrayBuffer;
}

/** Rows 0 to `rows`, dealt over blocks in turn; each row holds its number twice. */
async function spillOf(rows: number, blocks: number): Promise<Spill> {
  const columns = {
    numbers: { dtype: "float32", shape: [2] },
    codes: { dtype: "int32", shape: [] },
  } as const;
  const dealt = Int32Array.from({ length: rows }, (_, row) => row % blocks);
  const counts = Array.from({ length: blocks }, (_, b) => dealt.filter((at) => at === b).length);
  const writer = await createSpill({ folder: tmpdir(), columns, blocks: counts, memory: 500 });
  const numbers = Float32Array.from({ length: 2 * rows }, (_, i) => i >> 1);
  const codes = Int32Array.from({ length: rows }, (_, i) => i);
  await writer.add(
    { numbers: tensor("float32", numbers, [rows, 2]), codes: tensor("int32", codes) },
    dealt,
  );
  return writer.end();
}

/** The rows of an epoch in their order, batch by batch as the trainer takes them. */
async function rowsIn(
  supply: Supply,
  engine: Engine,
  epoch: number,
  batch: number,
  from = 0,
): Promise<readonly number[][]> {
  const batches: number[][] = [];
  for (const [place, block] of Array.from(supply.epoch(epoch)).entries()) {
    if (place < from) continue;
    const { feeds, order, values } = await supply.open(epoch, place);
    const held = await engine.held(feeds["data.codes"]?.held as string);
    const { numbers, codes } = (await values()) as Record<string, Tensor>;
    expect(codes?.data).toEqual(held.data);
    const plan = stretches(supply.blocks[block] as number, batch);
    for (let step = 0, chunk; (chunk = nextChunk(plan, step, 1)) !== undefined; step += 1) {
      const places = [...order.subarray(chunk.row, chunk.row + chunk.batch)];
      batches.push(places.map((at) => (held.data as Int32Array)[at] as number));
      for (const at of places) expect(numbers?.data[2 * at + 1]).toBe(held.data[at]);
    }
  }
  return batches;
}

const sorted = (batches: readonly (readonly number[])[]): number[] =>
  batches.flat().toSorted((a, b) => a - b);

describe("blocks of a spill", () => {
  test("bring every row once an epoch, in an order of its own, the same at every run", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 400 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 50 }),
        fc.nat(),
        async (rows, most, batch, seed) => {
          const blocks = Math.min(most, rows);
          const spill = await spillOf(rows, blocks);
          const engine = holdingEngine();
          const supply = spilledSupply(engine, spill, seed);
          expect(rowsOf(supply)).toBe(rows);
          const epochs = [];
          for (let epoch = 0; epoch < 3; epoch += 1) {
            const batches = await rowsIn(supply, engine, epoch, batch);
            expect(sorted(batches)).toEqual([...Array(rows).keys()]);
            const sizes = batches.map(({ length }) => length);
            expect(Math.max(...sizes)).toBeLessThanOrEqual(batch);
            epochs.push(batches);
          }
          if (rows > 20) expect(new Set(epochs.map((one) => one.flat().join())).size).toBe(3);
          // From the midst of an epoch, as a run that goes on: the same rows in the same batches.
          const other = holdingEngine();
          const again = spilledSupply(other, spill, seed);
          const from = blocks >> 1;
          const rest = await rowsIn(again, other, 1, batch, from);
          expect(rest).toEqual((epochs[1] as number[][]).slice(-rest.length));
          expect(await rowsIn(again, other, 2, batch)).toEqual(epochs[2]);
          await spill.close();
        },
      ),
      { numRuns: 40 },
    );
  });

  test("lie in the same memory all the time: one block there, one here", async () => {
    const spill = await spillOf(1000, 7);
    const block = Math.ceil(1000 / 7) * 12;
    const made: unknown[] = [];
    const counted: Spill = {
      ...spill,
      buffers: () => {
        made.push(0);
        return spill.buffers();
      },
    };
    const engine = holdingEngine();
    const supply = spilledSupply(engine, counted, 1);
    for (let epoch = 0; epoch < 4; epoch += 1) {
      for (let place = 0; place < 7; place += 1) {
        await supply.open(epoch, place);
        expect(engine.bytes()).toBe(block);
      }
    }
    expect(made).toHaveLength(2);
    await spill.close();
  });

  test("fail when they are opened where reading ahead failed", async () => {
    const spill = await spillOf(100, 4);
    const broken: Spill = {
      ...spill,
      read: (block, into) =>
        block === second ? Promise.reject(new Error("no disk")) : spill.read(block, into),
    };
    const supply = spilledSupply(holdingEngine(), broken, 3);
    const second = supply.epoch(0)[1] as number;
    await supply.open(0, 0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(supply.open(0, 1)).rejects.toThrow("no disk");
    await spill.close();
  });
});

test("resident rows are one block, in the order that they always had", async () => {
  const training = Int32Array.of(1, 2, 4, 5, 7, 8);
  const compact = { codes: tensor("int32", new Int32Array(9)) };
  const data = { compact, training, validation: Int32Array.of(0, 3), complete: true };
  const supply = residentSupply(data, 11);
  expect([supply.blocks, Array.from(supply.epoch(5))]).toEqual([[6], [0]]);
  const block = await supply.open(0, 0);
  expect(block.feeds).toEqual({ "data.codes": { held: "data.codes" } });
  expect([...block.order].toSorted((a, b) => a - b)).toEqual([...training]);
  expect(await block.values()).toBe(compact);
});
