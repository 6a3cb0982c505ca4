import { writeSync } from 'node:fs';

let logError: string | null = null;
let outputError: string | null = null;
let isOutputClosed = false;
let lostWrites = 0;

/** Keeps errors of standard streams from ending the process; `logLoss` reports at the end what was lost. */
export function guardStreams(): void {
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') isOutputClosed = true;
    else outputError ??= code ?? message;
  });
  process.stderr.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    // A reader that closed the pipe (`| head`) chose to stop reading.
    if (code === 'EPIPE') return;
    lostWrites++;
    logError ??= code ?? message;
  });
}

/** Returns one sentence about the part of standard error that was lost; null if nothing was. */
export function logLoss(): string | null {
  if (logError === null) return null;
  const lost = lostWrites === 1 ? '1 write was lost' : `${lostWrites} writes were lost`;
  return `standard error could not be written (${logError}): ${lost}`;
}

/**
 * Writes to standard output and waits for it. Returns the system's error code if that failed; null if the
 * reader closed the pipe.
 */
export async function writeOutput(text: string): Promise<string | null> {
  const error = await new Promise<NodeJS.ErrnoException | null | undefined>((resolve) => {
    process.stdout.write(text, resolve);
  });
  return error == null || error.code === 'EPIPE' ? null : (error.code ?? error.message);
}

/**
 * Waits for standard output. Returns the system's error code if a write failed; null if the pipe was closed.
 */
export async function outputLoss(): Promise<string | null> {
  await writeOutput('');
  return outputError;
}

/** Returns true if the reader of standard output closed it before everything was written. */
export function outputClosed(): boolean {
  return isOutputClosed;
}

/** Writes to a standard stream synchronously, for a process that is about to end; ignores failures. */
export function writeNow(stream: 1 | 2, text: string): void {
  try {
    writeSync(stream, text);
  } catch {}
}
