import { InvalidArgumentError } from 'commander';
import type { RepairReport } from '../run/repair-file.js';
import { printable } from '../text/printable.js';
import { counted } from '../text/units.js';
import type { CommandFile } from './command.js';
import { dialectOption, withDialect } from './dialect-option.js';
import { localPath } from './local-path.js';
import { print } from './print.js';
import { findingLines, skippedText } from './skipped-lines.js';
import { stopSignal } from './stop-signal.js';
import { clipped, screenWidth, table } from './table.js';

const chunkBytes = 4 * 1024 * 1024;

/** `nightshift repair FILE -o OUT`. */
export const repair = {
  name: 'repair',
  summary:
    'read any CSV, JSON Lines, Parquet or Arrow file, repair its structure, and write a clean file and the rejected rows',
  describe: (command) =>
    withDialect(
      command
        .argument(
          '<file>',
          'a CSV file in any dialect or JSON Lines (also .gz or .zst), or a Parquet or Arrow file',
        )
        .requiredOption(
          '-o, --output <path>',
          'the clean file: .csv (RFC 4180), .jsonl, .parquet or .arrow',
          localPath,
        )
        .option('--types <text|auto>', 'auto: a column gets a type if every cell parses as it', types, 'text')
        .option(
          '--stray-quotes <keep|drop>',
          'unpaired quotes: keep them as text, or drop those that make a cell unlike its column (default: keep; drop with --types auto)',
          strayQuotes,
        )
        .option('--json', 'print the report as JSON', false)
        .addHelpText(
          'after',
          '\nCost: one pass in one thread; memory does not grow with the file. Rejected rows go to OUTPUT.rejects.ndjson.',
        ),
    ),
  async run(args, options) {
    const { repairFile } = await import('../run/repair-file.js');
    const stop = stopSignal();
    try {
      const report = await repairFile({
        input: args[0]!,
        output: options['output'] as string,
        csv: dialectOption(options),
        types: options['types'] as 'text' | 'auto',
        strayQuotes: options['strayQuotes'] as 'keep' | 'drop' | undefined,
        chunkBytes,
        signal: stop.signal,
      });
      const text =
        options['json'] === true ? JSON.stringify(reportJson(report)) : reportLines(report).join('\n');
      print(`${text}\n`);
      return 0;
    } finally {
      stop.release();
    }
  },
} satisfies CommandFile;

function types(text: string): 'text' | 'auto' {
  if (text === 'text' || text === 'auto') return text;
  throw new InvalidArgumentError('must be "text" or "auto"');
}

function strayQuotes(text: string): 'keep' | 'drop' {
  if (text === 'keep' || text === 'drop') return text;
  throw new InvalidArgumentError('must be "keep" or "drop"');
}

function reportLines(report: RepairReport): string[] {
  const { input, output, rejects, about, notes, rows, problems, skipped } = report;
  const changed = rows.repaired + rows.flagged;
  return [
    `${printable(input)} -> ${printable(output)}`,
    `  ${printable(about.words)}`,
    ...notes.map((note) => `  note: ${printable(note)}`),
    ...findingLines(report.findings),
    `  ${counted(rows.read, 'row')} read, ${rows.scored} written${changed > 0 ? ` (${rows.repaired} repaired, ${rows.flagged} flagged)` : ''}, ${rows.rejected} rejected`,
    ...(rows.rejected > 0 ? [`  rejected rows: ${printable(rejects)}`] : []),
    ...skippedText(skipped),
    ...(problems.length === 0 ? [] : ['', ...problemTable(problems)]),
  ];
}

function problemTable(problems: RepairReport['problems']): string[] {
  return table(
    ['problem', 'column', 'outcome', 'times', 'first at', 'found there'],
    problems.map(({ code, column, outcome, count, samples }) => [
      code,
      clipped(column ?? '', 24),
      outcome,
      String(count),
      samples[0]!.line === null ? `row ${samples[0]!.row}` : `line ${samples[0]!.line}`,
      clipped(samples[0]!.found ?? '', 40),
    ]),
    screenWidth(),
  );
}

/** Returns the object that `--json` prints, with the same keys as other records. */
function reportJson(report: RepairReport): object {
  const { input, output, rejects, from, format, about, notes, columns, rows, problems, skipped } = report;
  return {
    file: input,
    output,
    rejects,
    from,
    format,
    ...about.json,
    columns,
    rows: {
      read: rows.read,
      written: rows.scored,
      repaired: rows.repaired,
      flagged: rows.flagged,
      rejected: rows.rejected,
    },
    problems: problems.map(({ code, column, outcome, count, samples }) => ({
      code,
      column,
      outcome,
      count,
      rows: samples.map(({ row }) => row),
      lines: samples.map(({ line }) => line),
    })),
    skipped: Object.fromEntries(skipped),
    notes,
    findings: report.findings,
  };
}
