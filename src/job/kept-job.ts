import { keptValue } from '../process/kept-value.js';
import { isDate } from './date-layout.js';
import { holdsOutput } from './holds-output.js';
import type { Job } from './job.js';
import type { JobOptions } from './job-options.js';
import { resolveOutput } from './resolve-output.js';
import { leavesFolder, replaceVariables } from './variables.js';

/** The paths of a job file as written, if it uses `${date}` nowhere else. */
export interface DatedTexts {
  readonly input: readonly string[];
  readonly output: string | null;
}

/** A job, and its texts for another date; null: the date changes more than its paths. */
interface DatedJob {
  readonly job: Job;
  readonly dated: DatedTexts | null;
}

/**
 * Returns the job that `read` makes of the text of a job file. Takes it from the cache if an earlier process
 * read the same text at the same path with the same options, and replaces the date in its paths if only the
 * date differs. Checking a job file takes a fifth of the processor time of a short run. Values of `--set` may
 * be secrets and are not cached.
 */
export async function keptJob(
  text: string,
  path: string,
  options: JobOptions,
  read: () => Promise<DatedJob>,
): Promise<Job> {
  if (options.set !== undefined && Object.keys(options.set).length > 0) return (await read()).job;
  const { date, ...rest } = options;
  // An alias may repeat a text of the paths elsewhere.
  const isGeneral = ({ dated }: DatedJob) => dated !== null && !anchor.test(text);
  const kept = await keptValue('job', [text, path, rest], read, isGeneral);
  if (kept.job.date === (date ?? null)) return kept.job;
  return withDate(kept, date ?? null) ?? (await read()).job;
}

const anchor = /(?:^|[\s,[{])&[^\s,[\]{}]/;

/** Returns the job of another date; null if it cannot be one, which reading the job file explains. */
function withDate({ job, dated }: DatedJob, date: string | null): Job | null {
  if (dated === null || (date !== null && !isDate(date))) return null;
  const variables = new Map([['job', job.name]]);
  if (date !== null) variables.set('date', date);
  if (dated.output !== null && leavesFolder(dated.output, variables) !== null) return null;
  const replace = (text: string) => replaceVariables(text, variables);
  const [input, output] = [dated.input.map(replace), replace(dated.output ?? job.output.path)];
  if ([...input, output].some(({ unset }) => unset.length > 0)) return null;
  if (input.some(({ text }) => holdsOutput(text, output.text, job.baseDir))) return null;
  return {
    ...job,
    date,
    input: { ...job.input, paths: input.map(({ text }) => text) },
    output: { ...job.output, path: resolveOutput(output.text, job.baseDir) },
  };
}
