import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TextColumn } from '../../src/chunk/column.js';
import { dictionaryOf, forEntries, textCoder } from '../../src/repair/dictionary.js';
import fc from '../seeded.js';

function textColumn(cells: readonly (Uint8Array | null)[]): TextColumn {
  const offsets = new Int32Array(cells.length + 1);
  const validity = new Uint8Array((cells.length + 7) >> 3);
  for (const [row, cell] of cells.entries()) {
    offsets[row + 1] = offsets[row]! + (cell?.length ?? 0);
    if (cell !== null) validity[row >> 3]! |= 1 << (row & 7);
  }
  const bytes = Buffer.concat(cells.flatMap((cell) => (cell === null ? [] : [cell])));
  return { type: 'string', layout: 'text', length: cells.length, offsets, bytes, validity };
}

test('texts become codes into a dictionary that begins with the known ones, each text once', () => {
  const bytes = fc.oneof(
    fc.string({ maxLength: 4 }).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 2 }).map((raw) => Buffer.from(raw)),
    // Enough different ones for the table to grow.
    fc.integer({ min: 0, max: 600 }).map((n) => Buffer.from(`N${n}`)),
  );
  fc.assert(
    fc.property(
      fc.array(fc.option(bytes), { maxLength: 900, size: 'max' }),
      fc.uniqueArray(fc.constantFrom('N1', 'N2', '', 'é'), { maxLength: 3 }),
      (cells, known) => {
        const { codes, dictionary } = dictionaryOf(textColumn(cells), known);
        assert.deepEqual(dictionary.slice(0, known.length), known);
        assert.equal(new Set(dictionary).size, dictionary.length);
        const texts = cells.map((cell) => (cell === null ? null : Buffer.from(cell).toString()));
        assert.deepEqual(
          Array.from(codes, (code) => (code < 0 ? null : dictionary[code])),
          texts,
        );
        const seen = [...new Set([...known, ...texts.filter((text) => text !== null)])];
        assert.deepEqual(dictionary, seen, 'in the order of the rows');
      },
    ),
  );
});

test('a coder gives each column its texts, whatever columns came before', () => {
  const cell = fc.option(fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('é', 'N14228', 'N14228X')));
  fc.assert(
    fc.property(fc.array(fc.array(cell, { maxLength: 40 }), { maxLength: 6 }), (columns) => {
      const coder = textCoder(['N14228']);
      for (const cells of columns) {
        const column = textColumn(cells.map((text) => (text === null ? null : Buffer.from(text))));
        const { codes, dictionary } = coder(column, new Int32Array(cells.length));
        assert.equal(new Set(dictionary).size, dictionary.length);
        assert.deepEqual(
          Array.from(codes, (code) => (code < 0 ? null : dictionary[code])),
          cells.map((text) => (text === null ? null : Buffer.from(text).toString())),
        );
      }
    }),
  );
});

test('a coder begins another dictionary when one has become large', () => {
  const coder = textCoder([]);
  const cells = Array.from({ length: 20_000 }, (_, i) => Buffer.from(`text ${i}`));
  assert.equal(coder(textColumn(cells), new Int32Array(cells.length)).dictionary.length, 20_000);
  assert.deepEqual(coder(textColumn([Buffer.from('one')]), new Int32Array(1)).dictionary, ['one']);
});

test('a function of entries is computed once for each, and for the new ones of a dictionary that grew', () => {
  const seen: string[] = [];
  const lengths = forEntries((text) => seen.push(text) && text.length);
  const dictionary = ['a', 'bb'];
  assert.deepEqual(lengths({ dictionary }), [1, 2]);
  dictionary.push('ccc');
  assert.deepEqual(lengths({ dictionary }), [1, 2, 3]);
  assert.deepEqual(lengths({ dictionary: ['dddd', 'a', 'bb'] }), [4, 1, 2]);
  assert.deepEqual(seen, ['a', 'bb', 'ccc', 'dddd', 'a', 'bb']);
});
