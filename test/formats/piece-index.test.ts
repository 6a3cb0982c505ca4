import assert from 'node:assert/strict';
import { test } from 'node:test';
import { indexPieces } from '../../src/formats/piece-index.js';
import fc from '../seeded.js';

test('a byte is found in the piece that reaches farthest, however pieces overlap', () => {
  const piece = fc
    .tuple(fc.nat(40), fc.nat(12))
    .map(([start, length]) => ({ start, bytes: new Uint8Array(length) }));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const index = indexPieces(pieces);
      for (let at = 0; at < 60; at++) {
        const ends = pieces
          .filter(({ start }) => start <= at)
          .map(({ start, bytes }) => start + bytes.length);
        const found = index.holding(at);
        assert.equal(found !== null, Math.max(...ends) > at);
        if (found !== null) {
          assert.ok(found.start <= at);
          assert.equal(found.start + found.bytes.length, Math.max(...ends));
        }
        const after = pieces.map(({ start }) => start).filter((start) => start > at);
        assert.equal(index.startAfter(at), Math.min(...after));
      }
    }),
  );
});
