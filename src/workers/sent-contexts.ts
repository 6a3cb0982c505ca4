/** Keys of the contexts that a worker was sent; the worker reports a context that it no longer has. */
interface SentContexts {
  /** True if the worker has no context, not even one that it is closing. */
  readonly isEmpty: boolean;
  has(key: string): boolean;
  add(key: string): void;
  /** Marks a context as closing; resolves once it is closed. Null if the worker does not have it. */
  startClosing(key: string): Promise<void> | null;
  /** The worker has closed a context, as asked or by itself. */
  closed(key: string): void;
  /** The worker is gone. */
  closeAll(): void;
}

export function sentContexts(): SentContexts {
  const open = new Set<string>();
  const closing: { readonly key: string; readonly done: () => void }[] = [];
  return {
    get isEmpty() {
      return open.size + closing.length === 0;
    },
    has: (key) => open.has(key),
    add: (key) => open.add(key),
    startClosing: (key) => (open.delete(key) ? new Promise((done) => closing.push({ key, done })) : null),
    closed(key) {
      const waiting = closing.findIndex((one) => one.key === key);
      if (waiting >= 0) closing.splice(waiting, 1)[0]!.done();
      else open.delete(key);
    },
    closeAll() {
      for (const { done } of closing.splice(0)) done();
    },
  };
}
