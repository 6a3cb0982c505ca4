import assert from 'node:assert/strict';
import { once } from 'node:events';
import { it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { endOf, hasStarted, startChild, whyNotStarted } from '../../src/process/child.js';
import { workdir } from '../workdir.js';

/** Starts a program with so many seconds for its first message; returns how it ended. */
async function startOf(program: string, seconds: number) {
  const dir = workdir();
  const child = startChild(pathToFileURL(dir.write('entry.mjs', program)), 'inherit', seconds);
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  dir.remove();
  return { code, signal, hasStarted: hasStarted(child), why: whyNotStarted(child) };
}

it('a child that hangs at its start is killed, one that has sent a message is not', async () => {
  const [hung, started] = await Promise.all([
    startOf('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);', 1),
    // Node itself takes more than a second to start on a busy machine.
    startOf("process.send('started'); setTimeout(() => process.exit(7), 5500);", 5),
  ]);
  assert.deepEqual(hung, {
    code: null,
    signal: 'SIGKILL',
    hasStarted: false,
    why: 'because it did not respond',
  });
  assert.deepEqual(started, { code: 7, signal: null, hasStarted: true, why: null });
});

it('a child does not read certificates that Node would parse at its start', async () => {
  const before = process.env['NODE_EXTRA_CA_CERTS'];
  process.env['NODE_EXTRA_CA_CERTS'] = '/etc/ssl/certs/ca-certificates.crt';
  const { code } = await startOf(
    "process.send('started'); process.exit(process.env.NODE_EXTRA_CA_CERTS === undefined ? 7 : 8);",
    5,
  );
  if (before === undefined) delete process.env['NODE_EXTRA_CA_CERTS'];
  else process.env['NODE_EXTRA_CA_CERTS'] = before;
  assert.equal(code, 7);
});

it('says how a child ended, with the name of an error of the system', () => {
  assert.equal(endOf(-11, null), 'EAGAIN');
  assert.equal(endOf(3, null), 'exit code 3');
  assert.equal(endOf(null, 'SIGABRT'), 'SIGABRT');
});
