import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidError } from '../../src/errors.js';
import { editJob, type JobEdit } from '../../src/job/edit-job.js';

const path: JobEdit = { section: 'model', key: 'path', value: 'models/b.onnx' };
const workers: JobEdit = { section: 'run', key: 'workers', value: 2 };
const head = 'name: a\ninput: { path: in.csv }\noutput: { path: out }\n';

function edited(text: string, ...edits: readonly JobEdit[]): string {
  return editJob(text, '/jobs/a.yaml', edits, {});
}

describe('editJob', () => {
  const cases: readonly (readonly [what: string, before: string, after: string, ...edits: JobEdit[]])[] = [
    [
      'replaces a value and keeps its comment',
      `# mine\n${head}model:\n  path:   a.onnx # the best  \n  rewrite: off\n`,
      `# mine\n${head}model:\n  path:   models/b.onnx # the best  \n  rewrite: off\n`,
      path,
    ],
    [
      'replaces a value in quotes, in braces',
      `${head}model: { path: "a.onnx", rewrite: 'off' } # x\n`,
      `${head}model: { path: models/b.onnx, rewrite: 'off' } # x\n`,
      path,
    ],
    [
      'adds a key to a section, in its indent',
      `${head}run:\n    # slow machine\n    retries: 1\nmodel: { path: a.onnx }\n`,
      `${head}run:\n    # slow machine\n    workers: 2\n    retries: 1\nmodel: { path: a.onnx }\n`,
      workers,
    ],
    [
      'adds a key to a section in braces',
      `${head}model: { path: a.onnx }\nrun: { retries: 1 }\n`,
      `${head}model: { path: a.onnx }\nrun: { workers: 2, retries: 1 }\n`,
      workers,
    ],
    [
      'adds a section at the end',
      `${head}model: { path: a.onnx } # last, without a line end`,
      `${head}model: { path: a.onnx } # last, without a line end\nrun:\n  workers: 2\n`,
      workers,
    ],
    [
      'adds a section to JSON',
      '{"name":"a","input":{"path":"in.csv"},"model":{"path":"a.onnx"},"output":{"path":"out"}}',
      '{ "run": { "workers": 2 },"name":"a","input":{"path":"in.csv"},"model":{"path":"models/b.onnx"},"output":{"path":"out"}}',
      path,
      workers,
    ],
    [
      'keeps line ends of Windows in all other lines',
      `${head}model:\n  path: a.onnx\n`.replaceAll('\n', '\r\n'),
      `${head}model:\n  path: models/b.onnx\n`.replaceAll('\n', '\r\n'),
      path,
    ],
  ];
  for (const [what, before, after, ...edits] of cases)
    it(what, () => assert.equal(edited(before, ...edits), after));

  const refused: readonly (readonly [what: string, text: string])[] = [
    ['a value with a variable', `${head}model: { path: "m-\${job}.onnx" }\n`],
    ['an alias', 'name: &n a\ninput: { path: in.csv }\noutput: { path: out }\nmodel: { path: *n }\n'],
    ['a value that others repeat', `${head}model: { path: &m a.onnx }\n`],
    ['a value over several lines', `${head}model:\n  path: >-\n    a.onnx\n`],
  ];
  for (const [what, text] of refused) {
    it(`refuses ${what}, and says what to write`, () => {
      assert.throws(
        () => edited(text, path),
        (error) =>
          error instanceof InvalidError &&
          error.reason === 'job-edit' &&
          error.hint === 'write it by hand: model.path: models/b.onnx',
      );
    });
  }
});
