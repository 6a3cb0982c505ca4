import pLimit from 'p-limit';

/** Enough to keep a disk busy. */
const lanes = 8;

/** Does `work` for each item, several at a time; throws the first failure once all have ended. */
export async function sideBySide<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const limit = pLimit(lanes);
  const ended = await Promise.allSettled(items.map((item) => limit(() => work(item))));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}
