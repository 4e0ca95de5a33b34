/**
 * Users of a made-up catalogue, who took what: items by Zipf's law with a blunt head, in genres of
 * which each user likes a few. Item `genres · r + g` is the one of rank r in genre g.
 */
import { atSite, keyAt, uniformAt } from "../../src/random/bits.ts";

const GENRES = 50;
const LIKED = 3;
/** Share of what a user takes that is of a genre the user likes. */
const TASTE = 0.7;
/** A history's least, and what it has beyond that on average. */
const LEAST = 20;
const MORE = 81;
const MOST = 800;
const USER_SITE = 0xca7a;

/** A rank below `count` whose chance falls as 1 / (rank + blunt). */
function zipf(uniform: number, count: number, blunt: number): number {
  return Math.min(count - 1, Math.floor(blunt * ((count + blunt) / blunt) ** uniform - blunt));
}

/**
 * @returns items that a user took, rising, without repeats; about 100 on average
 * @example
 * catalogueOf(20_000, 4)(0);
 */
export function catalogueOf(
  items: number,
  seed: number,
): (user: number, longest?: number) => Int32Array {
  const ranks = Math.floor(items / GENRES);
  return (user, longest = MOST) => {
    const key = atSite(keyAt(seed, user), USER_SITE);
    let draws = 0;
    const next = (): number => uniformAt(key, draws++);
    const liked = Array.from({ length: LIKED }, () => Math.floor(next() * GENRES));
    const length = Math.min(longest, MOST, LEAST + Math.floor(-MORE * Math.log(next())));
    const taken = new Set<number>();
    // Where a genre is nearly used up, draws may find nothing new for long.
    for (let tries = 0; taken.size < length && tries < 4 * length; tries += 1) {
      const own = next() < TASTE;
      const genre = own ? (liked[Math.floor(next() * LIKED)] as number) : 0;
      taken.add(own ? zipf(next(), ranks, 5) * GENRES + genre : zipf(next(), ranks * GENRES, 50));
    }
    return Int32Array.from(taken).sort();
  };
}
