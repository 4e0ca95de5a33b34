import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { correlationScore } from "../../test/support/statistics.ts";
import { epochOrder, nextChunk, stretches } from "./plan.ts";

const sizes = { rows: fc.integer({ min: 1, max: 3000 }), batch: fc.integer({ min: 1, max: 600 }) };

describe("batches", () => {
  test("cover every row once, differ by at most one, and are no larger than asked", () => {
    fc.assert(
      fc.property(sizes.rows, sizes.batch, (rows, batch) => {
        const plan = stretches(rows, batch);
        const all = plan.flatMap((s) => Array.from({ length: s.steps }, () => s.batch));
        expect(all.reduce((a, b) => a + b, 0)).toBe(rows);
        expect(all).toHaveLength(Math.ceil(rows / batch));
        expect(Math.max(...all)).toBeLessThanOrEqual(batch);
        expect(Math.max(...all) - Math.min(...all)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("1,000 rows in batches of at most 128 are 8 of 125", () => {
    expect(stretches(1000, 128)).toEqual([{ batch: 125, steps: 8 }]);
    expect(stretches(10, 4)).toEqual([
      { batch: 4, steps: 1 },
      { batch: 3, steps: 2 },
    ]);
  });

  test("a walk in chunks of any length meets every step and row in order", () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
    fc.assert(
      fc.property(sizes.rows, sizes.batch, lengths, (rows, batch, most) => {
        const plan = stretches(rows, batch);
        let [step, row, i] = [0, 0, 0];
        for (;;) {
          const limit = most[i % most.length] as number;
          const chunk = nextChunk(plan, step, limit);
          if (chunk === undefined) break;
          expect([chunk.first, chunk.row]).toEqual([step, row]);
          expect(chunk.steps).toBeGreaterThan(0);
          expect(chunk.steps).toBeLessThanOrEqual(limit);
          step += chunk.steps;
          row += chunk.steps * chunk.batch;
          i += 1;
        }
        expect([step, row]).toEqual([Math.ceil(rows / batch), rows]);
      }),
    );
  });
});

describe("the order of an epoch", () => {
  const rows = Int32Array.from({ length: 500 }, (_, i) => 3 * i + 1);

  test("holds every row once, and depends on seed and epoch alone", () => {
    const order = epochOrder(rows, 7, 2);
    expect(order.toSorted()).toEqual(rows);
    expect(epochOrder(rows, 7, 2)).toEqual(order);
    expect(epochOrder(rows, 7, 3)).not.toEqual(order);
    expect(epochOrder(rows, 8, 2)).not.toEqual(order);
  });

  test("follows neither the rows nor the epoch before", () => {
    const orders = Array.from({ length: 20 }, (_, epoch) => epochOrder(rows, 1, epoch));
    for (const [i, order] of orders.entries()) {
      expect(Math.abs(correlationScore(order, rows))).toBeLessThan(4);
      const before = orders[i - 1] ?? epochOrder(rows, 2, 0);
      expect(Math.abs(correlationScore(order, before))).toBeLessThan(4);
    }
  });
});
