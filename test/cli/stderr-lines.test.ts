import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastLine, type Ran, said, sampleJob, workdir } from '../workdir.js';

interface Line {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly job?: string;
  readonly run_id?: string;
  readonly date?: string;
  readonly partition?: string;
  readonly verdict?: string;
  readonly sentence?: string;
  readonly rows?: object;
  readonly reason?: string;
  readonly exit_code?: number;
  readonly hint?: string;
}

/** Every line of stderr, each of which is a JSON object with a level, a time and a message. */
function linesOf({ stderr }: Ran): Line[] {
  const lines = stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
  for (const { level, time, msg } of lines) {
    assert.ok(['debug', 'info', 'warn', 'error'].includes(level));
    assert.ok(!Number.isNaN(Date.parse(time)));
    assert.ok(msg.length > 0 && !msg.includes('\n'), msg);
  }
  return lines;
}

const dirty = sampleJob('flight-delay', [[/path: \.\.\/scored.*/, 'path: out']]);

test('away from a terminal each line of stderr is JSON, the summary too', () => {
  const dir = workdir();
  try {
    const job = dir.write('job.yaml', dirty);
    const ran = dir.nightshift(['run', job, '--date', '2013-01-04', '--workers', '1']);
    assert.equal(ran.code, 0, ran.stderr);
    const lines = linesOf(ran);
    const report = lastLine(ran);
    for (const line of lines)
      assert.deepEqual([line.job, line.run_id, line.date], ['flight-delay', report.run_id, '2013-01-04']);
    const ended = lines.filter(({ msg }) => msg === 'run ended');
    assert.equal(ended.length, 1);
    assert.equal(ended[0], lines.at(-1));
    assert.equal(ended[0]!.level, 'warn');
    assert.match(ended[0]!.sentence!, /^913 rows scored/);
    assert.deepEqual([ended[0]!.verdict, ended[0]!.rows], [report.verdict, report.rows]);
    const ofDay = lines.filter(({ partition }) => partition === '2013-01-04');
    assert.ok(ofDay.some(({ msg }) => msg.includes('is read as CSV')));
    assert.ok(ofDay.some(({ msg }) => msg === 'partition ended'));
    assert.equal(ran.stdout.trimEnd().split('\n').length, 1);

    const asText = dir.call(['finish', job, '--date', '2013-01-04', '--text']);
    assert.match(asText.stderr, /^CHECK {2}913 rows scored/m);
    assert.ok(!asText.stderr.includes('{'), asText.stderr);
  } finally {
    dir.remove();
  }
});

test('what goes wrong is JSON on stderr too, and stands in the last line of stdout', () => {
  const dir = workdir();
  try {
    const gated = dir.write('gated.yaml', dirty.replace('max_rejected: 1%', 'max_rejected: 0'));
    const wrong = dir.write('wrong.yaml', dirty.replace('format: auto', 'fromat: auto\n  on_emtpy: skip'));
    const cases: readonly (readonly [string[], number, RegExp, RegExp])[] = [
      [['run', gated, '--date', '2013-01-04', '--workers', '1'], 3, /rejected: 3 of 916 rows/, /rejected: 3/],
      [['run', wrong, '--date', '2013-01-04'], 2, /^\d+:3 .*did you mean "format"/, /has 2 mistakes/],
      [['run', gated, '--date', '2001-01-01'], 99, /no input/, /no input/],
      [['run', gated, '--bogus'], 2, /unknown option/, /unknown option/],
      [['retry'], 2, /missing required argument/, /missing required argument/],
      [['finish', 'nowhere.yaml'], 2, /nowhere\.yaml" does not exist/, /does not exist/],
    ];
    for (const [args, code, line, error] of cases) {
      const ran = dir.call(args);
      assert.equal(ran.code, code, ran.stderr);
      const lines = linesOf(ran);
      assert.ok(
        lines.some(({ msg }) => line.test(msg)),
        ran.stderr,
      );
      const last = lines.findLast((each) => each.exit_code !== undefined);
      assert.equal(last?.exit_code, code, ran.stderr);
      const report = lastLine(ran);
      assert.equal(last?.reason, report.reason);
      assert.match(report.error?.message ?? '', error);
      const asText = dir.call([...args, '--text']);
      assert.ok(!/^\{/m.test(asText.stderr), asText.stderr);
      assert.match(asText.stderr, new RegExp(error.source, 'm'));
    }
  } finally {
    dir.remove();
  }
});

test('a partition that failed before its first row says nothing of absent features', () => {
  const dir = workdir();
  try {
    dir.write('2020-01-01.csv', 'not,the,columns\n1,2,3\n');
    const job = dir.write('job.yaml', dirty.replace(/path: \S+\$\{date\}\*/, 'path: 2020-01-01.csv'));
    const ran = dir.call(['run', job, '--date', '2020-01-01']);
    assert.equal(ran.code, 2, ran.stderr);
    assert.doesNotMatch(said(ran), /feature \w+ is absent|0 B of memory/);
  } finally {
    dir.remove();
  }
});

test('a command that was asked for JSON fails in JSON too', () => {
  const dir = workdir();
  try {
    for (const [args, code, message] of [
      [['inspect', 'nothing.csv'], 5, /nothing\.csv could not be read, there is no such file/],
      [['repair', 'nothing.csv', '-o', 'out.csv'], 5, /nothing\.csv could not be read/],
      [['status', 'nowhere.yaml'], 2, /nowhere\.yaml" does not exist/],
      [['plan', 'nowhere.yaml'], 2, /nowhere\.yaml" does not exist/],
      [['report', 'nowhere'], 2, /nothing to report at/],
      [['inspect', 'a', 'b'], 2, /"b" is one argument too many/],
    ] as const) {
      const ran = dir.call([...args, '--json']);
      assert.equal(ran.code, code, ran.stderr);
      const { exit_code, error } = JSON.parse(ran.stdout) as {
        exit_code: number;
        error: { message: string; hint: string | null };
      };
      assert.equal(exit_code, code);
      assert.match(error.message, message);
      assert.match(ran.stderr, message);
    }
  } finally {
    dir.remove();
  }
});

test('a run that could not begin names its job', () => {
  const dir = workdir();
  try {
    const job = dir.write('job.yaml', dirty);
    assert.equal(lastLine(dir.call(['run', job, '--date', '2001-01-01'])).job, 'flight-delay');
  } finally {
    dir.remove();
  }
});

test('a quiet end says a closed gate once, and what to do', () => {
  const dir = workdir();
  try {
    const job = dir.write('job.yaml', dirty.replace('max_repaired: 20%', 'max_repaired: 0%'));
    const ran = dir.call(['run', job, '--date', '2013-01-04', '--workers', '1', '--quiet', '--text']);
    assert.equal(ran.code, 3);
    const lines = ran.stderr.trimEnd().split('\n');
    assert.equal(lines.filter((line) => line.includes('more than 0 %')).length, 1, ran.stderr);
    assert.match(lines.at(-1)!, /^nightshift: look at the repairs/);
  } finally {
    dir.remove();
  }
});
