import { yamlPath, yamlText } from '../../text/yaml-text.js';
import type { Draft, DraftColumn, ProposedInput } from './draft.js';

/** Longest line of comments and lists. */
const widest = 120;

/** Returns a draft as a commented job file, and the items that it marks with UNSURE. */
export function jobText(
  draft: Draft,
  file: string,
  sample: { readonly rows: number; readonly isWhole: boolean },
): { readonly text: string; readonly unsure: readonly string[] } {
  const unsure: string[] = [];
  const mark = (about: string, doubts: readonly string[], indent: string): string[] =>
    doubts.flatMap((doubt) => {
      unsure.push(about === '' ? doubt : `${about}: ${doubt}`);
      return comment(`UNSURE: ${doubt}`, indent);
    });
  const rows = `${sample.isWhole ? 'all' : 'the first'} ${sample.rows} rows of ${oneLine(file)}`;
  const lines = [
    `# Written by nightshift init from ${rows}. Check the lines marked UNSURE, then: nightshift check JOB`,
    ...mark('', draft.doubts, ''),
    `name: ${yamlText(draft.name)}`,
    '',
    'input:',
    `  # a file, a glob or a folder; for one file per day write \${date} or \${date:yyyy/MM/dd} in it, and run with --date`,
    `  path: ${yamlPath(draft.inputPath)}`,
    '',
    'model:',
    `  path: ${yamlPath(draft.modelPath)}`,
    ...inputLines(draft, mark),
    ...outputLines(draft),
    '',
    ...columnLines(draft, mark),
    'output:',
    `  path: ${yamlPath(draft.outputPath)} # each run needs its own folder: with one file per day write ${draft.outputPath}/date=\${date}`,
    '  format: parquet # parquet | csv | arrow',
    `  columns: [${draft.carried.map(yamlText).join(', ')}] # input columns to copy to the output`,
    '',
    'quality:',
    ...draft.gates.flatMap(([key, yaml, remark]) => {
      if (!remark.startsWith('UNSURE: ')) return [`  ${key}: ${yaml} # ${remark}`];
      return [...mark(`quality.${key}`, [remark.slice('UNSURE: '.length)], '  '), `  ${key}: ${yaml}`];
    }),
    '  # min_rows: 1000 # a file with fewer rows is held back',
    '  # baseline: baseline.json # written by nightshift profile JOB: later runs are compared with it',
  ];
  return { text: `${lines.join('\n')}\n`, unsure };
}

type Mark = (about: string, doubts: readonly string[], indent: string) => string[];

function inputLines({ inputs, constants }: Draft, mark: Mark): string[] {
  const written = inputs.filter(({ byName }) => !byName);
  const lines: string[] = [];
  if (written.length === 0) lines.push('  # inputs: each is fed by the column with its name');
  else
    lines.push(
      '  inputs: # columns by the input that they feed',
      ...written.flatMap((one) => inputLine(one, mark)),
    );
  if (constants.size > 0) {
    lines.push('  constants: # the same in every row');
    for (const [name, value] of constants) lines.push(`    ${yamlText(name)}: ${JSON.stringify(value)}`);
  }
  return lines;
}

function inputLine({ input, columns, packed, doubt }: ProposedInput, mark: Mark): string[] {
  const marked = mark(`model.inputs.${input}`, doubt === null ? [] : [doubt], '    ');
  const name = yamlText(input);
  if (!packed) return [...marked, `    ${name}: ${yamlText(columns[0]!)}`];
  return [...marked, ...listLines(`    ${name}: `, columns.map(yamlText))];
}

function outputLines({ outputs }: Draft): string[] {
  if (outputs.length === 0) return ['  # outputs: every output of the model becomes columns'];
  return [
    '  outputs: # columns of the scored file',
    ...outputs.map(
      ([name, yaml, remark]) => `    ${yamlText(name)}: ${yaml}${remark === '' ? '' : ` # ${remark}`}`,
    ),
  ];
}

function columnLines({ columns, keyDoubt }: Draft, mark: Mark): string[] {
  if (columns.length === 0) return [];
  return [
    'columns: # the contract: what each column must be; values outside are marked in _problems, none is changed',
    ...(keyDoubt === null ? [] : mark(`columns.${keyDoubt.name}`, [keyDoubt.doubt], '  ')),
    ...columns.flatMap(({ name, settings, remark, doubts }) => {
      const marked = mark(`columns.${name}`, doubts, '  ');
      const inline = `  ${yamlText(name)}: { ${settings.map(([key, yaml]) => `${key}: ${yaml}`).join(', ')} }`;
      const noted = remark === '' ? inline : `${inline} # ${oneLine(remark)}`;
      if (noted.length <= widest + 20) return [...marked, noted];
      return [
        ...marked,
        ...(remark === '' ? [] : comment(oneLine(remark), '  ')),
        ...(inline.length <= widest ? [inline] : blockLines(name, settings)),
      ];
    }),
    '',
  ];
}

function blockLines(name: string, settings: DraftColumn['settings']): string[] {
  return [
    `  ${yamlText(name)}:`,
    ...settings.flatMap(([key, yaml]) => {
      const items = /^\[(.*)\]$/.exec(yaml)?.[1];
      const line = `    ${key}: ${yaml}`;
      return line.length <= widest || items === undefined
        ? [line]
        : listLines(`    ${key}: `, splitItems(items));
    }),
  ];
}

/** Splits the items of a list of YAML at commas outside quotes. */
function splitItems(items: string): string[] {
  return items.match(/"(?:[^"\\]|\\.)*"|[^,\s][^,]*/g) ?? [];
}

/** Returns a list of YAML over as many lines as it needs. */
function listLines(head: string, items: readonly string[]): string[] {
  const line = `${head}[${items.join(', ')}]`;
  if (line.length <= widest) return [line];
  const indent = ' '.repeat(head.search(/\S/) + 2);
  const lines = [`${head}[`];
  let current = indent;
  for (const item of items) {
    if (current.length + item.length + 2 > widest && current.trim() !== '') {
      lines.push(current.trimEnd());
      current = indent;
    }
    current += `${item}, `;
  }
  return [...lines, current.trimEnd(), `${indent}]`];
}

function comment(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of oneLine(text).split(' ')) {
    if (line !== '' && indent.length + line.length + word.length + 3 > widest) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line].map((each, i) => `${indent}# ${i === 0 ? '' : '  '}${each}`);
}

/** Returns a text without anything that would end its comment. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u0085\u2028\u2029]+/gu, ' ');
}
