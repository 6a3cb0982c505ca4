import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deepest, LineScanner, scanned, token } from '../../../src/formats/jsonl/scan-line.js';
import fc from '../../seeded.js';

/** The outcome of a line, and its cells as key, kind and text. */
function scan(line: string, keys: readonly string[] | null = null) {
  const names: string[] = [];
  const cells: (readonly [string, number, string])[] = [];
  const bytes = Buffer.from(line);
  const scanner = new LineScanner({
    slot(key) {
      if (keys !== null && !keys.includes(key)) return -1;
      names.push(key);
      return names.length - 1;
    },
    cell: (slot, kind, start, end) =>
      void cells.push([names[slot]!, kind, bytes.toString('utf8', start, end)]),
  });
  const outcome = scanner.scan(bytes, 0, bytes.length);
  return { outcome, cells, faultAt: scanner.faultAt };
}

const json = fc.json({ maxDepth: 4 });
const mutated = fc
  .tuple(
    json,
    fc.nat(),
    fc.constantFrom(
      '',
      '"',
      '\\',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '0',
      '-',
      '.',
      'e',
      ' ',
      '\t',
      'u',
      'x',
      '\u0001',
    ),
  )
  .map(([text, at, put]) => {
    const place = at % (text.length + 1);
    return `${text.slice(0, place)}${put}${text.slice(place + (at % 2))}`;
  });

test('accepts what JSON.parse accepts, and nothing else', () => {
  fc.assert(
    fc.property(fc.oneof(json, mutated), (text) => {
      let expected: unknown;
      let isJson = true;
      try {
        expected = JSON.parse(text);
      } catch {
        isJson = false;
      }
      const isObject =
        isJson && expected !== null && typeof expected === 'object' && !Array.isArray(expected);
      const { outcome } = scan(text);
      if (isObject) assert.equal(outcome, scanned.object);
      else if (isJson) assert.equal(outcome, scanned.other);
      else assert.ok(outcome === scanned.invalid || outcome === scanned.cutOff, text);
    }),
    { numRuns: process.env['NIGHTSHIFT_FULL'] ? 200_000 : 3000 },
  );
});

test('calls every beginning of an object cut off', () => {
  const line = '{"a":[1,{"b":"\\u00e9 \\n"}],"c":-1.5e-3,"d":null,"e":true,"n":NaN,"i":-Infinity}';
  assert.equal(scan(line).outcome, scanned.object);
  for (let end = 1; end < line.length; end++)
    assert.equal(scan(line.slice(0, end)).outcome, scanned.cutOff, line.slice(0, end));
});

test('gives each key its token, whatever the order and spelling of the keys', () => {
  const keys = ['a', 'é', 'b'];
  const scanner = scan('{ "a" : "x y" , "skipped" : {"a": 1}, "\\u00e9":"\\n","b":[1, 2]}\r', keys);
  assert.deepEqual(scanner.cells, [
    ['a', token.text, 'x y'],
    ['é', token.escaped, '\\n'],
    ['b', token.array, '[1, 2]'],
  ]);
  assert.deepEqual(scan('{"b":12,"a":1.0,"é":false}', keys).cells, [
    ['b', token.whole, '12'],
    ['a', token.number, '1.0'],
    ['é', token.false, 'false'],
  ]);
});

test('expects keys in the order of the line before, and finds them in any other', () => {
  const names = ['a', 'ab', 'abc', 'b', ''];
  fc.assert(
    fc.property(
      fc.array(
        fc.subarray(names, { minLength: 0 }).chain((some) => fc.shuffledSubarray(some)),
        { maxLength: 12 },
      ),
      (lines) => {
        let seen: string[] = [];
        const slots: string[] = [];
        const scanner = new LineScanner({
          slot: (key) => slots.push(key) - 1,
          cell: (slot) => void seen.push(slots[slot]!),
        });
        for (const keys of lines) {
          seen = [];
          const bytes = Buffer.from(JSON.stringify(Object.fromEntries(keys.map((key) => [key, 1]))));
          assert.equal(scanner.scan(bytes, 0, bytes.length), scanned.object);
          assert.deepEqual(seen, keys);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('reads nested values to a bound, whose depth is no other fault', () => {
  const nested = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  assert.equal(scan(nested(deepest - 1)).outcome, scanned.object);
  assert.equal(scan(nested(deepest)).outcome, scanned.tooDeep);
  assert.equal(scan(`{"a":${'['.repeat(1_000_000)}`).outcome, scanned.tooDeep);
});

test('says where a line breaks the grammar', () => {
  assert.equal(scan('{"a":1,"b":x}').faultAt, 11);
  assert.equal(scan('{"a":1} {"b":2}').faultAt, 8);
  assert.equal(scan('{"a":01}').faultAt, 6);
});
