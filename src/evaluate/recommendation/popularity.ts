/** The same list for everybody: the items that most users took. */
import { columnCounts, sparseOf } from "./histories.ts";
import type { Recommender } from "./recommender.ts";

export const popularity: Recommender = {
  label: "popularity",
  fit: (_engine, train) => {
    const counts = Float32Array.from(columnCounts(sparseOf(train)));
    return Promise.resolve({
      settings: {},
      score: ({ rows }) => {
        const scores = new Float32Array(rows * counts.length);
        for (let row = 0; row < rows; row += 1) scores.set(counts, row * counts.length);
        return Promise.resolve(scores);
      },
    });
  },
};
