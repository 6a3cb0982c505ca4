import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { Bool, Float32, Float64, Int32, Table, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow';
import { published } from '../faults/made-job.js';
import { residentWith } from '../resident.js';
import { s3Server } from '../s3-server.js';
import { lastLine, said, workdir } from '../workdir.js';
import { query } from './query.js';
import { echoModel } from './tiny-model.js';

// Small row groups and record batches share slices: what is published depends on the rows alone.

const rows = 12_000;
const server = await s3Server();
const resident = residentWith(server.env);
const dir = workdir();

/** Texts that repeat, that differ in every row, and that are missing for whole groups; numbers, flags, lists. */
const table = `SELECT i::INTEGER AS id, (i % 1000)::FLOAT AS x, 'word ' || (i % 7) AS word, 'text ' || i AS each,
  CASE WHEN i BETWEEN 3000 AND 9000 THEN NULL ELSE 'rare ' || (i % 3) END AS rare,
  CASE WHEN i % 5 = 0 THEN NULL ELSE i * 0.25 END::DOUBLE AS amount, i % 3 = 0 AS flag, [i::FLOAT, NULL] AS list
  FROM range(${rows}) t(i)`;

function arrowTable(): Table {
  const each = <T>(value: (i: number) => T) => Array.from({ length: rows }, (_, i) => value(i));
  return new Table({
    id: vectorFromArray(
      each((i) => i),
      new Int32(),
    ),
    x: vectorFromArray(
      each((i) => i % 1000),
      new Float32(),
    ),
    // apache-arrow gives texts a dictionary unless it is asked not to.
    word: vectorFromArray(each((i) => `word ${i % 7}`)),
    each: vectorFromArray(
      each((i) => `text ${i}`),
      new Utf8(),
    ),
    rare: vectorFromArray(
      each((i) => (i >= 3000 && i <= 9000 ? null : `rare ${i % 3}`)),
      new Utf8(),
    ),
    amount: vectorFromArray(
      each((i) => (i % 5 === 0 ? null : i * 0.25)),
      new Float64(),
    ),
    flag: vectorFromArray(
      each((i) => i % 3 === 0),
      new Bool(),
    ),
  });
}

before(async () => {
  dir.write('m.onnx', await echoModel('x'));
  for (const [name, groupRows] of [
    ['one', 122_880],
    ['small', 2048],
  ] as const)
    await query(
      `COPY (${table}) TO '${dir.write(`${name}/t.parquet`, '')}' (FORMAT parquet, ROW_GROUP_SIZE ${groupRows})`,
    );
  const arrow = arrowTable();
  const batches = Array.from(
    { length: rows / 100 },
    (_, i) => arrow.slice(100 * i, 100 * (i + 1)).batches[0]!,
  );
  dir.write('one/t.arrow', tableToIPC(arrow, 'file'));
  dir.write('small/t.arrow', tableToIPC(new Table(batches), 'file'));
  for (const name of ['t.parquet', 't.arrow'])
    server.put(`small/${name}`, readFileSync(join(dir.path, 'small', name)));
});

for (const format of ['parquet', 'arrow'] as const) {
  describe(`many small groups of ${format}`, () => {
    async function publishedFrom(path: string, more: object = {}) {
      const carried = ['id', 'word', 'each', 'rare', 'amount', 'flag'];
      const columns = {
        x: { type: 'float32', range: [0, 900], outside: 'reject' },
        word: { type: 'string' },
      };
      const job = {
        name: 'groups',
        input: { path },
        model: { path: 'm.onnx' },
        columns,
        quality: { max_rejected: '50%' },
        output: { path: 'out', columns: carried, format: 'csv' },
        run: { workers: 1, isolation: 'none', ...more },
      };
      dir.remove('out');
      const args = ['run', dir.write('job.yaml', JSON.stringify(job))];
      const ran = await resident({ folder: dir.path, args });
      assert.equal(ran.code, 0, said(ran));
      const { read, rejected } = lastLine(ran).rows;
      assert.deepEqual([read, rejected], [rows, 12 * 99]);
      return published(dir);
    }

    it('give what one large group gives: values, rejected rows and their numbers', async () => {
      const expected = await publishedFrom(`one/t.${format}`);
      const rejects = dir.read('out/_rejects/part-t.ndjson').trimEnd().split('\n');
      assert.deepEqual(await publishedFrom(`small/t.${format}`), expected);
      const last = JSON.parse(rejects.at(-1)!);
      assert.equal(last.row, rows);
      assert.match(rejects.at(-1)!, /text 11999/);
    });

    it('give the same in smaller slices, and with two workers', async () => {
      const expected = await publishedFrom(`one/t.${format}`);
      assert.deepEqual(await publishedFrom(`small/t.${format}`, { chunk_bytes: '64KiB' }), expected);
      assert.deepEqual(
        await publishedFrom(`small/t.${format}`, { workers: 2, isolation: 'process', chunk_bytes: '32KiB' }),
        expected,
      );
    });

    it('give the same from S3', async () => {
      const expected = await publishedFrom(`small/t.${format}`);
      assert.deepEqual(await publishedFrom(`s3://b/small/t.${format}`), expected);
      assert.deepEqual(
        await publishedFrom(`s3://b/small/t.${format}`, { workers: 1, isolation: 'process' }),
        expected,
      );
    });
  });
}
