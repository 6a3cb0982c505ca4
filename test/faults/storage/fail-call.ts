import { appendFileSync } from 'node:fs';
import { patchCalls } from './patch-calls.js';

/**
 * Preloaded into the program (`--import`): lets the n-th call of one kind of process on a path below FAULT_ROOT fail with FAULT_CODE, once, and appends
 * what that call was to FAULT_LOG. `SHORT` makes a read or a write do half of its work instead.
 */
const { FAULT_ROOT: root = '', FAULT_AT = '0', FAULT_CODE: code = 'EIO', FAULT_IN = 'main' } = process.env;
const log = process.env['FAULT_LOG'] ?? '';
const kind = /probe-child/.test(process.argv[1] ?? '')
  ? 'probe'
  : /entry/.test(process.argv[1] ?? '')
    ? 'worker'
    : 'main';
const append = appendFileSync;
let count = 0;
let isDone = false;

if (kind === FAULT_IN) {
  await patchCalls(
    (path) => path.startsWith(root) && path !== log,
    (call, make) => {
      const isShort = code === 'SHORT';
      if (isShort && !/^(read|write)$/.test(call.name)) return make();
      count++;
      if (count !== Number(FAULT_AT) || isDone) return make();
      isDone = true;
      append(log, `${call.name} ${call.path.slice(root.length)}\n`);
      if (isShort) return make(halved(call.args));
      const error = Object.assign(new Error(`${code}: made to fail, ${call.name} '${call.path}'`), {
        code,
        syscall: call.name,
        path: call.path,
        errno: -1,
      });
      throw error;
    },
  );
  process.on('exit', () => append(log, `calls ${count}\n`));
}

/** The same read or write of half as many bytes: (buffer, offset, length, position), after a descriptor where there is one. */
function halved(args: readonly unknown[]): readonly unknown[] {
  const at = args.findIndex((arg) => ArrayBuffer.isView(arg));
  if (at < 0) return args;
  const bytes = args[at] as Uint8Array;
  const options = args[at + 1];
  if (typeof options === 'object' && options !== null) {
    const { length = bytes.byteLength, ...rest } = options as { length?: number };
    return [...args.slice(0, at + 1), { ...rest, length: Math.ceil(length / 2) }];
  }
  const offset = (options as number | undefined) ?? 0;
  const length = (args[at + 2] as number | undefined) ?? bytes.byteLength - offset;
  return [...args.slice(0, at + 1), offset, Math.ceil(length / 2), ...args.slice(at + 3)];
}
