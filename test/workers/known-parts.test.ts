import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withKnown, withoutKnown } from '../../src/workers/known-parts.js';

const columns = [{ name: 'a' }];
const repair = { limits: [1] };
const before = { file: 'one', repair, read: { columns, most: 1 }, absent: null };

test('a context leaves out the objects that it shares with the one before, and comes back whole', () => {
  const value = { file: 'two', repair, read: { columns, most: 2 }, absent: null };
  const { opened, known } = withoutKnown(value, before);
  assert.deepEqual(opened, { file: 'two', read: { most: 2 }, absent: null });
  assert.deepEqual(known, ['repair', 'read.columns']);
  assert.deepEqual(withKnown(structuredClone(opened), known, before), value);
});

test('parts are compared down to the third level, where a file has its dialect', () => {
  const dialect = { quote: { mark: '"' } };
  const of = (path: string) => ({ source: { path, details: { start: 1, dialect, deep: { dialect } } } });
  const { opened, known } = withoutKnown(of('two'), of('one'));
  assert.deepEqual(opened, { source: { path: 'two', details: { start: 1, deep: { dialect } } } });
  assert.deepEqual(known, ['source.details.dialect']);
  assert.deepEqual(withKnown(structuredClone(opened), known, of('one')), of('two'));
});

test('an object that is only equal is sent again', () => {
  const value = { ...before, repair: { limits: [1] } };
  assert.deepEqual(withoutKnown(value, before).opened, { file: 'one', repair, absent: null });
});

test('a name with a point is sent again, and so is all without a context before', () => {
  const odd = () => ({ 'a.b': repair, read: { 'a.b': columns } });
  assert.deepEqual(withoutKnown(odd(), odd()), { opened: odd(), known: [] });
  assert.deepEqual(withoutKnown(before, null), { opened: before, known: [] });
  assert.deepEqual(withoutKnown('text', 'text'), { opened: 'text', known: [] });
});
