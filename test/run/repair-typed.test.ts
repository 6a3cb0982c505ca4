import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Table, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow';
import type { FormatName } from '../../src/formats/format.js';
import { formats } from '../../src/formats/formats.js';
import { wholeTable } from '../formats/whole-table.js';
import { query } from '../golden/query.js';
import { said, workdir } from '../workdir.js';

const outputs = ['csv', 'jsonl', 'parquet', 'arrow'] as const;

/** A row of every kind that a model's table has, with texts that mean a missing value in CSV. */
const select = `select * from (values
  (1, 'NA', 1.5::double, 0.1::float, 99999999999999999.99::decimal(20,2), timestamptz '2013-01-04 05:00:00.123456+00', date '1960-02-29', true, 18446744073709551615::ubigint, time '12:00:00'),
  (2, '', null, null, 1.25, null, null, null, 5, null),
  (3, null, -0.25, 2, null, timestamptz '1970-01-01 00:00:00+00', date '2020-01-01', false, null, time '00:00:01.5'),
  (4, 'a "quoted", one', 1e300, 3, 0, null, null, true, 0, null)) t(id, word, share, ratio, amount, moment, day, flag, large, clock)`;

/** The texts that the exact values have, by column. */
const texts: Readonly<Record<string, (string | null)[]>> = {
  id: ['1', '2', '3', '4'],
  word: ['NA', '', null, 'a "quoted", one'],
  share: ['1.5', null, '-0.25', '1e+300'],
  ratio: ['0.1', null, '2', '3'],
  amount: ['99999999999999999.99', '1.25', null, '0.00'],
  moment: ['2013-01-04T05:00:00.123456Z', null, '1970-01-01T00:00:00Z', null],
  day: ['1960-02-29', null, '2020-01-01', null],
  flag: ['true', null, 'false', 'true'],
  large: ['18446744073709551615', '5', null, '0'],
  clock: ['12:00:00', null, '00:00:01.500', null],
};

/** Every cell of a file as the text of its exact value. */
async function textsOf(format: FormatName, path: string): Promise<Record<string, unknown[]>> {
  const { columns } = await wholeTable(await formats[format](), path, {
    all: { type: 'string', layout: 'text' },
  });
  return Object.fromEntries(
    Object.entries(columns).map(([name, cells]) => [
      name,
      cells.map((cell) => (format === 'csv' && cell === '' && name !== 'word' ? null : cell)),
    ]),
  );
}

describe('repair of a file that has types', () => {
  it('keeps NaN, and the nanoseconds of times in 12 bytes as texts, from typed files to typed files', async () => {
    const dir = workdir();
    await query(
      `copy (select 'nan'::double as n, 'nan'::float as f union all select null, 1) to '${dir.path}/nan.parquet' (format parquet)`,
    );
    const times = join(process.cwd(), 'test/fixtures/int96.pyarrow.parquet');
    for (const format of ['parquet', 'arrow'] as const) {
      assert.equal(dir.call(['repair', 'nan.parquet', '-o', `nan.out.${format}`]).code, 0);
      assert.deepEqual(await textsOf(format, `${dir.path}/nan.out.${format}`), {
        n: ['NaN', null],
        f: ['NaN', '1'],
      });
      assert.equal(dir.call(['repair', times, '-o', `times.${format}`]).code, 0);
      const { fine, coarse } = await textsOf(format, `${dir.path}/times.${format}`);
      assert.equal(fine![4], '2024-03-10T01:02:03.123456789');
      assert.equal(coarse![4], '2024-03-10T01:02:03Z');
    }
  });

  it('writes every value exactly, from any format to any other', async () => {
    const dir = workdir();
    await query("set timezone = 'UTC'");
    await query(`copy (${select}) to '${dir.path}/in.parquet' (format parquet)`);
    for (const first of outputs) {
      const ran = dir.call(['repair', 'in.parquet', '-o', `first.${first}`]);
      assert.equal(ran.code, 0, said(ran));
      assert.match(ran.stdout, /4 rows read, 4 written, 0 rejected/);
      const found = await textsOf(first, `${dir.path}/first.${first}`);
      if (first === 'csv') {
        assert.deepEqual(found['word']!.slice(2), ['', 'a "quoted", one']);
        assert.match(dir.read('first.csv'), /\r\n2,"",,/);
        assert.match(dir.read('first.csv'), /\r\n3,,-0\.25,/);
        found['word'] = texts['word']!;
      }
      assert.deepEqual(found, texts, first);
      for (const second of outputs) {
        const again = dir.call(['repair', `first.${first}`, '-o', `second.${second}`]);
        assert.equal(again.code, 0, said(again));
        const back = await textsOf(second, `${dir.path}/second.${second}`);
        if (first === 'csv' || second === 'csv') delete back['word'];
        for (const [name, cells] of Object.entries(back)) {
          assert.deepEqual(cells, texts[name], `${first} to ${second}: ${name}`);
        }
      }
    }
    const types = await query(
      `select column_name, column_type from (describe from '${dir.path}/first.parquet')`,
    );
    assert.deepEqual(Object.fromEntries(types.map((row) => [row['column_name'], row['column_type']])), {
      id: 'INTEGER',
      word: 'VARCHAR',
      share: 'DOUBLE',
      ratio: 'FLOAT',
      amount: 'VARCHAR',
      moment: 'TIMESTAMP WITH TIME ZONE',
      day: 'DATE',
      flag: 'BOOLEAN',
      large: 'VARCHAR',
      clock: 'VARCHAR',
    });
  });

  it('says what is written otherwise than it was', async () => {
    const dir = workdir();
    await query(
      `copy (select 1.25::decimal(9,2) as amount, timestamp '2020-01-01' as at, timestamp_ns '2020-01-01 00:00:00.123456789' as fine) to '${dir.path}/in.parquet' (format parquet)`,
    );
    const ran = dir.call(['repair', 'in.parquet', '-o', 'out.arrow']);
    assert.equal(ran.code, 0, said(ran));
    assert.match(
      ran.stdout,
      /column "amount" contained values that no supported type holds exactly: written as texts/,
    );
    assert.match(ran.stdout, /column "at" contained times without a zone: written as UTC/);
    assert.match(ran.stdout, /column "fine" contained nanoseconds: written as texts/);
    const report = dir.call(['repair', 'in.parquet', '-o', 'out.csv', '--json']);
    const { from, format, rows, notes } = JSON.parse(report.stdout);
    assert.deepEqual([from, format, rows.read, rows.written, notes], ['parquet', 'csv', 1, 1, []]);
    assert.match(dir.read('out.csv'), /2020-01-01T00:00:00\.123456789/);
  });

  it('marks bytes that are no text, and names the row', () => {
    const dir = workdir();
    const table = new Table({ word: vectorFromArray(['fine', 'xxxx'], new Utf8()) });
    const bytes = Buffer.from(tableToIPC(table, 'file'));
    assert.ok(bytes.includes('xxxx'));
    const spoiled = Buffer.concat([
      bytes.subarray(0, bytes.indexOf('xxxx')),
      Buffer.from([0x78, 0xff, 0xfe, 0x78]),
      bytes.subarray(bytes.indexOf('xxxx') + 4),
    ]);
    dir.write('in.arrow', spoiled);
    const ran = dir.call(['repair', 'in.arrow', '-o', 'out.csv']);
    assert.equal(ran.code, 0, said(ran));
    assert.match(ran.stdout, /1 flagged/);
    assert.match(ran.stdout, /invalid-utf8 +word +flagged +1 +row 2/);
  });

  it('refuses what it would lose or cannot follow, by name', async () => {
    const dir = workdir();
    await query(
      `copy (select 1 as id, {'x': 1} as pair, uuid() as own) to '${dir.path}/in.parquet' (format parquet)`,
    );
    const nested = dir.call(['repair', 'in.parquet', '-o', 'out.csv']);
    assert.equal(nested.code, 2);
    assert.match(said(nested), /column "pair" has a type that cannot be read: STRUCT.*flatten/s);
    await query(`copy (select 1 as id) to '${dir.path}/plain.parquet' (format parquet)`);
    const refused = dir.call(['repair', 'plain.parquet', '-o', 'out.csv', '--stray-quotes', 'keep']);
    assert.equal(refused.code, 2);
    assert.match(said(refused), /"stray-quotes" applies to CSV only, but plain\.parquet is Parquet/);
    const same = dir.call(['repair', 'plain.parquet', '-o', 'plain.parquet']);
    assert.equal(same.code, 2);
    assert.match(said(same), /must be another file than the input/);
  });
});
