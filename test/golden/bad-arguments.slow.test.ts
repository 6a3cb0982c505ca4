import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { Command } from 'commander';
import { commands } from '../../src/cli/commands.js';
import { until } from '../until.js';
import { main, type Ran, said, type Workdir, workdir } from '../workdir.js';

// Each command with each kind of bad input: its exit code, and one sentence with a way out.

const model = resolve('test/fixtures/penguins/species.onnx');

/** How each command takes what is given to it. */
const takes: Readonly<
  Record<string, { readonly kind: 'job' | 'data' | 'folder'; args(given: string): string[] }>
> = {
  init: { kind: 'data', args: (given) => ['init', '--model', model, '--input', given] },
  run: { kind: 'job', args: (given) => ['run', given] },
  retry: { kind: 'job', args: (given) => ['retry', given] },
  finish: { kind: 'job', args: (given) => ['finish', given] },
  check: { kind: 'job', args: (given) => ['check', given] },
  plan: { kind: 'job', args: (given) => ['plan', given] },
  status: { kind: 'job', args: (given) => ['status', given] },
  profile: { kind: 'job', args: (given) => ['profile', given] },
  compare: { kind: 'job', args: (given) => ['compare', given, '--models', given] },
  tune: { kind: 'job', args: (given) => ['tune', given, '--models', given] },
  report: { kind: 'folder', args: (given) => ['report', given] },
  inspect: { kind: 'data', args: (given) => ['inspect', given] },
  repair: { kind: 'data', args: (given) => ['repair', given, '-o', 'clean.csv'] },
};

/** Commands that take no file. */
const others = ['schema', 'completion'];

interface Bad {
  readonly what: string;
  readonly name: string;
  make(dir: Workdir): void;
  /** By what the command takes: the exit code, what it says, and where it says how to go on. */
  readonly says: Readonly<
    Record<'job' | 'data' | 'folder', readonly [code: number, message: RegExp, hint: RegExp]>
  >;
}

const noReport = /nothing to report at/;

const bad: readonly Bad[] = [
  {
    what: 'no file',
    name: 'gone.csv',
    make: () => {},
    says: {
      job: [2, /job file "gone.csv" does not exist/, /nightshift init --model MODEL --input FILE/],
      data: [5, /gone.csv.*there is no such file|no input at "gone.csv": "/, /check the path|--input/],
      folder: [2, /"gone.csv": there is no such folder/, /give a run folder/],
    },
  },
  {
    what: 'a folder',
    name: 'folder',
    make: (dir) => mkdirSync(join(dir.path, 'folder')),
    says: {
      job: [2, /job file "folder" is a folder/, /check its path/],
      data: [2, /folder is a folder, not a file|"[^"]*folder" is empty/, /one of its files|--input/],
      folder: [2, noReport, /nightshift finish JOB/],
    },
  },
  {
    what: 'an HTML error page',
    name: 'page.csv',
    make: (dir) => dir.write('page.csv', '<!DOCTYPE html><html><body>502 Bad Gateway</body></html>\n'),
    says: {
      job: [2, /the job file must be a mapping, found "<!DOCTYPE/, /nightshift init/],
      data: [2, /page.csv is an HTML page/, /download it again/],
      folder: [2, /"page.csv": it is a file/, /give a run folder/],
    },
  },
  {
    what: 'JSON where another format is due',
    name: 'rows.csv',
    make: (dir) => dir.write('rows.csv', '[{"a":1,"b":2}]\n'),
    says: {
      job: [2, /the job file must be a mapping, found a list/, /nightshift init/],
      data: [2, /rows.csv is JSON/, /input\.format/],
      folder: [2, /it is a file/, /give a run folder/],
    },
  },
  {
    what: 'bytes that mean nothing',
    name: 'noise',
    make: (dir) => dir.write('noise', Buffer.from(Array.from({ length: 600 }, (_, i) => (i * 7919) % 256))),
    says: {
      job: [2, /job file "noise" is not UTF-8 text/, /check its path/],
      data: [2, /noise is not text/, /"input\.csv\.encoding"/],
      folder: [2, /it is a file/, /give a run folder/],
    },
  },
  {
    what: 'bytes that mean nothing, named like a table',
    name: 'noise.csv',
    make: (dir) =>
      dir.write('noise.csv', Buffer.from(Array.from({ length: 600 }, (_, i) => (i * 7919) % 256))),
    says: {
      job: [2, /job file "noise.csv" is not UTF-8 text/, /check its path/],
      data: [
        2,
        /noise.csv is not text: \d+ of its first \d+ characters are control/,
        /"input\.csv\.encoding"/,
      ],
      folder: [2, /it is a file/, /give a run folder/],
    },
  },
  {
    what: 'a pipe',
    name: 'pipe',
    make: (dir) => void execFileSync('mkfifo', [join(dir.path, 'pipe')]),
    says: {
      job: [2, /job file "pipe" is not a regular file/, /give the path of a file on a disk/],
      data: [2, /pipe"? is a pipe, a socket or a device/, /write its content to a file first/],
      folder: [2, /it is a file/, /give a run folder/],
    },
  },
  {
    what: 'the null device',
    name: '/dev/null',
    make: () => {},
    says: {
      job: [2, /job file "\/dev\/null" is not a regular file/, /give the path of a file on a disk/],
      data: [2, /\/dev\/null"? is a pipe, a socket or a device/, /write its content to a file first/],
      folder: [2, /it is a file/, /give a run folder/],
    },
  },
  {
    what: 'a model where a job or data is due',
    name: 'm.onnx',
    make: (dir) => copyFileSync(model, join(dir.path, 'm.onnx')),
    says: {
      job: [2, /job file "m.onnx" is not UTF-8 text/, /check its path/],
      data: [2, /m.onnx is an ONNX model, not CSV/, /"model\.path", or after --model/],
      folder: [2, /it is a file/, /give a run folder/],
    },
  },
  {
    what: 'a link to nothing',
    name: 'link.csv',
    make: (dir) => symlinkSync('nowhere', join(dir.path, 'link.csv')),
    says: {
      job: [2, /job file "link.csv" does not exist/, /check its path/],
      data: [2, /link.csv"? is a dangling link/, /remove the link, or restore/],
      folder: [2, /"link.csv": there is no such folder/, /give a run folder/],
    },
  },
  {
    what: 'an empty name, as of a variable that is not set',
    name: '',
    make: () => {},
    says: {
      job: [2, /"<job>" is empty/, /a variable of the shell may be unset/],
      data: [2, /"(?:<file>|--input)" is empty/, /a variable of the shell may be unset/],
      folder: [2, /"<\w+>" is empty/, /a variable of the shell may be unset/],
    },
  },
  {
    what: 'an empty file',
    name: 'empty',
    make: (dir) => dir.write('empty', ''),
    says: {
      job: [2, /the job file must be a mapping, found nothing/, /nightshift init/],
      data: [2, /empty is empty: it has 0 bytes|input "empty" has no bytes/, /write it again|--input/],
      folder: [2, /it is a file/, /give a run folder/],
    },
  },
];

/** Fails unless a command ended with this code and said this, briefly, without a stack. */
function assertSays(ran: Ran, code: number, message: RegExp, hint: RegExp): void {
  const text = said(ran);
  assert.equal(ran.code, code, text);
  assert.match(text, message);
  assert.match(text, hint);
  assert.ok(text.length < 1500, text);
  assert.doesNotMatch(text + ran.stdout, /\n\s+at .*:\d+:\d+|node:internal|Error:/);
}

const nobody = { uid: 65534, gid: 65534 } as const;

function noUser(): string | false {
  if (process.getuid?.() !== 0) return false;
  return (
    spawnSync(process.execPath, [main, '--version'], nobody).status !== 0 &&
    'no other user may read the program'
  );
}

function asUser(dir: Workdir, args: readonly string[]): Ran {
  const user = process.getuid?.() === 0 ? nobody : {};
  const options = { cwd: dir.path, encoding: 'utf8', ...user } as const;
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [main, ...args], options);
  return { code: status, signal, stdout, stderr };
}

describe('bad input', { timeout: 120_000 }, () => {
  it('is tried on every command', () => {
    assert.deepEqual(commands.map(({ name }) => name).sort(), [...Object.keys(takes), ...others].sort());
  });

  for (const { what, name, make, says } of bad)
    it(`${what} is named by every command, with a way out and its exit code, and nothing is written`, () => {
      const dir = workdir();
      make(dir);
      for (const [command, { kind, args }] of Object.entries(takes)) {
        const [code, message, hint] = says[kind];
        const before = readdirSync(dir.path);
        const expected = command === 'init' ? 2 : code;
        assertSays(dir.call(args(name)), expected, message, hint);
        assert.deepEqual(readdirSync(dir.path), before, command);
      }
    });

  it('a missing argument and a misspelt option are named by every command', () => {
    const dir = workdir();
    for (const [command, { args }] of Object.entries(takes)) {
      const alone = dir.call([command]);
      assert.equal(alone.code, 2, command);
      assert.match(
        said(alone),
        /missing required argument|required option '[^']*--\w+ <\w+>' not specified/,
        command,
      );
      const misspelt = dir.call([...args('x'), '--jsno']);
      assert.equal(misspelt.code, 2, command);
      assert.match(said(misspelt), /unknown option '--jsno'/, command);
      assert.match(said(misspelt) + misspelt.stdout, /did you mean --json/i, command);
      // After an option that takes several values, a name is one more of them: after "--" none is.
      const surplus = dir.call([...args('x'), '--', 'more']);
      assert.equal(surplus.code, 2, command);
      assert.match(said(surplus), /"more" is one argument too many: only .* taken/, command);
    }
    for (const command of others) {
      const ran = dir.call([command, 'jbo']);
      assert.deepEqual([ran.code, /must be one of /.test(said(ran))], [2, true], command);
    }
  });

  it('a mistake in the job file is named by every command that reads one, with its line and what was meant', () => {
    const dir = workdir();
    const job = 'name: a\ninput: { path: in.csv }\nmodel: { path: m.onnx }\noutput: { path: out }\n';
    dir.write('typo.yaml', job.replace('model:', 'modle:'));
    dir.write('type.yaml', `${job}run: { workers: many }\n`);
    const before = readdirSync(dir.path);
    for (const [command, { kind, args }] of Object.entries(takes)) {
      if (kind !== 'job') continue;
      const typo = /3:1 +"modle" is not a key of the job file/;
      assertSays(dir.call(args('typo.yaml')), 2, typo, /did you mean "model"\?/);
      const type = /5:\d+ +"run\.workers" must be auto or a whole number from 1 to 1024/;
      assertSays(dir.call(args('type.yaml')), 2, type, /found "many"/);
      assert.deepEqual(readdirSync(dir.path), before, command);
    }
  });

  it('a table in place of the model is named by every command that reads one, with the key to set', () => {
    const dir = workdir();
    dir.write('in.csv', 'a,b\n1,2\n');
    const job = { name: 'a', input: { path: 'in.csv' }, model: { path: 'in.csv' }, output: { path: 'out' } };
    dir.write('job.yaml', JSON.stringify(job));
    const calls = ['run', 'finish', 'check', 'profile', 'compare', 'tune'].map((name) =>
      takes[name]!.args('job.yaml'),
    );
    for (const args of [...calls, ['init', '--model', 'in.csv', '--input', 'in.csv', '-o', 'n.yaml']])
      assertSays(
        dir.call(args),
        2,
        /in\.csv" is not an ONNX file but text/,
        /"model\.path" \(or after --model/,
      );
    // A run records how it ended.
    assert.deepEqual(readdirSync(dir.path, { recursive: true, encoding: 'utf8' }).sort(), [
      'in.csv',
      'job.yaml',
      'out',
      'out/_nightshift',
      'out/_nightshift/last-run.json',
    ]);
  });

  it('a misspelt command is named, with the one that was meant', () => {
    const dir = workdir();
    for (const { name } of commands) {
      const misspelt = `${name.slice(0, -2)}${name.at(-1)}${name.at(-2)}`;
      assertSays(
        dir.call([misspelt]),
        2,
        new RegExp(`unknown command '${misspelt}'`),
        new RegExp(`did you mean ${name}\\?`),
      );
    }
  });

  it('an option that takes one value is refused by every command if it is given twice', async () => {
    const dir = workdir();
    /** Values that each option's parser accepts; the others accept any text. */
    const values: Readonly<Record<string, string>> = {
      '--date': '2013-01-04',
      '--from': '2013-01-04',
      '--to': '2013-01-05',
      '--shard': '1/2',
      '--shards': '2',
      '--jobs': '2',
      '--rows': '10',
      '--within': '1h',
      '--max-memory': '1GiB',
      '--min-auc': '0.5',
      '--max-rmse': '1',
      '--min-count': '3',
      '--types': 'auto',
      '--stray-quotes': 'keep',
      '--recover': 'all',
    };
    let tried = 0;
    for (const [command, { args }] of Object.entries(takes)) {
      const file = await commands.find(({ name }) => name === command)!.load();
      for (const { long, required, variadic, defaultValue, description } of file.describe(new Command())
        .options) {
        if (!required || variadic || typeof defaultValue === 'object' || /repeatable/.test(description))
          continue;
        const value = values[long!] ?? 'x';
        const twice = [long!, value, `${long}=${value}`];
        const ran = dir.call([...args('x'), ...twice]);
        assert.equal(ran.code, 2, `${command} ${long}: ${said(ran)}`);
        assert.match(said(ran), new RegExp(`"${long}" is given more than once`), `${command} ${long}`);
        assert.match(said(ran), /leave out all but one/);
        tried++;
      }
      assert.deepEqual(readdirSync(dir.path), [], command);
    }
    assert.ok(tried > 60, `${tried}`);
    const names = [
      ['run', 'x', '--set', 'a=1', '--set', 'a=2'],
      [...takes['init']!.args('x'), '--map', 'a=x', '--map', 'a=y'],
      [...takes['init']!.args('x'), '--constant', 'a=1', '--constant', 'a=2'],
    ];
    for (const args of names) {
      const ran = dir.call(args);
      assert.equal(ran.code, 2, args.join(' '));
      assert.match(said(ran), /gives "a" more than once/);
    }
    dir.remove();
  });

  it('a file without permission is named by every command', { skip: noUser() }, () => {
    const dir = workdir();
    dir.write('mine', 'name: a\n');
    mkdirSync(join(dir.path, 'runs'));
    dir.write('closed/_summary.json', '{}');
    dir.write('shut/_summary.json', '{}');
    for (const name of ['mine', 'runs', 'closed/_summary.json', 'shut']) chmodSync(join(dir.path, name), 0);
    copyFileSync(model, join(dir.path, 'm.onnx'));
    chmodSync(dir.path, 0o777);
    chmodSync(join(dir.path, 'm.onnx'), 0o644);
    for (const [command, { kind, args }] of Object.entries(takes)) {
      for (const name of kind === 'folder' ? ['runs', 'closed', 'shut', 'closed/_summary.json'] : ['mine']) {
        const ran = asUser(
          dir,
          args(name).map((word) => (word === model ? 'm.onnx' : word)),
        );
        assert.equal(ran.code, 2, `${command}: ${said(ran)}`);
        assert.match(said(ran), new RegExp(`${name}.*permission denied`), command);
        assert.match(said(ran), /grant/, command);
      }
    }
  });
});

describe('a day that the calendar lacks', { timeout: 60_000 }, () => {
  it('is named by every command that takes a date, before anything else', () => {
    const dir = workdir();
    const job = { name: 'a', input: { path: '$' }, model: { path: 'm.onnx' }, output: { path: 'out' } };
    dir.write('job.yaml', JSON.stringify(job).replace('$', '$'.concat('{date}.csv')));
    for (const [command, { kind, args }] of Object.entries(takes)) {
      if (kind !== 'job') continue;
      const ran = dir.call([...args('job.yaml'), '--date', '2013-02-30']);
      assert.equal(ran.code, 2, command);
      assert.match(
        said(ran),
        /"--date" must be a date, found "2013-02-30" \(for example 2013-01-04/,
        command,
      );
      assert.deepEqual(readdirSync(dir.path), ['job.yaml'], command);
    }
  });
});

interface FileOption {
  readonly args: (given: string) => readonly string[];
  /** By what is given: the exit code and what is said; null: not tried. */
  readonly says: Readonly<Record<string, readonly [code: number, sentence: RegExp, hint: RegExp] | null>>;
}

const noInput = /no input at ".*gone": ".*" has \d+ names/;
const reads = (args: FileOption['args']): FileOption => ({
  args,
  says: {
    gone: [99, noInput, /check "input\.path"/],
    folder: [99, /folder" is empty/, /check "input\.path"/],
    'file/under': [99, /no input at ".*file\/under"/, /check "input\.path"/],
    html: [2, /html is an HTML page, not CSV/, /download it again/],
    noise: [2, /noise is not text/, /"input\.csv\.encoding"/],
    empty: [99, /input "empty" has no bytes/, /"input\.on_empty"/],
    'header.csv': [99, /input "header\.csv" has a header and no rows/, /"input\.on_empty"/],
    'rows.csv': [2, /rows\.csv is JSON, not CSV/, /"input\.format"/],
    'picture.csv': [2, /picture\.csv is a PNG image, not CSV/, /convert it first/],
  },
});
const readsModel = (args: FileOption['args'], option: RegExp): FileOption => ({
  args,
  says: {
    gone: [2, /model "\S+gone" cannot be read: there is no such file, and "\S+" has/, option],
    folder: [2, /folder" is a folder without an MLmodel file/, /give the path of the \.onnx file/],
    'file/under': [2, /model "\S+file\/under" cannot be read: there is no such file/, option],
    html: [2, /html" is an HTML page/, /download the model again/],
    noise: [2, /noise" is not an ONNX file, or is truncated/, /export the model again/],
    empty: [2, /empty" is empty/, /copy it again/],
  },
});
/** Other users than root may not even try. */
const belowProc: FileOption['says'] = existsSync('/proc/self')
  ? {
      '/proc/x': [
        2,
        /output "\/proc\/x\S*" cannot be (?:written: "\/proc" is on a file system of the kernel|accessed: permission denied)/,
        /another file system|grant access/,
      ],
    }
  : {};
const writes = (args: FileOption['args'], end = ''): FileOption => ({
  args: (given) => args(`${given}${end}`),
  says: {
    folder: [2, new RegExp(`folder${end}" cannot be written: it is a folder`), /give the path of a file/],
    'file/under': [
      2,
      /file(\/under\.?\w*)?" cannot be used: a part of its path is a file/,
      /choose another path/,
    ],
    ...belowProc,
  },
});
const writesInto = (args: FileOption['args']): FileOption => ({
  args,
  says: {
    file: [2, /output ".*file" cannot be used: a part of its path is a file/, /choose another path/],
    'file/under': [
      2,
      /output ".*file\/under" cannot be used: a part of its path is a file/,
      /choose another path/,
    ],
    ...belowProc,
  },
});

/** Every option that names a file or a folder, of every command that has it. */
const fileOptions: Readonly<Record<string, FileOption>> = {
  'init --model': readsModel(
    (given) => ['init', '--model', given, '--input', 'in.csv', '-o', 'n.yaml'],
    /correct --model/,
  ),
  'init -o': {
    args: (given) => ['init', '--model', 'm.onnx', '--input', 'in.csv', '-o', given],
    says: {
      folder: [2, /job file "folder" exists/, /-o/],
      'file/under': [2, /cannot be used: a part of its path is a file/, /choose another path/],
    },
  },
  'compare --models': readsModel((given) => ['compare', 'job.yaml', '--models', given], /correct --models/),
  'tune --models': readsModel((given) => ['tune', 'job.yaml', '--models', given], /correct --models/),
  'compare --page': writes(
    (given) => ['compare', 'job.yaml', '--models', 'm.onnx', '--page', given],
    '.html',
  ),
  'tune --page': writes((given) => ['tune', 'job.yaml', '--page', given], '.html'),
  'profile --baseline': writes((given) => ['profile', 'job.yaml', '--baseline', given]),
  'report -o': writes((given) => ['report', 'out', '-o', given]),
  'repair -o': writes((given) => ['repair', 'in.csv', '-o', given], '.csv'),
  'run --output': writesInto((given) => ['run', 'job.yaml', '--output', given]),
  'check --output': writesInto((given) => ['check', 'job.yaml', '--output', given]),
  'finish --output': writesInto((given) => ['finish', 'job.yaml', '--output', given]),
  ...Object.fromEntries(
    ['run', 'retry', 'finish', 'check', 'plan', 'status', 'profile', 'compare', 'tune'].map((command) => {
      const models = command === 'compare' ? ['--models', 'm.onnx'] : [];
      return [
        `${command} --input`,
        {
          ...reads((given) => [command, 'job.yaml', ...models, '--input', given]),
          // Only the names of files are looked at.
          ...(command === 'plan' || command === 'status'
            ? {
                says: {
                  ...reads(() => []).says,
                  ...{ html: null, noise: null, 'header.csv': null, 'rows.csv': null, 'picture.csv': null },
                },
              }
            : {}),
          // It scores nothing: a file without rows was not started either.
          ...(command === 'finish'
            ? {
                says: {
                  ...reads(() => []).says,
                  'header.csv': [5, /1 of 1 partitions are not scored.*"header"/, /run the missing shards/],
                },
              }
            : {}),
        } satisfies FileOption,
      ];
    }),
  ),
  // Scores are published before metrics are written, which is why they fail no run.
  ...Object.fromEntries(
    ['run', 'finish'].map((command) => [
      `${command} --metrics`,
      {
        args: (given: string) => [command, 'job.yaml', '--metrics', given],
        says: {
          folder: [
            0,
            /metrics could not be written: output ".*folder" cannot be written: it is a folder/,
            /correct --metrics/,
          ],
          'file/under': [
            0,
            /metrics could not be written: .*a part of its path is a file/,
            /correct --metrics/,
          ],
        },
      } satisfies FileOption,
    ]),
  ),
};

describe('an option that names a file', { timeout: 300_000 }, () => {
  function folder(): Workdir {
    const dir = workdir();
    copyFileSync(model, join(dir.path, 'm.onnx'));
    copyFileSync('test/fixtures/penguins/species.json', join(dir.path, 'species.json'));
    dir.write(
      'in.csv',
      'bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,island,sex\n39.1,18.7,181,3750,Torgersen,male\n',
    );
    dir.write(
      'job.yaml',
      'name: a\ninput: { path: in.csv }\nmodel: { path: m.onnx }\noutput: { path: out }\nrun: { workers: 1 }\n',
    );
    for (const name of ['folder', 'folder.html', 'folder.csv']) mkdirSync(join(dir.path, name));
    dir.write('file', 'x');
    dir.write('file.html', 'x');
    dir.write('html', '<!DOCTYPE html><html><body>502 Bad Gateway</body></html>\n');
    dir.write('noise', Buffer.from(Array.from({ length: 600 }, (_, i) => (i * 7919) % 256)));
    dir.write('empty', '');
    dir.write('header.csv', 'bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,island,sex\n');
    dir.write('rows.csv', '[{"a":1,"b":2}]\n');
    dir.write('picture.csv', Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'));
    return dir;
  }

  for (const [option, { args, says }] of Object.entries(fileOptions))
    it(`${option}: what cannot be used is named, with a way out and its exit code`, () => {
      const dir = folder();
      assert.equal(dir.call(['run', 'job.yaml', '--quiet']).code, 0);
      for (const [given, expected] of Object.entries(says)) {
        if (expected === null) continue;
        const [code, sentence, hint] = expected;
        const ran = dir.call(args(given));
        const text = said(ran) + ran.stdout;
        assert.equal(ran.code, code, `${given}: ${text}`);
        assert.match(text, sentence, given);
        assert.match(text, hint, given);
        assert.doesNotMatch(text, /\n\s+at .*:\d+:\d+|node:internal|TypeError/);
      }
      dir.remove();
    });
});

describe('Ctrl-C', { skip: !existsSync('/proc/self/task') && 'there is no /proc', timeout: 240_000 }, () => {
  for (const command of ['init', 'check', 'run', 'profile', 'compare', 'tune', 'finish'] as const)
    it(`ends ${command} with 130 while the model is tried, and leaves nothing behind`, async () => {
      const dir = workdir();
      dir.write('in.csv', `x\n${'1.5\n'.repeat(50)}`);
      copyFileSync('test/fixtures/never-answers.onnx', join(dir.path, 'm.onnx'));
      const job = {
        name: 'a',
        input: { path: 'in.csv' },
        model: { path: 'm.onnx' },
        output: { path: 'out' },
      };
      dir.write('job.yaml', JSON.stringify(job));
      const words =
        command === 'init'
          ? ['init', '--model', 'm.onnx', '--input', 'in.csv', '-o', 'new.yaml']
          : [command, 'job.yaml', ...(command === 'compare' ? ['--models', 'm.onnx'] : [])];
      const started = dir.start(words);
      const children = `/proc/${started.pid}/task/${started.pid}/children`;
      const triesModel = () => !existsSync(children) || readFileSync(children, 'utf8') !== '';
      await until(triesModel, 'no process tries the model');
      process.kill(started.pid, 'SIGINT');
      const ran = await started.ended;
      assert.equal(ran.code, 130, `${ran.code}: ${said(ran)}`);
      assert.match(said(ran), /stopped by SIGINT/);
      assert.equal(existsSync(join(dir.path, 'new.yaml')), false);
      assert.doesNotMatch(said(ran), /\n\s+at .*:\d+:\d+/);
    });
});
