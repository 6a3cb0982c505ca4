import type { Command } from 'commander';
import { parseDialectOption } from '../formats/dialect-option.js';

/** Adds `--dialect`, which takes the same keys as the job file's `input.csv`. */
export function withDialect(command: Command): Command {
  return command
    .option('--dialect <key=value,...>', 'properties of a CSV file that you know; the rest is detected', '')
    .addHelpText(
      'after',
      `
Dialect: delimiter=; quote=' escape=\\ line_end=lf|crlf|cr encoding=windows-1252 header=true|false|ROWS skip_lines=N comment=# tables=auto|first|refuse|one
  max_row_bytes=N max_field_bytes=N, separated by commas; also tab, space, none, \\x1f. Example: --dialect 'delimiter=;,header=false'`,
    );
}

/** Returns the given dialect in the form of `input.csv`; throws `InvalidError` for an invalid one. */
export function dialectOption(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const text = options['dialect'] as string;
  return text === '' ? {} : parseDialectOption(text);
}
