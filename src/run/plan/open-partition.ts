import { isDeepStrictEqual } from 'node:util';
import type { NumberSigns, ReadColumn } from '../../chunk/read-plan.js';
import type { SourceFinding } from '../../chunk/source-finding.js';
import { InvalidError, TransientError } from '../../errors.js';
import { detectAndRead } from '../../formats/detect.js';
import type { Cells, ReadOptions, Source, SourceColumn } from '../../formats/format.js';
import { formats } from '../../formats/formats.js';
import type { Job } from '../../job/job.js';
import { checkRoomForColumns } from '../../process/heap-room.js';
import type { FeatureLimit, RepairPlan, RowRule } from '../../repair/contract.js';
import { columnsOnlyDerivedFrom } from '../../repair/derivations.js';
import { type ColumnMatch, type FileColumn, matchColumns } from '../../repair/match-columns.js';
import { namesToRedact } from '../../repair/redact.js';
import { fileBytesOf, type InputFile } from '../../storage/list-inputs.js';
import type { InputState } from '../../storage/stat-input.js';
import { onStorage } from '../../storage/storage-error.js';
import type { PartitionContext } from '../slice/score-slice.js';
import { type DecidedMarks, decimalMarks, type FirstMarks, type WeighedSource } from './decimal-marks.js';
import { lendInput } from './lend-remote.js';
import { partOf } from './part-source.js';
import { folderNotes, folderSources, foldersBeside, readFolder } from './read-folders.js';
import { columnsToRead, copiedNames, type RunColumn } from './resolve-contract.js';

/** An input that is open and matches the contract. */
export interface OpenPartition {
  readonly source: Source;
  readonly context: PartitionContext;
  /** How its columns were matched: renamed, absent, cast, of another type than in the first file. */
  readonly notes: readonly string[];
  /** Doubts about how its columns were matched and are read, in addition to those of the source. */
  readonly findings: readonly SourceFinding[];
}

/** Opens an input in the main process: header or footer only. Throws its format's errors. */
export async function openInput(job: Job, file: InputFile, options: ReadOptions): Promise<WeighedSource> {
  if (file.refusal !== null) throw file.refusal;
  lendInput(file);
  const source = await onStorage('input', file.path, async () => {
    const { format } = job.input;
    const found = format === 'auto' ? await detectAndRead(file.path) : { format, seen: null };
    return (await formats[found.format]()).open(file.path, options, found.seen);
  });
  checkRoomForColumns(source.description.columns.length, file.name);
  return Object.assign(file.part === undefined ? source : partOf(source, file.part), { weighed: new Map() });
}

export interface ContractOfRun {
  readonly columns: readonly RunColumn[];
  readonly rules: readonly RowRule[];
  readonly cannotBeMissing: readonly string[];
  readonly limits: readonly FeatureLimit[];
  readonly audit: boolean;
  readonly redact: readonly string[];
  /** Columns of the first input; those of the others are compared with them. */
  readonly reference: readonly SourceColumn[] | null;
  /** Decimal marks of the first input, for files whose own sample proves none; null: decided per file. */
  readonly marks: FirstMarks | null;
}

/**
 * Plans how a source is read and repaired: which of its columns each column of the contract is, and the
 * format of its numbers. Throws `InvalidError` with every column that does not match, naming the file.
 */
export async function fitPartition(
  source: WeighedSource,
  file: InputFile,
  contract: ContractOfRun,
): Promise<OpenPartition> {
  const { description, about, cells } = source;
  const toRead = readOf(contract);
  const contracts = toRead.map((column) => column.contract);
  const own = description.columns.length;
  // A text in a folder's name is a value with a type, as in Parquet: "NA" is a text.
  const folders = foldersBeside(file, description.columns);
  const fit = fitOf(contract, source, folderSources(folders));
  const { columns, match } = fit;
  if (match.errors.length > 0) {
    const { message, hint, code, column } = match.errors[0]!;
    const others = match.errors.slice(1, 4).map((error) => `; ${error.message}`);
    if (match.errors.length > 4) others.push(`; and ${match.errors.length - 4} more`);
    throw new InvalidError(code, `${file.name}: ${message}${others.join('')}`, {
      file: file.path,
      column,
      hint: cells.whyMissing(contracts.map((wanted) => wanted.source)) ?? hint,
    });
  }
  const decided = await decimalMarks(source, toRead, contract.marks);
  const read = readingOf(fit, toRead, decided, { own, kind: cells.kind });
  const constants = await Promise.all(
    read.folders.map((column) => readFolder(file, folders[column.source - own]!, column)),
  );
  return {
    source,
    findings: [
      ...decided.doubtful.map(doubtOfMarks),
      ...decided.unproven.map(unprovenMark),
      ...otherSigns(decided.signs, contract.marks?.signs ?? new Map()),
    ],
    notes: [
      ...match.notes.map(({ message }) => message),
      ...decided.commas.map(commaNote),
      ...about.notes,
      ...folderNotes(file, description.columns, contracts),
    ],
    context: {
      source: description,
      read: { columns: read.columns, constants },
      file: file.name,
      rawForm: cells.rawForm,
      digested: [],
      newRows: null,
      challengers: [],
      redacted: [...namesToRedact(contract.redact, match.columns, columns)],
      repair: fit.repair,
    },
  };
}

const reads = new WeakMap<ContractOfRun, readonly RunColumn[]>();

/** Returns the columns that a contract reads, the same list for each file. */
function readOf(contract: ContractOfRun): readonly RunColumn[] {
  const known = reads.get(contract);
  if (known !== undefined) return known;
  const columns = columnsToRead(contract.columns);
  reads.set(contract, columns);
  return columns;
}

/** How the last file's columns match a contract: for the next file of the same columns, these objects serve. */
interface Fit {
  readonly described: readonly SourceColumn[];
  readonly titles: readonly string[];
  readonly columns: readonly FileColumn[];
  readonly match: ColumnMatch;
  readonly repair: RepairPlan;
  read: Reading | null;
}

/** The columns that are read from a file, and from the names of its folders. */
interface Reading {
  readonly decided: readonly unknown[];
  readonly columns: readonly ReadColumn[];
  readonly folders: readonly ReadColumn[];
}

const fits = new WeakMap<ContractOfRun, Fit>();

function fitOf(
  contract: ContractOfRun,
  { description: { columns: described }, cells: { titles } }: WeighedSource,
  folders: readonly SourceColumn[],
): Fit {
  const last = fits.get(contract);
  const isLike = last !== undefined && last.described === described && last.titles === titles;
  if (isLike && folders.length === 0 && last.columns.length === described.length) return last;
  const columns: FileColumn[] = [
    ...described.map((column, i) => ({ ...column, title: titles[i] ?? column.name })),
    ...folders,
  ];
  if (last !== undefined && isDeepStrictEqual(last.columns, columns)) return last;
  const toRead = readOf(contract);
  const contracts = toRead.map((column) => column.contract);
  const match = matchColumns(contracts, columns, contract.reference, copiedNames(toRead));
  const repair = {
    columns: contract.columns.filter((column) => !column.isOnlyCarried).map((column) => column.contract),
    rules: contract.rules,
    cannotBeMissing: contract.cannotBeMissing,
    limits: contract.limits,
    absent: match.absent,
    audit: contract.audit,
    redact: contract.redact,
  };
  const fit = { described, titles, columns, match, repair, read: null };
  fits.set(contract, fit);
  return fit;
}

/** Returns how the columns are read: as in the last file if the same was decided about their numbers. */
function readingOf(
  fit: Fit,
  toRead: readonly RunColumn[],
  marks: DecidedMarks,
  { own, kind }: { readonly own: number; readonly kind: Cells['kind'] },
): Reading {
  const decided = [kind, marks.marks, marks.groupings, marks.signs];
  if (fit.read !== null && isDeepStrictEqual(fit.read.decided, decided)) return fit.read;
  const indices = new Map(fit.match.columns.map(({ name, source }) => [name, source]));
  const derivedFrom = columnsOnlyDerivedFrom(fit.repair.columns, new Set());
  const columns = toRead.flatMap((column) => {
    const { name } = column.contract;
    const index = indices.get(name) ?? null;
    if (index === null) return [];
    const read = readColumn(column, index, marks, index < own ? kind : 'values');
    return [read.type === 'string' && derivedFrom.has(name) ? { ...read, coded: true } : read];
  });
  const isOwn = ({ source }: ReadColumn) => source < own;
  fit.read = { decided, columns: columns.filter(isOwn), folders: columns.filter((one) => !isOwn(one)) };
  return fit.read;
}

function readColumn(
  { contract, nullValues, parse, isFeature, exact }: RunColumn,
  source: number,
  { marks, groupings, signs }: DecidedMarks,
  kind: Cells['kind'],
): ReadColumn {
  const { name, type, categories } = contract;
  const layout = type === 'string' && (isFeature || categories !== null) ? 'dictionary' : 'text';
  const decimal = marks.get(name) ?? parse.decimal;
  const grouping = groupings.get(name) ?? parse.grouping;
  const own = signs.get(name);
  return {
    name,
    source,
    type,
    layout,
    categories: categories ?? [],
    nullValues: kind === 'texts' ? nullValues.csv : nullValues.typed,
    parse: { ...parse, decimal, grouping, ...(own === undefined ? {} : { signs: own }) },
    ...(exact === null ? {} : { exact }),
  };
}

function commaNote(name: string): string {
  return `numbers of column "${name}" are read with a decimal comma, as in its sample`;
}

function doubtOfMarks(name: string): SourceFinding {
  const sentence = `numbers of column "${name}" such as 1,234 or 1.234 are ambiguous (decimal or thousands mark) and flagged: set "columns.${name}.decimal"`;
  return { code: 'decimal-mark', level: 'check', sentence };
}

/** Returns the columns whose currency, or percent sign, differs from that in the job's first file. */
function otherSigns(here: DecidedMarks['signs'], first: DecidedMarks['signs']): SourceFinding[] {
  return [...here].flatMap(([name, own]) => {
    const before = first.get(name);
    const [sign, was] = [signOf(own), before === undefined ? null : signOf(before)];
    const isOther = sign !== was && (sign === '%' || was === '%' || (sign !== '' && was !== ''));
    if (sign === null || was === null || !isOther) return [];
    const words = (mark: string) => (mark === '' ? 'no sign' : `the sign ${mark}`);
    const sentence = `numbers of column "${name}" have ${words(sign)}, but ${words(was)} in the first file: their unit may differ`;
    return [{ code: 'mixed-units', level: 'check', sentence }];
  });
}

/** Returns the sign of a column's own numbers; empty: none, null: numbers with and without are in doubt. */
function signOf({ bare, percent, currency }: NumberSigns): string | null {
  if (percent) return '%';
  return bare ? (currency ?? '') : null;
}

function unprovenMark(name: string): SourceFinding {
  const sentence = `numbers of column "${name}" such as 1.234 have three digits after the point, and nothing in the file shows that it separates thousands; they are read as decimals: set "columns.${name}.decimal" to "," if it does`;
  return { code: 'decimal-mark', level: 'note', sentence };
}

/** Throws `TransientError` if an input is not the planned file: still being written, or replaced. */
export function checkUnchanged(
  file: Pick<InputFile, 'path' | 'name' | 'bytes' | 'mtimeMs' | 'etag' | 'part'>,
  now: InputState,
): void {
  const bytes = fileBytesOf(file);
  if (now.size === bytes && now.mtimeMs === file.mtimeMs && now.etag === file.etag) return;
  const what = now.size === bytes ? 'was rewritten' : `changed from ${bytes} to ${now.size} bytes`;
  throw new TransientError('input-changed', `input "${file.name}" ${what} while it was being read`, {
    file: file.path,
    hint: 'run again when the input is complete',
  });
}
