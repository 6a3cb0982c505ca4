import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { test } from 'node:test';
import { deathWatch } from '../../src/process/death-watch.js';
import { until } from '../until.js';
import { workdir } from '../workdir.js';
import { isAlive } from './is-alive.js';
import { hasTakenSignals } from './processes.js';

/** Starts a process whose child hears nothing, kills the first, and returns the child's number. */
async function orphanOf(words: readonly string[]): Promise<number> {
  const dir = workdir();
  const busy = dir.write(
    'busy.mjs',
    // Sends its message from the loop that it never leaves, so that it is busy once the message is there.
    "process.send('on', () => { for (const end = Date.now() + 60_000; Date.now() < end; ); });",
  );
  const parent = dir.write(
    'parent.mjs',
    `import { fork } from 'node:child_process';
const [watch, ...words] = ${JSON.stringify(words)};
const how = watch === undefined ? {} : { execPath: watch, execArgv: [...words, process.execPath] };
const child = fork(${JSON.stringify(busy)}, [], { ...how, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
child.once('message', () => process.send(child.pid));`,
  );
  const first = fork(parent, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const pid = await new Promise<number>((resolve) => first.once('message', (pid) => resolve(pid as number)));
  first.kill('SIGKILL');
  await new Promise((resolve) => first.once('exit', resolve));
  dir.remove();
  return pid;
}

test('a busy child ends with a parent that is killed, and without the watch outlives it', {
  skip: deathWatch() === null && 'needs Linux and setpriv of util-linux',
}, async () => {
  const watched = await orphanOf(deathWatch()!);
  await until(() => !isAlive(watched), 'the watched child outlived its parent');
  const loose = await orphanOf([]);
  const outlived = isAlive(loose) && hasTakenSignals(loose);
  if (outlived) process.kill(loose, 'SIGKILL');
  assert.equal(outlived, true, 'this test would not notice a watch that does nothing');
});
