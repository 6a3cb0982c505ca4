import assert from 'node:assert/strict';
import { readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { makeModel } from '../model/make-model.js';
import { said, type Workdir, workdir } from '../workdir.js';
import { mostSeconds } from './bombs/bomb.js';
import { bombs } from './bombs/bombs.js';
import { identity, layBomb, setOff } from './bombs/run-bomb.js';
import { full, modelRun, rowsOf } from './made-job.js';

const dirs: Workdir[] = [];
after(() => {
  for (const dir of dirs) dir.remove();
});

describe('bombs in a control group of 500 MiB end by themselves', () => {
  const table: string[] = [];
  after(() => {
    if (full) console.log(table.join('\n'));
  });
  for (const bomb of bombs.filter(({ always }) => full || always === true))
    it(`${bomb.kind}: ${bomb.name}`, async () => {
      const dir = workdir();
      try {
        const { ran, peakBytes, kills, seconds } = setOff(bomb, await layBomb(bomb, dir), dir);
        const peak = peakBytes === null ? '?' : Math.round(peakBytes / 2 ** 20);
        table.push(`| ${bomb.kind} | ${bomb.name} | ${ran.code} | ${peak} | ${seconds.toFixed(1)} |`);
        const output = `${ran.stdout.slice(-2000)}${ran.stderr.slice(-2000)}`;
        assert.equal(kills, 0, output);
        assert.equal(ran.signal, null, output);
        assert.ok(ran.code !== null && bomb.exits.includes(ran.code), `exit ${ran.code}: ${output}`);
        assert.doesNotMatch(ran.stderr, /^\s+at |this is a bug/m);
        if (ran.code !== 0) assert.match(said(ran), /\w+ \w+/);
        assert.ok(seconds < mostSeconds, `${seconds} s`);
        if (bomb.says !== undefined) assert.match(ran.stdout + said(ran), bomb.says);
        if (bomb.mostMiB !== undefined) {
          const { memory } = JSON.parse(dir.read('out/_summary.json')) as {
            memory: { peak_rss_bytes: number };
          };
          assert.ok(memory.peak_rss_bytes < bomb.mostMiB * 2 ** 20, `${memory.peak_rss_bytes}`);
        }
      } finally {
        dir.remove();
      }
    });
});

it('a model file that the memory does not hold ends every command that opens it with 6, before it is read', async () => {
  const dir = workdir();
  dirs.push(dir);
  dir.write('m.onnx', await makeModel(identity));
  dir.write('in.csv', 'x\n1\n');
  dir.write(
    'job.yaml',
    'name: j\ninput: { path: in.csv }\nmodel: { path: m.onnx }\noutput: { path: out }\nrun: { workers: 2 }\n',
  );
  truncateSync(join(dir.path, 'm.onnx'), 1900 * 2 ** 20);
  dir.write('job.yaml', dir.read('job.yaml').replace('workers: 2', 'workers: 2, memory: 500MiB'));
  for (const command of ['run', 'check', 'profile']) {
    const ran = dir.call([command, 'job.yaml']);
    assert.equal(ran.code, 6, ran.stderr);
    assert.match(
      ran.stdout + ran.stderr,
      /the model takes 1900 MiB, but the run has 295 MiB of memory for it/,
    );
  }
});

describe('a model that is only tried out', () => {
  for (const command of ['run', 'check']) {
    for (const [budget, sentence] of [
      [
        'run: { workers: 1, max_duration: 3s }',
        /"run\.max_duration" was reached while the model was being tested/,
      ],
      ['batch_timeout: 400ms', /"batch_timeout" was reached: the model took longer than 0\.4 s/],
    ] as const) {
      it(`ends ${command} with 6 where it does not answer: ${budget}`, async () => {
        const dir = workdir();
        dirs.push(dir);
        dir.write('m.onnx', readFileSync(join('test', 'fixtures', 'never-answers.onnx')));
        dir.write('in.csv', 'id,x\n1,1\n');
        dir.write(
          'job.yaml',
          `name: loop\ninput: { path: in.csv }\nmodel: { path: m.onnx }\ncolumns:\n  id: { type: int64 }\n  x: { type: int64 }\noutput: { path: out }\n${budget}\n`,
        );
        const ran = dir.call([command, 'job.yaml']);
        assert.equal(ran.code, 6, ran.stderr);
        assert.match(said(ran), sentence);
      });
    }
  }
});

describe('profile', () => {
  it('ends with 6 where a model takes more memory than "run.memory" in the middle of the data', () => {
    const dir = workdir();
    dirs.push(dir);
    const job = modelRun(dir, 'eats-memory', 'run: { workers: 1, memory: 500MiB }\n');
    dir.write(
      'in/a.csv',
      rowsOf(2_000, (row) => row === 1_500),
    );
    const ran = dir.nightshift(['profile', job]);
    assert.equal(ran.code, 6, ran.stderr);
    assert.match(said(ran), /the memory limit was reached/);
  });
});
