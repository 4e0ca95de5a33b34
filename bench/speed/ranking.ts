/** How well scores rank what is unusual. */

/**
 * Area under the curve of true against false positives: the chance that an unusual row scores
 * higher than a usual one, equal scores counting half.
 */
export function areaUnderCurve(scores: readonly number[], unusual: readonly boolean[]): number {
  const order = scores
    .map((_, i) => i)
    .sort((a, b) => (scores[a] as number) - (scores[b] as number));
  let ranks = 0;
  let positives = 0;
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && scores[order[end] as number] === scores[order[start] as number])
      end += 1;
    // Rows of one score share the mean of their ranks, which count from 1.
    const rank = (start + 1 + end) / 2;
    for (; start < end; start += 1) {
      if (unusual[order[start] as number] !== true) continue;
      ranks += rank;
      positives += 1;
    }
  }
  const negatives = order.length - positives;
  return (ranks - (positives * (positives + 1)) / 2) / (positives * negatives);
}
