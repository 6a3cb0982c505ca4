import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileLimitError, grantReadHint, InvalidError, TransientError } from '../errors.js';
import { isRegularFile } from '../process/regular-file.js';
import { mebibytes } from '../text/units.js';
import { closestWord } from './closest.js';
import { isPiped, type Job, standardStream } from './job.js';
import type { JobOptions } from './job-options.js';
import { keptJob } from './kept-job.js';
import { JobFileError } from './mistake.js';

/**
 * Reads the job file at `path`. Throws `JobFileError` with every mistake in it and in `options`, each with
 * its line and a hint; `InvalidError` if there is no such file, `TransientError` if it cannot be read just
 * now. Opens no file that the job names.
 */
export async function loadJob(path: string, options: JobOptions = {}): Promise<Job> {
  const text = await readJobFile(path);
  const job = await keptJob(text, resolve(path), options, async () => {
    const { readJob } = await import('./read-job.js');
    const read = readJob(text, resolve(path), options);
    if (read.job === null || read.mistakes.length > 0) throw new JobFileError(path, read.mistakes);
    return { job: read.job, dated: read.dated };
  });
  const { input, output, pipes = false } = options;
  const given = {
    ...job,
    input: input === undefined ? job.input : { ...job.input, paths: input.map(atWorkingFolder) },
    output: output === undefined ? job.output : { ...job.output, path: atWorkingFolder(output) },
  };
  if (!pipes && isPiped(given)) {
    const key = given.output.path === standardStream ? 'output' : 'input';
    const stream = key === 'output' ? 'standard output' : 'standard input';
    throw new InvalidError(
      'standard-stream',
      `"${key}.path" is ${stream}, which only a single "nightshift run" uses`,
      {
        file: path,
        hint: `give this command files: --${key} PATH`,
      },
    );
  }
  if (given.input.paths.length > 1 && given.input.paths.includes(standardStream))
    throw new InvalidError('usage', 'the input is either "-" (standard input) or files, not both');
  return given;
}

function atWorkingFolder(path: string): string {
  return path === standardStream || path.includes('://') ? path : resolve(path);
}

/** A larger file is no job. */
const mostBytes = 16 * 2 ** 20;

async function readJobFile(path: string): Promise<string> {
  try {
    // A pipe would wait for its writer; a device has no end.
    const found = await stat(path);
    if (!found.isDirectory() && !isRegularFile(path, found))
      throw new InvalidError('job-file', `job file "${path}" is not a regular file`, {
        file: path,
        hint: 'give the path of a file on a disk',
      });
    if (found.size > mostBytes)
      throw new InvalidError(
        'job-file',
        `job file "${path}" is ${mebibytes(found.size)}, above the limit of ${mebibytes(mostBytes)}`,
        {
          file: path,
          hint: 'give the path of a job file',
        },
      );
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
    if (!text.includes('\0')) return text;
    throw new InvalidError('job-file', `job file "${path}" ${refusals[notText]}`, {
      file: path,
      hint: saveAsText,
    });
  } catch (cause) {
    if (cause instanceof InvalidError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    const said = refusals[code];
    if (said !== undefined)
      throw new InvalidError('job-file', `job file "${path}" ${said}`, {
        file: path,
        cause,
        hint: code === 'ENOENT' ? await hintBeside(path) : (hints[code] ?? 'check its path'),
      });
    const limit = fileLimitError('job file', path, cause);
    if (limit !== null) throw limit;
    throw new TransientError('storage-failed', `job file "${path}" cannot be read: ${code}`, {
      file: path,
      cause,
    });
  }
}

/** Returns what to do about a job file that does not exist: the most similar name in its folder, if any. */
async function hintBeside(path: string): Promise<string> {
  const names = await readdir(dirname(resolve(path))).catch(() => []);
  const stems = new Map(names.flatMap((name) => (isJob.test(name) ? [[name.replace(isJob, ''), name]] : [])));
  const close = closestWord(basename(path).replace(isJob, ''), [...stems.keys()]);
  return close === null
    ? 'check its path, or write one with: nightshift init --model MODEL --input FILE'
    : `did you mean "${join(dirname(path), stems.get(close)!)}"?`;
}

const isJob = /\.(?:ya?ml|json)$/i;
const notText = 'ERR_ENCODING_INVALID_ENCODED_DATA';
const saveAsText = 'check its path, and save a job file as UTF-8 text';

const refusals: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EISDIR: 'is a folder',
  EACCES: 'cannot be read: permission denied',
  EPERM: 'cannot be read: permission denied',
  ENAMETOOLONG: 'has a name that is too long',
  ELOOP: 'is a link to itself',
  [notText]: 'is not UTF-8 text',
  ERR_INVALID_ARG_VALUE: 'cannot be a file name',
};

const hints: Readonly<Record<string, string>> = {
  EACCES: grantReadHint,
  EPERM: grantReadHint,
  [notText]: saveAsText,
};
