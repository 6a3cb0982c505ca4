import type { About } from '../formats/format.js';
import type { InspectedGroup, Inspection } from '../run/inspect-file.js';
import { printable } from '../text/printable.js';
import type { CommandFile } from './command.js';
import { dialectOption, withDialect } from './dialect-option.js';
import { print } from './print.js';
import { findingLines, skippedText } from './skipped-lines.js';
import { clipped, hanging, screenWidth, tableFor } from './table.js';

/** `nightshift inspect FILE`. */
export const inspect = {
  name: 'inspect',
  summary: 'describe a file: format, dialect or row groups, columns, first problems',
  describe: (command) =>
    withDialect(
      command
        .argument('<file>', 'a CSV, JSON Lines, Parquet or Arrow file; texts may be .gz or .zst')
        .option('--json', 'as JSON', false)
        .addHelpText('after', '\nCost: reads the header or footer, and at most a few megabytes of rows.'),
    ),
  async run(args, options) {
    const { inspectFile } = await import('../run/inspect-file.js');
    const found = await inspectFile(args[0]!, { csv: dialectOption(options) });
    const text =
      options['json'] === true ? JSON.stringify(inspectionJson(found)) : reportLines(found).join('\n');
    print(`${text}\n`);
    return 0;
  },
} satisfies CommandFile;

function reportLines({ source, columns, groups, rows, isWhole, ...found }: Inspection): string[] {
  const { path, format, bytes, findings } = source.description;
  const isText = source.cells.kind === 'texts';
  const width = screenWidth();
  const total = source.description.rows ?? (isWhole ? rows : null);
  const about = `${format}, ${sizeText(bytes)}, ${total === null ? `more than ${rows}` : total} ${total === 1 ? 'row' : 'rows'}, ${columns.length} columns`;
  const head = [
    `${printable(path)}: ${about}`,
    ...(isText ? dialectLines(source.about) : groupLines(groups, source)),
    ...findingLines(findings),
  ];
  return [
    hanging(head.join('\n'), width),
    '',
    ...tableFor(
      ['column', 'type', 'missing', 'samples'],
      columns.map(({ name, type, native, missing, samples }) => [
        clipped(name, 40),
        isText ? type! : `${type ?? 'unreadable'} (${native})`,
        String(missing),
        samples.map((sample) => clipped(sample, 24)).join(', '),
      ]),
      width,
    ),
    '',
    problemHead(found.problemCount, found.problems.length, rows, isWhole),
    ...(found.problems.length === 0 ? [] : problemLines(found.problems, width)),
    ...skippedText(source.skipped),
  ];
}

function dialectLines({ words, confidence, facts, notes }: About): string[] {
  const { compression } = facts;
  return [
    `  dialect: ${printable(words)}${compression === 'none' ? '' : `, ${compression}`}`,
    confidence === '' ? '  dialect given, not detected' : `  detected (confidence): ${confidence}`,
    ...notes.map((note) => `  note: ${printable(note)}`),
  ];
}

function groupLines(
  groups: readonly InspectedGroup[],
  { about, description }: Inspection['source'],
): string[] {
  const { details, rows } = description;
  if (rows === null) return [`  ${printable(about.words)}, types as in its first rows`];
  const word = 'rowGroups' in details ? 'row group' : 'batch';
  const counts = groups.map(({ rows }) => rows);
  const least = Math.min(...counts);
  const most = Math.max(...counts);
  const of = counts.length === 0 ? '' : ` of ${least === most ? most : `${least} to ${most}`} rows`;
  const plural = counts.length === 1 ? word : word === 'batch' ? 'batches' : `${word}s`;
  const by =
    typeof details['createdBy'] === 'string' ? `, written by ${printable(details['createdBy'])}` : '';
  const layout = typeof details['layout'] === 'string' ? `, Arrow ${details['layout']}` : '';
  return [`  ${counts.length} ${plural}${of}${layout}${by}`];
}

function problemHead(count: number, shown: number, rows: number, isWhole: boolean): string {
  const among = isWhole ? `all ${rows} rows` : `the first ${rows} rows`;
  if (count === 0) return `no problems in ${among}`;
  return `${count} problem${count === 1 ? '' : 's'} in ${among}${shown < count ? `, the first ${shown}` : ''}:`;
}

function problemLines(problems: Inspection['problems'], width: number): string[] {
  return tableFor(
    ['line', 'row', 'problem', 'outcome', 'column', 'found'],
    problems.map(({ line, row, code, outcome, column, found }) => [
      line === null ? '' : String(line),
      String(row),
      code,
      outcome,
      clipped(column ?? '', 24),
      clipped(String(found ?? ''), 40),
    ]),
    width,
  );
}

function sizeText(bytes: number): string {
  if (bytes < 10_000) return `${bytes} bytes`;
  return bytes < 10_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Returns the object that `--json` prints, with the same keys as other records. */
function inspectionJson({ source, columns, groups, rows, isWhole, ...found }: Inspection): object {
  const { path, format, bytes, details, findings } = source.description;
  const { notes, facts, json } = source.about;
  return {
    file: path,
    format,
    bytes,
    rows: source.description.rows ?? (isWhole ? rows : null),
    rows_looked_at: rows,
    ...(source.cells.kind === 'texts'
      ? { ...json, compression: facts['compression'], notes }
      : { ...(source.description.rows === null ? facts : { ...details, groups }) }),
    columns,
    problem_count: found.problemCount,
    problems: found.problems,
    skipped: Object.fromEntries(source.skipped),
    findings,
  };
}
