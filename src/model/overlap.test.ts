import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { overlapped } from "./overlap.ts";

const pause = (turns: number): Promise<void> =>
  turns === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, turns));

/** Numbers from 0, after pauses; tells how many were asked for and whether it was let go. */
function counted(
  count: number,
  { pauses = [0], fails = Infinity }: { pauses?: number[]; fails?: number } = {},
) {
  const state = { read: 0, running: 0, most: 0, ended: false };
  async function* items(): AsyncGenerator<number> {
    try {
      for (let i = 0; i < count; i += 1) {
        await pause(pauses[i % pauses.length] as number);
        if (i === fails) throw new Error(`row ${i}`);
        state.read += 1;
        yield i;
      }
    } finally {
      state.ended = true;
    }
  }
  return { state, items: items() };
}

async function listed<T>(parts: AsyncIterable<T>): Promise<{ all: T[]; error?: string }> {
  const all: T[] = [];
  try {
    for await (const part of parts) all.push(part);
  } catch (error) {
    return { all, error: (error as Error).message };
  }
  return { all };
}

describe("overlapped", () => {
  test("keeps the order, whatever takes how long", async () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 12 }),
        pauses,
        pauses,
        fc.integer({ min: 1, max: 4 }),
        async (count, reading, acting, ahead) => {
          const { state, items } = counted(count, { pauses: reading });
          const parts = overlapped(
            items,
            async (i) => {
              state.running += 1;
              state.most = Math.max(state.most, state.running);
              await pause(acting[i % acting.length] as number);
              state.running -= 1;
              return 10 * i;
            },
            ahead,
          );
          const { all } = await listed(parts);
          expect(all).toEqual(Array.from({ length: count }, (_, i) => 10 * i));
          expect(state.most).toBeLessThanOrEqual(ahead);
          expect(state).toMatchObject({ ended: true, running: 0 });
        },
      ),
      { numRuns: 40 },
    );
  });

  test("reads the next while one is acted on and another is used", async () => {
    const { state, items } = counted(9);
    const parts = overlapped(items, (i) => Promise.resolve(i));
    await parts.next();
    await pause(5);
    expect(state.read).toBe(3);
    await parts.return(undefined);
    expect(state).toMatchObject({ read: 3, ended: true });
  });

  test("an error of the items comes after the results before it", async () => {
    const { state, items } = counted(9, { fails: 3 });
    const found = await listed(overlapped(items, (i) => Promise.resolve(i)));
    expect(found).toEqual({ all: [0, 1, 2], error: "row 3" });
    expect(state.ended).toBe(true);
  });

  test("an error of the act too, and what runs beside it ends first", async () => {
    const { state, items } = counted(9);
    const parts = overlapped(items, async (i) => {
      state.running += 1;
      await pause(i === 2 ? 0 : 5);
      state.running -= 1;
      if (i === 2) throw new Error("no room");
      return i;
    });
    expect(await listed(parts)).toEqual({ all: [0, 1], error: "no room" });
    expect(state).toMatchObject({ running: 0, ended: true });
  });

  test("who goes early leaves nothing running, and starts nothing more", async () => {
    const { state, items } = counted(1000, { pauses: [1] });
    let acted = 0;
    for await (const i of overlapped(items, async (item) => {
      acted += 1;
      state.running += 1;
      await pause(3);
      state.running -= 1;
      return item;
    })) {
      if (i === 4) break;
    }
    expect(state).toMatchObject({ running: 0, ended: true });
    const before = acted;
    expect(before).toBeLessThanOrEqual(8);
    await pause(10);
    expect(acted).toBe(before);
  });
});
