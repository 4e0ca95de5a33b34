/** Lines of a stream, as many as are there: at once when it pauses, many when it hurries. */
import type { Readable } from "node:stream";

/** Read ahead while lines are used, in bytes. */
const AHEAD = 2 ** 22;
/** A longer line is none: it would take all memory. */
const LONGEST = 2 ** 26;

export interface LineOptions {
  /** Most lines at a time. */
  readonly most: number;
  /** Ends the stream; lines that have come by then still come. */
  readonly signal?: AbortSignal;
}

/**
 * A line that is too long comes as null. The last one needs no line end.
 *
 * @throws what the stream fails with
 */
export async function* lineBatches(
  input: Readable,
  { most, signal }: LineOptions,
): AsyncGenerator<readonly (string | null)[]> {
  const decoder = new TextDecoder();
  const chunks: Uint8Array[] = [];
  let waiting = 0;
  let ended = false;
  let failed: Error | undefined;
  let wake = (): void => {};
  const onData = (chunk: Uint8Array): void => {
    chunks.push(chunk);
    waiting += chunk.length;
    if (waiting >= AHEAD) input.pause();
    wake();
  };
  const onEnd = (): void => {
    ended = true;
    wake();
  };
  const onError = (error: Error): void => {
    failed = error;
    onEnd();
  };
  input.on("data", onData).on("end", onEnd).on("close", onEnd).on("error", onError);
  signal?.addEventListener("abort", onEnd);
  if (signal?.aborted === true) onEnd();

  let lines: (string | null)[] = [];
  let begun: string[] = [];
  let length = 0;
  /** Splits one piece of text; what follows its last line end waits for more. */
  function split(text: string): void {
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      const part = text.slice(from, end);
      lines.push(
        length + part.length > LONGEST ? null : begun.length === 0 ? part : begun.join("") + part,
      );
      begun = [];
      length = 0;
      from = end + 1;
    }
    const rest = text.length - from;
    length += rest;
    if (length > LONGEST) begun = [];
    else if (rest > 0) begun.push(text.slice(from));
  }

  try {
    for (;;) {
      while (lines.length < most && chunks.length > 0) {
        const chunk = chunks.shift() as Uint8Array;
        waiting -= chunk.length;
        split(decoder.decode(chunk, { stream: true }));
      }
      if (waiting < AHEAD / 2 && !ended) input.resume();
      if (lines.length > 0) {
        const some = lines;
        lines = [];
        for (let at = 0; at < some.length; at += most) yield some.slice(at, at + most);
      } else if (failed !== undefined) throw failed;
      else if (ended) {
        // An end that was asked for may come in the middle of a line.
        if (signal?.aborted === true) return;
        split(`${decoder.decode()}\n`);
        const [last = ""] = lines;
        if (last !== "") yield [last];
        return;
      } else {
        await new Promise<void>((done) => {
          wake = done;
        });
      }
    }
  } finally {
    input.off("data", onData).off("end", onEnd).off("close", onEnd).off("error", onError);
    signal?.removeEventListener("abort", onEnd);
    // Errors that come after this have nobody left to tell.
    input.on("error", () => {});
    input.destroy();
  }
}
