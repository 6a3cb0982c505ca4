import type { ColumnType } from '../chunk/column.js';
import { type AddMistake, type Checked, checkColumns, checkRange } from './check-columns.js';
import { checkDecisions } from './check-decisions.js';
import { closestWord } from './closest.js';
import { holdsOutput } from './holds-output.js';
import { standardStream } from './job.js';
import { parseLimit } from './limit.js';
import { isRemote, isS3, remoteHint } from './remote-path.js';
import type { JobFile } from './schema.js';
import { showValue } from './show.js';
import { parseSize, showSize } from './size.js';
import type { Path } from './yaml-tree.js';

/** Columns that nightshift adds to every scored file. */
const ownColumns = ['_row_status', '_problems', '_source_file', '_source_row'] as const;

/** Marks of CSV by name. */
const namedMarks = ['auto', 'none', 'double', 'single', 'doubled', 'backslash'];

const smallestChunk = 64;
const largestChunk = 256 << 20;

/** Memory that one worker needs besides the main process, in bytes. */
export const leastMemory = 128 << 20;

/** Finds mistakes across keys that are each valid alone; `baseDir` is the job file's folder. */
export function checkAcross(checked: Checked, baseDir: string, add: AddMistake): void {
  checkColumns(checked, add);
  checkModel(checked.file, add);
  checkInput(checked.file, add);
  checkSince(checked, add);
  checkOutput(checked.file, baseDir, add);
  checkQuality(checked, add);
  checkSizes(checked.file, add);
  checkLineage(checked.file, add);
  repeated(checked.file.rules.map((rule) => rule.name)).forEach((i) => {
    add(
      ['rules', i, 'name'],
      `is the name of an earlier rule, found ${showValue(checked.file.rules[i]!.name)}`,
    );
  });
}

function checkLineage({ telemetry: { lineage } }: JobFile, add: AddMistake): void {
  if (lineage !== null && isRemote(lineage) && !/^https?:/i.test(lineage))
    add(
      ['telemetry', 'lineage'],
      `must be a file on this machine or an address that begins with http, found ${showValue(lineage)}`,
      'write to a file and copy it after the run',
    );
}

function checkModel(file: JobFile, add: AddMistake): void {
  const { path, challengers, compare_with } = file.model;
  checkFile(['model', 'path'], path, add);
  challengers.forEach((one, i) => {
    checkFile(['model', 'challengers', i], one, add);
  });
  checkFile(['model', 'compare_with'], compare_with, add);
  checkFile(['quality', 'baseline'], file.quality.baseline, add);
  for (const [tensor, columns] of Object.entries(file.model.inputs)) {
    if (Object.hasOwn(file.model.constants, tensor)) {
      add(['model', 'constants', tensor], 'is also fed by columns', 'remove it from "model.inputs" or here');
    }
    if (typeof columns === 'string') continue;
    columns.forEach((column, i) => {
      if (typeof column === 'string') return;
      const path = ['model', 'inputs', tensor, i, 'one_hot'];
      const contract = Object.hasOwn(file.columns, column.one_hot) ? file.columns[column.one_hot] : undefined;
      if (contract === undefined) {
        const close = closestWord(column.one_hot, Object.keys(file.columns));
        const hint = close === null ? 'add it to "columns", with its categories' : `did you mean "${close}"?`;
        add(path, `must be a column of "columns", found ${showValue(column.one_hot)}`, hint);
      } else if (contract.categories === null) {
        add(path, `needs the categories of column "${column.one_hot}"`, 'the matrix has one column for each');
      }
    });
  }
  for (const [name, output] of Object.entries(file.model.outputs)) {
    const path = ['model', 'outputs', name];
    if (isOwn(name))
      add(path, 'is a column that nightshift adds to every scored file', 'choose another name');
    if (file.output.columns.includes(name)) {
      add(path, 'is also copied by "output.columns"', 'choose another name');
    }
    checkRange([...path, 'range'], output.range, 'float64', add);
    checkDecisions(path, output, add);
    const ranks = (['rank', 'decile'] as const).find((key) => output[key] !== null);
    if (ranks !== undefined && file.input.split !== null)
      add(
        [...path, ranks],
        'would count within the parts of a file, because "input.split" is set',
        'remove "input.split" from the job',
      );
  }
}

/** Checks the place of a model or a baseline, which is read as a whole. */
function checkFile(path: Path, text: string | null, add: AddMistake): void {
  if (text === null || !isRemote(text)) return;
  if (!isS3(text))
    add(path, `must be a local file or an s3:// address, found ${showValue(text)}`, remoteHint(text));
  else if (!/^s3:\/\/[^/]+\/./i.test(text))
    add(path, `must name a bucket and an object, found ${showValue(text)}`, 'write s3://BUCKET/KEY');
}

function checkInput(file: JobFile, add: AddMistake): void {
  pathsOf(file).forEach((text, i) => {
    const path = typeof file.input.path === 'string' ? ['input', 'path'] : ['input', 'path', i];
    if (isRemote(text) && !isS3(text))
      add(path, `must be local files or s3:// addresses, found ${showValue(text)}`, remoteHint(text));
    if (isS3(text) && !/^s3:\/\/[^/*?[{]+/i.test(text))
      add(path, `must begin with a bucket, found ${showValue(text)}`, 'write s3://BUCKET/KEY');
  });
  if (pathsOf(file).length > 1 && pathsOf(file).includes(standardStream))
    add(['input', 'path'], 'must be either "-" (standard input) or files, found both');
  const { delimiter, quote } = file.input.csv;
  if (delimiter !== 'auto' && delimiter === quote) {
    add(['input', 'csv', 'quote'], `must differ from "delimiter", found ${showValue(quote)}`);
  }
  for (const key of ['quote', 'escape'] as const) {
    const mark = file.input.csv[key];
    if (!namedMarks.includes(mark) && !/^[\x20-\x7e]$/.test(mark)) {
      add(['input', 'csv', key], `must be auto, none or one ASCII character, found ${showValue(mark)}`);
    }
  }
}

/** `input.since` compares run folders: each run needs its own. */
function checkSince({ file, series }: Checked, add: AddMistake): void {
  const { since } = file.input;
  if (since === null) return;
  if (since !== 'last' && 'watermark' in since) checkWatermark(file, since.watermark, add);
  if (since !== 'last' && 'key' in since) {
    const path = ['input', 'since', 'key'];
    if (typeof since.key === 'string') checkSinceKey(file, path, since.key, add);
    else for (const [i, name] of since.key.entries()) checkSinceKey(file, [...path, i], name, add);
  }
  if (pathsOf(file).includes(standardStream))
    add(['input', 'since'], 'has no effect on standard input', 'remove it');
  else if (series === null)
    add(
      ['input', 'since'],
      'needs a folder for each run, but "output.path" has no variable',
      `write for example output.path: ../scored/\${job}/date=\${date}`,
    );
}

/** Types whose values can be compared exactly: floats of 32 bits shorten ids and times. */
const watermarkTypes: readonly ColumnType[] = ['int32', 'int64', 'float64', 'date', 'timestamp', 'string'];

/** Checks the column that says which rows are new: it must be read exactly, and may be kept in records. */
function checkWatermark(file: JobFile, name: string, add: AddMistake): void {
  const path = ['input', 'since', 'watermark'];
  const column = readColumn(file, path, name, 'timestamp', add);
  if (column === null) return;
  if (!watermarkTypes.includes(column.type))
    add(
      path,
      `cannot be of type ${column.type}`,
      column.type === 'float32' ? 'float64 keeps all digits' : `valid for ${watermarkTypes.join(', ')}`,
    );
  if (file.redact.includes(name))
    add(path, `names a column of "redact", but records keep its greatest value`, 'choose another column');
  if (file.input.split !== null)
    add(path, 'belongs to whole files, but "input.split" is set', 'remove "input.split" from the job');
}

/** Checks a column of the key that says which rows are new: published files must have it, and exactly. */
function checkSinceKey(file: JobFile, path: Path, name: string, add: AddMistake): void {
  const column = readColumn(file, path, name, 'int64', add);
  if (column === null) return;
  if (column.type === 'list<float32>') add(path, 'cannot be a list');
  if (column.type === 'string' && file.output.format === 'csv')
    add(
      path,
      'cannot be a text in CSV files, which do not keep every text',
      'choose another "output.format"',
    );
  if (!file.output.columns.includes(name))
    add(path, `must be copied by "output.columns", found ${showValue(name)}`, 'add it there');
  if (column.missing !== 'reject')
    add(path, `would score rows without "${name}" again and again`, `set "columns.${name}.missing: reject"`);
}

/** Returns a column that is read from the file with a type, or adds why it is none. */
function readColumn(
  file: JobFile,
  path: Path,
  name: string,
  type: ColumnType,
  add: AddMistake,
): (JobFile['columns'][string] & { readonly type: ColumnType }) | null {
  const column = Object.hasOwn(file.columns, name) ? file.columns[name] : undefined;
  if (column === undefined) {
    const close = closestWord(name, Object.keys(file.columns));
    const hint = close === null ? 'add it to "columns", with its type' : `did you mean "${close}"?`;
    add(path, `must be a column of "columns", found ${showValue(name)}`, hint);
  } else if (column.from !== null)
    add(path, `must be read from the file, but "${name}" has "from"`, 'name the column that it comes from');
  else if (column.type === undefined)
    add(path, `needs the type of column "${name}"`, `write columns: { ${name}: { type: ${type} } }`);
  else return { ...column, type: column.type };
  return null;
}

function checkOutput(file: JobFile, baseDir: string, add: AddMistake): void {
  const { path, format, columns, formulas } = file.output;
  if (isRemote(path) && !isS3(path))
    add(
      ['output', 'path'],
      `must be a local folder or an s3:// address, found ${showValue(path)}`,
      'mount remote storage',
    );
  if (isS3(path) && !/^s3:\/\/[^/]+(\/(?!\.{1,2}(\/|$))[^/]+)+\/*$/i.test(path))
    add(
      ['output', 'path'],
      `must be a bucket and a prefix, found ${showValue(path)}`,
      'write s3://BUCKET/PREFIX',
    );
  const within = pathsOf(file).find((input) => holdsOutput(input, path, baseDir));
  if (within !== undefined) {
    add(
      ['output', 'path'],
      `is within the input ${showValue(within)}, so a rerun would score its own output`,
      'write next to the input',
    );
  }
  if (formulas === 'neutralise' && format !== 'csv') {
    add(
      ['output', 'formulas'],
      `has no effect for format ${format}`,
      'only CSV files are at risk: spreadsheets run formulas in them',
    );
  }
  const { reasons } = file.output;
  columns.forEach((column, i) => {
    if (reasons !== null && isOfReasons(column, reasons.top))
      add(['output', 'columns', i], `is a column that "output.reasons" adds, found ${showValue(column)}`);
    if (isOwn(column))
      add(['output', 'columns', i], `is added to every scored file, found ${showValue(column)}`, 'remove it');
  });
  repeated(columns).forEach((i) => {
    add(['output', 'columns', i], `is listed twice, found ${showValue(columns[i])}`, 'remove it');
  });
}

function checkQuality(checked: Checked, add: AddMistake): void {
  const { quality, model, columns } = checked.file;
  const gates: [Path, Gate, 'below' | 'above'][] = [
    ...gatesOf(['quality'], quality),
    ...Object.entries(columns).flatMap(([name, column]) => gatesOf(['columns', name], column)),
    ...Object.entries(quality.scores).flatMap(([name, score]) => gatesOf(['quality', 'scores', name], score)),
  ];
  for (const [path, gate, side] of gates) checkGate(path, gate, side, add);
  const low = figureOf(quality.min_rows);
  const high = figureOf(quality.max_rows);
  if (low !== null && high !== null && low > high) {
    add(['quality', 'min_rows'], `must not be above "max_rows" ${high}, found ${low}`);
  }
  const outputs = Object.keys(model.outputs);
  for (const [name, score] of Object.entries(quality.scores)) {
    const path = ['quality', 'scores', name];
    if (outputs.length > 0 && !outputs.includes(name)) {
      const close = closestWord(name, outputs);
      add(
        path,
        'must be a column of "model.outputs"',
        close === null ? undefined : `did you mean "${close}"?`,
      );
    } else if (score.max_outside !== null && model.outputs[name]?.range == null) {
      add([...path, 'max_outside'], 'needs a range', `set "model.outputs.${name}.range"`);
    }
  }
}

type Gate =
  | number
  | string
  | { warn?: number | string | null | undefined; fail?: number | string | null | undefined }
  | null;

function gatesOf(path: Path, section: object): [Path, Gate, 'below' | 'above'][] {
  return Object.entries(section)
    .filter(([key, gate]) => /^(min|max)_/.test(key) && typeof gate === 'object')
    .map(([key, gate]) => [[...path, key], gate as Gate, key.startsWith('min_') ? 'above' : 'below']);
}

/** Checks the order of a gate's sides: a warning that comes after the failure is never seen. */
function checkGate(path: Path, gate: Gate, side: 'below' | 'above', add: AddMistake): void {
  if (typeof gate !== 'object' || gate === null || gate.warn == null || gate.fail == null) return;
  const [warn, fail] = [comparable(gate.warn), comparable(gate.fail)];
  if (warn.kind !== fail.kind || (side === 'below' ? warn.figure <= fail.figure : warn.figure >= fail.figure))
    return;
  add([...path, 'warn'], `must be ${side} "fail" ${gate.fail}, found ${gate.warn}`);
}

function comparable(written: number | string): { readonly kind: string; readonly figure: number } {
  const limit = typeof written === 'string' ? parseLimit(written) : null;
  if (limit === null) return { kind: 'count', figure: Number(written) };
  return 'count' in limit
    ? { kind: 'count', figure: limit.count }
    : { kind: 'share', figure: limit.fraction };
}

function figureOf(gate: JobFile['quality']['min_rows']): number | null {
  return typeof gate === 'object' ? (gate?.fail ?? null) : gate;
}

function checkSizes(file: JobFile, add: AddMistake): void {
  const { chunk_bytes: chunk, memory } = file.run;
  const bytes = parseSize(chunk);
  if (bytes === null || bytes < smallestChunk || bytes > largestChunk) {
    add(['run', 'chunk_bytes'], `must be from 64B to 256MiB, found ${showValue(chunk)}`);
  }
  const split = file.input.split === null ? null : parseSize(file.input.split);
  if (split !== null && bytes !== null && split < bytes)
    add(['input', 'split'], `must be at least "run.chunk_bytes", ${showValue(chunk)}`);
  const limit = memory === 'auto' ? Number.POSITIVE_INFINITY : (parseSize(memory) ?? 0);
  if (limit < leastMemory) {
    add(['run', 'memory'], `must be at least ${showSize(leastMemory)}, found ${showValue(memory)}`);
  }
}

function isOwn(name: string): boolean {
  return (ownColumns as readonly string[]).includes(name);
}

/** Returns true for a column that the reasons of each row are written to. */
function isOfReasons(name: string, top: number): boolean {
  const rank = /^reason_(\d+)(?:_contribution)?$/.exec(name)?.[1];
  if (rank !== undefined) return String(Number(rank)) === rank && Number(rank) >= 1 && Number(rank) <= top;
  return name === 'base_value' || name === 'reason_others_contribution';
}

function pathsOf(file: JobFile): readonly string[] {
  return typeof file.input.path === 'string' ? [file.input.path] : file.input.path;
}

/** Returns the indices of values that occur earlier in the list. */
function repeated(values: readonly string[]): number[] {
  return values.flatMap((value, i) => (values.indexOf(value) < i ? [i] : []));
}
