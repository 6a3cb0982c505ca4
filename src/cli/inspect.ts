import type { CommandFile } from './command.js';
import { printable, table } from './table.js';

/** `nightshift inspect FILE`. */
export const inspect = {
  name: 'inspect',
  summary: 'what a file is: format, dialect, columns, first problems',
  describe: (command) =>
    command
      .argument('<file>', 'a CSV, Parquet or Arrow file')
      .option('--json', 'as JSON', false)
      .addHelpText('after', '\nCost: the header or footer, and the first megabyte of rows.'),
  async run(args, options) {
    const { inspectFile } = await import('../run/inspect-file.js');
    const found = await inspectFile(args[0]!, { csv: {} });
    const { source, columns, rows, problems, problemCount, skipped } = found;
    if (options['json'] === true) {
      process.stdout.write(`${JSON.stringify({ ...found, skipped: Object.fromEntries(skipped) })}\n`);
      return 0;
    }
    const lines = [
      `${source.path}: ${source.format}, ${source.bytes} bytes, ${source.rows ?? 'unknown number of'} rows`,
      ...Object.entries(source.details).map(
        ([key, value]) => `  ${key}: ${shorten(JSON.stringify(value) ?? '')}`,
      ),
      '',
      ...table(
        ['column', 'type', 'missing', 'samples'],
        columns.map(({ name, native, missing, samples }) => [
          name,
          native,
          String(missing),
          shorten(samples.join(', ')),
        ]),
      ),
      '',
      `${rows} rows looked at, ${problemCount} problems${problems.length < problemCount ? `, the first ${problems.length}:` : ''}`,
      ...problems.map(({ row, line, column, code, found: text }) => {
        const where = `row ${row}${line === null ? '' : `, line ${line}`}${column === null ? '' : `, column "${column}"`}`;
        return `  ${code}: ${printable(where)}${text === null ? '' : `, found ${printable(shorten(text))}`}`;
      }),
      ...[...skipped].map(
        ([code, { count, lines: at }]) => `  ${code}: ${count} (lines ${at.slice(0, 5).join(', ')})`,
      ),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
    return 0;
  },
} satisfies CommandFile;

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
