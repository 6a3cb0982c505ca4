import type { ChildProcess } from 'node:child_process';
import { readSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { bytesDescriptor } from '../process/child.js';
import type { ToWorker } from './messages.js';

// A message to a process is copied three times, each time to new memory, and its receiver reads it in pieces of 64
// KiB. The bytes of a slice of compressed text are therefore written to a pipe of their own after their message.

/** Fewer bytes stay in their message. */
const leastAside = 64 * 1024;

/** A message whose slice's bytes follow in the pipe. */
type LeanMessage = ToWorker & { readonly aside?: number };

/** Sends a message to a child, the bytes of its slice by the pipe. */
export function sendAside(child: ChildProcess, message: ToWorker): void {
  if (!child.connected) return;
  const pipe = child.stdio[bytesDescriptor] as Writable | null | undefined;
  const bytes = bytesOf(message);
  const isAside = bytes !== null && bytes.length >= leastAside && pipe != null;
  child.send(
    isAside ? ({ ...withBytes(message, null), aside: bytes.length } as LeanMessage) : message,
    () => {},
  );
  if (isAside) pipe.write(bytes);
}

let memory = Buffer.alloc(0);

/** Returns the message as it was sent: bytes from the pipe are valid until the next message with such bytes. */
export function receiveAside(message: LeanMessage): ToWorker {
  const { aside } = message;
  if (aside === undefined) return message;
  if (memory.length < aside) memory = Buffer.allocUnsafeSlow(aside + (aside >> 2));
  for (let read = 0; read < aside; ) {
    const count = readSync(bytesDescriptor, memory, read, aside - read, null);
    // The parent has ended.
    if (count === 0) process.exit();
    read += count;
  }
  return withBytes(message, memory.subarray(0, aside));
}

interface Sliced {
  readonly slice?: { readonly kind?: unknown; readonly bytes?: unknown };
}

function bytesOf(message: ToWorker): Uint8Array | null {
  if (message.kind !== 'task') return null;
  const bytes = (message.task as Sliced | null)?.slice?.bytes;
  return bytes instanceof Uint8Array ? bytes : null;
}

function withBytes(message: ToWorker, bytes: Uint8Array | null): ToWorker {
  if (message.kind !== 'task') return message;
  const task = message.task as Sliced;
  return { ...message, task: { ...task, slice: { ...task.slice, bytes } } };
}
