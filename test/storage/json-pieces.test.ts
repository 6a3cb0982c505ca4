import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonPieces } from '../../src/storage/json-pieces.js';

const odd = {
  none: undefined,
  call: () => 1,
  nothing: null,
  '"quoted"': ['é\u2028', undefined, Number.NaN, -0, 1e21, [], {}],
  when: new Date(0),
  own: { toJSON: () => 'itself' },
  gone: { toJSON: () => undefined },
  deep: { a: [{ b: [{ c: [{ d: [{ e: { f: [undefined, { g: undefined }] } }] }] }] }] },
  typed: Int32Array.of(1, 2),
  empty: { only: undefined },
};

test('the pieces are the text of JSON.stringify, whatever the values', () => {
  for (const value of [odd, [odd, odd], {}, [], [undefined]])
    assert.equal([...jsonPieces(value, '\n')].join(''), `${JSON.stringify(value)}\n`);
});

test('a small text is one piece, a large one many, none of them much more than a million characters', () => {
  assert.equal([...jsonPieces(odd)].length, 1);
  const columns = Array.from({ length: 600 }, (_, i) => ({ name: `c${i}`, keys: Array(2000).fill(i) }));
  const record = { partition: 'a', quality: { raw: columns } };
  const pieces = [...jsonPieces(record)];
  assert.equal(pieces.join(''), JSON.stringify(record));
  assert.ok(pieces.length > 3);
  for (const piece of pieces) assert.ok(piece.length < 1.1 * 2 ** 20);
});
