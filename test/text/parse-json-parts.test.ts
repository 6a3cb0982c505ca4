import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJson } from '../../src/text/parse-json.js';
import { parseJsonParts } from '../../src/text/parse-json-parts.js';
import fc from '../seeded.js';

/** The bytes of a text in chunks of `length`. */
async function* chunksOf(text: string, length: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

const nested = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'large', withCrossShrink: true },
    fc.jsonValue({ maxDepth: 1 }),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', '10', '2', '"', '\\')), tie('value'), {
      maxKeys: 4,
    }),
  ),
})).value;

test('JSON in chunks of any length is the value that JSON.parse finds', async () => {
  await fc.assert(
    fc.asyncProperty(
      nested,
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(0, 1),
      async (value, length, spaces) => {
        const text = JSON.stringify({ a: [{ b: [value, value] }] }, null, spaces);
        assert.deepEqual(await parseJsonParts(chunksOf(text, length)), JSON.parse(text));
      },
    ),
  );
});

test('what is not JSON, or beyond the bounds, is refused as in one piece', async () => {
  const text = JSON.stringify({ a: [{ b: [{ c: [1, { d: 'x]}"' }] }, [2]] }] });
  const bad = [
    ...Array.from({ length: text.length }, (_, i) => text.slice(0, i)),
    ...Array.from({ length: text.length }, (_, i) => `${text.slice(0, i)}]${text.slice(i + 1)}`),
    `${'['.repeat(101)}${']'.repeat(101)}`,
    `${text}[1]`,
    `\uFEFF${text}`,
  ];
  for (const one of bad) {
    const wanted = await Promise.resolve(one)
      .then(parseJson)
      .catch((error: Error) => error.name);
    const found = await parseJsonParts(chunksOf(one, 7)).catch((error: Error) => error.name);
    assert.deepEqual(found, wanted, one);
  }
});
