import { TransientError } from '../../errors.js';
import { freeBytes } from '../../storage/durable.js';
import { bytesOf, type InputFile } from '../../storage/list-inputs.js';
import { storeOf } from '../../storage/store-of.js';
import type { Entries } from '../records/record.js';

/** A run does not start with less space than this, and stops below it: its records must still be written. */
const leastToBegin = 1 << 20;
const leastToGoOn = 128 << 10;

/**
 * Throws `TransientError` (exit 5) naming the folder if its disk lacks space for the output of `inputs`: as
 * much per byte of input as earlier partitions took, or a minimum if none is known yet. A folder from which
 * the output is uploaded needs space for the largest of them.
 */
export async function checkDisk(
  output: string,
  inputs: readonly Pick<InputFile, 'bytes'>[],
  records: Entries,
): Promise<void> {
  let read = 0;
  let wrote = 0;
  for (const { input, outputs, state } of records.values()) {
    if (state !== 'published') continue;
    read += input.bytes;
    for (const { bytes } of outputs) wrote += bytes;
  }
  const folder = storeOf(output).stagingDisk(output);
  const largest = inputs.reduce((most, { bytes }) => Math.max(most, bytes), 0);
  const bytesToRead = folder === output ? bytesOf(inputs) : largest;
  if (bytesToRead === 0) return;
  const expected = read === 0 ? 0 : bytesToRead * (wrote / read);
  const free = await freeBytes(folder);
  if (free >= leastToBegin + expected) return;
  throw full(output, folder, free, `about ${mib(leastToBegin + expected)} will be written`);
}

/** Throws like `checkDisk` if a run in progress has hardly any space left. */
export async function checkDiskStill(output: string): Promise<void> {
  const folder = storeOf(output).stagingDisk(output);
  const free = await freeBytes(folder);
  if (free < leastToGoOn) throw full(output, folder, free, 'the run stops before the disk is full');
}

function full(output: string, folder: string, free: number, why: string): TransientError {
  const what = folder === output ? `output "${output}"` : `temporary folder "${folder}"`;
  return new TransientError('disk-full', `${what} has ${mib(free)} of free disk space: ${why}`, {
    file: folder,
    hint: 'free space, then run again to resume',
  });
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
