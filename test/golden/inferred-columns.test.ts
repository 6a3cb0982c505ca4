import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { lastLine, said, type Workdir, workdir } from '../workdir.js';
import { echoModel, runJob } from './tiny-model.js';

// The job file refines what the model and the file say; what it does not name is still inferred.

async function folder(text: string, ...inputs: readonly string[]): Promise<Workdir> {
  const dir = workdir();
  dir.write('in.csv', text);
  dir.write('m.onnx', await echoModel(...inputs));
  return dir;
}

const quality = { max_repaired: null, constant_features: 'ignore' };

/** Runs a job over `in.csv` and returns its scored rows, each as its cells by name. */
function scored(dir: Workdir, job: object): Record<string, string>[] {
  const ran = runJob(dir, {
    input: { path: 'in.csv' },
    output: { path: 'out', format: 'csv' },
    quality,
    ...job,
  });
  assert.equal(ran.code, 0, said(ran));
  const [head, ...rows] = readFileSync(join(dir.path, 'out/part-in.csv'), 'utf8').trimEnd().split('\n');
  const names = head!.split(',');
  return rows.map((row) => Object.fromEntries(row.split(',').map((cell, i) => [names[i]!, cell])));
}

describe('columns that the job does not name', { timeout: 60_000 }, () => {
  it('are inferred from the model also where the job names another of its columns', async () => {
    const dir = await folder('a,b,c\n1,2,3\n4,,-999\n', 'a', 'b', 'c');
    const rows = scored(dir, { columns: { c: { sentinels: [-999], missing: { fill: 7 } } } });
    assert.deepEqual(
      rows.map(({ y_a, y_b, y_c }) => [y_a, y_b, y_c]),
      [
        ['1', '2', '3'],
        ['4', '', '7'],
      ],
    );
  });

  it('are inferred by their exact names where a column of the job differs only in case', async () => {
    const dir = await folder('a,A\n1,2\n3,4\n', 'a', 'A');
    for (const columns of [{}, { a: { range: [0, 9] } }, { A: { range: [0, 9] } }])
      assert.deepEqual(
        scored(dir, { columns, output: { path: `out`, format: 'csv' } }).map(({ y_a, y_A }) => [y_a, y_A]),
        [
          ['1', '2'],
          ['3', '4'],
        ],
      );
  });

  it('are found in the file under names that differ by case, blanks, "_" or as exporters rename them', async () => {
    const dir = await folder(
      'Phase of flight,sepal length (cm),dep-delay,Wing  Span \n1,2,3,4\n',
      'Phase_of_flight',
      'sepal_length__cm_',
      'dep_delay',
      'wing_span',
    );
    const columns = [{}, { 'Phase of flight': { range: [0, 9] }, wing_span: { range: [0, 9] } }];
    for (const one of columns)
      assert.deepEqual(
        scored(dir, { columns: one }).map((row) => Object.values(row).slice(0, 4)),
        [['1', '2', '3', '4']],
      );
    const [copied] = scored(dir, { output: { path: 'out', format: 'csv', columns: ['Phase of flight'] } });
    assert.deepEqual([copied!['Phase of flight'], copied!['y_Phase_of_flight']], ['1', '1']);
  });
});

describe('a name that could mean two columns', { timeout: 60_000 }, () => {
  it('is refused where the job misspells it', async () => {
    const dir = await folder('origin,dep_delay\n1,2\n', 'origin', 'dep_delay');
    const ran = runJob(dir, { input: { path: 'in.csv' }, columns: { orign: { type: 'float32' } } });
    assert.deepEqual([ran.code, lastLine(ran).rows.scored], [2, 0]);
    assert.match(said(ran), /column "orign" must be in the file, found origin, dep_delay/);
    assert.equal(
      lastLine(ran).hint,
      'correct its name or "source", or say under "absent" what to do without it',
    );
  });

  it('is refused where the file misspells it, and never fed from a column that another input uses', async () => {
    const dir = await folder('temp_min,wind\n1,2\n', 'temp_min', 'temp_mix', 'wind');
    const ran = runJob(dir, { input: { path: 'in.csv' }, columns: { wind: { range: [0, 9] } } });
    assert.deepEqual([ran.code, lastLine(ran).rows.scored], [2, 0]);
    assert.match(said(ran), /column "temp_mix" must be in the file, found temp_min, wind/);
    assert.doesNotMatch(ran.stdout + ran.stderr, /did you mean|is meant/);
  });

  it('is accepted where the job says twice which column is meant', async () => {
    const dir = await folder('x\n1\n2\n', 'a', 'b');
    const rows = scored(dir, { columns: { a: { source: 'x' }, b: { source: 'x' } } });
    assert.deepEqual(
      rows.map(({ y_a, y_b }) => [y_a, y_b]),
      [
        ['1', '1'],
        ['2', '2'],
      ],
    );
  });
});

describe('a column under "redact" that is inferred', { timeout: 60_000 }, () => {
  it('is redacted under the name of the file, and with other case', async () => {
    const dir = await folder('Home Value,b\n1,2\n73519x,4\n', 'Home_Value', 'b');
    for (const name of ['Home Value', 'HOME_VALUE']) {
      runJob(
        dir,
        {
          input: { path: 'in.csv' },
          redact: [name],
          columns: { b: { range: [3, 9] } },
          quality: { ...quality, empty_features: 'warn' },
          output: { path: 'out', format: 'csv', columns: ['b'] },
        },
        'run',
        '--force',
      );
      for (const file of Object.keys(dir.hashes('out')))
        assert.doesNotMatch(dir.read(join('out', file)), /73519/, `${name}: ${file}`);
    }
  });
});
