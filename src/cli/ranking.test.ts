import fc from "fast-check";
import { expect, test } from "vitest";
import { createRanking } from "./ranking.ts";

test("keeps the rows that sorting all of them would put first", () => {
  const parts = fc.array(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 12 }), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(parts, fc.integer({ min: 1, max: 9 }), (scores, most) => {
      const ranking = createRanking(most);
      let row = 0;
      const all = scores.map((part) => part.map((score) => ({ row: row++, score, blame: [] })));
      for (const [i, part] of all.entries())
        ranking.add(part[0]?.row ?? 0, Float32Array.from(scores[i] ?? []));
      const sorted = all.flat().sort((a, b) => b.score - a.score || a.row - b.row);
      expect(ranking.rows()).toEqual(sorted.slice(0, most));
    }),
  );
});
