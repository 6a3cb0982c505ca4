import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BudgetError, InvalidError, TransientError } from '../../errors.js';
import { type Job, standardStream } from '../../job/job.js';
import type { Observe } from '../../run-event.js';
import { modifiedIfThere, writeDurably } from '../../storage/durable.js';
import { listInputs } from '../../storage/list-inputs.js';
import { onStorage, storageError } from '../../storage/storage-error.js';
import { bytesText } from '../../text/units.js';
import { clockFor, deadlineOf } from '../budgets/time-budget.js';
import { beat, isAlive, ownerNow, readOwner } from '../publish/lock.js';
import { layoutOf } from '../records/layout.js';
import { readRecords } from '../records/record.js';

/** A job whose standard streams are replaced by files of a temporary folder. */
interface PipeFiles {
  readonly job: Job;
  /** Writes the scored file to standard output. Throws `TransientError` if that cannot take all of it. */
  send(): Promise<void>;
  /** Removes the temporary folder. */
  remove(): Promise<void>;
}

/** Facts about a run that the files depend on. */
interface PipeSettings {
  readonly runId: string;
  readonly startedAt: Date;
  readonly signal: AbortSignal;
  readonly observe: Observe;
}

/** Begins the name of the temporary folder, which lies in the system's. */
const prefix = 'nightshift-pipe-';
const ownerFile = 'owner.json';

/**
 * Copies standard input to a file if the job reads it, because a run looks at its input more than once: memory stays bounded, and disk
 * space of the input's size is needed in the temporary folder (TMPDIR). A job that writes to standard output gets a run folder there, from
 * which `send` takes the scored file once it is complete. Ends with the run's own errors at a signal and at its deadline. Removes the
 * folders of runs that were killed.
 */
export async function openPipeFiles(job: Job, settings: PipeSettings): Promise<PipeFiles> {
  refuseTerminals(job);
  await refuseSeveral(job);
  await removeDead();
  const root = tmpdir();
  const folder = await onStorage('output', root, () => mkdtemp(join(root, prefix)));
  const owner = join(folder, ownerFile);
  await writeDurably(owner, `${JSON.stringify(await ownerNow(settings.runId))}\n`);
  const heart = beat(owner);
  const remove = async () => {
    clearInterval(heart);
    await rm(folder, { recursive: true, force: true }).catch(() => {});
  };
  try {
    const input = job.input.paths.includes(standardStream)
      ? [await copyInput(job, join(folder, 'stdin'), settings)]
      : job.input.paths;
    const output = job.output.path === standardStream ? join(folder, 'scored') : job.output.path;
    const files = {
      ...job,
      input: { ...job.input, paths: input },
      output: { ...job.output, path: output },
    };
    return { job: files, send: () => sendOutput(output), remove };
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

/** Throws `InvalidError` if several files would be scored to standard output: most formats cannot be laid end to end. */
async function refuseSeveral({ input, output, baseDir }: Job): Promise<void> {
  if (output.path !== standardStream || input.paths.includes(standardStream)) return;
  const files = await listInputs(input.paths, { baseDir, empty: input.onEmpty === 'fail' });
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
  const stop = new AbortController();
  const file = createWriteStream(path, { flags: 'wx' });
  const onAbort = () => stop.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const late = () => {
    if (deadline === null || clockFor(deadline)() < deadline.atMs) return;
    stop.abort(overdue(deadline.option, file));
  };
  const timer = setInterval(late, 200);
  try {
    await pipeline(process.stdin, file, { signal: stop.signal });
    return path;
  } catch (error) {
    if (stop.signal.aborted) throw stop.signal.reason;
    const isRead = (error as NodeJS.ErrnoException).syscall === 'read';
    throw isRead ? storageError(error, 'input', 'standard input') : storageError(error, 'output', path);
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function overdue(option: string, { bytesWritten }: WriteStream): BudgetError {
  const message = `"${option}" is reached after ${bytesText(bytesWritten)} of standard input, before its end`;
  return new BudgetError('time-budget', message, {
    hint: `close the pipe when the data is complete, or raise "${option}"`,
  });
}

async function sendOutput(output: string): Promise<void> {
  const records = [...(await readRecords(layoutOf(output, ''))).values()];
  for (const { outputs } of records)
    for (const { path } of outputs.filter(({ path }) => !/^_/.test(path))) {
      const file = createReadStream(join(output, path));
      await pipeline(file, process.stdout, { end: false }).catch((cause: NodeJS.ErrnoException) => {
        const why = cause.code === 'EPIPE' ? 'its reader closed it' : (cause.code ?? cause.message);
        throw new TransientError('output-lost', `standard output failed before its end: ${why}`, {
          cause,
          hint: 'discard what was received, then run again',
        });
      });
    }
}

/** Removes the temporary folders of runs that were killed. */
async function removeDead(): Promise<void> {
  const root = tmpdir();
  for (const name of await readdir(root).catch(() => [])) {
    if (!name.startsWith(prefix)) continue;
    const folder = join(root, name);
    const owner = await readOwner(join(folder, ownerFile)).catch(() => null);
    const beaten = await modifiedIfThere(join(folder, ownerFile)).catch(() => null);
    // A folder without its owner's name is new, or its owner died within an instant.
    const made = owner === null ? ((await stat(folder).catch(() => null))?.mtimeMs ?? 0) : 0;
    const isDead =
      owner === null
        ? Date.now() - made > 60_000
        : !(await isAlive(owner, join(folder, ownerFile), Date.now() - (beaten ?? 0)));
    if (isDead) await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
}
