/** Which items come next for users, by their histories; seen in training or not. */
import { inputError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { InteractionSchema } from "../data/preprocessing.ts";
import { placesIn, rowsOfPairs } from "../data/interaction-rows.ts";
import type { Interactions } from "../data/source.ts";
import type { Recommended, Recommendations } from "./answers.ts";
import { requireWhole } from "./chunks.ts";
import { RECOMMEND } from "./choice-scores.ts";
import { sourceOf } from "./data.ts";
import { overlapped } from "./overlap.ts";
import type { Runner } from "./runner.ts";
import type { Data, RecommendOptions } from "./verb-options.ts";

const K = 10;

/**
 * @param data histories: interactions from a reader, or a list of items for each user
 * @throws `model.cannot-recommend` for models of other data, `data.kind`, `options.invalid`
 */
export async function* recommendBatches(
  runner: Runner,
  data: Data | readonly (readonly string[])[],
  options: RecommendOptions = {},
): AsyncGenerator<Recommendations> {
  const { k = K, diversity = 0, because = 0, ...verb } = options;
  const schema = schemaOf(runner);
  requireOptions(options);
  const source = sourceOf(isLists(data) ? historiesFrom(data) : data);
  if (source.kind !== "interactions") {
    throw inputError("data.kind", {
      place: source.name,
      expected: "interactions: which user took which item",
      got: source.kind === "images" ? "images" : `a plain ${source.kind}`,
      hint: `read them as such: readInteractions(path, { user: ${JSON.stringify(schema.user)}, item: ${JSON.stringify(schema.item)} })`,
    });
  }
  const asked = {
    [RECOMMEND.k]: tensor("int64", BigInt64Array.of(BigInt(Math.min(k, schema.items.length)))),
    [RECOMMEND.diversity]: tensor("float32", Float32Array.of(diversity)),
  };
  const made = overlapped(runner.chunks(source, verb), async ({ feeds, rows }) => ({
    rows: rows as Interactions,
    out: await runner.run({ ...feeds, ...asked }, [RECOMMEND.item, RECOMMEND.score], {
      whole: true,
    }),
  }));
  let first = 0;
  for await (const { rows, out } of made) {
    const names = (out[RECOMMEND.item] as Tensor<"string">).data;
    const scores = (out[RECOMMEND.score] as Tensor<"float32">).data;
    const each = names.length / rows.rows;
    const lists = Array.from({ length: rows.rows }, (_, row) =>
      Array.from({ length: each }, (_unused, i): Recommended => {
        const at = row * each + i;
        return { item: names[at] as string, chance: Math.exp(scores[at] as number) };
      }).filter(({ item }) => item !== ""),
    );
    const before = first;
    yield {
      users: rows.users ?? lists.map((_, row) => String(before + row + 1)),
      lists: because === 0 ? lists : await explained(runner, schema, rows, lists, because),
    };
    first += rows.rows;
  }
}

function isLists(
  data: Data | readonly (readonly string[])[],
): data is readonly (readonly string[])[] {
  return Array.isArray(data);
}

/** Rows of item lists. */
function historiesFrom(lists: readonly (readonly string[])[]): Interactions {
  const known = new Map<string, number>();
  for (const item of lists.flat()) if (!known.has(item)) known.set(item, known.size);
  const { users: _, ...rows } = rowsOfPairs(
    {
      users: Int32Array.from(lists.flatMap((list, user) => list.map(() => user))),
      items: Int32Array.from(lists.flat(), (item) => known.get(item) as number),
    },
    lists.map((_list, user) => String(user + 1)),
    [...known.keys()],
  );
  return rows;
}

/** Histories with an item left out that go through the network together. */
const TRIED = 256;

interface Trial {
  readonly row: number;
  /** Place of the item left out. */
  readonly without: number;
}

/**
 * The items of a history that a recommendation rests on: how many times as likely it is with each as
 * it would be without. Every item is left out in turn, so the answer is exact.
 */
async function explained(
  runner: Runner,
  schema: InteractionSchema,
  rows: Interactions,
  lists: readonly (readonly Recommended[])[],
  because: number,
): Promise<readonly (readonly Recommended[])[]> {
  const { starts, codes, items } = rows;
  const known = placesIn(schema.items, items);
  const wanted = lists.map((list) =>
    placesIn(
      schema.items,
      list.map(({ item }) => item),
    ),
  );
  const reasons = lists.map((list) => list.map((): { item: string; factor: number }[] => []));
  const trials: Trial[] = [];
  for (let row = 0; row < rows.rows; row += 1)
    for (let i = starts[row] as number; i < (starts[row + 1] as number); i += 1)
      if ((known[codes[i] as number] as number) >= 0) trials.push({ row, without: i });
  for (let from = 0; from < trials.length; from += TRIED) {
    const some = trials.slice(from, from + TRIED);
    const { reconstruction } = await runner.run(
      runner.preprocessing.feeds(leavingOut(rows, some), runner.name),
      ["reconstruction"],
    );
    const { data } = reconstruction as Tensor<"float32">;
    const size = schema.items.length;
    for (const [at, { row, without }] of some.entries()) {
      for (const [place, { chance }] of (lists[row] ?? []).entries()) {
        const left = data[at * size + (wanted[row]?.[place] as number)] as number;
        const factor = chance / Math.exp(left);
        reasons[row]?.[place]?.push({ item: items[codes[without] as number] as string, factor });
      }
    }
  }
  return lists.map((list, row) =>
    list.map((one, place) => ({
      ...one,
      because: (reasons[row]?.[place] ?? [])
        .filter(({ factor }) => factor > 1)
        .toSorted((a, b) => b.factor - a.factor)
        .slice(0, because),
    })),
  );
}

function leavingOut(rows: Interactions, trials: readonly Trial[]): Interactions {
  const made = new Int32Array(trials.length + 1);
  const codes: number[] = [];
  const weights: number[] = [];
  for (const [i, { row, without }] of trials.entries()) {
    for (let at = rows.starts[row] as number; at < (rows.starts[row + 1] as number); at += 1) {
      if (at === without) continue;
      codes.push(rows.codes[at] as number);
      weights.push(rows.weights?.[at] ?? 1);
    }
    made[i + 1] = codes.length;
  }
  return {
    kind: "interactions",
    rows: trials.length,
    items: rows.items,
    starts: made,
    codes: Int32Array.from(codes),
    ...(rows.weights === undefined ? {} : { weights: Float32Array.from(weights) }),
  };
}

function schemaOf({ file, name }: Runner): InteractionSchema {
  const { schema, family } = file.info;
  if (schema.kind === "interactions") return schema;
  throw inputError("model.cannot-recommend", {
    place: name,
    expected: "a model of interactions",
    got: `a ${family.name} autoencoder of ${schema.kind === "images" ? "images" : `a plain ${schema.kind}`}`,
    hint: "train one: ae train RATINGS --as interactions --user U --item I",
  });
}

function requireOptions({ k = K, diversity = 0, because = 0 }: RecommendOptions): void {
  requireWhole("k, the number of recommendations", k, 1);
  requireWhole("because, the number of reasons", because, 0);
  if (diversity >= 0 && diversity <= 1) return;
  throw inputError("options.invalid", {
    place: "diversity",
    expected: "a number from 0 (the likeliest) to 1 (what is liked more than its popularity says)",
    got: String(diversity),
  });
}

/** All of them. */
export function joinRecommendations(parts: readonly Recommendations[]): Recommendations {
  return {
    users: parts.flatMap(({ users }) => users),
    lists: parts.flatMap(({ lists }) => lists),
  };
}
