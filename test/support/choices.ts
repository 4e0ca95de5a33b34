/** Users who mostly take items of their own kind: what a recommender can learn, the same at every call. */
import { uniforms } from "../../src/random/numbers.ts";
import { keyAt } from "../../src/random/bits.ts";

export const KINDS = 4;
export const PER_KIND = 15;

export interface Choice {
  readonly user: string;
  readonly item: string;
}

/** Item `2-7` is of the kind 2; user `u9` is of the kind 9 % KINDS, and takes nine in ten items from it. */
export function choices(users = 160): readonly Choice[] {
  const draws = uniforms(keyAt(11, 0), users * 40);
  return Array.from({ length: users }, (_, user) => {
    const taken = new Set<string>();
    for (let i = 0; i < 10; i += 1) {
      const [stray, other, which] = [0, 1, 2].map(
        (k) => draws[user * 40 + 3 * i + k] as number,
      ) as [number, number, number];
      const kind = stray < 0.9 ? user % KINDS : Math.floor(other * KINDS);
      taken.add(`${kind}-${Math.floor(which ** 1.5 * PER_KIND)}`);
    }
    return [...taken].map((item) => ({ user: `u${user}`, item }));
  }).flat();
}

export function choicesCsv(users?: number): string {
  return `who,what\n${choices(users)
    .map(({ user, item }) => `${user},${item}`)
    .join("\n")}\n`;
}
