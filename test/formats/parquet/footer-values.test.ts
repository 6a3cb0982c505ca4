import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { shapes, writeShape } from '../../../bench/memory-data.js';
import { countValues, findGroups } from '../../../src/formats/parquet/footer-values.js';
import { readFooter } from '../../../src/formats/parquet/read-footer.js';
import { openPositioned } from '../../../src/formats/positioned-file.js';
import { trimMemory } from '../../../src/workers/trim-memory.js';
import { workdir } from '../../workdir.js';

function footerOf(path: string): Uint8Array {
  const file = readFileSync(path);
  const length = file.readUInt32LE(file.length - 8);
  return Uint8Array.from(file.subarray(file.length - 8 - length, file.length - 8));
}

/** Counts what a reader makes of the same bytes. */
function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 1;
  return Object.values(value).reduce((sum: number, one) => sum + valuesIn(one), 1);
}

for (const name of ['types.pyarrow', 'pages-v2.pyarrow', 'rare.pyarrow', 'types.duckdb'])
  it(`counts the values that a reader finds: ${name}`, () => {
    const footer = footerOf(`test/fixtures/${name}.parquet`);
    const read = deserializeTCompactProtocol({ view: new DataView(footer.buffer), offset: 0 });
    assert.ok(footer.length > 100);
    // The struct as a whole is not counted.
    assert.equal(countValues(footer), valuesIn(read) - 1);
  });

for (const name of ['types.pyarrow', 'rare.pyarrow', 'types.duckdb'])
  it(`finds each row group where a reader finds it: ${name}`, () => {
    const footer = footerOf(`test/fixtures/${name}.parquet`);
    const view = new DataView(footer.buffer);
    const read = deserializeTCompactProtocol({ view, offset: 0 });
    const { start, end, groups } = findGroups(footer)!;
    assert.ok(groups.length > 0 && start < groups[0]!);
    const reader = { view, offset: 0 };
    const found = groups.map((offset) => {
      reader.offset = offset;
      return deserializeTCompactProtocol(reader);
    });
    assert.deepEqual(found, read.field_4);
    assert.equal(reader.offset, end);
  });

it('keeps neither objects nor bytes of row groups that nobody asks for', async () => {
  const shape = { ...shapes.find(({ name }) => name === '500 float columns')!, blockRows: 10 };
  const dir = workdir();
  const path = join(dir.path, 'in.parquet');
  await writeShape(shape, 'parquet', 600, path);
  const file = openPositioned(path, null);
  // Once before: code that is compiled meanwhile, also in the background, stays in the heap.
  readFooter(file);
  trimMemory();
  const held = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  const before = held();
  const { rowGroups } = readFooter(file);
  trimMemory();
  const kept = held() - before;
  assert.equal(rowGroups.length, 60);
  assert.equal(
    Array.from({ length: 60 }, (_, index) => rowGroups.at(index, file).rows).reduce(
      (sum, rows) => sum + rows,
    ),
    600,
  );
  assert.equal(rowGroups.at(59, file).chunks.length, 500);
  // As objects, 30,000 chunks take 5 MB; their bytes 3 MB.
  assert.ok(kept < 1e6, `${kept} bytes are kept`);
  file.close();
  dir.remove();
});

it('says what is wrong with a footer that is no struct', () => {
  const deep = Uint8Array.from({ length: 1000 }, () => 0x19);
  assert.throws(() => countValues(deep), /nested deeper/);
  const footer = footerOf('test/fixtures/types.pyarrow.parquet');
  assert.throws(() => countValues(footer.subarray(0, footer.length >> 1)), RangeError);
  assert.throws(() => countValues(Uint8Array.of(0x19, 0xfc, 0xff, 0xff, 0xff, 0x07)), /a list of \d+ values/);
});
