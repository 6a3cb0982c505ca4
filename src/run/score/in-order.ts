import type { LimitFunction } from 'p-limit';

interface InOrderOptions<Item, Result> {
  /** Shared by all partitions of a run: bounds the items that are pulled, in progress or waiting. */
  readonly limit: LimitFunction;
  /** Maximum number of this source's items in progress; the limit's own concurrency bounds it too. */
  readonly lanes: number;
  readonly signal: AbortSignal;
  /** `earlier` settles once all items before this one are consumed, or have failed. */
  work(item: Item, earlier: Promise<void>): Promise<Result>;
  consume(result: Result, item: Item): Promise<void>;
}

/**
 * Works on the items of `source` side by side and consumes the results in the items' order. Pulls an item
 * only if the limit has room for it, and releases its room when its result is consumed, so the limit bounds
 * memory however long the source. After a failure it pulls nothing more, settles everything in progress, and
 * throws the error of the earliest failed item.
 */
export async function inOrder<Item, Result>(
  source: AsyncIterable<Item>,
  { limit, lanes, signal, work, consume }: InOrderOptions<Item, Result>,
): Promise<void> {
  const items = source[Symbol.asyncIterator]();
  let turn: Promise<void> = Promise.resolve();
  let ended = false;
  let failure: { readonly error: unknown } | null = null;

  async function step(): Promise<void> {
    if (ended) return;
    const pulled = items.next();
    const earlier = turn;
    const { promise, resolve } = turnTaken();
    turn = promise;
    try {
      const { value, done } = await pulled;
      if (done === true) ended = true;
      else {
        signal.throwIfAborted();
        const result = await work(value, earlier);
        await earlier;
        if (failure === null) await consume(result, value);
      }
    } catch (error) {
      ended = true;
      await earlier;
      failure ??= { error };
    } finally {
      await earlier;
      resolve();
    }
  }

  async function lane(): Promise<void> {
    while (!ended) await limit(step);
  }

  await Promise.all(Array.from({ length: lanes }, lane));
  await items.return?.();
  if (failure !== null) throw (failure as { readonly error: unknown }).error;
}

function turnTaken(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
