import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  Dictionary,
  Int32,
  makeBuilder,
  RecordBatch,
  RecordBatchStreamWriter,
  tableFromIPC,
  Utf8,
} from 'apache-arrow';
import { arrow } from '../../../src/formats/arrow/arrow.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { outputBatch, outputBytes, outputFields } from '../made-output.js';
import { wholeTable } from '../whole-table.js';

test('the Arrow library reads the output with its types and rows', async () => {
  const table = tableFromIPC(await outputBytes(arrow, [outputBatch(1), outputBatch(2)]));
  assert.deepEqual(
    table.schema.fields.map(({ name, type }) => `${name} ${type}`),
    [
      'id Int64',
      'small Int32',
      'score Float32',
      'exact Float64',
      'yes Bool',
      'label Utf8',
      'note Utf8',
      'day Date32<DAY>',
      'at Timestamp<MICROSECOND, UTC>',
      'vector List<Float32>',
      '_problems List<Utf8>',
    ],
  );
  assert.equal(table.numRows, 6);
  assert.equal(table.batches.length, 2);
  const rows = [0, 1, 2, 3].map((i) => table.get(i)!.toJSON());
  assert.equal(rows[0]!['id'], 2n ** 62n + 1n);
  assert.equal(rows[3]!['id'], 2n ** 62n + 2n);
  assert.equal(rows[0]!['label'], 'yës');
  assert.equal(rows[0]!['note'], 'abc');
  assert.equal(rows[1]!['note'], '');
  assert.equal(rows[2]!['note'], null);
  assert.equal(rows[2]!['score'], null);
  assert.deepEqual([...rows[0]!['vector']], [0.5, -1]);
  assert.equal(rows[2]!['vector'], null);
  assert.deepEqual([...rows[1]!['_problems']], ['missing:id', 'unreadable:day']);
  assert.deepEqual([...rows[0]!['_problems']], []);
});

test('the Arrow library reads an output without rows, with its columns', async () => {
  const table = tableFromIPC(await outputBytes(arrow, []));
  assert.equal(table.numRows, 0);
  assert.deepEqual(
    table.schema.names,
    outputFields.map(({ name }) => name),
  );
});

test('reads a stream whose dictionary grows by deltas and is replaced', async () => {
  const path = 'test/fixtures/growing-dictionary.arrows';
  const expected = ['AA', 'B6', 'B6', 'DL', null, 'AA', 'UA', 'UA'];
  for (const chunkBytes of [4, 8, 4 * 1024 * 1024]) {
    const { columns, description } = await wholeTable(arrow, path, { chunkBytes });
    assert.deepEqual(columns['carrier'], expected);
    assert.deepEqual(description.details, { layout: 'stream', batches: 3, dictionaries: 3 });
  }
});

test('reads thousands of deltas of a dictionary, each of them once', { timeout: 120_000 }, async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'deltas.arrows');
  const texts = Array.from({ length: 4_000 }, (_, i) => `text ${i}`);
  // Each batch refers to an early entry and to its own; every tenth has a missing row.
  const builder = makeBuilder({ type: new Dictionary(new Utf8(), new Int32()), nullValues: [null] });
  const writer = new RecordBatchStreamWriter();
  for (const [i, text] of texts.entries()) {
    const data = builder
      .append(texts[i >> 1]!)
      .append(text)
      .append(i % 10 === 0 ? null : text)
      .flush();
    writer.write(new RecordBatch({ text: data }));
  }
  writeFileSync(path, await writer.finish().toUint8Array());
  const { columns, description } = await wholeTable(arrow, path);
  assert.deepEqual(description.details, { layout: 'stream', batches: 4_000, dictionaries: 4_000 });
  const expected = texts.flatMap((text, i) => [texts[i >> 1]!, text, i % 10 === 0 ? null : text]);
  assert.deepEqual(columns['text'], expected);
});
