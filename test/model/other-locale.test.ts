import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { openSession } from '../../src/model/open-session.js';
import { workdir } from '../workdir.js';

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

const hasEnglish = /^en_US/m.test(spawnSync('locale', ['-a'], { encoding: 'utf8' }).stdout ?? '');

test('a check names the locale that is replaced, and a run records it', {
  skip: hasEnglish && 'en_US is installed',
}, () => {
  const dir = workdir();
  dir.write('in.csv', 'text\nHello\n');
  const job = { path: resolve('test/fixtures/locale-en.onnx') };
  const input = { path: 'in.csv' };
  dir.write('job.yaml', JSON.stringify({ name: 'a', input, model: job, output: { path: 'out' } }));
  const sentence = /the model names the locale en_US, which this system lacks: it is opened with C\.UTF-8/g;
  // Also where the cache has the answer of an earlier trial.
  for (const ran of [dir.call(['check', 'job.yaml']), dir.nightshift(['check', 'job.yaml'])])
    assert.equal(ran.stdout.match(sentence)?.length, 1, ran.stdout);
  assert.equal(dir.call(['run', 'job.yaml']).code, 0);
  assert.match(dir.read('out/_manifest.json'), sentence);
  assert.match(dir.read('out/_summary.json'), sentence);
  dir.remove();
});
