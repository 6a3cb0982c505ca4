import { isDeepStrictEqual } from 'node:util';
import type { ReadColumn } from '../chunk/read-plan.js';
import type { CsvKernel, KernelDialect } from './csv-kernel.js';
import { openCsvKernel } from './open-csv-kernel.js';

/** A kernel that is lent to one reader. */
interface LentKernel {
  readonly kernel: CsvKernel;
  /** Gives the kernel back, to be lent again; the reader and its views must not be used any more. */
  giveBack(): void;
}

/** A kernel, and what it is prepared for. */
interface Prepared {
  readonly kernel: CsvKernel;
  readonly dialect: KernelDialect;
  readonly columns: readonly ReadColumn[];
}

/** The kernels that are not lent; the last one given back is the last. */
const idle: Prepared[] = [];

/** Enough for a worker's open files and a cutter; larger kernels are those of large files. */
const mostIdle = 4;
const mostBytes = 2 * 2 ** 20;

/**
 * Lends a kernel that is prepared for a dialect and columns. One that was prepared for the same is lent as it
 * is: its memory and its tables of categories cost more than reading a small file.
 */
export async function lendCsvKernel(
  dialect: KernelDialect,
  columns: readonly ReadColumn[],
): Promise<LentKernel> {
  const prepared = takeIdle(dialect, columns) ?? (await prepare(dialect, columns));
  let isLent = true;
  return {
    kernel: prepared.kernel,
    giveBack() {
      if (!isLent) return;
      isLent = false;
      if (prepared.kernel.memoryBytes > mostBytes) return;
      idle.push(prepared);
      if (idle.length > mostIdle) idle.shift();
    },
  };
}

function takeIdle(dialect: KernelDialect, columns: readonly ReadColumn[]): Prepared | undefined {
  const at = idle.findLastIndex(
    (one) => isDeepStrictEqual(one.dialect, dialect) && isDeepStrictEqual(one.columns, columns),
  );
  return at < 0 ? undefined : idle.splice(at, 1)[0];
}

async function prepare(dialect: KernelDialect, columns: readonly ReadColumn[]): Promise<Prepared> {
  const kernel = await openCsvKernel();
  kernel.prepare(dialect, columns);
  return { kernel, dialect, columns };
}
