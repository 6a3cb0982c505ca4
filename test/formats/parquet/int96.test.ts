import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parquet } from '../../../src/formats/parquet/parquet.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { wholeTable } from '../whole-table.js';

const path = 'test/fixtures/int96.pyarrow.parquet';
const second = 1_000_000n;
const micros = [
  0n,
  0n,
  -1n,
  null,
  1710032523123456n,
  1710032523123456n,
  -9223372036n * second,
  9223372036854775n,
];
const texts = [
  '1970-01-01T00:00:00',
  '1970-01-01T00:00:00.000000001',
  '1969-12-31T23:59:59.999999999',
  null,
  '2024-03-10T01:02:03.123456789',
  '2024-03-10T01:02:03.123456',
  '1677-09-21T00:12:44.000000001',
  '2262-04-11T23:47:16.854775807',
];
const finer = [1, 2, 4, 6, 7];

describe('INT96, times of 12 bytes', () => {
  for (const chunkBytes of [1 << 20, 20]) {
    it(`says where a value that must be kept is finer than a microsecond, slices of ${chunkBytes} bytes`, async () => {
      const table = await wholeTable(parquet, path, { chunkBytes, all: { exact: 'digits' } });
      assert.deepEqual(table.columns['fine'], micros);
      assert.deepEqual(
        table.problems,
        finer.map((row) => `${row}:shortened:fine`),
      );
    });
  }

  it('are exact as texts', async () => {
    const table = await wholeTable(parquet, path, { all: { type: 'string' } });
    assert.deepEqual(table.columns['fine'], texts);
    assert.deepEqual(table.problems, []);
  });

  it('are rounded down to microseconds in silence only where nothing has to be kept', async () => {
    const table = await wholeTable(parquet, path);
    assert.deepEqual(table.columns['fine'], micros);
    assert.deepEqual(table.problems, []);
  });

  it('keep their nanoseconds in years that 64 bits of nanoseconds do not reach', async () => {
    const bytes = readFileSync(path);
    const nanoOfDay = Buffer.from('01000000000000008c3d2500', 'hex');
    const at = bytes.indexOf(nanoOfDay);
    bytes.writeInt32LE(2440588 + 2932896, at + 8);
    const far = join(temporaryFolder('int96'), 'far.parquet');
    writeFileSync(far, bytes);
    const table = await wholeTable(parquet, far, { all: { exact: 'digits' } });
    assert.equal(table.columns['fine']![1], 253402214400n * second);
    assert.ok(table.problems.includes('1:shortened:fine'));
    const asText = await wholeTable(parquet, far, { all: { type: 'string' } });
    assert.equal(asText.columns['fine']![1], '9999-12-31T00:00:00.000000001');
  });
});
