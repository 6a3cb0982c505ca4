import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { rowsOf } from '../faults/made-job.js';
import { mount, noMount } from '../faults/mount.js';
import { until } from '../until.js';
import { lastLine, type Ran, type Report, type Workdir, workdir } from '../workdir.js';

// However a run ends, its last line alone says which day, which verdict, why, and what to do.

interface End {
  readonly name: string;
  /** Changes to the job: text replaced, or a whole other text. */
  readonly job?: readonly (readonly [string | RegExp, string])[];
  readonly input?: string | Uint8Array;
  readonly before?: (dir: Workdir) => void | Promise<void>;
  readonly args?: readonly string[];
  readonly run?: (dir: Workdir) => Ran | Promise<Ran>;
  /** Why it cannot be tried here. */
  readonly skip?: string | false;
  readonly code: number;
  readonly verdict: Report['verdict'];
  /** The first finding's sentence, and the advice; null: there is none. */
  readonly why: RegExp | null;
  readonly todo: RegExp | null;
}

const model = (name: string) => join(process.cwd(), 'test', 'fixtures', `${name}.onnx`);
const jobText = `name: made
input: { path: "in/\${date}*.csv" }
model: { path: ${model('ends-its-process')} }
columns:
  id: { type: int64, key: true }
  x: { type: int64, missing: reject }
output: { path: "out/date=\${date}", format: csv, columns: [id] }
run: { workers: 1, isolation: none }
`;
const date = '2013-01-04';
/** The mark of a partition that is being scored. */
const attempt = `out/date=${date}/_nightshift/attempts/${date}.json`;
const plain = ['run', 'job.yaml', '--date', date];
const good = rowsOf(200);
const onEmpty = (choice: string) => [['.csv" }', `.csv", on_empty: ${choice} }`]] as const;
const ends: readonly End[] = [
  { name: 'good', code: 0, verdict: 'good', why: null, todo: null },
  {
    name: 'repeated keys',
    input: good + good.slice(good.indexOf('\n') + 1),
    code: 0,
    verdict: 'check',
    why: /^rows with a repeated key \(id\), such as "1", "2", "3": 200 of 400 rows/,
    todo: /./,
  },
  {
    name: 'check with --exit-on-check',
    input: good + good.slice(good.indexOf('\n') + 1),
    args: [...plain, '--exit-on-check'],
    code: 3,
    verdict: 'check',
    why: /repeated key/,
    todo: /./,
  },
  {
    name: 'a torn tail',
    input: good.slice(0, -5),
    code: 0,
    verdict: 'check',
    why: /transfer/,
    todo: /./,
  },
  {
    name: 'a closed gate',
    input: rowsOf(200).replaceAll(/,1\d\d$/gm, ','),
    code: 3,
    verdict: 'bad',
    why: /held back by a gate/,
    todo: /./,
  },
  {
    name: 'a missing column',
    input: good.replace('id,x', 'id,y'),
    code: 2,
    verdict: 'bad',
    why: /column "x" must be in the file/,
    todo: /./,
  },
  {
    name: 'no input, skip',
    args: ['run', 'job.yaml', '--date', '2001-01-01'],
    code: 99,
    verdict: 'check',
    why: /no input/i,
    todo: /./,
  },
  {
    name: 'no input, fail',
    args: ['run', 'job.yaml', '--date', '2001-01-01'],
    job: onEmpty('fail'),
    code: 2,
    verdict: 'bad',
    why: /no input/i,
    todo: /./,
  },
  {
    name: 'no input, succeed',
    args: ['run', 'job.yaml', '--date', '2001-01-01'],
    job: onEmpty('succeed'),
    code: 0,
    verdict: 'check',
    why: /no input/,
    todo: /input\.path/,
  },
  { name: 'no rows, skip', input: 'id,x\n', code: 99, verdict: 'check', why: /no row/i, todo: /./ },
  {
    name: 'no rows, fail',
    input: 'id,x\n',
    job: onEmpty('fail'),
    code: 2,
    verdict: 'bad',
    why: /no row/i,
    todo: /./,
  },
  {
    name: 'no rows, succeed',
    input: 'id,x\n',
    job: onEmpty('succeed'),
    code: 0,
    verdict: 'check',
    why: /no row/i,
    todo: /./,
  },
  {
    name: 'a model of an unknown kind',
    before: (dir) => void dir.write('m.pkl', Buffer.from('80049520', 'hex')),
    job: [[/path: \S*onnx/, 'path: m.pkl']],
    code: 2,
    verdict: 'bad',
    why: /m\.pkl/,
    todo: /ONNX/,
  },
  {
    name: 'no model',
    job: [[/path: \S*onnx/, 'path: gone.onnx']],
    code: 2,
    verdict: 'bad',
    why: /gone\.onnx/,
    todo: /./,
  },
  {
    name: 'a model that is too slow',
    job: [
      [/ends-its-process/, 'never-answers'],
      ['run: { workers: 1, isolation: none }', 'batch_timeout: 1s\nrun: { workers: 1 }'],
    ],
    code: 6,
    verdict: 'bad',
    why: /1 s/,
    todo: /batch_timeout/,
  },
  {
    name: 'the time budget',
    input: rowsOf(200, (row) => row === 50),
    job: [
      [/ends-its-process/, 'never-ends'],
      ['run: { workers: 1, isolation: none }', 'batch_timeout: 20s\nrun: { workers: 1, max_duration: 4s }'],
    ],
    code: 6,
    verdict: 'bad',
    why: /max_duration/,
    todo: /max_duration/,
  },
  {
    name: 'a memory budget that is too small',
    job: [['run: { workers: 1, isolation: none }', 'run: { workers: 1, memory: 60MiB }']],
    code: 2,
    verdict: 'bad',
    why: /run\.memory/,
    todo: /line/,
  },
  {
    name: 'an output that is a file',
    before: (dir) => void dir.write('out', 'x'),
    code: 2,
    verdict: 'bad',
    why: /out/,
    todo: /./,
  },
  {
    name: 'an unknown key in the job',
    job: [['format: csv', 'fromat: csv']],
    code: 2,
    verdict: 'bad',
    why: /fromat/,
    todo: /line/,
  },
  {
    name: 'no such job',
    args: ['run', 'gone.yaml', '--date', date],
    code: 2,
    verdict: 'bad',
    why: /gone\.yaml/,
    todo: /path/,
  },
  {
    name: 'no date',
    args: ['run', 'job.yaml'],
    code: 2,
    verdict: 'bad',
    why: /date/,
    todo: /line/,
  },
  {
    name: 'a date that is none',
    args: ['run', 'job.yaml', '--date', '2013-02-31'],
    code: 2,
    verdict: 'bad',
    why: /2013-02-31/,
    todo: /./,
  },
  {
    name: 'a key that is no number',
    input: good.replaceAll(/^(\d+),/gm, 'A$1,'),
    code: 0,
    verdict: 'check',
    why: /^rows without a key/,
    todo: /./,
  },
  {
    name: 'a key that is missing',
    job: [
      ['id: {', 'ids: {'],
      ['[id]', '[ids]'],
    ],
    code: 2,
    verdict: 'bad',
    why: /ids/,
    todo: /./,
  },
  {
    name: 'one of two partitions',
    before: (dir) => void dir.write(`in/${date}-b.csv`, Buffer.from('PNG\0\0\0\0\0')),
    code: 4,
    verdict: 'bad',
    why: /2013-01-04-b/,
    todo: /./,
  },
  {
    name: 'retry after that',
    before: (dir) => {
      dir.write(`in/${date}-b.csv`, Buffer.from('PNG\0\0\0\0\0'));
      dir.call(plain);
    },
    args: ['retry', 'job.yaml', '--date', date],
    code: 2,
    verdict: 'bad',
    why: /2013-01-04-b/,
    todo: /./,
  },
  {
    name: 'nothing to retry',
    before: (dir) => void dir.call(plain),
    args: ['retry', 'job.yaml', '--date', date],
    code: 0,
    verdict: 'good',
    why: null,
    todo: null,
  },
  { name: 'a shard', args: [...plain, '--shard', '1/2'], code: 0, verdict: 'good', why: null, todo: null },
  {
    name: 'finish before the shards',
    args: ['finish', 'job.yaml', '--date', date],
    code: 5,
    verdict: 'bad',
    why: /not started/,
    todo: /./,
  },
  {
    name: 'interrupted',
    input: rowsOf(200, (row) => row === 50),
    job: [
      [/ends-its-process/, 'never-ends'],
      ['run: { workers: 1, isolation: none }', 'batch_timeout: 60s\nrun: { workers: 1 }'],
    ],
    run: async (dir) => {
      const run = dir.start(plain);
      await until(() => dir.has(attempt), 'the run does not begin');
      process.kill(run.pid, 'SIGTERM');
      return run.ended;
    },
    code: 143,
    verdict: 'bad',
    why: /SIGTERM|interrupted|stopped/,
    todo: /again/,
  },
  {
    name: 'an input of 0 bytes, skip',
    input: '',
    code: 99,
    verdict: 'check',
    why: /^input "2013-01-04\.csv" has no bytes$/,
    todo: /why.*on_empty/,
  },
  {
    name: 'an input of 0 bytes, fail',
    input: '',
    job: onEmpty('fail'),
    code: 2,
    verdict: 'bad',
    why: /2013-01-04\.csv is empty: it has 0 bytes/,
    todo: /write it again/,
  },
  {
    name: 'a full disk',
    skip: noMount,
    input: rowsOf(40_000),
    run: (dir) => {
      const unmount = mount(`${dir.path}/out`, 'size=600k');
      try {
        return dir.nightshift(plain);
      } finally {
        unmount();
      }
    },
    code: 5,
    verdict: 'bad',
    why: /out.*(full|space)/,
    todo: /space/,
  },
  {
    name: 'a partition in quarantine',
    before: (dir) => {
      for (let i = 0; i < 4; i++) dir.nightshift(plain, { NIGHTSHIFT_CRASH_AT: 'staged' });
    },
    code: 4,
    verdict: 'bad',
    why: /^2013-01-04 failed: quarantined, because the process crashed on it 4 times$/,
    todo: /retry/,
  },
  {
    name: 'the memory budget in the middle of the data',
    input: rowsOf(2000, (row) => row === 1500),
    job: [
      [/ends-its-process/, 'eats-memory'],
      ['run: { workers: 1, isolation: none }', 'run: { workers: 1, memory: 500MiB }'],
    ],
    run: (dir) => dir.nightshift(plain),
    code: 6,
    verdict: 'bad',
    why: /memory/,
    todo: /run\.memory/,
  },
  {
    name: 'locked',
    input: rowsOf(200, (row) => row === 50),
    job: [
      [/ends-its-process/, 'never-ends'],
      ['run: { workers: 1, isolation: none }', 'batch_timeout: 60s\nrun: { workers: 1 }'],
    ],
    run: async (dir) => {
      const first = dir.start(plain);
      await until(() => dir.has(attempt), 'the first run does not begin');
      const ran = dir.call(plain);
      process.kill(first.pid, 'SIGTERM');
      await first.ended;
      return ran;
    },
    code: 5,
    verdict: 'bad',
    why: /run \S+ \(process/,
    todo: /./,
  },
];

/** Ends that a person is told of in text too. */
const inText: readonly string[] = [
  'good',
  'repeated keys',
  'a torn tail',
  'a closed gate',
  'a missing column',
  'no rows, skip',
  'no model',
];

describe('the text of a run', () => {
  for (const end of ends.filter(({ name }) => inText.includes(name))) {
    it(`says why and what to do, once each, and ends in the last line: ${end.name}`, async () => {
      const dir = workdir();
      try {
        layOut(dir, end);
        const ran = dir.call([...plain, '--text']);
        const { findings, hint, exit_code } = lastLine(ran);
        assert.equal(exit_code, end.code, ran.stdout);
        for (const sentence of [findings[0]?.sentence, hint]) {
          if (sentence === undefined || sentence === null) continue;
          assert.equal(ran.stderr.split(sentence).length, 2, `${sentence}\n${ran.stderr}`);
        }
      } finally {
        dir.remove();
      }
    });
  }
});

/** Writes the job and the input of an end. */
function layOut(dir: Workdir, { job = [], input }: End): void {
  dir.write(
    'job.yaml',
    job.reduce((text, [from, to]) => text.replace(from, to), jobText),
  );
  dir.write(`in/${date}.csv`, input ?? good);
}

describe('the last line', () => {
  for (const end of ends) {
    it(`says which day, which verdict, why, and what to do: ${end.name}`, {
      skip: end.skip ?? false,
    }, async () => {
      const dir = workdir();
      try {
        layOut(dir, end);
        await end.before?.(dir);
        const ran = await (end.run?.(dir) ?? dir.call(end.args ?? plain));
        const report = lastLine(ran);
        assert.deepEqual([ran.code, report.exit_code], [end.code, end.code], ran.stdout);
        assert.equal(report.verdict, end.verdict, ran.stdout);
        const asked = end.args ?? plain;
        assert.equal(report.date, asked.includes('--date') ? asked[asked.indexOf('--date') + 1] : null);
        const [first] = report.findings;
        assert.ok(report.findings_total >= report.findings.length);
        if (end.why === null) assert.equal(first, undefined, ran.stdout);
        else assert.match(first?.sentence ?? '', end.why, ran.stdout);
        if (end.todo === null) return;
        assert.match(report.hint ?? '', end.todo, ran.stdout);
        assert.ok(!report.hint!.includes(first!.sentence), 'the advice repeats the finding');
      } finally {
        dir.remove();
      }
    });
  }
});
