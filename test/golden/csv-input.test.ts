import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Reject } from '../../src/run/slice/reject-lines.js';
import { inOneProcess, lastLine, sampleJob, type Workdir, workdir } from '../workdir.js';
import { echoModel, runJob } from './tiny-model.js';

const samples = 'data-samples/flights';

/** The sample job over `path` with its output in the test's folder, and more of it replaced. */
function jobOver(dir: Workdir, path: string, ...replace: [RegExp | string, string][]): string {
  const text = sampleJob('flight-delay', [
    inOneProcess,
    [/path: .*flights.*/, `path: ${path}`],
    [/path: \.\.\/scored.*/, 'path: scored'],
    ...replace,
  ]);
  return dir.write('job.yaml', text);
}

function rejectsIn(dir: Workdir, name: string): Reject[] {
  return dir
    .read(`scored/_rejects/${name}`)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

interface Manifest {
  readonly partitions: readonly {
    readonly partition: string;
    readonly input: {
      readonly details: {
        readonly dialect: { readonly delimiter: string };
        readonly confidence: object;
      } | null;
    };
  }[];
}

describe('the rejects of the dirty day', () => {
  const bytes = readFileSync(join(samples, '2013-01-04.csv'));
  for (const [title, name, content] of [
    ['plain', 'day.csv', bytes],
    ['in gzip', 'day.csv.gz', gzipSync(bytes)],
  ] as const) {
    it(`${title}: each has file, row, physical line, byte offset in the text, column, code, what was expected and found, and its bytes as they stood`, () => {
      const dir = workdir();
      dir.write(`in/${name}`, content);
      const ran = dir.call(['run', jobOver(dir, `in/${name}`, ['max_rejected: 1%', 'max_rejected: 100%'])]);
      const { rows } = lastLine(ran);
      const part = `part-${name.replace(/\.gz$/, '').replace(/\.csv$/, '')}`;
      const rejects = rejectsIn(dir, rejectFile(dir, part));
      assert.equal(rejects.length, rows.rejected);
      assert.ok(rejects.length >= 3, ran.stderr);
      let before = 0;
      for (const { file, row, line, byte_offset, code, expected, raw, problems } of rejects) {
        const at = byte_offset!;
        assert.equal(file, name);
        assert.ok(row > before, 'in the order of the rows');
        before = row;
        assert.equal(bytes.subarray(0, at).toString('latin1').split('\n').length, line, code);
        assert.equal(bytes.subarray(at, at + Buffer.byteLength(raw)).toString('utf8'), raw);
        assert.ok(['\n', '\r', undefined].includes(bytes.toString('latin1')[at + Buffer.byteLength(raw)]));
        assert.ok(expected.length > 0 && problems.some((problem) => problem.startsWith(code)));
      }
      const codes = new Set(rejects.map(({ code }) => code));
      for (const code of ['long-row', 'repeated-header', 'truncated-row']) assert.ok(codes.has(code), code);
      const cells = rejects.filter(({ column }) => column !== null);
      for (const { column, code } of cells) assert.ok(column!.length > 0, code);
    });
  }
});

function rejectFile(dir: Workdir, part: string): string {
  const manifest = JSON.parse(dir.read('scored/_manifest.json')) as {
    partitions: { outputs: { path: string }[] }[];
  };
  const path = manifest.partitions[0]!.outputs.map((output) => output.path).find((each) =>
    each.includes('_rejects'),
  );
  assert.ok(path?.includes(part), `${part} in ${path}`);
  return path!.replace('_rejects/', '');
}

describe('the files of a job', () => {
  const commas = readFileSync(join(samples, '2013-01-01.csv'), 'utf8');
  const semicolons = commas.replaceAll(',', ';');

  it('are each read as they are written where that is clear, and what differs from the first is said', () => {
    const dir = workdir();
    dir.write('in/a.csv', commas);
    dir.write('in/b.csv', semicolons);
    dir.write('in/c.csv', commas.slice(commas.indexOf('\n') + 1));
    const ran = dir.call(['run', jobOver(dir, 'in/*.csv')]);
    assert.equal(ran.code, 4, ran.stderr);
    assert.match(ran.stderr, /a\.csv is read as CSV: delimiter comma.*\(delimiter \d+ %/);
    const { partitions } = JSON.parse(dir.read('scored/_manifest.json')) as Manifest;
    assert.deepEqual(
      partitions.map(({ input }) => input.details?.dialect.delimiter),
      [',', ';', undefined],
    );
    assert.match(ran.stderr, /delimiter semicolon instead of comma/);
    assert.match(ran.stderr, /no header instead of one/);
    const rows = commas.trimEnd().split('\n').length - 1;
    assert.deepEqual([lastLine(ran).rows.read, lastLine(ran).rows.rejected], [2 * rows, 0]);
  });

  it('are not read with a delimiter that leaves all names in one: the hint names its key', () => {
    const dir = workdir();
    dir.write('in/a.csv', semicolons);
    const ran = dir.call(['run', jobOver(dir, 'in/*.csv\n  csv: { delimiter: comma }')]);
    assert.equal(ran.code, 2, ran.stderr);
    assert.match(
      lastLine(ran).error!.hint!,
      /contains the names of several columns: correct "input.csv.delimiter"/,
    );
  });

  it('of a fixed width are refused in a sentence that does not name a delimiter to try', () => {
    const dir = workdir();
    const names = commas.split('\n', 1)[0]!.split(',');
    for (const between of [' ', '   ']) {
      const line = (cells: readonly string[]) =>
        cells.map((cell, i) => cell.padEnd(names[i]!.length)).join(between);
      dir.write(
        'in/a.csv',
        `${[names, names.map(() => 'a b'), names.map(() => '1')].map(line).join('\n')}\n`,
      );
      const ran = dir.call(['run', jobOver(dir, 'in/*.csv')]);
      assert.equal(ran.code, 2, ran.stderr);
      assert.match(lastLine(ran).error!.hint!, /padded to a fixed width, which is not supported/);
    }
  });

  it('have a dialect each with "dialect: per_file", each in the manifest with its confidence', () => {
    const dir = workdir();
    dir.write('in/a.csv', commas);
    dir.write('in/b.csv', semicolons);
    const job = jobOver(dir, 'in/*.csv\n  csv: { dialect: per_file }');
    const ran = dir.call(['run', job]);
    assert.equal(ran.code, 0, ran.stderr);
    const { partitions } = JSON.parse(dir.read('scored/_manifest.json')) as Manifest;
    assert.deepEqual(
      partitions.map(({ partition, input }) => `${partition} ${input.details?.dialect.delimiter}`),
      ['a ,', 'b ;'],
    );
    for (const { input } of partitions) {
      assert.deepEqual(Object.keys(input.details!.confidence), ['delimiter', 'encoding', 'header']);
    }
    const [a, b] = ['a', 'b'].map((part) => dir.hashes('scored', (path) => path === `part-${part}.parquet`));
    assert.equal(Object.keys(a!).length + Object.keys(b!).length, 2);
  });

  it('are said to be read with the confidence of the first look, as inspect says it', () => {
    const dir = workdir();
    const sample = dir.write('in/a.csv', readFileSync(join(samples, '2013-01-04.csv')));
    const sureness = (text: string) => /delimiter \d+ %, encoding \d+ %, header \d+ %/.exec(text)?.[0];
    const said = sureness(dir.call(['inspect', sample]).stdout);
    assert.equal(said, 'delimiter 100 %, encoding 60 %, header 95 %');
    dir.write('in/b.csv', readFileSync(sample));
    const ran = dir.call(['run', jobOver(dir, 'in/*.csv'), '--text']);
    const lines = ran.stderr.split('\n').filter((line) => line.includes(' is read as CSV: '));
    assert.deepEqual(lines.map(sureness), [said, said]);
    const { partitions } = JSON.parse(dir.read('scored/_manifest.json')) as Manifest;
    for (const { input } of partitions)
      assert.deepEqual(input.details!.confidence, { delimiter: 1, encoding: 0.6, header: 0.95 });
  });

  it('say so where delimiter or quotes are a guess, the only file of a job too', async () => {
    const dir = workdir();
    dir.write('m.onnx', await echoModel('n'));
    dir.write('in/a.csv', 'n\t\tland\tcode\n1\t\tChile\tcl\n20000000\tChad\ttd\n3\t\tPeru\tpe\n');
    const asks = (columns: object) => lastLine(runJob(dir, { input: { path: 'in/a.csv' }, ...columns }));
    const { verdict, findings } = asks({});
    assert.deepEqual(
      [verdict, findings.map(({ code }) => code)],
      ['check', ['dialect-in-doubt', 'short-row']],
    );
    dir.write('in/a.csv', "n,land,code\n1,'Chile',      'cl'\n2,'Chad',      'td'\n3,'Peru',        'pe'\n");
    const padded = asks({ columns: { n: { type: 'int32' }, code: { categories: ['cl', 'td', 'pe'] } } });
    assert.deepEqual([padded.verdict, padded.findings, padded.rows.flagged], ['good', [], 0]);
  });

  it('have an encoding each', () => {
    const dir = workdir();
    dir.write('in/a.csv', commas);
    dir.write('in/b.csv', Buffer.from(commas.replaceAll(/,N(?=\d)/g, ',Ñ'), 'latin1'));
    const ran = dir.call(['run', jobOver(dir, 'in/*.csv')]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stderr, /encoding windows-1252 instead of utf-8/);
    const { rows } = lastLine(ran);
    assert.deepEqual([rows.read, rows.rejected], [2 * (commas.trimEnd().split('\n').length - 1), 0]);
    assert.doesNotMatch(dir.read('scored/_summary.json'), /invalid-utf8/);
  });

  it('are read as they are told to be, key by key', () => {
    const dir = workdir();
    dir.write('in/a.csv', `exported by hand; do not edit\n${semicolons}`);
    const job = jobOver(dir, 'in/*.csv\n  csv: { delimiter: ";", skip_lines: 1, header: true }');
    const ran = dir.call(['run', job]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(lastLine(ran).rows.read, commas.trimEnd().split('\n').length - 1);
    assert.match(ran.stderr, /delimiter semicolon.* 1 line before it/);
  });
});

describe('scored CSV', () => {
  it('keeps texts that a spreadsheet would run as formulas, or neutralises them where the job says so', () => {
    const text = readFileSync(join(samples, '2013-01-01.csv'), 'utf8').replace('N14228', '=1+1');
    const cells = (extra: string): string => {
      const dir = workdir();
      dir.write('in/a.csv', text);
      const job = jobOver(
        dir,
        'in/a.csv',
        [/format: parquet.*/, `format: csv${extra}`],
        [/columns: \[flight_id.*\]/, 'columns: [flight_id, tailnum]'],
      );
      const ran = dir.call(['run', job]);
      assert.equal(ran.code, 0, ran.stderr);
      return dir.read('scored/part-a.csv').split('\r\n', 2)[1]!;
    };
    assert.match(cells(''), /^1,=1\+1,/);
    assert.match(cells('\n  formulas: neutralise'), /^1,'=1\+1,/);
  });
});
