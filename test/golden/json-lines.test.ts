import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { lastLine, said, type Workdir, workdir } from '../workdir.js';
import { query } from './query.js';
import { echoModel, runJob } from './tiny-model.js';

const lines = [
  '{"id":9007199254740993,"x":1.5,"note":"one, \\"two\\"","tags":["a"],"at":"2013-01-04T05:00:00Z"}',
  '{"x":-2e-3,"id":9007199254740995,"note":null,"extra":{"deep":[1,{"k":null}]}}',
  '',
  '{"id":9007199254740997,"x":null,"note":"NA"}',
  '{"id":9007199254740999,"x":"3","note":"\\u00e9\\ud83d\\ude00"}',
  '{"id":9007199254741001,"x":NaN,"note":""}',
];

const job = (input: string, more: object = {}) => ({
  input: { path: input },
  columns: { id: { type: 'int64', key: true }, x: { type: 'float32' } },
  output: { path: 'out', columns: ['id', 'x', 'note'], format: 'jsonl' },
  quality: { max_rejected: '100%', max_flagged: '100%' },
  ...more,
});

describe('a run over JSON Lines', () => {
  const dir = workdir();
  before(async () => {
    dir.write('m.onnx', await echoModel('x'));
    dir.write('day.jsonl', `${lines.join('\n')}\n`);
  });

  it('scores every object and writes JSON Lines with exact values', () => {
    const ran = runJob(dir, job('day.jsonl'));
    assert.equal(ran.code, 0, ran.stderr);
    const { rows } = lastLine(ran);
    assert.deepEqual([rows.read, rows.scored, rows.rejected, rows.skipped], [5, 5, 0, 1]);
    const written = dir.read('out/part-day.jsonl').trimEnd().split('\n');
    assert.equal(
      written[0],
      '{"id":9007199254740993,"x":1.5,"note":"one, \\"two\\"","y_x":1.5,"_row_status":"ok","_problems":[],"_source_file":"day.jsonl","_source_row":1}',
    );
    assert.match(written[1]!, /^\{"id":9007199254740995,"x":-0\.002,"note":null,"y_x":-0\.002,/);
    assert.match(written[2]!, /"x":null,"note":"NA","y_x":(null|"NaN")/);
    assert.match(written[3]!, /"x":3,"note":"é😀","y_x":3,/);
    assert.match(written[4]!, /"note":""/);
  });

  it('gives the same from a compressed file, under any name that says so', () => {
    const plain = dir.read('out/part-day.jsonl');
    for (const name of ['day.ndjson.gz', 'day.jsonl.gz']) {
      dir.write(`packed/${name}`, gzipSync(`${lines.join('\r\n')}`));
      const ran = runJob(
        dir,
        job(`packed/${name}`, {
          output: { path: `out-${name}`, columns: ['id', 'x', 'note'], format: 'jsonl' },
        }),
      );
      assert.equal(ran.code, 0, ran.stderr);
      assert.equal(dir.read(`out-${name}/part-day.jsonl`), plain.replaceAll('day.jsonl', name));
    }
  });

  it('scores its own output again', () => {
    const again = { name: 'next', output: { path: 'again', columns: ['id'], format: 'jsonl' } };
    const ran = runJob(dir, job('out/part-day.jsonl', again));
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(
      dir
        .read('again/part-part-day.jsonl')
        .trimEnd()
        .split('\n')
        .map((line) => /^\{"id":(\d+)/.exec(line)![1]),
      ['9007199254740993', '9007199254740995', '9007199254740997', '9007199254740999', '9007199254741001'],
    );
  });

  it('is found ready by a check, and profiled and inspected like other files', () => {
    assert.equal(runJob(dir, job('day.jsonl'), 'check').code, 0);
    const profile = runJob(dir, job('day.jsonl'), 'profile', '--output', 'baseline.json');
    assert.equal(profile.code, 0, said(profile));
    const seen = dir.call(['inspect', 'day.jsonl']);
    assert.match(seen.stdout, /day\.jsonl: jsonl, \d+ bytes, 5 rows, 6 columns/);
    assert.match(seen.stdout, /id +int64 \(number\)/);
    const json = JSON.parse(dir.call(['inspect', 'day.jsonl', '--json']).stdout);
    assert.deepEqual([json.format, json.rows, json.compression], ['jsonl', 5, 'none']);
    assert.deepEqual(json.skipped, { 'blank-line': { count: 1, lines: [3] } });
  });

  it('rejects what is no object, asks a person to look at a file that breaks off, and counts it all', () => {
    dir.write('cut.jsonl', `${lines.join('\n')}\nnot json\n[1]\n{"id":1,"x":`);
    const ran = runJob(dir, job('cut.jsonl', { output: { path: 'cut', columns: ['id'], format: 'jsonl' } }));
    assert.equal(ran.code, 0, ran.stderr);
    const { rows, verdict } = lastLine(ran) as ReturnType<typeof lastLine> & { verdict: string };
    assert.deepEqual([rows.read, rows.scored, rows.rejected, verdict], [8, 5, 3, 'check']);
    const offset = (text: string) => Buffer.from(dir.read('cut.jsonl')).lastIndexOf(text);
    const rejects = dir
      .read('cut/_rejects/part-cut.ndjson')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      rejects.map(({ code, line, byte_offset, raw }) => [code, line, byte_offset, raw]),
      [
        ['invalid-json', 7, offset('not json'), 'not json'],
        ['not-an-object', 8, offset('[1]'), '[1]'],
        ['truncated-row', 9, offset('{"id":1,"x":'), '{"id":1,"x":'],
      ],
    );
  });

  it('refuses JSON that is no JSON Lines, with the way out', () => {
    dir.write('array.json', '[{"id":1,"x":2}]');
    const ran = runJob(dir, job('array.json', { output: { path: 'no', format: 'jsonl' } }));
    assert.equal(ran.code, 2);
    assert.match(
      said(ran),
      /array\.json is JSON, not CSV, JSON Lines, Parquet or Arrow \(convert it to one object per line.*jq -c/,
    );
    const named = runJob(
      dir,
      job('array.json', {
        input: { path: 'array.json', format: 'jsonl' },
        output: { path: 'no', format: 'jsonl' },
      }),
    );
    assert.match(said(named), /array\.json is one JSON array, not JSON Lines/);
  });
});

describe('the values of JSON Lines', () => {
  const repaired = async (dir: Workdir, output: string): Promise<unknown[]> => {
    const ran = dir.call(['repair', 'in.jsonl', '-o', output]);
    assert.equal(ran.code, 0, said(ran));
    return query(`select * from '${dir.path}/${output}'`);
  };

  it('are those that DuckDB reads, in Parquet, Arrow and JSON Lines', async () => {
    const dir = workdir();
    const rows = Array.from({ length: 500 }, (_, i) => ({
      id: i * 7_919_000_001,
      share: i / 7,
      whole: i % 9 === 0 ? null : i - 250,
      on: i % 3 === 0,
      word: i % 5 === 0 ? null : `é"\\\n\t${'x'.repeat(i % 17)} \u2028`,
      ...(i % 4 === 0 ? { sparse: -i / 3 } : {}),
    }));
    const path = dir.write('in.jsonl', rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const expected = await query(
      `select * from read_json('${path}', columns = {id: 'BIGINT', share: 'DOUBLE', whole: 'BIGINT', "on": 'BOOLEAN', word: 'VARCHAR', sparse: 'DOUBLE'})`,
    );
    const named = expected.map(({ sparse, id, ...row }) => ({ id, sparse, ...row }));
    const sorted = (found: unknown[]) => found.map((row) => ({ ...(row as object) }));
    assert.deepEqual(sorted(await repaired(dir, 'out.parquet')), sorted(named));
    assert.deepEqual(sorted(await repaired(dir, 'out.jsonl')), sorted(named));
    const again = dir.call(['repair', 'out.parquet', '-o', 'back.jsonl']);
    assert.equal(again.code, 0, said(again));
    assert.equal(dir.read('back.jsonl'), dir.read('out.jsonl'));
  });

  it('that no type holds are kept as they are written, also where they come late', async () => {
    const dir = workdir();
    const pad = `"pad":"${'z'.repeat(500)}"`;
    const late = '{"id":"x1","n":12345678901234567890.5,"only":{"here":[1,2]}}';
    dir.write('in.jsonl', `${`{"id":1,"n":1.5,${pad}}\n`.repeat(3000)}${late}\n`);
    const ran = dir.call(['repair', 'in.jsonl', '-o', 'out.jsonl']);
    assert.equal(ran.code, 0, said(ran));
    const out = dir.read('out.jsonl').trimEnd().split('\n');
    assert.equal(out[0], `{"id":"1","n":"1.5",${pad},"only":null}`);
    assert.match(
      ran.stdout,
      /column "n" contained values that no supported type holds exactly: written as texts/,
    );
    assert.equal(
      out.at(-1),
      '{"id":"x1","n":"12345678901234567890.5","pad":null,"only":"{\\"here\\":[1,2]}"}',
    );
  });
});
