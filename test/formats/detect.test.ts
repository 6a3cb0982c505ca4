import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { InvalidError, TransientError } from '../../src/errors.js';
import { detectFormat } from '../../src/formats/detect.js';
import { temporaryFolder } from '../temporary-folder.js';

const folder = temporaryFolder('detect');

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test('detects formats by their bytes, whatever the names of the files', async () => {
  assert.equal(await detectFormat('data-samples/flights/2013-01-01.csv'), 'csv');
  assert.equal(await detectFormat('data-samples/flights/2013-01-02.parquet'), 'parquet');
  assert.equal(await detectFormat('data-samples/flights/2013-01-03.arrow'), 'arrow');
  assert.equal(await detectFormat(file('a.txt', 'PAR1\x15\x04\x15\0PAR1')), 'parquet');
  assert.equal(await detectFormat(file('b.csv', 'ARROW1\0\0')), 'arrow');
  const stream = Buffer.alloc(64);
  stream.writeUInt32LE(0xffffffff, 0);
  stream.writeInt32LE(48, 4);
  assert.equal(await detectFormat(file('c.bin', stream)), 'arrow');
  assert.equal(await detectFormat(file('d.csv.gz', gzipSync('a,b\n'))), 'csv');
  assert.equal(await detectFormat(file('e.csv', 'PKGS,ORC\n1,2\n')), 'csv');
  assert.equal(await detectFormat(file('f.csv', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'))), 'csv');
});

test('the streams and files of other programs', {
  skip: existsSync('../shared/corpora/arrow-testing') ? false : 'arrow-testing is not there',
}, async () => {
  const data = '../shared/corpora/arrow-testing/data/arrow-ipc-stream/integration/1.0.0-littleendian';
  assert.equal(await detectFormat(join(data, 'generated_decimal.stream')), 'arrow');
  assert.equal(await detectFormat(join(data, 'generated_decimal.arrow_file')), 'arrow');
});

test('refuses folders, empty files and formats that are none of ours, by name', async () => {
  const zip = file('g.csv', Buffer.from('PK\x03\x04\x14\0\0\0'));
  await assert.rejects(detectFormat(zip), (error: unknown) => {
    assert.ok(error instanceof InvalidError);
    assert.match(error.message, /g\.csv is a ZIP archive or a spreadsheet/);
    assert.match(error.hint ?? '', /save the sheet as CSV/);
    return true;
  });
  const foreign: [string | Buffer, RegExp][] = [
    ['<stata_dta><header><release>118</release>', /is a Stata file/],
    [Buffer.from('r\x02\x01\0\x03\0\x02\0', 'latin1'), /is a Stata file/],
    [Buffer.from('X\n\0\0\0\x03\0\x04\x02', 'latin1'), /is an R data file/],
    [Buffer.from('RDX3\nX\n\0\0\0', 'latin1'), /is an R data file/],
    [Buffer.from(`$FL2@(#) SPSS DATA FILE\0\0`, 'latin1'), /is an SPSS file/],
    [Buffer.from(`MATLAB 5.0 MAT-file${' '.repeat(105)}\0\x01IM`, 'latin1'), /is a MATLAB file/],
    ['HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!0000', /is a SAS transport file/],
    [Buffer.from(`${'\0'.repeat(12)}\xc2\xea\x81\x60\xb3\x14`, 'latin1'), /is a SAS file/],
  ];
  for (const [content, sentence] of foreign)
    await assert.rejects(detectFormat(file('foreign.csv', content)), (error: unknown) => {
      assert.ok(error instanceof InvalidError);
      assert.match(error.message, sentence);
      return true;
    });
  assert.equal(await detectFormat(file('plain.csv', '$FL2,x\n1,2\n')), 'csv');
  await assert.rejects(detectFormat(file('h.csv', '')), InvalidError);
  await assert.rejects(detectFormat(folder), InvalidError);
  await assert.rejects(detectFormat(join(folder, 'none.csv')), TransientError);
});
