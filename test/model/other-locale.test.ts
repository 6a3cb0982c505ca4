import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSession } from '../../src/model/open-session.js';

const open = (name: string) =>
  openSession({ path: `test/fixtures/locale-${name}.onnx`, sha256: null, rewrites: [], threads: 1 });

test('a text model with an English locale changes the case of every letter where the system lacks it', async () => {
  const session = await open('en');
  const texts = ['Hello', 'ÄÖÜ ß', 'ДОМ', 'ΣΑΣ', '𐐀', 'I'];
  const { lower } = await session.run(
    { text: session.tensor('string', texts, [texts.length]) },
    { lower: null },
  );
  await session.release();
  assert.deepEqual(lower!.data, ['hello', 'äöü ß', 'дом', 'σασ', '𐐨', 'i']);
});

test('a locale with letters of its own is not replaced', async () => {
  const answer = async () => {
    const session = await open('tr');
    const { lower } = await session.run({ text: session.tensor('string', ['I'], [1]) }, { lower: null });
    return lower!.data;
  };
  // Where the system has the locale, its own lower case.
  const found = await answer().catch((error: Error) => error.message);
  if (Array.isArray(found)) assert.deepEqual(found, ['ı']);
  else assert.match(String(found), /tr_TR/);
});
