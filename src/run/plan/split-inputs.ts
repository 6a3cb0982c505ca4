import { open } from 'node:fs/promises';
import { isRemote, remoteFile } from '../../formats/remote-file.js';
import { compressionOf } from '../../formats/text/byte-stream.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { lendInput } from './lend-remote.js';

/**
 * Splits inputs larger than `partBytes` into parts of that size, each a separate partition `NAME.2-of-5`;
 * null splits none. A compressed file stays whole: nothing in it can be found without reading everything
 * before it. Reads four bytes of each file that is large enough.
 */
export async function splitInputs(
  inputs: readonly InputFile[],
  partBytes: number | null,
): Promise<InputFile[]> {
  if (partBytes === null) return [...inputs];
  const taken = new Set(inputs.map(({ partition }) => folded(partition)));
  const parts: InputFile[] = [];
  for (const input of inputs) {
    const isWhole = input.refusal !== null || input.bytes <= partBytes || (await isCompressed(input));
    if (isWhole) parts.push(input);
    else parts.push(...partsOf(input, partBytes, taken));
  }
  return parts;
}

function partsOf(input: InputFile, partBytes: number, taken: ReadonlySet<string>): InputFile[] {
  const count = Math.ceil(input.bytes / partBytes);
  const width = String(count).length;
  const suffix = (index: number) => `${String(index + 1).padStart(width, '0')}-of-${count}`;
  const isFree = (mark: string) => !taken.has(folded(`${input.partition}${mark}${suffix(0)}`));
  const mark = ['.', '.part-', '.split-'].find(isFree) ?? '.nightshift-part-';
  const { passedOver, ...own } = input;
  return Array.from({ length: count }, (_, index) => ({
    ...own,
    ...(index === 0 && passedOver !== undefined ? { passedOver } : {}),
    partition: `${input.partition}${mark}${suffix(index)}`,
    bytes: Math.min(partBytes, input.bytes - index * partBytes),
    part: { index, count, partBytes, fileBytes: input.bytes },
  }));
}

/** Returns false for an unreadable file too: its partition reports the reason. */
async function isCompressed(input: InputFile): Promise<boolean> {
  const { path } = input;
  try {
    if (isRemote(path)) {
      lendInput(input);
      return compressionOf(await remoteFile(path)!.read(0, 4)) !== 'none';
    }
    const file = await open(path, 'r');
    try {
      const magic = Buffer.alloc(4);
      await file.read(magic, 0, magic.length, 0);
      return compressionOf(magic) !== 'none';
    } finally {
      await file.close();
    }
  } catch {
    return false;
  }
}

function folded(name: string): string {
  return name.toLowerCase();
}
