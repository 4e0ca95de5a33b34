/** Training rows for the loop: all resident, or in shuffled blocks from a spill on disk. */
import type { Tensor } from "../base/tensor.ts";
import type { BlockBuffers, Spill } from "../data/spill.ts";
import type { Engine, Held } from "../runtime/engine.ts";
import { blockOrder, epochOrder, orderWithin } from "./plan.ts";
import type { RunData, Supply } from "./run.ts";
import { heldData } from "./stepper.ts";

/** All training rows as one block, which lies beside the engine as it is. */
export function residentSupply(data: RunData, seed: number): Supply {
  return {
    blocks: [data.training.length],
    epoch: () => [0],
    open: (epoch) =>
      Promise.resolve({
        feeds: heldData(data),
        order: epochOrder(data.training, seed, epoch),
        values: () => Promise.resolve(data.compact),
      }),
  };
}

/**
 * Blocks of a spill, in an order of their own each epoch. Two lie in memory: the one that is
 * trained on, beside the engine, and the next, which is read meanwhile. Their memory changes
 * sides and is never made anew, so that it does not grow by what the collector has not seen yet.
 */
export function spilledSupply(engine: Engine, spill: Spill, seed: number): Supply {
  const { blocks, columns } = spill;
  const names = Object.keys(columns);
  const heldAs = (name: string): string => `block.${name}`;
  const feeds: Readonly<Record<string, Held>> = Object.fromEntries(
    names.map((name) => [`data.${name}`, { held: heldAs(name) }]),
  );
  const spare: BlockBuffers[] = [spill.buffers(), spill.buffers()];
  let ahead: { readonly block: number; readonly values: Promise<BlockBuffers> } | undefined;
  let isHeld = false;

  /** Starts to read a block into spare memory. */
  function start(block: number): Promise<BlockBuffers> {
    const buffers = spare.pop() as BlockBuffers;
    const values = spill.read(block, buffers).then(() => buffers);
    // Looked at when the block is opened, if it ever is.
    values.catch(() => {});
    ahead = { block, values };
    return values;
  }

  async function takeBack(): Promise<void> {
    const entries = await Promise.all(
      names.map(async (name) => [name, await engine.take(heldAs(name))] as const),
    );
    const buffers = entries.map(([name, { data }]) => [name, (data as Uint8Array).buffer]);
    spare.push(Object.fromEntries(buffers) as BlockBuffers);
  }

  return {
    blocks,
    epoch: (epoch) => blockOrder(blocks.length, seed, epoch),
    open: async (epoch, place) => {
      const order = blockOrder(blocks.length, seed, epoch);
      const block = order[place] as number;
      if (ahead !== undefined && ahead.block !== block) spare.push(await ahead.values);
      const buffers = await (ahead?.block === block ? ahead.values : start(block));
      if (isHeld) await takeBack();
      const rows = blocks[block] as number;
      for (const [name, value] of Object.entries(spill.tensors(buffers, rows)))
        await engine.hold(heldAs(name), value, { transfer: true });
      isHeld = true;
      void start(order[place + 1] ?? (blockOrder(blocks.length, seed, epoch + 1)[0] as number));
      return {
        feeds,
        order: orderWithin(rows, seed, epoch, block),
        values: async () => {
          const copies = names.map(async (name) => [name, await engine.held(heldAs(name))]);
          return Object.fromEntries(await Promise.all(copies)) as Readonly<Record<string, Tensor>>;
        },
      };
    },
  };
}

/** Training rows in all. */
export function rowsOf({ blocks }: Supply): number {
  return blocks.reduce((sum, rows) => sum + rows, 0);
}
