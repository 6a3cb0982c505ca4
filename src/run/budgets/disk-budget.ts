import { TransientError } from '../../errors.js';
import { freeBytes } from '../../storage/durable.js';
import type { LedgerEntry } from '../records/record.js';

/** A run does not start with less space than this, and stops below it: its records must still be written. */
const leastToBegin = 1 << 20;
const leastToGoOn = 128 << 10;

/**
 * Throws `TransientError` (exit 5) naming the folder if its disk lacks space for the output of `bytesToRead`
 * bytes of input: as much per byte of input as earlier partitions took, or a minimum if none is known yet.
 */
export async function checkDisk(
  folder: string,
  bytesToRead: number,
  records: ReadonlyMap<string, LedgerEntry>,
): Promise<void> {
  let read = 0;
  let wrote = 0;
  for (const { input, outputs, state } of records.values()) {
    if (state !== 'published') continue;
    read += input.bytes;
    for (const { bytes } of outputs) wrote += bytes;
  }
  if (bytesToRead === 0) return;
  const expected = read === 0 ? 0 : bytesToRead * (wrote / read);
  const free = await freeBytes(folder);
  if (free >= leastToBegin + expected) return;
  throw full(folder, free, `about ${mib(leastToBegin + expected)} will be written`);
}

/** Throws like `checkDisk` if a run in progress has hardly any space left. */
export async function checkDiskStill(folder: string): Promise<void> {
  const free = await freeBytes(folder);
  if (free < leastToGoOn) throw full(folder, free, 'the run stops before the disk is full');
}

function full(folder: string, free: number, why: string): TransientError {
  return new TransientError('disk-full', `output "${folder}" has ${mib(free)} of free disk space: ${why}`, {
    file: folder,
    hint: 'free space, then run again to resume',
  });
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
