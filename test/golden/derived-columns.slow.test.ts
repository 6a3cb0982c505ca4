import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Float64, Int32, Table, TimestampMillisecond, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow';
import { openScorer } from '../../src/library/index.js';
import type { Comparison } from '../../src/quality/comparison.js';
import { lastLine, main, said, type Workdir, workdir } from '../workdir.js';
import { query } from './query.js';
import { echoModel, runJob } from './tiny-model.js';

const times = ['2013-01-01T05:15:30Z', '2013-07-01T23:59:59Z', '', '1969-12-31T23:00:00Z'];
const rows = times.map(
  (at, i) => `${i},${at},${['EWR', 'JFK', '', 'XXX'][i]},${[10, -5, '', 0][i]},${[4, 2, 1, 0][i]}`,
);
const table = `id,at,origin,delay,air,one,other\n${rows.map((row) => `${row},1,2\n`).join('')}`;

const columns: Readonly<Record<string, object>> = {
  id: { type: 'int32' },
  air: { type: 'float64' },
  hour: { from: 'hour(local(at, "America/New_York"))' },
  share: { from: 'delay / air', infinity: { fill: 0 } },
  region: { from: 'origin', map: { EWR: 1, JFK: 2 }, unknown: { fill: 0 } },
  where: { from: 'concat(lower(origin), "!")' },
  twice: { from: 'hour * 2', type: 'int64' },
};
const wanted = [
  { id: 0, y_hour: 0, y_share: 2.5, y_region: 1, where: 'ewr!', twice: 0, at: times[0] },
  { id: 1, y_hour: 19, y_share: -2.5, y_region: 2, where: 'jfk!', twice: 38, at: times[1] },
  { id: 2, y_hour: null, y_share: null, y_region: null, where: null, twice: null, at: null },
  { id: 3, y_hour: 18, y_share: null, y_region: 0, where: 'xxx!', twice: 36, at: times[3] },
];

async function folder(content = table): Promise<Workdir> {
  const dir = workdir();
  dir.write('m.onnx', await echoModel('hour', 'share', 'region'));
  dir.write('in.csv', content);
  return dir;
}

function job(format: string, more: object = {}, input = 'in.csv'): object {
  return {
    input: { path: input },
    columns,
    output: { path: `out-${format}`, format, columns: ['id', 'where', 'twice', 'at'] },
    quality: { max_rejected: null, empty_features: 'warn', max_problems: null },
    ...more,
  };
}

async function scored(dir: Workdir, format: string): Promise<Record<string, unknown>[]> {
  const file = join(dir.path, `out-${format}`, `part-in.${format}`);
  const reader = { parquet: 'read_parquet', csv: 'read_csv', jsonl: 'read_json' }[format]!;
  const numbers = ['id', 'y_hour', 'y_share', 'y_region', 'twice'].map(
    (name) => `${name}::DOUBLE AS ${name}`,
  );
  const texts = `"where", strftime("at"::TIMESTAMPTZ AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ') AS at`;
  const found = await query(`SELECT ${numbers.join(', ')}, ${texts} FROM ${reader}('${file}') ORDER BY id`);
  // DuckDB shows NaN, which the model answers, as text.
  return found.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, cell === 'NaN' ? null : cell])),
  );
}

describe('derived columns', () => {
  for (const format of ['parquet', 'csv', 'jsonl']) {
    it(`feed the model and are carried, from CSV to ${format}`, async () => {
      const dir = await folder();
      const ran = runJob(dir, job(format));
      assert.equal(ran.code, 0, ran.stdout + ran.stderr);
      assert.deepEqual(await scored(dir, format), wanted);
      dir.remove();
    });
  }

  it('are the same from Parquet, and with two workers and small slices', async () => {
    const dir = await folder();
    const [from, to] = ['csv', 'parquet'].map((format) => join(dir.path, `in.${format}`));
    await query(`COPY (SELECT * FROM read_csv('${from}')) TO '${to}'`);
    const ran = runJob(dir, job('parquet', { run: { workers: 2, chunk_bytes: '1KiB' } }, 'in.parquet'));
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.deepEqual(await scored(dir, 'parquet'), wanted);
    dir.remove();
  });

  it('are profiled before and after their own rules, and checked for emptiness', async () => {
    const dir = await folder();
    assert.equal(runJob(dir, job('csv')).code, 0);
    const summary = JSON.parse(dir.read('out-csv/_summary.json')) as {
      features: { name: string; used: Record<string, number>; raw: Record<string, number> }[];
    };
    const text = JSON.stringify(summary);
    for (const name of ['hour', 'share', 'region', 'where', 'twice'])
      assert.match(text, new RegExp(`"name":"${name}"`));
    dir.write(
      'in.csv',
      'id,at,origin,delay,air\n1,2013-01-01T00:00:00Z,A,-1,1\n2,2013-01-01T00:00:00Z,B,-2,1\n',
    );
    const lost = { ...columns, share: { from: 'log(delay)' } };
    const ran = runJob(dir, { ...job('csv', { columns: lost, quality: {} }), output: { path: 'lost' } });
    assert.equal(ran.code, 3, ran.stdout);
    assert.match(said(ran) + ran.stdout, /share is unreadable in every row \(2 rows\)/);
    dir.remove();
  });

  it('may be used by rules, slices and gates', async () => {
    const dir = await folder();
    // biome-ignore lint/suspicious/noThenProperty: the job file's own word
    const rules = [{ name: 'night', when: 'hour >= 18', then: 'flag' }];
    const quality = { max_rejected: null, max_problems: null, slices: ['hour > 12', 'where'] };
    const ran = runJob(dir, job('csv', { rules, quality }));
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.match(dir.read('out-csv/part-in.csv'), /rule:night/);
    assert.match(dir.read('out-csv/_summary.json'), /"ewr!"/);
    dir.remove();
  });

  it('of a redacted column are redacted', async () => {
    const dir = await folder();
    const ran = runJob(
      dir,
      job('csv', {
        redact: ['origin'],
        columns: { ...columns, region: { from: 'origin', map: { EWR: 1 } } },
      }),
    );
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    const seen =
      said(ran) +
      ran.stdout +
      dir.read('out-csv/_summary.json') +
      dir.read('out-csv/_summary.html') +
      dir.read('out-csv/_manifest.json');
    for (const value of ['JFK', 'XXX', 'jfk!', 'ewr!']) assert.ok(!seen.includes(value), value);
    dir.remove();
  });
});

describe('derived columns of many rows', () => {
  const count = 3000;
  const line = (id: number) =>
    `${id},2013-0${1 + (id % 9)}-11T0${id % 10}:15:30Z,${['EWR', 'JFK', '', 'XXX'][id % 4]},${id % 5 === 0 ? '' : (id % 70) - 20},${id % 6}`;
  const csv = `id,at,origin,delay,air\n${Array.from({ length: count }, (_, id) => `${line(id)}\n`).join('')}`;
  const small = { chunk_bytes: '8KiB' };
  const many = (input: string, more: object = {}) =>
    job('jsonl', { run: { ...small, workers: 2, isolation: 'none' }, output: many.output, ...more }, input);
  many.output = { path: 'out', format: 'jsonl', columns: ['id', 'where', 'twice', 'at', 'region'] };

  /** The scores and the derived columns of every row, in the order of the rows. */
  function derivedIn(text: string): object[] {
    const lines = text
      .trimEnd()
      .split('\n')
      .map((one) => JSON.parse(one) as { id: number; at: unknown });
    return lines
      .map(({ id, at, ...rest }) => ({
        ...{ id, at: at === null ? null : new Date(String(at)).getTime() },
        ...Object.fromEntries(
          Object.entries(rest)
            .filter(([name]) => !name.startsWith('_'))
            .map(([name, value]) => [name, typeof value === 'number' ? Math.fround(value) : value]),
        ),
      }))
      .sort((a, b) => (a as { id: number }).id - (b as { id: number }).id);
  }

  function publishedIn(dir: Workdir): object[] {
    const files = Object.keys(dir.hashes('out', (name) => name.endsWith('.jsonl')));
    return derivedIn(files.map((name) => dir.read(`out/${name}`)).join(''));
  }

  async function reference(): Promise<{ readonly dir: Workdir; readonly rows: object[] }> {
    const dir = await folder(csv);
    const ran = runJob(dir, many('in.csv', { run: { ...small, workers: 2 } }));
    assert.equal(ran.code, 0, said(ran));
    const rows = publishedIn(dir);
    assert.equal(rows.length, count);
    dir.remove('out');
    return { dir, rows };
  }

  it('are the same from JSON Lines, Arrow, parts of a split file, shards and a pipe, by two workers in one process', async () => {
    const { dir, rows } = await reference();
    const path = (name: string) => join(dir.path, name);
    await query(`COPY (SELECT * FROM read_csv('${path('in.csv')}')) TO '${path('in.parquet')}'`);
    const found = await query(`SELECT * FROM read_csv('${path('in.csv')}', all_varchar = true)`);
    const values = (name: string) => found.map((row) => row[name] as string | null);
    const numbers = (name: string) => values(name).map((text) => (text === null ? null : Number(text)));
    const arrow = tableToIPC(
      new Table({
        id: vectorFromArray(numbers('id'), new Int32()),
        at: vectorFromArray(
          values('at').map((text) => (text === null ? null : new Date(text).getTime())),
          new TimestampMillisecond('UTC'),
        ),
        origin: vectorFromArray(values('origin'), new Utf8()),
        delay: vectorFromArray(numbers('delay'), new Float64()),
        air: vectorFromArray(numbers('air'), new Float64()),
      }),
      'file',
    );
    dir.write('in.arrow', arrow);
    dir.write(
      'in.jsonl',
      `${found
        .map((_, i) =>
          JSON.stringify({
            id: i,
            at: values('at')[i],
            origin: values('origin')[i],
            delay: numbers('delay')[i],
            air: numbers('air')[i],
          }),
        )
        .join('\n')}\n`,
    );
    for (const name of ['in.parquet', 'in.arrow', 'in.jsonl']) {
      const ran = runJob(dir, many(name));
      assert.equal(ran.code, 0, said(ran));
      assert.deepEqual(publishedIn(dir), rows, name);
      dir.remove('out');
    }

    const split = many('in.csv', { input: { path: 'in.csv', split: '64KiB' } });
    assert.equal(runJob(dir, split).code, 0);
    assert.ok(Object.keys(dir.hashes('out', (name) => name.endsWith('.jsonl'))).length > 1);
    assert.deepEqual(publishedIn(dir), rows, 'split');
    dir.remove('out');

    for (const shard of ['1/2', '2/2']) {
      const ran = runJob(dir, split, 'run', '--shard', shard);
      assert.equal(ran.code, 0, said(ran));
    }
    assert.equal(runJob(dir, split, 'finish').code, 0);
    assert.deepEqual(publishedIn(dir), rows, 'shards');
    dir.remove('out');

    const file = dir.write(
      'pipe.yaml',
      JSON.stringify({ name: 'tiny', model: { path: 'm.onnx' }, ...many('in.csv') }),
    );
    const piped = spawnSync(process.execPath, [main, 'run', file, '--input', '-', '--output', '-'], {
      cwd: dir.path,
      input: csv,
      encoding: 'utf8',
    });
    assert.equal(piped.status, 0, piped.stderr);
    assert.deepEqual(derivedIn(piped.stdout), rows, 'pipe');
    dir.remove();
  });

  it('are the same in process, and compared models share them', async () => {
    const { dir, rows } = await reference();
    const file = dir.write(
      'online.yaml',
      JSON.stringify({ name: 'tiny', model: { path: 'm.onnx' }, ...many('in.csv') }),
    );
    const scorer = await openScorer(file);
    const given = csv
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((text) => {
        const [id, at, origin, delay, air] = text.split(',') as [string, string, string, string, string];
        return {
          ...{ id: Number(id), at, origin: origin === '' ? null : origin },
          ...{ delay: delay === '' ? null : Number(delay), air: Number(air) },
        };
      });
    const results = await scorer.score(given);
    await scorer.close();
    const text = results.map(({ scores, columns: carried }) =>
      JSON.stringify({ ...carried, ...scores }, (_, value) =>
        typeof value === 'bigint'
          ? Number(value)
          : typeof value === 'number' && !Number.isFinite(value)
            ? String(value)
            : value,
      ),
    );
    assert.deepEqual(derivedIn(text.join('\n')), rows);
    dir.write('same.onnx', await echoModel('hour', 'share', 'region'));
    const ran = runJob(
      dir,
      many('in.csv'),
      'compare',
      '--models',
      join(dir.path, 'same.onnx'),
      '--json',
      '--quiet',
    );
    assert.equal(ran.code, 0, said(ran));
    const { models } = JSON.parse(ran.stdout) as Comparison;
    for (const { agreement } of models[1]!.outputs) assert.equal(agreement!.equal, count);
    dir.remove();
  });
});

describe('a column that cannot be derived is refused in one sentence', () => {
  const refused: readonly (readonly [column: object, sentence: RegExp])[] = [
    [{ from: 'nowhere + 1' }, /column "nowhere" must be in the file/],
    [{ from: 'at' }, /"columns\.share\.from" must give a value of type float32, found a timestamp/],
    [{ from: 'share + 1' }, /"columns\.share\.from" depends on itself: share needs share/],
    [{ from: 'delay +' }, /"columns\.share\.from" cannot be read at character 8/],
    [{ from: 'minutes(at)' }, /"columns\.share\.from" calls minutes\(\), which does not exist/],
    [{ from: 'hour(local(at, "Nowhere/City"))' }, /must give local\(\) a timestamp and a time zone/],
    [{ from: 'bin(delay, 3, 1)' }, /must give bin\(\) a number and ascending edges/],
    [{ from: 'origin' }, /must give a value of type float32, found a string/],
    [{ from: 'origin', map: { EWR: 1, JFK: 'two' } }, /"columns\.share\.map" must have values of one type/],
    [
      { from: 'origin', map: { EWR: 'one' } },
      /"columns\.share\.map" must give a value of type float32, found a string/,
    ],
    [{ from: 'delay', source: 'x' }, /"columns\.share\.source" is not valid for a column with "from"/],
    [{ from: 'delay', key: true }, /"columns\.share\.key" is not valid for a column with "from"/],
    [{ map: { a: 1 } }, /"columns\.share\.map" has no effect without "from"/],
    [
      { from: 'if(one == other, 1, 2)' },
      /column "one" is only named under "from", where its type is not certain/,
    ],
  ];
  for (const [column, sentence] of refused) {
    it(JSON.stringify(column), async () => {
      const dir = await folder();
      const ran = runJob(dir, job('csv', { columns: { ...columns, share: column } }), 'check');
      assert.equal(ran.code, 2, ran.stdout + ran.stderr);
      assert.match(ran.stdout + ran.stderr, sentence);
      assert.doesNotMatch(ran.stdout + ran.stderr, /\bat .*\.js:/);
      const last = runJob(dir, job('csv', { columns: { ...columns, share: column } }));
      assert.equal(lastLine(last).exit_code, 2);
      dir.remove();
    });
  }
});
