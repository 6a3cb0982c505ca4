import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inOneProcess, lastLine, sampleJob, workdir } from '../workdir.js';

const [header, ...days] = readFileSync('data-samples/flights/2013-01-01.csv', 'utf8').trimEnd().split('\n');
const rows = days.slice(0, 60);
const file = (lines: readonly string[]) => `${[header, ...lines].join('\n')}\n`;

function job(repeated: string): string {
  return sampleJob('flight-delay', [
    [/path: .*\$\{date\}.*/, 'path: in/*.csv'],
    [/flight_id: .*/, `flight_id: { type: int64, key: true, repeated: ${repeated} }`],
    [/path: \.\.\/scored.*/, 'path: out'],
    [/format: parquet.*/, 'format: csv'],
    [/max_rejected: .*/, 'max_rejected: 50%'],
    [/min_rows: .*/, 'min_rows: 1'],
    inOneProcess,
  ]);
}

/** Status and problems of every scored row, and the rows of the rejects with their codes. */
function outcome(dir: ReturnType<typeof workdir>, partition: string): string[] {
  const [head, ...lines] = dir.read(`out/part-${partition}.csv`).trimEnd().split('\n');
  const names = head!.trimEnd().split(',');
  const at = (name: string) => names.indexOf(name);
  const scored = lines.map((line) => {
    const cells = line.trimEnd().split(',');
    return `${cells[at('_source_row')]} ${cells[at('_problems')]}`;
  });
  const rejects = dir
    .read(`out/_rejects/part-${partition}.ndjson`)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { row: number; code: string })
    .map(({ row, code }) => `${row} rejected ${code}`);
  return [...scored, ...rejects].filter((text) => text.includes('key'));
}

test('a key that comes again in one file is found while it is scored, wherever the slices part', () => {
  for (const chunk of ['64KiB', '500B']) {
    const dir = workdir();
    dir.write('in/a.csv', file([...rows, rows[3]!, rows[10]!, rows[3]!]));
    dir.write('job.yaml', job('flag').replace(/chunk_bytes: \S+/, `chunk_bytes: ${chunk}`));
    const ran = dir.call(['run', 'job.yaml']);
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(outcome(dir, 'a'), [
      '61 repeated-key:flight_id',
      '62 repeated-key:flight_id',
      '63 repeated-key:flight_id',
    ]);
    assert.equal(lastLine(ran).rows.read, 63);
  }
});

test('a key that comes again in another file is found before any is scored, and which row is kept is the contract’s word', () => {
  const files = { 'in/a.csv': file(rows.slice(0, 30)), 'in/b.csv': file([...rows.slice(30), rows[4]!]) };
  const expected = {
    flag: [[], ['31 repeated-key:flight_id']],
    reject: [[], ['31 rejected repeated-key']],
    keep_last: [['5 rejected repeated-key'], []],
  };
  for (const [repeated, [a, b]] of Object.entries(expected)) {
    const dir = workdir();
    for (const [name, text] of Object.entries(files)) dir.write(name, text);
    dir.write('job.yaml', job(repeated));
    const ran = dir.call(['run', 'job.yaml']);
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual([outcome(dir, 'a'), outcome(dir, 'b')], [a, b], repeated);
    const before = dir.hashes('out', (path) => path.startsWith('part-b'));
    dir.call(['run', 'job.yaml', '--partition', 'b', '--force']);
    assert.deepEqual(
      dir.hashes('out', (path) => path.startsWith('part-b')),
      before,
      repeated,
    );
  }
});
