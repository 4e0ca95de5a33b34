/** Reading, running and using, at the same time. */

/**
 * What `act` makes of each item, in order. While the caller uses one result, the next are in the
 * making and the item after these is being read: at most `ahead` of them. An error comes in its
 * place, after the results before it. When the caller goes early, or an error comes, what is under
 * way is waited for and `items` is closed.
 */
export async function* overlapped<A, B>(
  items: AsyncIterable<A>,
  act: (item: A) => Promise<B>,
  ahead = 2,
): AsyncGenerator<B> {
  const iterator = items[Symbol.asyncIterator]();
  const results: Promise<{ readonly value: B } | undefined>[] = [];
  let reading: Promise<unknown> = Promise.resolve();
  let ended = false;

  async function make(item: Promise<IteratorResult<A>>): Promise<{ value: B } | undefined> {
    const { done, value } = await item;
    return done === true || ended ? undefined : { value: await act(value) };
  }

  function begin(): void {
    const item = reading.then((): IteratorResult<A> | Promise<IteratorResult<A>> =>
      ended ? { done: true, value: undefined } : iterator.next(),
    );
    // After an error, generators say that they are done: nothing comes behind it.
    reading = item.catch(() => {});
    const result = make(item);
    // It is looked at later, in its turn.
    result.catch(() => {});
    results.push(result);
  }

  try {
    for (let i = 0; i < ahead; i += 1) begin();
    for (;;) {
      const result = await results.shift();
      if (result === undefined) return;
      begin();
      yield result.value;
    }
  } finally {
    ended = true;
    await Promise.allSettled(results);
    await iterator.return?.();
  }
}
