import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { lastLine, main, type Ran, said, sampleJob, type Workdir, workdir } from '../workdir.js';

const day = ['--date', '2013-01-01'] as const;
const isRoot = process.getuid?.() === 0;
const nobody = { uid: 65534, gid: 65534 } as const;
const noUser =
  isRoot &&
  spawnSync(process.execPath, [main, '--version'], nobody).status !== 0 &&
  'no other user may read the program';
const flights = join(process.cwd(), 'data-samples/flights');

type Replacement = readonly [RegExp | string, string];

/** The sample job with its output in the test's folder, and more of it replaced. */
function jobIn(dir: Workdir, ...replace: Replacement[]): string {
  return dir.write(
    'job.yaml',
    sampleJob('flight-delay', [[/path: \.\.\/scored.*/, 'path: scored'], ...replace]),
  );
}

function inputOf(path: string): Replacement {
  return [/path: .*flights.*/, `path: ${path}`];
}

/** Fails unless the run ended with this code and reason in one sentence, without a stack. */
function assertEnds(ran: Ran, code: number, reason: string, names: string | RegExp): void {
  const report = lastLine(ran);
  assert.equal(ran.code, code, said(ran));
  assert.deepEqual([report.exit_code, report.reason], [code, reason]);
  if (typeof names === 'string') assert.ok(said(ran).includes(names), `${names} is not in ${said(ran)}`);
  else assert.match(said(ran), names);
  assert.doesNotMatch(said(ran) + ran.stdout, /\n\s+at .*:\d+:\d+|node:internal|Error:/);
}

/** Runs the program as a user who may write everywhere in the test's folder and nowhere else. */
function asUser(dir: Workdir, args: readonly string[]): Ran {
  if (!isRoot) return dir.call(args);
  chmodSync(dir.path, 0o777);
  const options = { cwd: dir.path, encoding: 'utf8', ...nobody } as const;
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [main, ...args], options);
  return { code: status, signal, stdout, stderr };
}

/** Fails if the output folder contains anything that a reader could mistake for a result. */
function nothingPublished(dir: Workdir, folder = 'scored'): void {
  const names = existsSync(join(dir.path, folder)) ? readdirSync(join(dir.path, folder)) : [];
  assert.deepEqual(
    names.filter((name) => !name.startsWith('_') || name === '_SUCCESS' || name === '_rejects'),
    [],
  );
  const staging = join(dir.path, folder, '_nightshift/staging');
  assert.deepEqual(existsSync(staging) ? readdirSync(staging) : [], []);
}

describe('a job file with five mistakes', () => {
  const text = `name: flight-delay
input:
  path: data/*.csv
  fromat: csv
model:
  path: there/is/no/model.onnx
columns:
  flight_id: { type: int64, key: true, mising: reject }
  dep_delay: { type: flot32, range: [-10, 5] }
output:
  path: scored
  format: parqet
quality: { max_rejectd: 1% }
`;
  for (const command of ['run', 'check', 'plan']) {
    it(`tells all five to ${command}, each with its line and what was meant, before it looks for model or input`, () => {
      const dir = workdir();
      const ran = dir.call([command, dir.write('job.yaml', text)]);
      assert.equal(ran.code, 2);
      const lines = said(ran).trimEnd().split('\n');
      assert.equal(lines.length, 6);
      assert.match(lines[0]!, /job\.yaml" has 5 mistakes$/);
      const expected = [
        /^ *4:3 .*"input\.fromat".*did you mean "format"/,
        /^ *8:40 .*"columns\.flight_id\.mising".*did you mean "missing"/,
        /^ *9:22 .*"columns\.dep_delay\.type".*found "flot32".*did you mean "float32"/,
        /^ *12:11 .*"output\.format".*found "parqet".*did you mean "parquet"/,
        /^ *13:12 .*"quality\.max_rejectd".*did you mean "max_rejected"/,
      ];
      for (const [i, pattern] of expected.entries()) assert.match(lines[i + 1]!, pattern);
      assert.deepEqual(readdirSync(dir.path), ['job.yaml']);
    });
  }

  it('tells them to a machine too, on the last line', () => {
    const dir = workdir();
    const ran = dir.call(['run', dir.write('job.yaml', text)]);
    assertEnds(ran, 2, 'job-file', 'has 5 mistakes');
    assert.equal(lastLine(ran).error?.message.split('\n').length, 6);
  });
});

describe('a model', () => {
  const models: readonly [string, (dir: Workdir) => void, string, string][] = [
    ['that is not there', () => {}, 'model-missing', 'cannot be read: there is no such file, and '],
    [
      'that is text',
      (dir) => dir.write('m.onnx', '{ "not": "a model" }'),
      'model-unreadable',
      'is not an ONNX file',
    ],
    ['without a byte', (dir) => dir.write('m.onnx', ''), 'model-unreadable', 'is empty'],
    [
      'that is cut off',
      (dir) => dir.write('m.onnx', readFileSync('data-samples/models/flight-delay.onnx').subarray(0, 3000)),
      'model-unreadable',
      'damaged or truncated',
    ],
    [
      'that is a folder',
      (dir) => mkdirSync(join(dir.path, 'm.onnx')),
      'model-missing',
      'without an MLmodel file',
    ],
  ];
  for (const [title, make, reason, says] of models) {
    it(`${title} is named, exit 2, and nothing is published`, () => {
      const dir = workdir();
      make(dir);
      const ran = dir.call(['run', jobIn(dir, [/path: .*flight-delay\.onnx/, 'path: m.onnx']), ...day]);
      assertEnds(ran, 2, reason, says);
      assert.ok(said(ran).includes(`"${join(dir.path, 'm.onnx')}"`));
      nothingPublished(dir);
    });
  }

  it('that is a folder with an ONNX file is called that, and not said to be missing', () => {
    const dir = workdir();
    mkdirSync(join(dir.path, 'm.onnx'));
    writeFileSync(join(dir.path, 'm.onnx', 'best.onnx'), 'x');
    const ran = dir.call(['run', jobIn(dir, [/path: .*flight-delay\.onnx/, 'path: m.onnx']), ...day]);
    assertEnds(ran, 2, 'model-missing', 'is a folder that contains an ONNX file, not the file itself');
    assert.doesNotMatch(said(ran), /there is no such file/);
    assert.match(said(ran), /give the path of best\.onnx in it/);
    nothingPublished(dir);
  });

  it('whose input has no column is named, exit 2', () => {
    const dir = workdir();
    assertEnds(
      dir.call(['run', jobIn(dir, [/^ {2}origin: /m, '  orign: ']), ...day]),
      2,
      'absent-column',
      'column "orign" must be in the file, found flight_id, year',
    );
    nothingPublished(dir);
  });

  it('that wants a number where the contract has a string says so, exit 2', () => {
    const dir = workdir();
    const job = jobIn(dir, [
      'month: { type: float32, range: [1, 12], max_drift: null }',
      'month: { type: string }',
    ]);
    assertEnds(dir.call(['run', job, ...day]), 2, 'model-mapping', 'string column "month" feeds');
    nothingPublished(dir);
  });
});

describe('an input', () => {
  const header = readFileSync(join(flights, '2013-01-01.csv'), 'utf8').split('\n', 3);
  const inputs: readonly [string, string, string | Buffer, string, string][] = [
    [
      'without a column of the contract',
      'day.csv',
      header.join('\n').replace('sched_arr_time', 'arrival'),
      'absent-column',
      'day.csv: column "sched_arr_time" must be in the file, found flight_id, year',
    ],
    ['of bytes that mean nothing', 'day.csv', noise(50_000), 'not-text', 'are control characters'],
  ];
  for (const [title, name, content, reason, says] of inputs) {
    it(`${title} fails with its name, exit 2, nothing published`, () => {
      const dir = workdir();
      dir.write(`in/${name}`, content);
      const ran = dir.call(['run', jobIn(dir, inputOf(`in/${name}`))]);
      assertEnds(ran, 2, reason, says);
      assert.ok(said(ran).length < 6000, 'the message is short enough to be read');
      nothingPublished(dir);
    });
  }

  const gzipped = gzipSync(readFileSync(join(flights, '2013-01-01.csv')));
  const cutOff: readonly [string, Uint8Array, string][] = [
    ['day.parquet', cut('2013-01-02.parquet'), 'truncated-input'],
    ['day.arrow', cut('2013-01-03.arrow'), 'truncated-input'],
    ['day.csv.gz', gzipped.subarray(0, 20_000), 'input-cut-off'],
    ['day.csv.gz', gzipped.subarray(0, 40), 'input-cut-off'],
    ['day.csv.zst', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0]), 'input-cut-off'],
  ];
  for (const [name, content, reason] of cutOff) {
    it(`${name} of ${content.length} bytes that is cut off may be under way: exit 5, in every command`, () => {
      const dir = workdir();
      dir.write(`in/${name}`, content);
      const job = jobIn(dir, inputOf(`in/${name}`));
      const ran = dir.call(['run', job]);
      assertEnds(ran, 5, reason, new RegExp(`${name} is cut off.*; its transfer may be incomplete`));
      assert.equal(lastLine(ran).verdict, 'bad');
      assert.equal(lastLine(ran).hint, 'wait for its transfer or copy the file again, then run again');
      nothingPublished(dir);
      for (const args of [
        ['check', job],
        ['inspect', `in/${name}`],
        ['repair', `in/${name}`, '-o', 'clean.csv'],
      ])
        assert.equal(dir.call(args).code, 5, args.join(' '));
      assert.equal(existsSync(join(dir.path, 'clean.csv')), false);
    });
  }

  it('that was cut off is scored by the same command once it is whole', () => {
    const dir = workdir();
    const whole = readFileSync(join(flights, '2013-01-02.parquet'));
    dir.write('in/day.parquet', whole.subarray(0, 20_000));
    const job = jobIn(dir, inputOf('in/day.parquet'));
    assert.equal(dir.call(['run', job]).code, 5);
    dir.write('in/day.parquet', whole);
    const ran = dir.call(['run', job]);
    assert.equal(ran.code, 0, said(ran));
    assert.equal(lastLine(ran).verdict, 'good');
  });

  it('that is a dangling link is not mistaken for a day without input', () => {
    const dir = workdir();
    symlinkSync('nowhere.csv', join(dir.path, 'day.csv'));
    assertEnds(
      dir.call(['run', jobIn(dir, inputOf('day.csv'))]),
      2,
      'input-unreadable',
      'is a dangling link',
    );
    nothingPublished(dir);
  });

  for (const name of ['day.csv', 'day.csv.gz', 'day.parquet', 'day.arrow']) {
    it(`${name} that may not be read is named, exit 2`, { skip: noUser }, () => {
      const dir = workdir();
      chmodSync(dir.write(name, name.endsWith('.gz') ? gzipSync(header.join('\n')) : 'PAR1'), 0);
      jobIn(dir, inputOf(name));
      assertEnds(asUser(dir, ['run', 'job.yaml']), 2, 'no-permission', name);
      nothingPublished(dir);
      for (const args of [
        ['inspect', name],
        ['repair', name, '-o', 'clean.csv'],
      ]) {
        const ran = asUser(dir, args);
        assert.equal(ran.code, 2, said(ran));
        assert.match(said(ran), new RegExp(`${name}.*permission denied`));
      }
    });
  }

  it('a model and a job file that may not be read say so, and what to do, exit 2', { skip: noUser }, () => {
    const dir = workdir();
    chmodSync(dir.write('m.onnx', 'x'), 0);
    dir.write('in.csv', 'a\n1\n');
    const job = 'name: a\ninput: { path: in.csv }\nmodel: { path: m.onnx }\noutput: { path: out }\n';
    chmodSync(dir.write('job.yaml', job), 0o644);
    const model = ['--model', 'm.onnx', '--input', 'in.csv', '-o', 'new.yaml'];
    for (const args of [
      ['check', 'job.yaml'],
      ['init', ...model],
      ['compare', 'job.yaml', '--models', 'job.yaml'],
    ]) {
      const ran = asUser(dir, args);
      assert.equal(ran.code, 2, said(ran));
      assert.match(
        said(ran),
        /model "\S*m\.onnx" cannot be read: permission denied\n {2}grant read permission to the user/,
      );
    }
    chmodSync(join(dir.path, 'job.yaml'), 0);
    assert.match(
      said(asUser(dir, ['check', 'job.yaml'])),
      /job file "job.yaml" cannot be read: permission denied\n {2}grant read permission to the user/,
    );
  });

  it('that is gone is to be tried again, exit 5', () => {
    const ran = workdir().call(['inspect', 'absent.csv']);
    assert.equal(ran.code, 5, said(ran));
    assert.match(said(ran), /there is no such file/);
  });

  it('that is broken costs only its own partition, also when it is the first', () => {
    const dir = workdir();
    dir.write('in/a.parquet', cut('2013-01-02.parquet'));
    mkdirSync(join(dir.path, 'in'), { recursive: true });
    copyFileSync(join(flights, '2013-01-01.csv'), join(dir.path, 'in/b.csv'));
    const ran = dir.call(['run', jobIn(dir, inputOf('in'))]);
    assertEnds(ran, 4, 'partitions-failed', 'a.parquet is cut off');
    assert.deepEqual(lastLine(ran).partitions, { planned: 2, published: 1, failed: 1, skipped: 0 });
    assert.deepEqual(
      readdirSync(join(dir.path, 'scored')).filter((name) => !/^_(nightshift|summary|manifest)/.test(name)),
      ['_rejects', 'part-b.parquet'],
    );
  });
});

describe('one input among others that is no file', { skip: process.platform === 'win32' }, () => {
  it('fails by its own partition; the others are published', () => {
    const dir = workdir();
    mkdirSync(join(dir.path, 'in'));
    for (const name of ['a', 'z'])
      copyFileSync(join(flights, '2013-01-01.csv'), join(dir.path, `in/${name}.csv`));
    symlinkSync('nowhere.csv', join(dir.path, 'in/b.csv'));
    spawnSync('mkfifo', [join(dir.path, 'in/c.csv')]);
    writeFileSync(
      Buffer.concat([Buffer.from(`${dir.path}/in/d`), Buffer.from([0xff]), Buffer.from('.csv')]),
      'x',
    );
    const job = jobIn(dir, inputOf('in/*.csv'));
    const ran = dir.call(['run', job, '--text']);
    assert.equal(ran.code, 4, ran.stderr);
    assert.deepEqual(lastLine(ran).partitions, { planned: 5, published: 2, failed: 3, skipped: 0 });
    for (const what of [
      'is a dangling link',
      'is a pipe, a socket or a device',
      'has a name that is not UTF-8',
    ])
      assert.ok(said(ran).includes(what), `${what} is not in ${said(ran)}`);
    const checked = dir.call(['check', job]);
    assert.equal(checked.code, 2);
    assert.ok(checked.stdout.includes('is a dangling link'));
  });
});

describe('no input', () => {
  for (const [onEmpty, code, reason] of [
    ['skip', 99, 'no-input'],
    ['fail', 2, 'no-input'],
  ] as const) {
    it(`ends with ${code} when the job says ${onEmpty}, naming where it looked`, () => {
      const dir = workdir();
      const job = jobIn(dir, [/on_empty: skip.*/, `on_empty: ${onEmpty} # said by the test`]);
      assertEnds(
        dir.call(['run', job, '--date', '2033-01-01']),
        code,
        reason,
        /flights\/2033-01-01\*": "[^"]+\/flights" has 2013-01-01\.csv, 2013/,
      );
      nothingPublished(dir);
    });
  }

  it('ends with 0, a summary and _SUCCESS when the job says succeed', () => {
    const dir = workdir();
    const job = jobIn(dir, ['on_empty: skip', 'on_empty: succeed'], [/ {2}min_rows: 100\n/, '']);
    const ran = dir.call(['run', job, '--date', '2033-01-01']);
    assert.deepEqual([ran.code, lastLine(ran).reason, lastLine(ran).verdict], [0, 'ok', 'check']);
    assert.equal(lastLine(ran).findings[0]!.sentence, 'there was no input to score');
    assert.ok(readdirSync(join(dir.path, 'scored')).includes('_SUCCESS'));
  });
});

describe('an output folder', () => {
  it('whose place a file has is named, exit 2, the file as it was', () => {
    const dir = workdir();
    dir.write('scored', 'mine');
    assertEnds(
      dir.call(['run', jobIn(dir), ...day]),
      2,
      'not-a-folder',
      `output "${join(dir.path, 'scored')}"`,
    );
    assert.equal(dir.read('scored'), 'mine');
  });

  it('below a file is named, exit 2', () => {
    const dir = workdir();
    dir.write('scored', 'mine');
    const job = jobIn(dir, ['path: scored', 'path: scored/deep/er']);
    assertEnds(dir.call(['run', job, ...day]), 2, 'not-a-folder', join(dir.path, 'scored/deep/er'));
  });

  it('that no user may write is named, exit 2', {
    skip: !existsSync('/sys/kernel') && 'there is no /sys',
  }, () => {
    const dir = workdir();
    const job = jobIn(dir, ['path: scored', 'path: /sys/nightshift']);
    const ran = dir.call(['run', job, ...day]);
    assertEnds(ran, 2, 'storage-unsupported', 'output "/sys/nightshift" cannot be written: "/sys" is on');
  });

  it('on a file system of the kernel, which makes no folders, is named, exit 2', {
    skip: !existsSync('/proc/self') && 'there is no /proc',
  }, () => {
    const dir = workdir();
    const job = jobIn(dir, ['path: scored', 'path: /proc/nightshift/deep']);
    for (const command of ['run', 'check']) {
      const ran = dir.call([command, job, ...day]);
      assert.equal(ran.code, 2, said(ran));
      assert.match(
        said(ran) + ran.stdout,
        /output "\/proc\/nightshift\/deep" cannot be written: "\/proc" is on a file system of the kernel/,
      );
      assert.match(said(ran) + ran.stdout, /choose an output on another file system/);
    }
  });

  it('without permission is named, exit 2', { skip: isRoot && 'root may write everything' }, () => {
    const dir = workdir();
    mkdirSync(join(dir.path, 'scored'));
    chmodSync(join(dir.path, 'scored'), 0o555);
    assertEnds(dir.call(['run', jobIn(dir), ...day]), 2, 'no-permission', 'scored');
    nothingPublished(dir);
  });
});

describe('a wrong command line', () => {
  const lines: readonly [string, readonly string[], RegExp][] = [
    ['an unknown option', ['--dat', '2013-01-01'], /unknown option '--dat' \(did you mean --date\?\)/],
    ['a second job', ['other.yaml'], /"other.yaml" is one argument too many/],
    [
      'a shard that there is not',
      ['--shard', '3/2'],
      /'--shard <i\/n>' must be i\/n, with i from 1 to n, found "3\/2"/,
    ],
    [
      'a number of workers that is none',
      ['--workers', 'x'],
      /"--workers" must be auto or a whole number .*found "x"/,
    ],
    ['a size that is none', ['--memory', 'lots'], /"--memory" must be .*found "lots" \(for example 1GiB\)/],
    ['a date that is none', ['--date', 'tomorrow'], /"--date" must be a date, found "tomorrow"/],
    [
      'partitions that there are not',
      [...day, '--partition', 'zz*'],
      /"--partition" matches none of 1 partitions, found zz\* \(the only one is \S+/,
    ],
    [
      'a variable that the job does not use',
      [...day, '--set', 'regoin=eu'],
      /variable "regoin" is not used by the job file \(it uses "date"\)/,
    ],
  ];
  for (const [title, args, says] of lines) {
    it(`with ${title} ends with 2, a hint and the last line of JSON`, () => {
      const dir = workdir();
      const ran = dir.call(['run', jobIn(dir), ...args]);
      assertEnds(ran, 2, lastLine(ran).reason, says);
      nothingPublished(dir);
    });
  }

  it('with an unknown command suggests the one that was meant', () => {
    const ran = workdir().call(['rum', 'job.yaml']);
    assert.equal(ran.code, 2);
    assert.match(said(ran), /unknown command 'rum' \(did you mean run\?\)\n {2}see nightshift --help/);
  });

  it('without the date that the job asks for says where and how', () => {
    const dir = workdir();
    assertEnds(
      dir.call(['run', jobIn(dir)]),
      2,
      'job-file',
      /6:9 .*"\$\{date\}" is not set \(give it with --date/,
    );
  });

  it('with a job file that is not there, or is a folder, names it', () => {
    const dir = workdir();
    assertEnds(dir.call(['run', 'no.yaml']), 2, 'job-file', 'job file "no.yaml" does not exist');
    assertEnds(dir.call(['run', '.']), 2, 'job-file', 'job file "." is a folder');
  });
});

describe('two jobs with one output folder', () => {
  it('of different names do not mix their partitions: the second is refused, what the first published stays', () => {
    const dir = workdir();
    const job = jobIn(dir);
    assert.equal(dir.call(['run', job, ...day]).code, 0);
    const before = dir.hashes('scored', (path) => !path.startsWith('_nightshift'));
    const other = dir.write('other.yaml', dir.read('job.yaml').replace('name: flight-delay', 'name: other'));
    const ran = dir.call(['run', other, ...day]);
    assertEnds(ran, 2, 'other-job', 'flight-delay');
    assert.deepEqual(
      dir.hashes('scored', (path) => !path.startsWith('_nightshift')),
      before,
    );
  });
});

function cut(name: string): Buffer {
  return readFileSync(join(flights, name)).subarray(0, 20_000);
}

/** Returns random bytes, the same each time. */
function noise(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let state = 12345;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[i] = state >>> 16;
  }
  return bytes;
}
