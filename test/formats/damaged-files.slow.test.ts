import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { InvalidError, TransientError } from '../../src/errors.js';
import type { FormatName } from '../../src/formats/format.js';
import { formats } from '../../src/formats/formats.js';
import fc from '../seeded.js';
import { temporaryFolder } from '../temporary-folder.js';
import { naturalPlan, wholeTable } from './whole-table.js';

const folder = temporaryFolder('damaged');

const samples: readonly { readonly name: string; readonly format: FormatName; readonly from?: string }[] = [
  { name: '2013-01-02.parquet', format: 'parquet', from: 'data-samples/flights' },
  { name: '2013-01-03.arrow', format: 'arrow', from: 'data-samples/flights' },
  { name: 'types.pyarrow.parquet', format: 'parquet' },
  { name: 'types.polars.parquet', format: 'parquet' },
  { name: 'types.pyarrow.arrow', format: 'arrow' },
  { name: 'types.pyarrow-lz4.arrow', format: 'arrow' },
  { name: 'types.pyarrow-zstd.arrows', format: 'arrow' },
];

function damaged(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

for (const { name, format, from = 'test/fixtures' } of samples) {
  const whole = readFileSync(join(from, name));

  test(`refuses ${name} cut off anywhere, naming the file and what to do`, async () => {
    const lengths = Array.from({ length: 120 }, (_, i) => Math.floor((whole.length * i) / 120));
    for (const length of [0, 1, 3, 4, 7, 8, 9, 11, 12, whole.length - 8, whole.length - 1, ...lengths]) {
      const path = damaged(`cut-${name}`, whole.subarray(0, length));
      await assert.rejects((await formats[format]()).open(path, { csv: {} }), (error: Error) => {
        assert.ok(error instanceof InvalidError, `${length} bytes: ${error.stack}`);
        assert.ok(error.message.includes(path) && error.hint !== null, error.message);
        assert.ok(
          ['input-empty', 'truncated-input', 'corrupt-input', 'not-parquet', 'not-arrow'].includes(
            error.reason,
          ),
        );
        return true;
      });
    }
  });

  // Half of the changes lie near the ends, where headers and footers say how much is to be read.
  const end = Math.min(whole.length - 1, 4000);
  const place = fc.oneof(
    fc.nat({ max: whole.length - 1 }),
    fc.nat({ max: end }).map((at) => (at % 2 === 0 ? at : whole.length - 1 - at)),
  );
  const change = fc.tuple(
    place,
    fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 127, 128, 255)),
    fc.constantFrom(1, 1, 8, 64),
  );

  test(`ends ${name} with bytes overwritten in rows or in an error that names it`, {
    timeout: 300_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, {
          minLength: 1,
          maxLength: 3,
        }),
        async (changes) => {
          const bytes = Buffer.from(whole);
          for (const [at, value, length] of changes)
            bytes.fill(value, at, Math.min(whole.length, at + length));
          const path = damaged(`changed-${name}`, bytes);
          try {
            const table = await wholeTable(await formats[format](), path, { chunkBytes: 5000 });
            for (const values of Object.values(table.columns)) assert.equal(values.length, table.rows);
          } catch (error) {
            assert.ok(error instanceof InvalidError, `${changes}: ${(error as Error).stack}`);
            assert.ok(error.message.includes(path), error.message);
          }
        },
      ),
      { numRuns: process.env['NIGHTSHIFT_FULL'] ? 3000 : 60 },
    );
  });
}

test('finds a flipped bit in every page that has a checksum', async () => {
  const parquet = await formats.parquet();
  const whole = readFileSync('test/fixtures/types.pyarrow.parquet');
  const before = await wholeTable(parquet, 'test/fixtures/types.pyarrow.parquet');
  const footer = whole.length - 8 - whole.readUInt32LE(whole.length - 8);
  let found = 0;
  for (let at = 40; at < footer; at += 97) {
    const bytes = Buffer.from(whole);
    bytes[at]! ^= 0x10;
    try {
      const table = await wholeTable(parquet, damaged('flipped.parquet', bytes));
      assert.deepEqual(table.columns, before.columns, `byte ${at} changed a value`);
    } catch (error) {
      assert.ok(error instanceof InvalidError);
      found++;
    }
  }
  assert.ok(found > 50, `${found} found`);
});

test('says that a file of another format is not of this one', async () => {
  const text = damaged('rows.parquet', Buffer.from('a,b\n1,2\n'));
  await assert.rejects((await formats.parquet()).open(text, { csv: {} }), { reason: 'not-parquet' });
  await assert.rejects((await formats.arrow()).open(text, { csv: {} }), { reason: 'not-arrow' });
  await assert.rejects((await formats.arrow()).open(join(folder, 'absent.arrow'), { csv: {} }), {
    reason: 'input-missing',
  });
  await assert.rejects((await formats.parquet()).open(folder, { csv: {} }), { reason: 'input-unreadable' });
});

test('fails a file that changed after it was opened as one to be tried again', async () => {
  for (const { name, format: formatName, from = 'test/fixtures' } of samples) {
    const format = await formats[formatName]();
    const whole = readFileSync(join(from, name));
    const path = damaged(`growing-${name}`, whole);
    const { description } = await format.open(path, { csv: {} });
    writeFileSync(path, Buffer.concat([whole, whole]));
    await assert.rejects(
      format.decoder(description, { columns: naturalPlan(description) }),
      (error: Error) => {
        assert.ok(error instanceof TransientError);
        return error.reason === 'input-changed';
      },
    );
  }
});
