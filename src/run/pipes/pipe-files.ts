import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BudgetError, InvalidError, TransientError } from '../../errors.js';
import { type Job, standardStream } from '../../job/job.js';
import { ownerPattern, ownerTag } from '../../process/owner.js';
import type { Observe } from '../../run-event.js';
import { removeLeftovers } from '../../storage/durable.js';
import { touch } from '../../storage/held-file.js';
import { storageError } from '../../storage/storage-error.js';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../storage/temporary-folder.js';
import { bytesText } from '../../text/units.js';
import { clockFor, deadlineOf } from '../budgets/time-budget.js';
import { listFiles } from '../plan/list-files.js';
import { beat } from '../publish/lock.js';
import { type Layout, layoutOf } from '../records/layout.js';
import { readRecords } from '../records/read-records.js';

/** A job whose standard streams are replaced by files of a temporary folder. */
interface PipeFiles {
  readonly job: Job;
  /** Writes the scored file to standard output. Throws `TransientError` if not all of it can be written. */
  send(): Promise<void>;
  /** Removes the temporary folder. */
  remove(): Promise<void>;
}

/** Facts about a run that determine the files. */
interface PipeSettings {
  readonly startedAt: Date;
  readonly signal: AbortSignal;
  readonly observe: Observe;
}

/** Prefix of the names of this user's temporary folders; the tag of the owning process follows. */
const prefix = `nightshift-pipe-${process.getuid?.() ?? 0}-`;
const ownedFolder = new RegExp(`^${prefix}(${ownerPattern})-`);

/**
 * Copies standard input to a file if the job reads it, because a run reads its input more than once: memory
 * stays bounded, and the temporary folder (TMPDIR) needs disk space of the input's size. A job that writes to
 * standard output gets a run folder there, from which `send` takes the scored file once it is complete. Ends
 * with the run's own errors at a signal and at its deadline. Removes the folders of runs that were killed.
 */
export async function openPipeFiles(job: Job, settings: PipeSettings): Promise<PipeFiles> {
  refuseTerminals(job);
  await refuseSeveral(job);
  await removeLeftovers(tmpdir(), ownedFolder).catch(() => {});
  const name = `${prefix}${await ownerTag()}-`;
  const folder = await makeTemporaryFolder(name);
  const heart = beat({ refresh: () => touch(folder) });
  const remove = async () => {
    clearInterval(heart);
    await removeTemporaryFolder(folder).catch(() => {});
  };
  try {
    const input = job.input.paths.includes(standardStream)
      ? [await copyInput(job, join(folder, 'stdin'), settings)]
      : job.input.paths;
    const output = job.output.path === standardStream ? join(folder, 'scored') : job.output.path;
    const files = {
      ...job,
      // Standard output receives one scored file, so the input stays whole.
      input: { ...job.input, paths: input, ...(output === job.output.path ? {} : { splitBytes: null }) },
      output: { ...job.output, path: output },
    };
    return { job: files, send: () => sendOutput(layoutOf(output, job.output.format)), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function refuseTerminals({ input, output }: Job): void {
  if (input.paths.includes(standardStream) && process.stdin.isTTY === true)
    throw new InvalidError('standard-stream', 'standard input is a terminal', {
      hint: 'pipe the data in, as in: nightshift run JOB < data.csv',
    });
  if (output.path === standardStream && process.stdout.isTTY === true)
    throw new InvalidError('standard-stream', 'standard output is a terminal', {
      hint: 'redirect it to a file or a pipe, or set "output.path" to a folder',
    });
}

/** Throws `InvalidError` if several files would go to standard output: most formats cannot be joined. */
async function refuseSeveral(job: Job): Promise<void> {
  if (job.output.path !== standardStream || job.input.paths.includes(standardStream)) return;
  const files = await listFiles(job);
  if (files.length < 2) return;
  const message = `standard output takes one scored file, but there are ${files.length} input files`;
  throw new InvalidError('standard-stream', message, {
    hint: 'set "output.path" to a folder, or name one file with --input',
  });
}

/** Copies standard input to a new file and returns its path. */
async function copyInput(
  job: Job,
  path: string,
  { startedAt, signal, observe }: PipeSettings,
): Promise<string> {
  const message = `standard input is copied to ${path} first; a run from a pipe cannot be resumed: if it fails, send the data again`;
  observe({ kind: 'note', level: 'info', message });
  const deadline = deadlineOf(job, startedAt);
  const late = new AbortController();
  const stop = AbortSignal.any([signal, late.signal]);
  const file = createWriteStream(path, { flags: 'wx' });
  const timer = setInterval(() => {
    if (deadline === null || clockFor(deadline)() < deadline.atMs) return;
    late.abort(overdue(deadline.option, file));
  }, 200);
  try {
    await pipeline(process.stdin, file, { signal: stop });
    return path;
  } catch (error) {
    if (stop.aborted) throw stop.reason;
    const isRead = (error as NodeJS.ErrnoException).syscall === 'read';
    throw isRead
      ? storageError(error, 'input', 'standard input')
      : storageError(error, 'temporary folder', tmpdir());
  } finally {
    clearInterval(timer);
  }
}

function overdue(option: string, { bytesWritten }: WriteStream): BudgetError {
  const message = `"${option}" was reached after ${bytesText(bytesWritten)} of standard input, before its end`;
  return new BudgetError('time-budget', message, {
    hint: `close the pipe when the data is complete, or raise "${option}"`,
  });
}

async function sendOutput(layout: Layout): Promise<void> {
  for (const { partition } of (await readRecords(layout)).values()) {
    const file = createReadStream(join(layout.output, layout.scored(partition)));
    await pipeline(file, process.stdout, { end: false }).catch((cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EPIPE' ? 'its reader closed it' : (cause.code ?? cause.message);
      throw new TransientError('output-lost', `standard output failed before all of it was written: ${why}`, {
        cause,
        hint: 'discard what was received, then run again',
      });
    });
  }
}
