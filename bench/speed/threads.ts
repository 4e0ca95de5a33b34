/** Threads as ours is given them. */
import { availableParallelism } from "node:os";

/** As many as there are is what ours chooses among by itself, so it is not told. */
export function ownThreads(threads: number): { readonly threads?: number } {
  return threads === availableParallelism() ? {} : { threads };
}

/** The same for the command line. */
export function threadWords(threads: number): readonly string[] {
  return threads === availableParallelism() ? [] : ["--threads", String(threads)];
}
