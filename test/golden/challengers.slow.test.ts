import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Summary } from '../../src/quality/summary.js';
import { makeModel } from '../model/make-model.js';
import { type Ran, said, type Workdir, workdir } from '../workdir.js';

const rows = 600;
/** The hostile models end, or never end, at 13. */
const table = (from: number, has13 = true) =>
  `id,x\n${Array.from({ length: rows }, (_, row) => `${from + row},${!has13 && (row * 7) % 50 === 13 ? 12 : (row * 7) % 50}\n`).join('')}`;

/** A model that answers `y` = x + `add`, of int64 in a matrix of one column. */
function adds(add: number, name = 'y'): Promise<Uint8Array> {
  return makeModel({
    inputs: { x: ['int64', 'N', 1] },
    outputs: { [name]: ['int64', 'N', 1] },
    nodes: [
      {
        op_type: 'Constant',
        input: [],
        output: ['add'],
        attribute: [{ name: 'value_int', type: 2, i: add }],
      },
      { op_type: 'Add', input: ['x', 'add'], output: [name] },
    ],
  });
}

async function folder(...inputs: readonly string[]): Promise<Workdir> {
  const dir = workdir();
  dir.write('m.onnx', await adds(0));
  dir.write('same.onnx', await adds(0));
  dir.write('other.onnx', await adds(1));
  for (const [i, name] of (inputs.length === 0 ? ['a'] : inputs).entries())
    dir.write(`in/${name}.csv`, table(i * rows));
  return dir;
}

interface Settings {
  readonly challengers?: readonly string[];
  readonly output?: string;
  readonly more?: object;
  /** Two, unless the test is of what is planned and added up. */
  readonly workers?: number;
}

function run(
  dir: Workdir,
  { challengers = [], output = 'out', more = {}, workers = 2 }: Settings,
  ...args: string[]
): Ran {
  const job = {
    name: 'c',
    input: { path: 'in/*.csv' },
    model: { path: 'm.onnx', challengers },
    columns: { id: { key: true }, x: { type: 'int64' } },
    output: { path: output, columns: ['id'] },
    run: { workers, chunk_bytes: '1KiB', batch_rows: 64 },
    ...more,
  };
  const file = dir.write('job.yaml', JSON.stringify(job));
  const [command = 'run', ...rest] = args;
  return dir.call([command, file, ...rest]);
}

function summaryOf(dir: Workdir, output = 'out'): Summary {
  return JSON.parse(dir.read(`${output}/_summary.json`)) as Summary;
}

/** The published bytes, without records of the run itself. */
function published(dir: Workdir): Record<string, string> {
  return dir.hashes('out', (name) => !name.includes('_nightshift') && !/_(summary|manifest)/.test(name));
}

/** What is published of one input without any challenger: every folder has the same one. */
let alone: Record<string, string> | null = null;
async function publishedAlone(): Promise<Record<string, string>> {
  if (alone === null) {
    const dir = await folder();
    const ran = run(dir, {});
    assert.equal(ran.code, 0, said(ran));
    alone = published(dir);
    dir.remove();
  }
  return alone;
}

describe('challengers', () => {
  it('score the same rows, are compared with the model, and change no published byte', async () => {
    const dir = await folder();
    const ran = run(dir, { challengers: ['same.onnx', 'other.onnx'] });
    assert.equal(ran.code, 0, said(ran));
    assert.deepEqual(published(dir), await publishedAlone());
    const [same, other] = summaryOf(dir).challengers;
    for (const one of [same!, other!]) {
      assert.deepEqual(
        [one.failure, one.rows],
        [null, { scored: rows, rejected: 0, failed: 0, not_scored: 0 }],
      );
      assert.deepEqual(
        one.outputs.map(({ name, rows: compared }) => [name, compared]),
        [['y', rows]],
      );
    }
    assert.equal(same!.outputs[0]!.equal, rows);
    assert.equal(other!.outputs[0]!.equal, 0);
    assert.equal(other!.outputs[0]!.mean, same!.outputs[0]!.mean! + 1);
    const manifest = JSON.parse(dir.read('out/_manifest.json')) as { challengers: unknown };
    assert.deepEqual(manifest.challengers, summaryOf(dir).challengers);
    const page = dir.read('out/_summary.html');
    assert.match(page, /<h2 id="challengers">/);
    assert.match(page, /other\.onnx<\/strong> 600 rows scored/);
    dir.remove();
  });

  it('that do not fit cost nothing but their own figures, each for its own reason', async () => {
    const dir = await folder();
    dir.write('empty.onnx', 'nothing');
    dir.write('outputs.onnx', await adds(0, 'z'));
    dir.write(
      'inputs.onnx',
      await makeModel({
        inputs: { other: ['int64', 'N', 1] },
        outputs: { y: ['int64', 'N', 1] },
        nodes: [{ op_type: 'Identity', input: ['other'], output: ['y'] }],
      }),
    );
    const failing = [
      ['missing.onnx', /model ".*missing\.onnx" cannot be read/],
      ['empty.onnx', /is not an ONNX file/],
      ['outputs.onnx', /it has no output named like one of the model's: "z"/],
      ['inputs.onnx', /column "other" must be in the file/],
    ] as const;
    await costNothing(dir, failing, {});
  });

  for (const [name, why] of [
    ['ends-its-process.onnx', /a worker was ended by SIGFPE/],
    ['never-ends.onnx', /8 s|took longer|did not answer|no answer/],
  ] as const)
    it(`like ${name} cost nothing but their own figures`, async () => {
      const dir = await folder();
      copyFileSync(`test/fixtures/${name}`, join(dir.path, name));
      await costNothing(dir, [[name, why]], { batch_timeout: '8s' });
    });

  /**
   * Runs with challengers that fail before one that does not; all but the figures of the former is as without
   * them.
   */
  async function costNothing(
    dir: Workdir,
    failing: readonly (readonly [name: string, why: RegExp])[],
    more: object,
  ): Promise<void> {
    const ran = run(dir, { challengers: [...failing.map(([name]) => name), 'same.onnx'], more });
    assert.equal(ran.code, 0, said(ran));
    assert.deepEqual(published(dir), await publishedAlone());
    const found = [...summaryOf(dir).challengers];
    const same = found.pop()!;
    assert.deepEqual([same.failure, same.rows.scored, same.outputs[0]!.equal], [null, rows, rows]);
    for (const [i, [name, why]] of failing.entries()) {
      assert.match(found[i]!.failure!, why);
      assert.ok(found[i]!.rows.not_scored > 0, name);
      assert.match(said(ran), new RegExp(`challenger ".*${name}" is not scored: `));
    }
    assert.equal(found.length, failing.length);
    assert.match(dir.read('out/_summary.html'), />partly</);
    dir.remove();
  }

  it('are compared over shards, and a part that was scored before them is counted', async () => {
    const dir = await folder('a', 'b', 'c');
    const challengers = ['other.onnx'];
    const workers = 1;
    const figures = (output: string) =>
      summaryOf(dir, output).challengers.map(({ rows_per_second: _, ...rest }) => rest);
    assert.equal(run(dir, { challengers, output: 'whole' }).code, 0);
    for (const shard of ['1/2', '2/2'])
      assert.equal(run(dir, { challengers, output: 'parts', workers }, 'run', '--shard', shard).code, 0);
    assert.equal(run(dir, { challengers, output: 'parts', workers }, 'finish').code, 0);
    assert.deepEqual(figures('parts'), figures('whole'));
    assert.equal(figures('whole')[0]!.rows.scored, 3 * rows);

    assert.equal(run(dir, { output: 'later', workers }).code, 0);
    dir.write('in/d.csv', table(3 * rows));
    assert.equal(run(dir, { challengers, output: 'later', workers }).code, 0);
    const [late] = figures('later');
    assert.deepEqual([late!.rows.scored, late!.rows.not_scored], [rows, 3 * rows]);
    assert.match(late!.failure!, /^some rows were scored without it: before it was a challenger, or/);
    assert.equal(late!.outputs[0]!.psi, null);
    dir.remove();
  });

  it('of another mapping come from a job file', async () => {
    const dir = await folder();
    dir.write(
      'renamed.onnx',
      await makeModel({
        inputs: { other: ['int64', 'N', 1] },
        outputs: { z: ['int64', 'N', 1] },
        nodes: [{ op_type: 'Identity', input: ['other'], output: ['z'] }],
      }),
    );
    const other = {
      name: 'other',
      input: { path: 'nowhere.csv' },
      model: { path: 'renamed.onnx', inputs: { other: ['x'] }, outputs: { y: { from: 'z' } } },
      columns: { x: { type: 'int64', range: [0, 40], outside: 'reject' } },
      output: { path: 'o' },
    };
    dir.write('other.yaml', JSON.stringify(other));
    const ran = run(dir, { challengers: ['other.yaml'], workers: 1 });
    assert.equal(ran.code, 0, said(ran));
    const [found] = summaryOf(dir).challengers;
    const rejected = Array.from({ length: rows }, (_, row) => (row * 7) % 50).filter((x) => x > 40).length;
    assert.deepEqual(found!.rows, { scored: rows - rejected, rejected, failed: 0, not_scored: 0 });
    assert.equal(found!.outputs[0]!.equal, rows - rejected);
    assert.equal(summaryOf(dir).rows.scored, rows);
    dir.remove();
  });

  it('that do not fit are named by check, which passes', async () => {
    const dir = await folder();
    const ran = run(dir, { challengers: ['nowhere.onnx'] }, 'check', '--json');
    const text = ran.stdout + ran.stderr;
    assert.equal(ran.code, 0, text);
    assert.match(text, /challenger \\?".*nowhere\.onnx\\?" will not be scored/);
    dir.remove();
  });
});
