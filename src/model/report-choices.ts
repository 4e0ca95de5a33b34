/** What a report shows of recommendations: some people, what they have, and what they are told. */
import type { Interactions, Source } from "../data/source.ts";
import { historyOf, takeInteractions } from "../data/interaction-rows.ts";
import type { PersonShown, RecommendedShown, ReportData } from "../report/report-data.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { permutation } from "../random/numbers.ts";
import { splitOfChoices } from "./evaluate-choices.ts";
import type { Inner } from "./runner.ts";
import type { Model, ReportOptions } from "./types.ts";

const PEOPLE = 4;
const LISTED = 8;
const REASONS = 2;
/** Below, an item says nothing that would be seen. */
const WORTH_NAMING = 1.01;
/** Items named of a history. */
const NAMED = 10;
const PEOPLE_SITE = 0x9e0;

/** Some of the users that the figures are about, drawn by the seed, with what was asked of them. */
export async function peopleIn(
  inner: Inner,
  model: Pick<Model, "recommend">,
  source: Source,
  { seed = 0, titles = new Map(), ...options }: ReportOptions,
): Promise<NonNullable<ReportData["recommendation"]>> {
  const { split, later } = splitOfChoices(inner, source, options);
  const { given, asked } = split.heldOut;
  const chosen = permutation(atSite(keyAt(seed, 0), PEOPLE_SITE), given.rows)
    .slice(0, PEOPLE)
    .sort();
  const [known, wanted] = [takeInteractions(given, chosen), takeInteractions(asked, chosen)];
  const titleOf = (item: string): string => titles.get(item) ?? item;
  const { signal } = options;
  const verb = { k: LISTED, because: REASONS, ...(signal === undefined ? {} : { signal }) };
  const { lists, users } = await model.recommend(known, verb);
  const people = lists.map((list, row): PersonShown => {
    const took = new Set(itemsOf(wanted, row));
    return {
      name: users[row] as string,
      items: itemsOf(known, row).length,
      some: telling(known, row).map(titleOf),
      asked: took.size,
      list: list.map(({ item, chance, because = [] }): RecommendedShown => ({
        title: titleOf(item),
        chance,
        took: took.has(item),
        because: because
          .filter(({ factor }) => factor >= WORTH_NAMING)
          .map((one) => ({ title: titleOf(one.item), factor: one.factor })),
      })),
    };
  });
  return { people, later };
}

function itemsOf(rows: Interactions, row: number): readonly string[] {
  return Array.from(historyOf(rows, row), (code) => rows.items[code] as string);
}

/** The latest items of a history; without times some from the most popular to the rarest. */
function telling(rows: Interactions, row: number): readonly string[] {
  const own = itemsOf(rows, row);
  if (own.length <= NAMED) return own;
  const { times, starts } = rows;
  if (times === undefined)
    return Array.from(
      { length: NAMED },
      (_, i) => own[Math.round((i * (own.length - 1)) / (NAMED - 1))] as string,
    );
  const first = starts[row] as number;
  const at = (i: number): number => times[first + i] || 0;
  return own
    .map((_, i) => i)
    .toSorted((a, b) => at(b) - at(a))
    .slice(0, NAMED)
    .map((i) => own[i] as string);
}
