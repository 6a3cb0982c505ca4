import { getHeapStatistics } from 'node:v8';
import { BudgetError } from '../errors.js';
import { collectGarbage } from './collect-garbage.js';

/** Share of V8's heap limit that may be in use; near the limit V8 aborts the process. */
const mostShare = 0.75;

/**
 * Throws `BudgetError` if this process's objects fill most of the heap that V8 allows it, after a collection.
 * Call it now and then while `doing` something whose memory depends on the size of an input; it takes about
 * 10 microseconds while there is room.
 */
export function checkHeapRoom(doing: string): void {
  if (isRoomy()) return;
  collectGarbage();
  if (!isRoomy()) throw heapSpent(doing);
}

/** Measured: objects of the main process for each column of an input, whether it is used or not, in bytes. */
const columnBytes = 1_600;

/** Throws `BudgetError` if an input has more columns than there is heap for; `name` is the input's. */
export function checkRoomForColumns(columns: number, name: string): void {
  if (columns * columnBytes > mostShare * oldSpace())
    throw heapSpent(`${name}: a table of ${columns.toLocaleString('en')} columns`);
}

/** The processes hold what is read of a file's head or footer, and a copy while it is parsed. */
const wholeCopies = 4;

/** Throws `BudgetError` if `bytes` read at once do not fit; `what` names them, with the file's path first. */
export function checkRoomForBytes(bytes: number, what: string): void {
  if (bytes * wholeCopies > mostShare * oldSpace()) throw heapSpent(`${what} of ${mib(bytes)}`);
}

/** Throws `BudgetError` if so many 8-byte numbers in typed arrays do not fit while `doing` something. */
export function checkRoomForNumbers(count: number, doing: string): void {
  if (count * 8 > mostShare * oldSpace()) throw heapSpent(doing);
}

function isRoomy(): boolean {
  return getHeapStatistics().used_heap_size < mostShare * oldSpace();
}

/** V8's limit for all objects includes three times 16 MiB for new ones, which are not used here. */
function oldSpace(): number {
  const limit = getHeapStatistics().heap_size_limit;
  return Math.max(limit - 48 * 2 ** 20, limit / 2);
}

function heapSpent(doing: string): BudgetError {
  const message = `${doing} takes more memory than the ${mib(oldSpace())} that the objects of one process may take here`;
  return new BudgetError('memory-budget', message, {
    hint: 'give the container or the machine more memory; or, where there is enough, set NODE_OPTIONS=--max-old-space-size to a share of it in MiB',
  });
}

function mib(bytes: number): string {
  return `${Math.floor(bytes / 2 ** 20)} MiB`;
}
