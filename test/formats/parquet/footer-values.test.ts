import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { countValues } from '../../../src/formats/parquet/footer-values.js';

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

it('says what is wrong with a footer that is no struct', () => {
  const deep = Uint8Array.from({ length: 1000 }, () => 0x19);
  assert.throws(() => countValues(deep), /nested deeper/);
  const footer = footerOf('test/fixtures/types.pyarrow.parquet');
  assert.throws(() => countValues(footer.subarray(0, footer.length >> 1)), RangeError);
  assert.throws(() => countValues(Uint8Array.of(0x19, 0xfc, 0xff, 0xff, 0xff, 0x07)), /a list of \d+ values/);
});
