import assert from 'node:assert/strict';
import { it } from 'node:test';
import iconv from 'iconv-lite';
import { makeModel } from '../model/make-model.js';
import { lastLine, type Ran, workdir } from '../workdir.js';

// Every command that opens the job's inputs reports doubts about how a file is read.

it('check, profile and run say alike what is in doubt about an input', async () => {
  const dir = workdir();
  const rows = Array.from(
    { length: 30 },
    (_, i) => `${i},${i + 1}.${String((i * 7) % 1000).padStart(3, '0')},Wałęsa`,
  );
  dir.write('a.csv', iconv.encode(`id,x,name\n${rows.join('\n')}\n`, 'windows-1250'));
  dir.write(
    'm.onnx',
    await makeModel({
      inputs: { x: ['float32', 'N', 1] },
      outputs: { y: ['float32', 'N', 1] },
      nodes: [{ op_type: 'Identity', input: ['x'], output: ['y'] }],
    }),
  );
  dir.write(
    'job.yaml',
    'name: j\ninput: { path: a.csv }\nmodel: { path: m.onnx }\noutput: { path: out }\nrun: { isolation: none }\n',
  );
  const said = ({ code, stdout, stderr }: Ran): void => {
    assert.equal(code, 0, stderr);
    const printed = stdout + stderr;
    assert.match(
      printed,
      /when it is read as windows-1252, its texts do not look right, first in row 1, column \W*"name\W*"/,
    );
    assert.match(printed, /numbers of column \W*"x\W*" such as 1.234 have three digits after the point/);
  };
  said(dir.call(['check', 'job.yaml']));
  said(dir.call(['profile', 'job.yaml']));
  const ran = dir.call(['run', 'job.yaml']);
  said(ran);
  assert.equal(lastLine(ran).verdict, 'check');
  const summary = JSON.parse(dir.read('out/_summary.json')) as {
    findings: { level: string; code: string }[];
  };
  assert.deepEqual(
    summary.findings.slice(0, 2).map(({ level, code }) => `${level} ${code}`),
    ['check guessed-encoding', 'note decimal-mark'],
  );
});
