import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJson } from '../../src/text/parse-json.js';
import fc from '../seeded.js';

test('parses any JSON as the engine does', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      assert.deepEqual(parseJson(text), JSON.parse(text));
    }),
  );
  for (const text of ['"[[[["', '"\\""', '"\\\\"', '["\\\\\\"[", "]"]', `"${'['.repeat(500)}"`])
    assert.deepEqual(parseJson(text), JSON.parse(text));
});

test('what is not JSON is a syntax error', () => {
  for (const text of ['', '{', '"', '"\\', '"\\"', '[1,', '}{', 'x', '['])
    assert.throws(() => parseJson(text), SyntaxError, text);
});

test('a text of brackets is refused before the engine is asked', () => {
  assert.throws(() => parseJson('['.repeat(5_000_000)), /nested more than 100 deep/);
  assert.throws(() => parseJson('{"a":'.repeat(1000)), /nested more than 100 deep/);
  assert.throws(() => parseJson(`[${'[],'.repeat(4_000_001)}0]`), /too many lists and objects/);
  assert.equal(JSON.stringify(parseJson('['.repeat(100) + ']'.repeat(100))).length, 200);
});
