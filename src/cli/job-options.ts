import { type Command, InvalidArgumentError } from 'commander';
import { dayOf } from '../job/date-layout.js';
import type { JobOptions } from '../job/job-options.js';
import { hideSecret } from '../telemetry/secrets.js';
import { localPath } from './local-path.js';
import { withStderrForm } from './stderr-form.js';

/** Adds the argument and options that every command with a job takes. */
export function withJob(command: Command): Command {
  return command
    .argument('<job>', 'the job file', localPath)
    .option(
      '--date <date>',
      "value of the job file's date variable, such as 2013-01-04; also today and yesterday",
      (text: string) => dayOf(text, new Date()),
    )
    .option('--set <name=value>', 'value of another variable in the job file; repeatable', collect, {})
    .option(
      '--input <path>',
      'a file, glob or folder, instead of the job file’s input; repeatable',
      collectPath,
    )
    .option('--output <path>', 'the output folder, instead of the job file’s');
}

/** Help text of `--exit-on-check`. */
export const exitOnCheck = 'exit with 3 if the verdict is "check"; published partitions stay published';

/** Adds the options that `run` and `retry` share. */
export function withRun(command: Command): Command {
  return withStderrForm(command)
    .option('--workers <n>', 'number of worker processes, instead of the job file’s')
    .option('--memory <size>', 'the memory budget, e.g. 1GiB')
    .option('--metrics <file>', 'also write Prometheus metrics to this file', localPath)
    .option('--quiet', 'no progress', false)
    .option('--exit-on-check', exitOnCheck, false);
}

/** Picks the options of `loadJob` from a command's options. */
export function jobOptions(options: Readonly<Record<string, unknown>>): JobOptions {
  const { date, set, input, output, workers, memory } = options as JobOptions;
  const given = { date, set, input, output, workers, memory };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as JobOptions;
}

function collectPath(path: string, before: readonly string[] = []): readonly string[] {
  return [...before, path];
}

function collect(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('must be name=value');
  const [name, value] = [text.slice(0, at), text.slice(at + 1)];
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`gives "${name}" more than once`);
  hideSecret(name, value);
  return { ...before, [name]: value };
}
