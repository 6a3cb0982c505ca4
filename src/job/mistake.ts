import { InvalidError } from '../errors.js';

/** One thing that is wrong with a job file; `line` and `column` count from 1 and are null for what was given on the command line. */
export interface Mistake {
  readonly line: number | null;
  readonly column: number | null;
  /** Where in the job file: `columns.dep_delay.range`, or the command-line option. */
  readonly path: string;
  readonly message: string;
  readonly hint: string | null;
}

/** A job file with everything that is wrong with it; the message has one line for each mistake, in the file's order. */
export class JobFileError extends InvalidError {
  readonly mistakes: readonly Mistake[];

  constructor(file: string, mistakes: readonly Mistake[]) {
    const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`;
    super('job-file', [`job file "${file}" has ${count}`, ...mistakes.map(showMistake)].join('\n'), { file });
    this.mistakes = mistakes;
  }
}

function showMistake(mistake: Mistake): string {
  const place = mistake.line === null ? '' : `${mistake.line}:${mistake.column}`;
  const hint = mistake.hint === null ? '' : ` (${mistake.hint})`;
  return `  ${place.padEnd(7)} ${mistake.message}${hint}`;
}
