/** A row on which the model fails; `row` counts from 0 within the chunk. */
export interface FailedRow {
  readonly row: number;
  readonly message: string;
}

/**
 * Finds the rows that break batch `[from, to)`, which failed with `error`: bisects failing halves and scores
 * the others, so k bad rows among n cost about `2 k log2(n)` runs. `run` throws for a failing range; errors
 * for which `isFatal` returns true are rethrown, `describe` words the others. Ascending by row.
 */
export async function bisectBatch(
  from: number,
  to: number,
  error: unknown,
  run: (from: number, to: number) => Promise<void>,
  isFatal: (error: unknown) => boolean,
  describe: (error: unknown) => string,
): Promise<FailedRow[]> {
  const failed: FailedRow[] = [];
  const split = async (a: number, b: number, cause: unknown): Promise<void> => {
    if (b - a === 1) {
      failed.push({ row: a, message: describe(cause) });
      return;
    }
    const middle = (a + b) >> 1;
    await attempt(a, middle);
    await attempt(middle, b);
  };
  const attempt = async (a: number, b: number): Promise<void> => {
    try {
      await run(a, b);
    } catch (cause) {
      if (isFatal(cause)) throw cause;
      await split(a, b, cause);
    }
  };
  await split(from, to, error);
  return failed;
}
