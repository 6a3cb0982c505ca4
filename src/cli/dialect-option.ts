import type { Command } from 'commander';
import { parseDialectOption } from '../formats/csv/parse-dialect-option.js';

/** Adds `--dialect`, whose value says what the job file's `input.csv` would say. */
export function withDialect(command: Command): Command {
  return command
    .option('--dialect <key=value,...>', 'properties of a CSV file that you know; the rest is detected', '')
    .addHelpText(
      'after',
      `
Dialect: delimiter=; quote=' escape=\\ line_end=lf|crlf|cr encoding=windows-1252 header=true|false|ROWS skip_lines=N comment=# tables=first|refuse|one
  max_row_bytes=N max_field_bytes=N, with commas between; also tab, space, none, \\x1f. Example: --dialect 'delimiter=;,header=false'`,
    );
}

/** The told dialect as `input.csv` would be; throws `InvalidError` for a key or value that cannot be meant. */
export function dialectOption(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const text = options['dialect'] as string;
  return text === '' ? {} : parseDialectOption(text);
}
