import { appendFileSync } from 'node:fs';
import { failNth, fault } from './fail-nth.js';
import { patchCalls } from './patch-calls.js';

/**
 * Preloaded into the program (`--import`): lets the n-th call of one kind of process on a path below
 * FAULT_ROOT fail with FAULT_CODE, once, and writes to FAULT_LOG what that call was.
 */
const { FAULT_ROOT: root = '', FAULT_AT = '0', FAULT_CODE: code = 'EIO', FAULT_IN = 'main' } = process.env;
const log = process.env['FAULT_LOG'] ?? '';
const kind = /probe-child/.test(process.argv[1] ?? '')
  ? 'probe'
  : /entry/.test(process.argv[1] ?? '')
    ? 'worker'
    : 'main';
const append = appendFileSync;

if (kind === FAULT_IN) {
  Object.assign(fault, { at: Number(FAULT_AT), code });
  await patchCalls(
    (path) => path.startsWith(root) && path !== log,
    (call, make) => {
      try {
        return failNth(call, make);
      } finally {
        // At once: a worker is ended by a signal, and runs no code of its own then.
        if (fault.failed !== '') append(log, `${fault.failed.replace(root, '')}\n`);
        fault.failed = '';
      }
    },
  );
}
