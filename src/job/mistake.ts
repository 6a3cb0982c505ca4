import { InvalidError } from '../errors.js';

/** One mistake in a job file; `line` and `column` count from 1 and are null for command-line options. */
export interface Mistake {
  readonly line: number | null;
  readonly column: number | null;
  /** Location in the job file, such as `columns.dep_delay.range`, or the command-line option. */
  readonly path: string;
  readonly message: string;
  readonly hint: string | null;
}

/** All mistakes of a job file and the options given with it; the message has one line per mistake, in the order of the file. */
export class JobFileError extends InvalidError {
  readonly mistakes: readonly Mistake[];

  constructor(file: string, mistakes: readonly Mistake[]) {
    const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`;
    super('job-file', [`${placesOf(file, mistakes)} ${count}`, ...mistakes.map(showMistake)].join('\n'), {
      file,
    });
    this.mistakes = mistakes;
  }
}

function placesOf(file: string, mistakes: readonly Mistake[]): string {
  const given = mistakes.filter(({ line }) => line === null).length;
  if (given === 0) return `job file "${file}" has`;
  if (given === mistakes.length) return `the command line for job "${file}" has`;
  return `job file "${file}" and the command line have`;
}

function showMistake(mistake: Mistake): string {
  const location = mistake.line === null ? '' : `${mistake.line}:${mistake.column}`;
  const hint = mistake.hint === null ? '' : ` (${mistake.hint})`;
  return `  ${location.padEnd(7)} ${mistake.message}${hint}`;
}
