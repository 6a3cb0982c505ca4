import { InvalidError, TransientError } from '../errors.js';

/** Messages of the system's loader for a library that does not fit into the allowed memory. */
const noRoom = /failed to map segment|cannot allocate|out of memory/i;

/** Returns the error for a native library that does not load: too little memory, or an unsupported system. */
export function loadFailure(cause: Error): InvalidError | TransientError {
  const said = cause.message.split('\n')[0]!;
  if (noRoom.test(said)) {
    const message = `there is too little memory to load the ONNX runtime: ${said}`;
    const hint = 'raise the memory limit (ulimit -v, or that of the container), then run again';
    return new TransientError('runtime-memory', message, { hint, cause });
  }
  const message = `the ONNX runtime does not load on this system (${process.platform}, ${process.arch}): ${said}`;
  const hint = 'it needs Linux with glibc 2.28 or later on x64 or arm64, or macOS on Apple silicon';
  return new InvalidError('system-unsupported', message, { hint, cause });
}
