/**
 * Items like those that were taken. With U(i) the users who took item i,
 *
 *   s(i, j) = |U(i) ∩ U(j)| / (√(|U(i)| |U(j)|) + shrinkage)
 *   score(j) = Σ s(i, j) over the items i of a history that are among the k most like j
 *
 * Shrinkage trusts likeness less that few users bear witness to. Both numbers are chosen on users
 * held out of training.
 *
 * @see Sarwar, Karypis, Konstan and Riedl, "Item-based collaborative filtering recommendation
 *   algorithms" (WWW 2001)
 * @see Ferrari Dacrema, Cremonesi and Jannach, "Are we really making much progress?" (RecSys 2019),
 *   whose control it is
 */
import { historyOf } from "../../data/interaction-rows.ts";
import type { Interactions } from "../../data/source.ts";
import { validated, validationOf } from "./choose.ts";
import type { SparseRows } from "./histories.ts";
import { sparseOf, transposed } from "./histories.ts";
import type { Recommender, Score } from "./recommender.ts";
import { topItems } from "./top-items.ts";

export interface NeighbourSettings {
  readonly neighbours: number;
  readonly shrinkage: number;
}

const NEIGHBOURS = [20, 100, 400] as const;
const SHRINKAGES = [0, 10, 100] as const;
/** Where nothing can be chosen: as usual elsewhere. */
const USUAL: NeighbourSettings = { neighbours: 100, shrinkage: 10 };

export const itemNeighbours: Recommender = {
  label: "item k-NN",
  fit: async (_engine, train, { seed, signal }) => {
    const chosen = await chosenSettings(train, seed, signal);
    return { settings: { ...chosen }, score: neighbourScore(neighboursOf(train, chosen), chosen) };
  },
};

async function chosenSettings(
  train: Interactions,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<NeighbourSettings> {
  const validation = validationOf(train, seed);
  if (validation === undefined) return USUAL;
  let best = USUAL;
  let highest = -Infinity;
  for (const shrinkage of SHRINKAGES) {
    const most = { neighbours: Math.max(...NEIGHBOURS), shrinkage };
    const likeness = neighboursOf(validation.train, most);
    for (const neighbours of NEIGHBOURS) {
      signal?.throwIfAborted();
      const settings = { neighbours, shrinkage };
      const found = await validated(validation, neighbourScore(likeness, settings));
      if (found > highest) [best, highest] = [settings, found];
    }
  }
  return best;
}

/** Of each item the items most like it, best first. */
export interface Likeness {
  /** `[items + 1]` */
  readonly starts: Int32Array;
  readonly codes: Int32Array;
  readonly values: Float32Array;
}

/** Never a matrix of all pairs: one item's row of it at a time. */
export function neighboursOf(
  train: Interactions,
  { neighbours, shrinkage }: NeighbourSettings,
): Likeness {
  const byUser = sparseOf(train);
  const byItem = transposed(byUser);
  const items = byItem.rows;
  const starts = new Int32Array(items + 1);
  const codes: Int32Array[] = [];
  const values: Float32Array[] = [];
  const row = new Float32Array(items);
  for (let item = 0; item < items; item += 1) {
    likenessOf(row, item, { byUser, byItem, shrinkage });
    const list = topItems(row, neighbours).slice();
    codes.push(list);
    values.push(Float32Array.from(list, (other) => row[other] as number));
    starts[item + 1] = (starts[item] as number) + list.length;
  }
  return { starts, codes: joined(codes, Int32Array), values: joined(values, Float32Array) };
}

/** How like each item is to one; −Infinity where no user took both, and for itself. */
function likenessOf(
  to: Float32Array,
  item: number,
  parts: { readonly byUser: SparseRows; readonly byItem: SparseRows; readonly shrinkage: number },
): void {
  const { byUser, byItem, shrinkage } = parts;
  to.fill(0);
  const users = historyOf(byItem, item);
  for (const user of users) {
    const end = byUser.starts[user + 1] as number;
    for (let at = byUser.starts[user] as number; at < end; at += 1) {
      const other = byUser.codes[at] as number;
      to[other] = (to[other] as number) + 1;
    }
  }
  for (let other = 0; other < to.length; other += 1) {
    const both = to[other] as number;
    if (both === 0 || other === item) {
      to[other] = -Infinity;
      continue;
    }
    const count = (byItem.starts[other + 1] as number) - (byItem.starts[other] as number);
    to[other] = both / (Math.sqrt(users.length * count) + shrinkage);
  }
}

/** Of likeness that may hold more neighbours than are asked for. */
export function neighbourScore(likeness: Likeness, { neighbours }: NeighbourSettings): Score {
  const items = likeness.starts.length - 1;
  const votes = votesOf(likeness, neighbours);
  return ({ rows, starts, codes }) => {
    const scores = new Float32Array(rows * items);
    for (let row = 0; row < rows; row += 1) {
      const own = scores.subarray(row * items, (row + 1) * items);
      for (const item of historyOf({ starts, codes }, row)) {
        const end = votes.starts[item + 1] as number;
        for (let at = votes.starts[item] as number; at < end; at += 1) {
          const to = votes.codes[at] as number;
          own[to] = (own[to] as number) + (votes.values[at] as number);
        }
      }
    }
    return Promise.resolve(scores);
  };
}

/** Turned: of each item the items that have it among their neighbours. */
function votesOf({ starts, codes, values }: Likeness, neighbours: number): Likeness {
  const items = starts.length - 1;
  const turned = new Int32Array(items + 1);
  const each = (visit: (item: number, at: number) => void): void => {
    for (let item = 0; item < items; item += 1) {
      const end = Math.min(starts[item + 1] as number, (starts[item] as number) + neighbours);
      for (let at = starts[item] as number; at < end; at += 1) visit(item, at);
    }
  };
  each((_, at) => {
    const to = (codes[at] as number) + 1;
    turned[to] = (turned[to] as number) + 1;
  });
  for (let item = 0; item < items; item += 1)
    turned[item + 1] = (turned[item + 1] as number) + (turned[item] as number);
  const next = turned.slice(0, items);
  const voters = new Int32Array(turned[items] as number);
  const weights = new Float32Array(voters.length);
  each((item, at) => {
    const from = codes[at] as number;
    const to = next[from] as number;
    voters[to] = item;
    weights[to] = values[at] as number;
    next[from] = to + 1;
  });
  return { starts: turned, codes: voters, values: weights };
}

function joined<T extends Int32Array | Float32Array>(
  parts: readonly T[],
  kind: new (length: number) => T,
): T {
  const out = new kind(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
