import { join, relative, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { isRemote } from '../formats/remote-file.js';
import type { Job, JobColumn } from '../job/job.js';
import { loadJob } from '../job/load-job.js';
import { steadyNow } from '../process/steady-clock.js';
import type { Baseline } from '../quality/baseline.js';
import { bytesText } from '../text/units.js';
import type { CommandFile } from './command.js';
import { jobOptions, withJob } from './job-options.js';
import { localPath } from './local-path.js';
import { openObserver } from './observe.js';
import { print } from './print.js';
import { stderrFormOf } from './stderr-form.js';
import { stopSignal } from './stop-signal.js';

/** `nightshift profile JOB`. */
export const profile = {
  name: 'profile',
  summary: 'write a baseline from training data, for drift checks and fill values of later runs',
  describe: (command) =>
    withJob(command)
      .option(
        '-o, --baseline <file>',
        'where to write it; by default the job file’s baseline, or JOB.baseline.json',
        localPath,
      )
      .option('--min-count <n>', 'omit texts that occur fewer times than this', count, 10)
      .option('--workers <n>', 'number of worker processes, instead of the job file’s')
      .option('--quiet', 'no progress', false)
      .option('--json', 'print the suggestions as JSON', false)
      .addHelpText(
        'after',
        '\nCost: one pass over the input, like a run. The file contains no keys and no values of redacted columns.',
      ),
  async run(args, options) {
    const stop = stopSignal();
    const startedAt = new Date(steadyNow());
    try {
      const job = await loadJob(args[0]!, jobOptions(options));
      stop.watch(job, startedAt);
      const given = options['baseline'] as string | undefined;
      const path = given === undefined ? baselinePath(job) : resolve(given);
      const { profileJob } = await import('../run/profile-job.js');
      const { checkNamed, writeNamed } = await import('../storage/durable.js');
      await checkNamed(path);
      const observer = await openObserver(options['quiet'] === true, stderrFormOf({}));
      const baseline = await profileJob(job, {
        minCount: options['minCount'] as number,
        observe: observer.observe,
        signal: stop.signal,
      }).finally(() => observer.close());
      const { writeBaseline } = await import('../quality/baseline.js');
      const text = writeBaseline(baseline);
      await writeNamed(path, text);
      const lines = await reportLines(job, baseline, path, text.length, options['json'] === true);
      print(`${lines.join('\n')}\n`);
      return 0;
    } finally {
      stop.release();
    }
  },
} satisfies CommandFile;

/** Returns the place of the job's baseline; where that is in S3, a file to be copied there. */
function baselinePath({ quality, baseDir, name }: Job): string {
  const { baseline } = quality;
  return baseline === null || isRemote(baseline) ? join(baseDir, `${name}.baseline.json`) : baseline;
}

async function reportLines(
  job: Job,
  baseline: Baseline,
  path: string,
  bytes: number,
  asJson: boolean,
): Promise<readonly string[]> {
  const { suggestContract } = await import('../quality/suggestion.js');
  const suggestions = suggestContract(baseline);
  if (asJson) return [JSON.stringify({ baseline: path, rows: baseline.rows, suggestions })];
  const { countOf } = await import('../quality/wording.js');
  const { suggestionText } = await import('../quality/suggestion-text.js');
  const lines = suggestionText(suggestions, job.columns.map(declared));
  const named =
    job.quality.baseline === null
      ? ['', 'to compare runs with it, add:', 'quality:', `  baseline: ${relative(job.baseDir, path)}`]
      : isRemote(job.quality.baseline)
        ? ['', 'to compare runs with it, copy it:', `aws s3 cp ${path} ${job.quality.baseline}`]
        : [];
  const fit =
    lines.length === 0 ? [] : ['', 'suggestions from the data for the job file:', 'columns:', ...lines];
  return [
    `${path}: ${countOf(baseline.rows, 'row')} of ${countOf(baseline.inputs.length, 'file')}, ${countOf(baseline.columns.length, 'column')}, ${countOf(baseline.outputs.length, 'output')}, ${bytesText(bytes)}`,
    ...named,
    ...fit,
  ];
}

function declared({ name, range, categories, missing }: JobColumn) {
  return { name, range: range !== null, categories: categories !== null, missing: missing.kind !== 'pass' };
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('must be a whole number, at least 1');
  return value;
}
