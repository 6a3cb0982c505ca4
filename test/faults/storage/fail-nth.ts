import type { Call } from './patch-calls.js';

/** Which call fails, once: the `at`-th, with the error `code`; `SHORT` halves a read or a write. */
export const fault = { at: 0, code: 'EIO', count: 0, failed: '' };

/** Makes a call, or lets it fail if it is the one that `fault` names. */
export function failNth(call: Call, make: (args?: readonly unknown[]) => unknown): unknown {
  const isShort = fault.code === 'SHORT';
  if (isShort && !/^(read|write)$/.test(call.name)) return make();
  if (++fault.count !== fault.at) return make();
  fault.failed = `${call.name} ${call.path}`;
  if (isShort) return make(halved(call.args));
  const { name: syscall, path } = call;
  const message = `${fault.code}: made to fail, ${syscall} '${path}'`;
  throw Object.assign(new Error(message), { code: fault.code, syscall, path, errno: -1 });
}

/** The same read or write of half as many bytes: (buffer, offset, length, position), after a descriptor. */
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
