import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TransientError } from '../../src/errors.js';
import type { KeyDigest } from '../../src/repair/key-digest.js';
import { openKeyLedger } from '../../src/repair/key-ledger.js';
import { published } from '../../src/repair/repeated-keys.js';
import fc from '../seeded.js';
import { temporaryFolder } from '../temporary-folder.js';

const folder = temporaryFolder('keys');

interface Piece {
  readonly partition: number;
  readonly slice: number;
  /** A key per row; null where the row has none. */
  readonly keys: readonly (number | null)[];
}

function digestOf({ keys }: Piece, words: number): KeyDigest {
  const rows = keys
    .flatMap((key, row) => (key === null ? [] : [row]))
    .sort((a, b) => keys[a]! - keys[b]! || a - b);
  const filled = new Uint32Array(rows.length * words);
  for (const [i, row] of rows.entries()) filled[i * words + words - 1] = keys[row]!;
  const isStrict = new Set(rows.map((row) => keys[row])).size === rows.length;
  const isInOrder = rows.length === keys.length && rows.every((row, i) => row === i);
  return {
    words,
    keys: filled,
    rows: isInOrder ? null : Uint32Array.from(rows),
    isStrict,
    chunkRows: keys.length,
  };
}

/** Every row whose key another row keeps, found by looking at all of them in order. */
function repeatsOf(pieces: readonly Piece[], keep: 'first' | 'last'): Set<string> {
  const ordered = [...pieces].sort((a, b) => a.partition - b.partition || a.slice - b.slice);
  const places = ordered.flatMap(({ partition, slice, keys }) =>
    keys.flatMap((key, row) => (key === null ? [] : [{ key, place: `${partition}/${slice}/${row}` }])),
  );
  if (keep === 'last') places.reverse();
  const seen = new Set<number>();
  const repeats = new Set<string>();
  for (const { key, place } of places) {
    if (seen.has(key)) repeats.add(place);
    seen.add(key);
  }
  return repeats;
}

async function findRepeats(
  pieces: readonly Piece[],
  keep: 'first' | 'last',
  words: number,
  memoryBytes: number,
): Promise<{ found: Set<string>; total: number; counted: number }> {
  const ledger = openKeyLedger({ memoryBytes, folder });
  try {
    await Promise.all(
      pieces.map((piece) => ledger.add(piece.partition, piece.slice, digestOf(piece, words))),
    );
    const repeats = await ledger.finish(keep);
    const found = new Set<string>();
    let counted = 0;
    for (const { partition, slice } of pieces) {
      for (const row of repeats.rowsOf(partition, slice) ?? []) found.add(`${partition}/${slice}/${row}`);
    }
    for (const partition of new Set(pieces.map((piece) => piece.partition)))
      counted += repeats.count(partition);
    return { found, total: repeats.total, counted };
  } finally {
    await ledger.close();
  }
}

/** Pieces in the order in which workers happen to return them. */
const pieces = (rows: number, keys: number) =>
  fc
    .uniqueArray(fc.record({ partition: fc.nat(3), slice: fc.nat(5) }), {
      minLength: 1,
      maxLength: 12,
      selector: ({ partition, slice }) => `${partition}/${slice}`,
    })
    .chain((places) =>
      fc.tuple(
        ...places.map((place) =>
          fc
            .array(fc.option(fc.nat(keys), { nil: null, freq: 10 }), { maxLength: rows })
            .map((cells): Piece => ({ ...place, keys: cells })),
        ),
      ),
    );

for (const keep of ['first', 'last'] as const) {
  test(`keeps the ${keep} row of each key and finds all others, in memory (property)`, async () => {
    await fc.assert(
      fc.asyncProperty(pieces(40, 60), fc.constantFrom(2, 4), async (found, words) => {
        const result = await findRepeats(found, keep, words, 1 << 20);
        const wanted = repeatsOf(found, keep);
        assert.deepEqual(result, { found: wanted, total: wanted.size, counted: wanted.size });
      }),
    );
  });

  test(`keeps the ${keep} row of each key and finds all others, with most of them on disk`, async () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % below;
    };
    const many = Array.from({ length: 24 }, (_, i): Piece => {
      const keys = Array.from({ length: 700 + random(900) }, () =>
        random(50) === 0 ? null : random(12_000),
      );
      return { partition: random(2) * 5, slice: i, keys };
    });
    many.push({ partition: 3, slice: 0, keys: new Array(5000).fill(17) });
    const result = await findRepeats(many, keep, keep === 'first' ? 2 : 4, 40_000);
    const wanted = repeatsOf(many, keep);
    assert.ok(wanted.size > 10_000);
    assert.deepEqual(result, { found: wanted, total: wanted.size, counted: wanted.size });
  });
}

test('finds exactly the rows whose key is published, in memory and on disk (property)', async () => {
  await fc.assert(
    fc.asyncProperty(
      pieces(40, 60),
      pieces(40, 60),
      fc.constantFrom(2, 4),
      fc.constantFrom(0, 2000, 1 << 20),
      async (before, found, words, memoryBytes) => {
        const ledger = openKeyLedger({ memoryBytes, folder });
        try {
          for (const [i, piece] of before.entries()) await ledger.add(published, i, digestOf(piece, words));
          for (const piece of found) await ledger.add(piece.partition, piece.slice, digestOf(piece, words));
          const old = await ledger.finishPublished();
          const keys = new Set(before.flatMap((piece) => piece.keys));
          for (const piece of found) {
            const wanted = piece.keys.flatMap((key, row) => (key !== null && keys.has(key) ? [row] : []));
            assert.deepEqual([...(old.rowsOf(piece.partition, piece.slice) ?? [])], wanted);
          }
        } finally {
          await ledger.close();
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('never looks into slices whose keys follow on each other, wherever they are kept', async () => {
  for (const memoryBytes of [1 << 20, 0]) {
    const ledger = openKeyLedger({ memoryBytes, folder });
    for (const slice of [2, 0, 1]) {
      const digest = digestOf(
        { partition: 0, slice, keys: Array.from({ length: 100 }, (_, i) => slice * 100 + i) },
        2,
      );
      await ledger.add(0, slice, digest);
      // Changed keys between the first and the last could only be found by reading them.
      if (memoryBytes > 0) digest.keys.fill(digest.keys[1]!, 2, 198);
    }
    assert.equal((await ledger.finish('first')).total, 0);
    await ledger.close();
  }
});

test('leaves nothing on disk, neither after it is closed nor before', async () => {
  const ledger = openKeyLedger({ memoryBytes: 0, folder });
  await ledger.add(
    0,
    0,
    digestOf({ partition: 0, slice: 0, keys: Array.from({ length: 5000 }, (_, i) => i) }, 2),
  );
  assert.deepEqual(readdirSync(folder), []);
  assert.equal((await ledger.finish('first')).total, 0);
  await ledger.close();
  assert.deepEqual(readdirSync(folder), []);
});

test('says where there is no room to keep keys', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const ledger = openKeyLedger({ memoryBytes: 0, folder: join(file, 'below') });
  const keys = Array.from({ length: 3000 }, (_, i) => i);
  await assert.rejects(ledger.add(0, 0, digestOf({ partition: 0, slice: 0, keys }, 2)), TransientError);
  await assert.rejects(ledger.finish('first'), TransientError);
  await ledger.close();
  rmSync(file);
});

test('a run without keys has no repeats', async () => {
  const ledger = openKeyLedger({ memoryBytes: 1 << 20, folder });
  const repeats = await ledger.finish('last');
  assert.equal(repeats.total, 0);
  assert.equal(repeats.rowsOf(0, 0), null);
  await ledger.close();
});
