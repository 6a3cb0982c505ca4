import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { InvalidError } from '../../../src/errors.js';
import { csv } from '../../../src/formats/csv/csv.js';
import { csvDetails } from '../../../src/formats/csv/source-details.js';
import type { Source } from '../../../src/formats/format.js';
import { textPieces } from '../../../src/formats/text/byte-stream.js';
import { cellDefects, lines, plain, spoilCell, table, header as tableHeader } from './pollute.js';
import { fileOf, textPlan } from './read-table.js';

const corpora = '../shared/corpora';
const full = process.env['NIGHTSHIFT_FULL'] === '1';

/** Counts the physical lines of a text; a lone CR ends one where the dialect says so. */
function countLines(bytes: Buffer, loneCr: boolean): number {
  let count = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === 10 ? !(loneCr && bytes[i - 1] === 13) : loneCr && bytes[i] === 13) count++;
  }
  const last = bytes.at(-1);
  return last === undefined || last === 10 || (loneCr && last === 13) ? count : count + 1;
}

/** Adds up the lines of a source's rows and of each slice; throws on overlaps and uncounted lines. */
async function rowLines(source: Source, path: string, loneCr: boolean): Promise<number> {
  const decoder = await csv.decoder(source.description, textPlan(source));
  let sum = 0;
  let free = csvDetails(source.description.details).dataLine;
  try {
    for await (const slice of source.cut(1 << 15)) {
      const { rows, origin } = await decoder.decode(slice);
      for (let row = 0; row < rows; row++) {
        const { line } = origin.locate(row);
        const spanned = countLines(Buffer.from(origin.raw(row, 1 << 26), 'utf8'), loneCr) || 1;
        assert.ok(line !== null && line >= free, `${path}: row ${origin.firstRow + row} begins in another`);
        free = line + spanned;
        sum += spanned;
      }
    }
  } finally {
    await decoder.close();
  }
  return sum;
}

/** Asserts that every physical line is in the header, in a row, or counted as skipped. */
async function assertAccounted(path: string, options: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const source = await csv.open(path, { csv: options });
  const { dialect, dataLine, compression } = csvDetails(source.description.details);
  const loneCr = dialect.lineEnd === '\r';
  const count = (): number => [...source.skipped.values()].reduce((sum, entry) => sum + entry.count, 0);
  const header = dataLine - 1 - count();
  const pieces: Uint8Array[] = [];
  for await (const piece of textPieces(path, compression, dialect.encoding)) pieces.push(piece);
  const text = Buffer.concat(pieces);
  const rows = await rowLines(source, path, loneCr);
  const isOneLine = dialect.quote === null || !text.includes(dialect.quote);
  assert.ok(isOneLine ? header === dialect.headerRows : header >= dialect.headerRows, `${path}: header`);
  const shown = JSON.stringify(Object.fromEntries(source.skipped));
  assert.equal(header + rows + count(), countLines(text, loneCr), `${path}: ${shown}`);
}

for (const corpus of [
  'csv-spectrum',
  'frictionless',
  'csv-parser',
  'duckdb-csv',
  'holoclean',
  'mlnet',
  'penguins',
]) {
  const skip = existsSync(join(corpora, corpus)) ? false : `${corpus} is not there`;
  test(`${corpus}: every line of every file is in the header, in a row, or counted`, {
    skip,
    timeout: 300_000,
  }, async (t) => {
    const paths = readdirSync(join(corpora, corpus), { recursive: true, encoding: 'utf8' })
      .map((name) => join(corpora, corpus, name))
      .filter((path) => /\.(csv|tsv|tbl|txt)(\.gz|\.zst|\.gzz)?$/.test(path) && statSync(path).isFile())
      .sort();
    let read = 0;
    for (const [i, path] of paths.entries()) {
      if (!full && corpus === 'duckdb-csv' && i % 5 !== 0) continue;
      try {
        await assertAccounted(path);
        read++;
      } catch (error) {
        if (!(error instanceof InvalidError)) throw error;
      }
    }
    t.diagnostic(`${read} files`);
    assert.ok(read > 0);
  });
}

test('the pollution generator: every line of every spoiled file is in a row or counted', async () => {
  let at = 0;
  for (const defect of Object.keys(cellDefects) as (keyof typeof cellDefects)[]) {
    for (const row of table.keys()) {
      for (const column of tableHeader.keys()) {
        if (!full && at++ % 17 !== 0) continue;
        const content = spoilCell(defect, row, column, plain);
        if (content !== null) await assertAccounted(fileOf(content));
      }
    }
  }
});

test('titles, comments, blank lines, footers and other tables, in every line end, are accounted for to the last byte', async () => {
  const all = lines([tableHeader, ...table], plain);
  const commas = ','.repeat(tableHeader.length - 1);
  const more = ['name,score', 'Ann,5', 'Bob,7', '', 'Cid,8'];
  const files: string[][] = [
    ['Report', '', ...all],
    ['# made', '#', '', ...all, '# end', ''],
    [`Report of sales${commas}`, commas, ...all, '', 'Total rows: 24', '   ', 'Source: shop'],
    [...all, '', ...more],
    [...all, ...more, '', ...more],
    [...all, ...all],
    [...all, '', 'name,score', '"two\nlines",5', 'Bob,7', '\t'],
    ['"a title\nof two lines"', '', ...all],
    [...all.slice(0, 9), '', '', ...all.slice(9), '', '  '],
    ['sep=,', ...all],
    [',Order,,,,,Item,,,', ...all],
  ];
  for (const file of files) {
    for (const lineEnd of ['\n', '\r\n', '\r']) {
      for (const last of ['', lineEnd, `${lineEnd}${lineEnd}`, `${lineEnd}   `, `${lineEnd}\t${lineEnd}`]) {
        for (const tables of ['first', 'one'])
          await assertAccounted(fileOf(file.join(lineEnd) + last), { tables });
      }
    }
    await assertAccounted(fileOf(Buffer.from(`\ufeff${file.join('\r\n')}`, 'utf16le')));
  }
});

test('a second table and a footer of many megabytes are counted without being kept', async () => {
  const all = lines([tableHeader, ...table], plain);
  const other = Array.from({ length: 200_000 }, (_, i) => `${['Ann', 'Bob'][i % 2]},${i},2013-01-04`);
  const first = [all[0]!, ...Array.from({ length: 7 }, () => all.slice(1)).flat()];
  const path = fileOf([...first, '', 'name,score,day', ...other].join('\n'));
  await assertAccounted(path);
  const source = await csv.open(path, { csv: {} });
  for await (const _ of source.cut(1 << 20));
  assert.equal(source.skipped.get('other-table')!.count, 200_001);
  assert.match(source.findings[0]!.sentence, /^200001 lines from line 171 on are left out as another table/);
});
