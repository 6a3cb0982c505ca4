import type { Command } from 'commander';

/** Format of stderr: for people (a bar on a terminal, else lines of text), or a JSON object per line. */
export type StderrForm = 'text' | 'json';

/** Adds the two options that select the format. */
export function withStderrForm(command: Command): Command {
  return command
    .option('--json', 'lines of JSON on stderr, even on a terminal', false)
    .option('--text', 'lines of text on stderr, even without a terminal', false);
}

/** Returns the format that the options request; by default JSON unless stderr is a terminal. */
export function stderrFormOf(options: Readonly<Record<string, unknown>>): StderrForm {
  if (options['json'] === true) return 'json';
  if (options['text'] === true) return 'text';
  return process.stderr.isTTY === true ? 'text' : 'json';
}

/** Returns the format requested on a command line that may be wrong. */
export function stderrFormIn(argv: readonly string[]): StderrForm {
  return stderrFormOf({ json: argv.includes('--json'), text: argv.includes('--text') });
}
