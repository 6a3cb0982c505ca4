import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { InvalidError } from '../../../src/errors.js';
import { parquet } from '../../../src/formats/parquet/parquet.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { wholeTable } from '../whole-table.js';
import {
  type LooseFile,
  type LoosePage,
  metadataOf,
  putTogether,
  type Struct,
  takeApart,
} from './page-surgery.js';

const fixture = readFileSync('test/fixtures/pages-v2.pyarrow.parquet');
const folder = temporaryFolder('pages');

const names = ['plain', 'gaps', 'split', 'word', 'delta'] as const;

/** The values as make_pages_v2.py made them. */
function expected(): Record<string, unknown[]> {
  const rows = Array.from({ length: 400 }, (_, n) => n);
  return {
    plain: rows.map((n) => BigInt(n % 40)),
    gaps: rows.map((n) => (n % 7 === 3 ? null : Math.floor(n / 3))),
    split: rows.map((n) => (n % 5 === 1 ? null : (n % 30) / 4)),
    word: rows.map((n) => `word ${n % 8}`),
    delta: rows.map((n) => BigInt(n * n)),
  };
}

/** The fixture after a change. */
function changed(change: (file: LooseFile) => void): string {
  const file = takeApart(fixture);
  change(file);
  const path = join(folder, 'changed.parquet');
  writeFileSync(path, putTogether(file));
  return path;
}

const version2 = ({ header }: LoosePage): Struct | null => (header.field_8 as Struct | undefined) ?? null;

/** Says of every page of version 2 that it is not compressed. */
function markPlain(file: LooseFile): void {
  let marked = 0;
  for (const page of file.columns.flat()) {
    const data = version2(page);
    if (data === null) continue;
    assert.equal(data.field_7, true, 'the fixture is compressed throughout');
    data.field_7 = false;
    marked++;
  }
  assert.ok(marked > 8);
}

describe('compressed pages of version 2 that say they are not', () => {
  for (const chunkBytes of [4 << 20, 1000]) {
    it(`are read as they are where parquet-cpp before Arrow 3.0 wrote them (slices of ${chunkBytes} bytes)`, async () => {
      for (const writer of ['parquet-cpp version 1.5.1-SNAPSHOT', 'parquet-cpp version 1.4.0 (build abc)']) {
        const path = changed((file) => {
          markPlain(file);
          file.footer.field_6 = writer;
        });
        const { columns, slices } = await wholeTable(parquet, path, { chunkBytes });
        assert.deepEqual(columns, expected(), writer);
        assert.ok(chunkBytes > 1000 || slices > 1);
      }
    });
  }

  it('are refused of any other writer, column by column', async () => {
    for (const writer of [
      'parquet-cpp-arrow version 25.0.0',
      'parquet-mr version 1.12.0',
      'parquet-cpp version 2.0.0',
    ]) {
      const path = changed((file) => {
        markPlain(file);
        file.footer.field_6 = writer;
      });
      for (const name of names) {
        const plan = Object.fromEntries(names.filter((each) => each !== name).map((each) => [each, null]));
        await assert.rejects(wholeTable(parquet, path, { plan }), (error: Error) => {
          assert.ok(error instanceof InvalidError);
          assert.match(
            error.message,
            new RegExp(`is corrupt: column "${name}" .*page \\d is not compressed`),
          );
          return true;
        });
      }
    }
  });
});

describe('a page whose header does not fit its bytes', () => {
  const add = (struct: Struct, field: `field_${number}`, number: number) => {
    struct[field] = Number(struct[field]) + number;
  };
  const first = (file: LooseFile, name: (typeof names)[number]) =>
    file.columns[names.indexOf(name)]!.find((page) => version2(page) !== null)!;
  const changes: readonly [string, (file: LooseFile, name: (typeof names)[number]) => void][] = [
    ['more values', (file, name) => add(version2(first(file, name))!, 'field_1', 5)],
    ['fewer values', (file, name) => add(version2(first(file, name))!, 'field_1', -5)],
    ['levels too long', (file, name) => add(version2(first(file, name))!, 'field_5', 2)],
    ['levels beyond the page', (file, name) => add(version2(first(file, name))!, 'field_5', 1_000_000)],
    ['levels of lists', (file, name) => add(version2(first(file, name))!, 'field_6', 4)],
    ['a larger size', (file, name) => add(first(file, name).header, 'field_2', 8)],
    ['a smaller size', (file, name) => add(first(file, name).header, 'field_2', -8)],
    ['another encoding', (file, name) => Object.assign(version2(first(file, name))!, { field_4: 7 })],
    [
      'a body cut short',
      (file, name) => {
        const page = first(file, name);
        page.body = page.body.slice(0, -6);
        page.header.field_3 = page.body.length;
      },
    ],
    [
      'no compression in the footer',
      (file, name) => {
        metadataOf(file.footer)[names.indexOf(name)]!.field_4 = 0;
      },
    ],
  ];
  for (const [title, change] of changes) {
    it(`(${title}) is refused, never read as values`, async () => {
      for (const name of names) {
        const path = changed((file) => change(file, name));
        await assert.rejects(
          wholeTable(parquet, path),
          (error: Error) => error instanceof InvalidError && error.message.includes(`column "${name}"`),
          name,
        );
      }
    });
  }

  it('(a shorter dictionary) is refused where a code lies beyond it', async () => {
    const path = changed((file) => {
      const { header } = file.columns[3]![0]!;
      (header.field_7 as Struct).field_1 = 4;
    });
    await assert.rejects(wholeTable(parquet, path), InvalidError);
  });
});

it('pages of lists that are not compressed, their values split into streams, are read', async () => {
  const path = 'test/fixtures/pages-lists.pyarrow.parquet';
  for (const chunkBytes of [1 << 20, 1000]) {
    const { columns } = await wholeTable(parquet, path, { chunkBytes });
    const expected = Array.from({ length: 400 }, (_, n) => new Array(n % 4).fill((n % 30) / 4));
    assert.deepEqual(columns['list'], expected);
  }
});

describe('delta pages as DuckDB writes them', () => {
  it('are read whole and in slices that begin within a page', async () => {
    const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
    const path = join(folder, 'delta.parquet');
    await duckdb.run(`copy (select (i * 7919 % 100003)::int as small, (i * i)::bigint as large, 'name ' || (i * 31 % 5000) || '/' || i as word,
      i / 7.0::double as share, case when i % 5 = 0 then null else i end as gaps, date '2020-01-01' + (i % 1000)::int as day,
      (i % 3 = 0) as flag, [i, i + 1] as pair from range(30000) t(i))
      to '${path}' (format parquet, parquet_version v2, dictionary_size_limit 1)`);
    const encodings = await duckdb.runAndReadAll(
      `select distinct encodings from parquet_metadata('${path}')`,
    );
    assert.match(JSON.stringify(encodings.getRowsJson()), /DELTA_BINARY_PACKED.*|DELTA_LENGTH_BYTE_ARRAY/);
    const whole = await wholeTable(parquet, path, { chunkBytes: 64 << 20 });
    const sliced = await wholeTable(parquet, path, { chunkBytes: 20_000 });
    assert.ok(sliced.slices > 20);
    assert.deepEqual(sliced.columns, whole.columns);
    assert.equal(whole.rows, 30_000);
    for (const row of [0, 1, 9999, 29_999]) {
      const values = Object.fromEntries(
        Object.entries(sliced.columns).map(([name, all]) => [name, all[row]]),
      );
      assert.deepEqual(values, {
        small: (row * 7919) % 100_003,
        large: BigInt(row) ** 2n,
        word: `name ${(row * 31) % 5000}/${row}`,
        share: row / 7,
        gaps: row % 5 === 0 ? null : BigInt(row),
        day: 18_262 + (row % 1000),
        flag: row % 3 === 0,
        pair: [row, row + 1],
      });
    }
  });

  it('are read where unsigned numbers of 32 bits have deltas of more', async () => {
    const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
    const path = join(folder, 'wide.parquet');
    await duckdb.run(`copy (select (4294967295 - i)::uinteger as falls, (i * 2654435761 % 4294967296)::uinteger as jumps,
      (case when i % 7 = 3 then null else 4294967295 - i end)::uinteger as gaps, (i * 3)::uinteger as small, -i::int as signed
      from range(20000) t(i)) to '${path}' (format parquet, parquet_version v2, dictionary_size_limit 1)`);
    for (const chunkBytes of [64 << 20, 20_000]) {
      const { columns } = await wholeTable(parquet, path, { chunkBytes });
      const rows = Array.from({ length: 20_000 }, (_, i) => BigInt(i));
      assert.deepEqual(columns, {
        falls: rows.map((i) => 4_294_967_295n - i),
        jumps: rows.map((i) => (i * 2_654_435_761n) % 4_294_967_296n),
        gaps: rows.map((i) => (i % 7n === 3n ? null : 4_294_967_295n - i)),
        small: rows.map((i) => i * 3n),
        signed: rows.map((i) => 0 - Number(i)),
      });
    }
  });
});
