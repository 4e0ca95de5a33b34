/** Who watched what, of the public data on films: users with five films or more. */
import { readInteractions } from "../../src/data/interactions.ts";
import type { Interactions } from "../../src/data/source.ts";
import { dataFile } from "./case.ts";

/** MovieLens-latest-small: films with four stars or more, as in Liang et al. (2018). */
export async function movieLens(): Promise<Interactions> {
  const { data } = await readInteractions(dataFile("movielens-latest-small", "ratings.csv"), {
    user: "userId",
    item: "movieId",
    weight: "rating",
    minWeight: 4,
    time: "timestamp",
  });
  return data;
}

/** MovieTweetings: every film that somebody rated has been watched. Its file names no columns. */
export async function movieTweetings(): Promise<Interactions> {
  const { data } = await readInteractions(dataFile("movietweetings-100k", "ratings.dat"), {
    user: "column0",
    item: "column1",
    time: "column3",
  });
  return data;
}
