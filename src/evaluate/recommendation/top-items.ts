/** The best items of a row of scores, without sorting the rest. */

interface TopOptions {
  /** Items to leave out, rising. */
  readonly seen?: Int32Array;
  /** Of items that score alike the more popular comes first, then the lower code. */
  readonly counts?: ArrayLike<number>;
}

/**
 * The items with the highest scores, best first. What is no number, or −Infinity, is never among them.
 *
 * @param scores one an item
 * @param k how many at most
 * @example
 * topItems(Float32Array.of(0.1, 0.9, 0.5), 2, { seen: Int32Array.of(2) }); // 1, 0
 */
export function topItems(
  scores: Float32Array,
  k: number,
  { seen = new Int32Array(0), counts }: TopOptions = {},
): Int32Array {
  const most = Math.min(k, scores.length);
  const list = new Int32Array(most);
  const best = new Float32Array(most);
  let [length, nextSeen] = [0, 0];
  let worst = -Infinity;
  /** Whether an item with a score stands before another. Items come by rising code. */
  const before = (score: number, item: number, place: number): boolean => {
    const other = best[place] as number;
    if (score !== other) return score > other;
    if (counts === undefined) return false;
    return (counts[item] as number) > (counts[list[place] as number] as number);
  };
  for (let item = 0; item < scores.length && most > 0; item += 1) {
    if (item === seen[nextSeen]) {
      nextSeen += 1;
      continue;
    }
    const score = scores[item] as number;
    // Also false for what is no number.
    if (!(score > -Infinity && score >= worst)) continue;
    if (length === most && !before(score, item, most - 1)) continue;
    let [low, high] = [0, length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (before(score, item, middle)) high = middle;
      else low = middle + 1;
    }
    if (length < most) length += 1;
    best.copyWithin(low + 1, low, length - 1);
    list.copyWithin(low + 1, low, length - 1);
    best[low] = score;
    list[low] = item;
    if (length === most) worst = best[most - 1] as number;
  }
  return list.subarray(0, length);
}
