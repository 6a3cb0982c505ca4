import type { Command } from 'commander';

/** What a run writes to stderr: for people (a bar on a terminal, else lines of text), or a JSON object on each line. */
export type StderrForm = 'text' | 'json';

/** Adds the two options that choose it. */
export function withStderrForm(command: Command): Command {
  return command
    .option('--json', 'lines of JSON on stderr, on a terminal too', false)
    .option('--text', 'lines of text on stderr, where there is no terminal too', false);
}

/** What the options ask for; JSON wherever stderr is no terminal when they ask for nothing. */
export function stderrFormOf(options: Readonly<Record<string, unknown>>): StderrForm {
  if (options['json'] === true) return 'json';
  if (options['text'] === true) return 'text';
  return process.stderr.isTTY === true ? 'text' : 'json';
}

/** The same from a command line that may be wrong. */
export function stderrFormIn(argv: readonly string[]): StderrForm {
  return stderrFormOf({ json: argv.includes('--json'), text: argv.includes('--text') });
}
