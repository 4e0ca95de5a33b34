/**
 * Isolation forest: an unusual row is cut off from the others by few random cuts.
 *
 *   score(x) = 2^(−E[h(x)] / c(ψ)),   c(n) = 2 H(n − 1) − 2 (n − 1) / n,
 *
 * h(x) the cuts on x's way down a tree of ψ rows, plus c(n) for n rows left uncut at its end; a cut
 * is at a random place between the ends of a random feature; trees are ⌈log₂ ψ⌉ deep at most.
 * 100 trees, ψ = 256.
 *
 * @see Liu, Ting and Zhou, "Isolation forest" (ICDM 2008), equations 1 and 2, algorithms 1 to 3
 */
import type { Key } from "../../random/bits.ts";
import { atSite, bitsAt, keyAt } from "../../random/bits.ts";
import type { Detector, Points } from "./detector.ts";
import { requirePoints } from "./points.ts";

const TREES = 100;
const SAMPLE = 256;
const FOREST_SITE = 0xf02e;

export const isolationForest: Detector = {
  label: "isolation forest",
  fit: (points, { seed = 0 } = {}) => {
    requirePoints(points, 2, "rows to fit an isolation forest on");
    const size = Math.min(SAMPLE, points.rows);
    const trees = Array.from({ length: TREES }, (_, tree) =>
      growTree(points, size, atSite(keyAt(seed, tree), FOREST_SITE)),
    );
    return {
      notes: [],
      score: (others) => {
        requirePoints(others, 0, "rows to score by an isolation forest");
        const scores = new Float64Array(others.rows);
        for (const tree of trees) addDepths(scores, others, tree);
        const scale = 1 / (TREES * meanDepth(size));
        return scores.map((depth) => 2 ** (-depth * scale));
      },
    };
  },
};

/** Nodes in the order of a walk from the root; a leaf's feature is −1, its threshold the depth. */
interface Tree {
  readonly feature: number[];
  readonly threshold: number[];
  /** The right child; the left one is the next node. */
  readonly right: number[];
}

function growTree(points: Points, size: number, key: Key): Tree {
  const { data, rows, columns } = points;
  let drawn = 0;
  const uniform = (): number => bitsAt(key, drawn++) / 2 ** 32;
  const limit = Math.ceil(Math.log2(size));
  const tree: Tree = { feature: [], threshold: [], right: [] };
  grow(sampleOf(rows, size, uniform), 0);
  return tree;

  function grow(members: readonly number[], depth: number): void {
    const node = tree.feature.length;
    const cut = depth < limit && members.length > 1 ? cutOf(members) : undefined;
    tree.right.push(-1);
    if (cut === undefined) {
      tree.feature.push(-1);
      tree.threshold.push(depth + meanDepth(members.length));
      return;
    }
    const { feature, threshold } = cut;
    tree.feature.push(feature);
    tree.threshold.push(threshold);
    const goesLeft = (row: number): boolean =>
      (data[row * columns + feature] as number) <= threshold;
    grow(members.filter(goesLeft), depth + 1);
    tree.right[node] = tree.feature.length;
    grow(
      members.filter((row) => !goesLeft(row)),
      depth + 1,
    );
  }

  /** A random cut of a random feature among those that vary; undefined where rows are equal. */
  function cutOf(members: readonly number[]) {
    const left = Array.from({ length: columns }, (_, feature) => feature);
    while (left.length > 0) {
      const at = Math.floor(uniform() * left.length);
      const feature = left[at] as number;
      left[at] = left.at(-1) as number;
      left.pop();
      let [low, high] = [Infinity, -Infinity];
      for (const row of members) {
        const value = data[row * columns + feature] as number;
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
      // Rounding may put a cut on the upper end, which would leave one side empty.
      const threshold = low + uniform() * (high - low);
      if (high > low) return { feature, threshold: threshold < high ? threshold : low };
    }
    return undefined;
  }
}

/** `size` of the rows 0 … rows − 1, without repetition (Floyd's method). */
function sampleOf(rows: number, size: number, uniform: () => number): readonly number[] {
  const chosen = new Set<number>();
  for (let last = rows - size; last < rows; last += 1) {
    const row = Math.floor(uniform() * (last + 1));
    chosen.add(chosen.has(row) ? last : row);
  }
  return [...chosen];
}

function addDepths(depths: Float64Array, { data, rows, columns }: Points, tree: Tree): void {
  const { feature, threshold, right } = tree;
  for (let row = 0; row < rows; row += 1) {
    let node = 0;
    for (let cut = feature[0] as number; cut >= 0; cut = feature[node] as number) {
      const value = data[row * columns + cut] as number;
      node = value <= (threshold[node] as number) ? node + 1 : (right[node] as number);
    }
    depths[row] = (depths[row] as number) + (threshold[node] as number);
  }
}

/** c(n): the mean depth of a row in a search tree of n. */
function meanDepth(rows: number): number {
  if (rows < 2) return 0;
  if (rows === 2) return 1;
  const EULER = 0.577_215_664_901_532_9;
  return 2 * (Math.log(rows - 1) + EULER) - (2 * (rows - 1)) / rows;
}
