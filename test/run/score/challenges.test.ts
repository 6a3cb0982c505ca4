import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChallenges } from '../../../src/run/score/challenges.js';

const planned = (path: string, refused: string | null = null) => ({
  path,
  sha256: null,
  plan: null,
  refused,
});

test('a challenger that is far slower than the model is ended, not in its first seconds', () => {
  const said: string[] = [];
  const challenges = createChallenges([planned('slow'), planned('fast')], (event) => {
    if (event.kind === 'note') said.push(event.message);
  });
  const took = (index: number, ms: number, modelMs: number) =>
    challenges.note([{ index, failure: null, counts: null, ms, modelMs }]);
  took(0, 25_000, 1);
  assert.deepEqual(challenges.active(), [0, 1]);
  took(0, 25_000, 1);
  took(1, 90_000, 10_000);
  assert.deepEqual(challenges.active(), [1]);
  assert.deepEqual(said, [
    'challenger "slow" is not scored: it takes more than 20 times as long as the model: 50 s, the model 2 ms',
  ]);
});

test('a run that needs memory or time ends all challengers, and says so once', () => {
  const said: string[] = [];
  const challenges = createChallenges([planned('a', 'it is broken'), planned('b')], (event) => {
    if (event.kind === 'note') said.push(event.message);
  });
  challenges.stopAll('the run may not end in time');
  challenges.stopAll('the run needs its memory');
  assert.deepEqual(challenges.active(), []);
  assert.deepEqual(
    challenges.none().map(({ failure }) => failure),
    ['it is broken', 'the run may not end in time'],
  );
  assert.equal(said.length, 2);
});
