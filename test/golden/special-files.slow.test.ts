import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, lstatSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { modelRun, oneProcess, rowsOf } from '../faults/made-job.js';
import { type Ran, said, sampleJob, type Workdir, workdir } from '../workdir.js';

const needsPipes = process.platform === 'win32' && 'needs named pipes';

function made(): Workdir {
  const dir = workdir();
  modelRun(dir, 'never-ends', oneProcess);
  dir.write('in/a.csv', rowsOf(40));
  return dir;
}

function pipe(dir: Workdir, name: string): string {
  const path = join(dir.path, name);
  assert.equal(spawnSync('mkfifo', [path]).status, 0);
  return path;
}

function refused(ran: Ran, names: string): void {
  assert.equal(ran.code, 2, ran.stderr);
  assert.ok(said(ran).includes(names), `${names} is not in ${said(ran)}`);
  assert.doesNotMatch(ran.stderr, /\n\s+at /);
}

describe('a file that a person names for output', { skip: needsPipes }, () => {
  it('metrics: a device is written to, a link is followed, a pipe is refused without harm to the run', () => {
    const dir = made();
    const run = (to: string) => dir.call(['run', 'job.yaml', '--force', '--text', '--metrics', to]);
    assert.equal(run('/dev/null').code, 0);
    assert.ok(lstatSync('/dev/null').isCharacterDevice());
    dir.write('real.prom', 'old');
    symlinkSync('real.prom', join(dir.path, 'link.prom'));
    assert.equal(run('link.prom').code, 0);
    assert.ok(lstatSync(join(dir.path, 'link.prom')).isSymbolicLink());
    assert.match(dir.read('real.prom'), /nightshift_rows_total/);
    pipe(dir, 'pipe.prom');
    const ran = run('pipe.prom');
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stderr, /metrics could not be written.*it is a pipe, a socket or a disk/);
    assert.ok(lstatSync(join(dir.path, 'pipe.prom')).isFIFO());
  });

  it('report, profile, repair and init follow a link and refuse a pipe and a dangling link', () => {
    const dir = made();
    assert.equal(dir.call(['run', 'job.yaml', '--quiet']).code, 0);
    dir.write('real', 'old');
    for (const end of ['html', 'csv', 'json', 'yaml']) {
      symlinkSync('real', join(dir.path, `link.${end}`));
      symlinkSync('nowhere', join(dir.path, `dangling.${end}`));
      pipe(dir, `pipe.${end}`);
    }
    const model = join(process.cwd(), 'test', 'fixtures', 'never-ends.onnx');
    const commands = {
      html: ['report', 'out', '-o'],
      csv: ['repair', 'in/a.csv', '-o'],
      json: ['profile', 'job.yaml', '-o'],
      yaml: ['init', '--model', model, '--input', 'in/a.csv', '--force', '-o'],
    } as const;
    for (const [end, args] of Object.entries(commands)) {
      dir.write('real', 'old');
      const ran = dir.call([...args, `link.${end}`]);
      assert.equal(ran.code, 0, ran.stderr);
      assert.ok(lstatSync(join(dir.path, `link.${end}`)).isSymbolicLink(), `${end}: the link is gone`);
      assert.notEqual(dir.read('real'), 'old');
      refused(dir.call([...args, `pipe.${end}`]), 'a pipe, a socket or a disk');
      refused(dir.call([...args, `dangling.${end}`]), 'a dangling link');
      assert.ok(lstatSync(join(dir.path, `pipe.${end}`)).isFIFO());
    }
  });
});

describe('a pipe or a device where a file is read', { skip: needsPipes }, () => {
  it('is refused by name: job file, input, baseline, model, and what inspect and repair read', () => {
    const dir = made();
    pipe(dir, 'pipe.csv');
    for (const path of ['pipe.csv', '/dev/zero']) {
      refused(dir.call(['run', path, '--text']), path);
      refused(dir.call(['check', path]), path);
      refused(dir.call(['inspect', path]), path);
      refused(dir.call(['repair', path, '-o', 'clean.csv']), path);
      for (const [from, to] of [
        [/input: .*/, `input: { path: ${path} }`],
        [/model: .*/, `model: { path: ${path} }`],
        [/quality: .*/, `quality: { baseline: ${path} }`],
      ] as const) {
        dir.write('odd.yaml', dir.read('job.yaml').replace(from, to));
        refused(dir.call(['run', 'odd.yaml', '--text']), path);
      }
    }
  });
});

describe('a file of the kernel where a file is read or written', {
  skip: process.platform !== 'linux' && 'needs /proc',
}, () => {
  // Regular by their mode: one shows memory and fails, the other waits for events.
  const files = ['/proc/self/mem', '/proc/kmsg'];

  it('is refused by name, through a link too: model, baseline, job file, input, weights', () => {
    const dir = made();
    for (const [i, path] of files.entries()) {
      const link = `link${i}`;
      symlinkSync(path, join(dir.path, link));
      for (const [key, value] of [
        ['model', `{ path: ${link} }`],
        ['quality', `{ baseline: ${link} }`],
        ['input', `{ path: ${link} }`],
      ] as const) {
        dir.write('odd.yaml', dir.read('job.yaml').replace(new RegExp(`${key}: .*`), `${key}: ${value}`));
        refused(dir.call(['run', 'odd.yaml', '--text']), link);
      }
      refused(dir.call(['check', link]), link);
      refused(dir.call(['inspect', path]), path);
      refused(dir.call(['repair', path, '-o', 'clean.csv']), path);
      refused(dir.call(['compare', 'job.yaml', '--models', path]), path);
      refused(dir.call(['init', '--model', path, '--input', 'in/a.csv', '-o', 'new.yaml']), path);
      refused(
        dir.call([
          'init',
          '--model',
          join(process.cwd(), 'test/fixtures/never-ends.onnx'),
          '--input',
          path,
          '-o',
          'new.yaml',
        ]),
        path,
      );
    }
  });

  it('is never written', () => {
    const dir = made();
    const path = '/proc/self/comm';
    assert.equal(dir.call(['run', 'job.yaml', '--quiet']).code, 0);
    refused(dir.call(['report', 'out', '-o', path]), 'a file of the kernel');
    refused(dir.call(['profile', 'job.yaml', '-o', path]), 'a file of the kernel');
    const ran = dir.call(['run', 'job.yaml', '--text', '--metrics', path]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stderr, /metrics could not be written.*it is a file of the kernel/);
  });

  it('cannot have a new one beside it: the file system of the kernel is named', () => {
    const dir = made();
    assert.equal(dir.call(['run', 'job.yaml', '--quiet']).code, 0);
    refused(dir.call(['report', 'out', '-o', '/sys/power/new.html']), 'is on a file system of the kernel');
  });
});

describe('the folder of a file that a person names for output', () => {
  it('is created where it is missing: metrics, report, profile, repair, compare, init', () => {
    const dir = made();
    const model = join(process.cwd(), 'test', 'fixtures', 'never-ends.onnx');
    for (const [file, ...args] of [
      ['a/b/run.prom', 'run', 'job.yaml', '--quiet', '--metrics'],
      ['c/d/page.html', 'report', 'out', '-o'],
      ['e/f/base.json', 'profile', 'job.yaml', '-o'],
      ['g/h/clean.csv', 'repair', 'in/a.csv', '-o'],
      ['i/j/page.html', 'compare', 'job.yaml', '--models', 'job.yaml', '--page'],
      ['k/l/job.yaml', 'init', '--model', model, '--input', 'in/a.csv', '-o'],
    ] as const) {
      const ran = dir.call([...args, file]);
      assert.equal(ran.code, 0, ran.stderr);
      assert.ok(dir.has(file), file);
    }
  });
});

describe('a folder that MLflow wrote', { skip: needsPipes }, () => {
  it('is refused where its MLmodel, or the file that it names, is a pipe or a device, or is too large', () => {
    const dir = made();
    dir.write('odd.yaml', dir.read('job.yaml').replace(/model: .*/, 'model: { path: ml }'));
    dir.write('ml/MLmodel', 'flavors: { onnx: { data: model.onnx } }\n');
    pipe(dir, 'ml/model.onnx');
    refused(dir.call(['check', 'odd.yaml']), 'ml/model.onnx');
    dir.write('ml/MLmodel', 'a: b\n'.repeat(1_000_000));
    refused(dir.call(['check', 'odd.yaml']), 'is larger than 2 MiB');
    dir.remove('ml/MLmodel');
    pipe(dir, 'ml/MLmodel');
    refused(dir.call(['check', 'odd.yaml']), 'ml/MLmodel');
    dir.remove('ml/MLmodel');
    symlinkSync('/dev/zero', join(dir.path, 'ml/MLmodel'));
    refused(dir.call(['check', 'odd.yaml']), 'ml/MLmodel');
  });
});

describe('weights that a model keeps in other files', { skip: needsPipes }, () => {
  it('are refused outside of its folder: by path, by link, as a device or a pipe', () => {
    const dir = workdir();
    const model = readFileSync(join(process.cwd(), 'test/fixtures/external-weights.onnx'));
    dir.write('in/a.csv', 'x\n1.5\n2.5\n');
    const job = (path: string) =>
      dir.write(
        'job.yaml',
        `name: ext\ninput: { path: in/*.csv }\nmodel: { path: ${path} }\noutput: { path: out }\n`,
      );
    // The location in the file has 16 characters; another of that length fits in its place.
    const named = (location: string) => {
      assert.equal(location.length, 16);
      return Buffer.from(model.toString('latin1').replace('weights-data.bin', location), 'latin1');
    };
    const weights = new Uint8Array(new Float32Array([2]).buffer);
    dir.write('m/model.onnx', named('weights-data.bin'));
    dir.write('m/weights-data.bin', weights);
    job('m/model.onnx');
    const good = dir.call(['run', 'job.yaml', '--text']);
    assert.equal(good.code, 0, good.stderr);

    dir.write('elsewhere.bin', weights);
    dir.remove('m/weights-data.bin');
    symlinkSync('../elsewhere.bin', join(dir.path, 'm/weights-data.bin'));
    refused(dir.call(['run', 'job.yaml', '--text']), 'which is outside the folder');
    dir.remove('m/weights-data.bin');
    pipe(dir, 'm/weights-data.bin');
    refused(dir.call(['run', 'job.yaml', '--text']), 'weights-data.bin');
    dir.write('m/model.onnx', named('../elsewhere.bin'));
    refused(dir.call(['run', 'job.yaml', '--text']), 'which is outside the folder');
    dir.write('m/model.onnx', named('///////dev/zero/'.replace('/dev/zero/', '//dev/zero')));
    refused(dir.call(['run', 'job.yaml', '--text']), '/dev/zero');

    // A hub's cache: the snapshot's files are links into the blobs beside it.
    dir.write('hub/blobs/1234', named('weights-data.bin'));
    dir.write('hub/blobs/5678', weights);
    mkdirSync(join(dir.path, 'hub/snapshots/abc'), { recursive: true });
    symlinkSync('../../blobs/1234', join(dir.path, 'hub/snapshots/abc/model.onnx'));
    symlinkSync('../../blobs/5678', join(dir.path, 'hub/snapshots/abc/weights-data.bin'));
    job('hub/snapshots/abc/model.onnx');
    const hub = dir.call(['run', 'job.yaml', '--text', '--force']);
    assert.ok(hub.code === 0 || !said(hub).includes('leads out'), hub.stderr);
  });
});

describe('a secret given with --set', () => {
  it('is blanked in logs, errors and the last line, wherever it turns up', () => {
    const dir = workdir();
    const secret = 'hunter2/with "quotes"';
    dir.write(
      'job.yaml',
      sampleJob('flight-delay', [
        [/path: .*flights.*/, `path: '\${password}/*.csv'`],
        [/path: \.\.\/scored.*/, `path: 'out-\${password}'`],
      ]),
    );
    const set = ['--set', `password=${secret}`, '--date', '2013-01-04'];
    const none = dir.call(['run', 'job.yaml', ...set]);
    assert.equal(none.code, 99, none.stderr);
    mkdirSync(join(dir.path, secret), { recursive: true });
    copyFileSync('data-samples/flights/2013-01-04.csv', join(dir.path, secret, 'a.csv'));
    for (const form of [['--text'], ['--json'], []]) {
      const ran = dir.call(['run', 'job.yaml', '--force', ...form, ...set]);
      assert.equal(ran.code, 0, ran.stderr);
      for (const text of [ran.stderr, ran.stdout, none.stderr, none.stdout])
        assert.doesNotMatch(text, /hunter2/);
    }
  });
});
