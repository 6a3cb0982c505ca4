import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { InvalidError } from '../../../src/errors.js';
import { csv } from '../../../src/formats/csv/csv.js';
import { fileOf } from './read-table.js';

const page = '<!DOCTYPE html>\n<html><body>404</body></html>\n';

test('what is no table is refused by its name, with a hint', async () => {
  const cases: readonly (readonly [string | Uint8Array, RegExp, RegExp])[] = [
    [page, /is an HTML page/, /download it again/],
    [`\n  ${page.toLowerCase()}`, /is an HTML page/, /download it again/],
    ['<html lang="en">\n<head><title>Sign in, please</title>', /is an HTML page/, /login/],
    [gzipSync(page), /is an HTML page/, /download it again/],
    [Buffer.from(`\ufeff${page}`, 'utf16le'), /is an HTML page/, /download it again/],
    ['<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>', /is XML/, /CSV/],
    ['<rows>\n  <row a="1"/>\n</rows>', /is XML/, /CSV/],
    ['<rows x="1, 2">\n  <row a="1"/>\n</rows>', /is XML/, /CSV/],
    ['{"a": 1, "b": 2}\n{"a": 2, "b": 3}\n', /is JSON/, /convert/],
    ['\ufeff{"a": 1, "b": {"c": "x, {y"}}\n', /is JSON/, /convert/],
    ['[\n {"a": 1, "b": 2},\n {"a": 2}\n]\n', /is JSON/, /convert/],
    ['[{"a":1},{"a":2}]', /is JSON/, /convert/],
    ['[["a","b"],[1,2]]', /is JSON/, /convert/],
    ['{\n  "data": [1]\n}', /is JSON/, /convert/],
    ['{}', /is JSON/, /convert/],
    ['PK\x03\x04\x14\x00\x06\x00abc', /is a ZIP archive or a spreadsheet/, /save the sheet as CSV/],
    [gzipSync('PK\x03\x04\x14\x00\x06\x00abc'), /is a ZIP archive/, /save the sheet/],
    ['%PDF-1.4\nsome text\n', /is a PDF/, /save its table as CSV/],
    [
      'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n',
      /is a Git LFS pointer/,
      /git lfs pull/,
    ],
  ];
  for (const [content, message, hint] of cases) {
    await assert.rejects(csv.open(fileOf(content), { csv: {} }), (error) => {
      assert.ok(error instanceof InvalidError, content.toString());
      assert.match(error.message, message);
      assert.match(error.hint ?? '', hint);
      return true;
    });
  }
});

test('tables whose cells look a little like that are read', async () => {
  for (const content of [
    '<TICKER>,<DATE>,<CLOSE>\nA,20240101,2\nB,20240102,3\n',
    '<TICKER>\nA\nB\n',
    '{"a":1},x,2\n{"a":2},y,3\n',
    '{"a":[1,2]};x\n{"a":[2]};y\n',
    '[1,2],3\n[4,5],6\n',
    '{id},{name}\n1,x\n',
    '%share,n\n1,2\n2,3\n',
    '[name],[x]\na,1\nb,2\n',
  ]) {
    await csv.open(fileOf(content), { csv: {} });
  }
});
