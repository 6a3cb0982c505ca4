import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { sliceOf } from '../../../src/chunk/slice.js';
import { formats } from '../../../src/formats/formats.js';
import { temporaryFolder } from '../../temporary-folder.js';

const folder = temporaryFolder('cut');

/** The first rows of all slices, the most rows of the last, and the bytes of the longest slice. */
async function cutOf(name: string, content: Uint8Array): Promise<readonly (readonly [number, number])[]> {
  const path = join(folder, name);
  writeFileSync(path, content);
  const source = await (await formats['csv']()).open(path, { csv: {} });
  const slices: (readonly [number, number])[] = [];
  for await (const slice of source.cut(4 * 2 ** 20)) {
    const { firstRow, bytes } = sliceOf('bytes', slice);
    slices.push([firstRow, bytes?.length ?? 0]);
  }
  return slices;
}

const short = Buffer.from(`x,y\n${'1,2\n'.repeat(900_000)}`);

test('a slice has at most 2^18 rows, however short they are, compressed or not', async () => {
  for (const [name, content] of [
    ['short.csv', short],
    ['short.csv.gz', gzipSync(short)],
  ] as const) {
    const firsts = (await cutOf(name, content)).map(([first]) => first);
    assert.equal(firsts[0], 1);
    assert.ok(firsts.length >= 4, `${firsts.length} slices`);
    for (const [i, first] of firsts.entries()) {
      const next = firsts[i + 1] ?? 900_001;
      assert.ok(next > first && next - first <= 262_144 + 1024, `${next - first} rows`);
    }
  }
});

test('lines that are no rows are no slice, and none carries them', async () => {
  const blank = Buffer.alloc(20 * 2 ** 20, '\n');
  const content = gzipSync(Buffer.concat([Buffer.from('x,y\n1,2\n3,4\n'), blank, Buffer.from('5,6\n')]));
  const slices = await cutOf('blank.csv.gz', content);
  assert.equal(slices.at(-1)![0], 3);
  assert.ok(slices.length <= 2 && slices.every(([, bytes]) => bytes < 9 * 2 ** 20), JSON.stringify(slices));
});

test('slices of a stream are the same in memory of earlier ones, which is used again once it is given back', async () => {
  const path = join(folder, 'again.csv.gz');
  const rows = Array.from({ length: 60_000 }, (_, i) => `${i},${'x'.repeat((i * 7919) % 90)}\n`).join('');
  writeFileSync(path, gzipSync(`a,b\n${rows}`));
  const textsOf = async (givesBack: boolean) => {
    const source = await (await formats['csv']()).open(path, { csv: {} });
    const memories = new Set<ArrayBufferLike>();
    const texts: string[] = [];
    for await (const slice of source.cut(2 ** 18)) {
      const { bytes } = sliceOf('bytes', slice);
      texts.push(Buffer.from(bytes!).toString());
      memories.add(bytes!.buffer);
      if (givesBack) source.giveBack!(slice);
    }
    return { texts, memories: memories.size };
  };
  const [kept, back] = [await textsOf(false), await textsOf(true)];
  assert.equal(kept.texts.join(''), rows);
  assert.deepEqual(back.texts, kept.texts);
  assert.equal(kept.memories, kept.texts.length);
  assert.ok(back.memories <= 2, `${back.memories} of ${kept.memories}`);
});
