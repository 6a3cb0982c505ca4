import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partitionNames } from '../../src/storage/partition-names.js';
import fc from '../seeded.js';

const named = (...names: string[]) => names.map((name) => ({ name, relativePath: `data/${name}` }));

test('takes the file name without the endings of format and compression', () => {
  assert.deepEqual(
    partitionNames(named('2013-01-04.csv', 'b.parquet', 'c.tsv.gz', 'd.v1.2', 'e.CSV.ZST', 'no-ending')),
    ['2013-01-04', 'b', 'c', 'd.v1.2', 'e', 'no-ending'],
  );
});

test('puts the folders of a deep input before its name', () => {
  assert.deepEqual(
    partitionNames(named('year=2013/month=1/part-0.parquet', 'year=2013/month=2/part-0.parquet')),
    ['year=2013-month=1-part-0', 'year=2013-month=2-part-0'],
  );
});

test('distinguishes two formats of one name by their endings', () => {
  assert.deepEqual(partitionNames(named('a.csv', 'a.parquet', 'b.csv')), ['a.csv', 'a.parquet', 'b']);
});

test('distinguishes two files of one name by their folders', () => {
  const inputs = [
    { name: 'x.csv', relativePath: 'north/x.csv' },
    { name: 'x.csv', relativePath: 'south/x.csv' },
  ];
  assert.deepEqual(partitionNames(inputs), ['north-x', 'south-x']);
});

test('distinguishes names that differ in case alone, and folders that join to the same name', () => {
  for (const names of [
    ['Data.csv', 'data.csv'],
    ['a-b/c.csv', 'a/b-c.csv'],
    ['e\u0301.csv', '\u00e9.csv'],
  ]) {
    const partitions = partitionNames(named(...names)).map((name) => name.normalize('NFC').toLowerCase());
    assert.equal(new Set(partitions).size, names.length, partitions.join());
  }
});

const hostile: readonly (readonly [name: string, partition: string])[] = [
  ['..', '%2E%2E'],
  ['...csv', '%2E%2E'],
  ['a/../../b.csv', 'a-..-..-b'],
  ['CON', '%43ON'],
  ['con.csv', '%63on'],
  ['nul.tar', '%6Eul.tar'],
  ['COM1.csv', '%43OM1'],
  ['_SUCCESS.csv', '%5FSUCCESS'],
  ['.hidden.csv', '%2Ehidden'],
  ['-rf.csv', '%2Drf'],
  ['line\nbreak.csv', 'line%0Abreak'],
  ['nul\0byte.csv', 'nul%00byte'],
  ['bell\u0007.csv', 'bell%07'],
  ['back\\slash.csv', 'back%5Cslash'],
  ['a b.csv', 'a%20b'],
  ['100%.csv', '100%25'],
  ['<script>"\'&.csv', '%3Cscript%3E%22%27%26'],
  ['$(rm -rf ~).csv', '%24%28rm%20-rf%20%7E%29'],
  ['*?[x].csv', '%2A%3F%5Bx%5D'],
  ['dot.', 'dot%2E'],
  ['Größe-データ.csv', 'Größe-データ'],
  ['right\u202eto-left.csv', 'right%E2%80%AEto-left'],
  ['.csv', '%2Ecsv'],
];

for (const [name, partition] of hostile) {
  test(`neutralises the name ${JSON.stringify(name)}`, () => {
    assert.deepEqual(partitionNames(named(name)), [partition]);
  });
}

test('shortens names of 300 characters and keeps them apart', () => {
  const names = ['x'.repeat(300), `${'x'.repeat(299)}y`, 'é'.repeat(120), '\n'.repeat(200), '😀'.repeat(60)];
  const partitions = partitionNames(named(...names.map((name) => `${name}.csv`)));
  assert.equal(new Set(partitions).size, names.length);
  for (const partition of partitions) {
    assert.ok(Buffer.byteLength(partition) <= 150, partition);
    assert.doesNotMatch(partition, /%(?![0-9A-F]{2})/);
    assert.match(partition, /-[0-9a-f]{8}$/);
  }
});

const anyName = fc
  .array(
    fc.oneof(
      fc.string({ minLength: 1, maxLength: 12 }),
      fc.constantFrom('..', '.', 'CON', 'a', 'A', 'b-a', '_x', 'é'),
    ),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((parts) => parts.map((part) => part.replaceAll('/', '') || 'x').join('/'))
  .chain((stem) => fc.constantFrom('', '.csv', '.parquet', '.csv.gz').map((ending) => stem + ending));

test('any set of names gives distinct, safe names that do not depend on their order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(anyName, { minLength: 1, maxLength: 12 }), (names) => {
      const partitions = partitionNames(named(...names));
      assert.equal(new Set(partitions.map((name) => name.normalize('NFC').toLowerCase())).size, names.length);
      for (const partition of partitions) {
        assert.match(partition, /^[^._-]/);
        assert.match(partition, /^(?:[\p{L}\p{N}\p{M}._=-]|%[0-9A-F]{2})+$/u);
        assert.ok(Buffer.byteLength(partition) <= 150);
      }
      const backwards = partitionNames(named(...[...names].reverse())).reverse();
      assert.deepEqual(backwards, partitions);
    }),
    { numRuns: 500 },
  );
});
