import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitText } from '../../src/cli/exit.js';

test('a message is wrapped at words on a screen, below where its text begins', () => {
  const message =
    'job file "a.yaml" has 2 mistakes\n  4:3     "input.fromat" is not a key of the job file (did you mean "format"?)';
  const exit = { code: 2, reason: 'job-file', message, hint: 'correct the file, then run it again' } as const;
  assert.equal(
    exitText(exit, 40),
    `nightshift: job file "a.yaml" has 2
            mistakes
  4:3     "input.fromat" is not a key of
          the job file (did you mean
          "format"?)
  correct the file, then run it again
`,
  );
  assert.equal(exitText(exit, Number.POSITIVE_INFINITY).split('\n').length, 4);
});
