import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { InvalidError } from '../../../src/errors.js';
import { csv } from '../../../src/formats/csv/csv.js';
import { holeFinder } from '../../../src/formats/csv/holes.js';
import { fileOf, readText } from './read-table.js';

const row = (i: number): string => `${i},Name ${i % 7}x,${(i * 1.7).toFixed(2)},2024-01-${10 + (i % 18)}\n`;
const head = 'id,name,price,day\n';
const rows = (count: number): string => Array.from({ length: count }, (_, i) => row(i)).join('');
const all = Buffer.from(head + rows(12_000));

/** Returns the clean file with `count` bytes from `at` on overwritten, as after their loss on a disk. */
function lost(at: number, count: number, byte: number): Buffer {
  const holed = Buffer.concat([all, Buffer.alloc(Math.max(0, at + count - all.length))]);
  return holed.fill(byte, at, at + count);
}

async function findings(content: Buffer, extension = 'csv'): Promise<string[]> {
  const source = await csv.open(fileOf(content, extension), { csv: {} });
  for await (const _ of source.cut(1 << 16));
  return source.findings.map(({ code, level, sentence }) => `${level} ${code}: ${sentence}`);
}

test('a hole in a file is for a person to look at, with its bytes and line, and no row is made of its two sides', async () => {
  const at = all.indexOf('\n9000,') + 8;
  for (const [byte, code] of [
    [0, 'nul-byte'],
    [0xff, 'invalid-utf8'],
  ] as const) {
    for (const count of [512, 4096, 100_000]) {
      const holed = lost(at, count, byte);
      const [found] = await findings(holed);
      assert.equal(
        found,
        `check lost-bytes: ${count} bytes from line 9002 on (byte ${at}) contain only one repeated byte: their original content is lost`,
      );
      const read = await readText(holed);
      assert.deepEqual(
        read.problems.map((problem) => [problem.code, problem.outcome, problem.row]),
        [[code, 'rejected', 9001]],
      );
      const clean = rows(12_000).trimEnd().split('\n');
      for (const [i, cells] of read.rows.entries()) {
        if (i === 9000) continue;
        assert.equal(cells.join(','), clean[Number(cells[0])]);
      }
    }
  }
  assert.match((await findings(lost(at, 8192, 32)))[0]!, /^check lost-bytes: 8192 bytes from line 9002/);
  assert.match((await findings(gzipSync(lost(at, 4096, 0)), 'csv.gz'))[0]!, /^check lost-bytes: 4096 bytes/);
});

test('space at the end of a file that was never written is for a person to look at', async () => {
  for (const count of [512, 4096, 3_000_000]) {
    const holed = lost(all.length, count, 0);
    assert.match(
      (await findings(holed))[0]!,
      new RegExp(`^check lost-bytes: ${count} bytes from line 12002`),
    );
    const read = await readText(holed);
    const scored = read.rows.filter((_, i) => !read.problems.some((problem) => problem.row === i + 1));
    assert.equal(scored.length, 12_000);
  }
  await assert.rejects(
    findings(Buffer.concat([Buffer.from(head + rows(9)), Buffer.alloc(4096)])),
    InvalidError,
  );
});

test('holes are found wherever pieces of the text begin and end; texts padded a little are none', () => {
  for (const [byte, count, expected] of [
    [0, 511, 0],
    [0, 512, 1],
    [0xff, 700, 1],
    [32, 4000, 0],
    [32, 9000, 1],
  ] as const) {
    const text = Buffer.concat([Buffer.from('a,b\n1,2\n'), Buffer.alloc(count, byte), Buffer.from('x,3\n')]);
    for (const size of [100, 256, 300, 5000, 100_000]) {
      const finder = holeFinder();
      for (let at = 0; at < text.length; at += size) finder.look(text.subarray(at, at + size), at);
      const found = finder.end();
      assert.equal(found.count, expected, `${count} of ${byte} in pieces of ${size}`);
      if (expected > 0 && byte !== 32) assert.deepEqual([found.start, found.bytes], [8, count]);
    }
  }
});

test('a NUL may stand for a lost character: the cell is empty unless its value is certain', async () => {
  const cases: readonly [string, string, readonly (string | null)[]][] = [
    ['5,Na\0me,1.50,2024-01-11', 'flagged', ['5', null, '1.50', '2024-01-11']],
    ['5,Name,1.5\0,2024-01-11', 'flagged', ['5', 'Name', null, '2024-01-11']],
    ['1\x002,Name,1.50,2024-01-11', 'flagged', [null, 'Name', '1.50', '2024-01-11']],
    ['5,Name,1.50,2024-01\0-1', 'flagged', ['5', 'Name', '1.50', null]],
    ['5,Name,1.50,2024-\x0001-11', 'repaired', ['5', 'Name', '1.50', '2024-01-11']],
    ['5,Name\0,1.50,2024-01-11', 'repaired', ['5', 'Name', '1.50', '2024-01-11']],
    [`5,Name${'\0'.repeat(40)},1.50,2024-01-11`, 'repaired', ['5', 'Name', '1.50', '2024-01-11']],
    ['5,N\0a\0m\0e\0,1.50,2024-01-11', 'repaired', ['5', 'Name', '1.50', '2024-01-11']],
    [`5,Na${'\0'.repeat(40)}me,1.50,2024-01-11`, 'rejected', [null, null, null, null]],
  ];
  for (const [line, outcome, cells] of cases) {
    const read = await readText(`${head}${rows(60)}${line}\n${rows(5)}`);
    const name = JSON.stringify(line);
    assert.deepEqual(
      read.problems.map((problem) => [problem.code, problem.outcome, problem.row]),
      [['nul-byte', outcome, 61]],
      name,
    );
    assert.deepEqual(read.rows[60], cells, name);
  }
});

test('a NUL replaces no digit where the number would be far beyond its column', async () => {
  const lines = Array.from({ length: 300 }, (_, i) => `${80 + i * 3},x${i}\n`);
  const table = (cell: string) =>
    `miles,name\n${lines.slice(0, 200).join('')}${cell},y\n${lines.slice(200).join('')}`;
  for (const [cell, outcome, value] of [
    ['4\x0056', 'repaired', '456'],
    ['4\x006', 'flagged', null],
    ['\x00456', 'flagged', null],
  ] as const) {
    const { problems, rows } = await readText(table(cell));
    assert.deepEqual(
      problems.map((problem) => [problem.code, problem.outcome]),
      [['nul-byte', outcome]],
      JSON.stringify(cell),
    );
    assert.deepEqual(rows[200], [value, 'y']);
  }
});

test('the last cell of a row cut short stays where no digit can follow it, and is empty where one can', async () => {
  const lines = Array.from(
    { length: 300 },
    (_, i) => `${i},n${i},${80 + i * 3},${i % 60},2024-01-${10 + (i % 18)}\n`,
  );
  const table = (row: string) =>
    `id,name,miles,minute,day\n${lines.slice(0, 200).join('')}${row}\n${lines.slice(200).join('')}`;
  for (const [row, cells] of [
    ['150,n5,456', ['150', 'n5', '456', null, null]],
    ['150,n5,45', ['150', 'n5', null, null, null]],
    ['150,n5,456,0', ['150', 'n5', '456', '0', null]],
    ['150,n5,456,5', ['150', 'n5', '456', null, null]],
  ] as const) {
    const { problems, rows } = await readText(table(row));
    assert.deepEqual(
      problems.map((problem) => [problem.code, problem.outcome]),
      [['short-row', 'flagged']],
      row,
    );
    assert.deepEqual(rows[200], cells, row);
  }
});
