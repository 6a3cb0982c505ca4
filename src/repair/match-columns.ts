import type { ColumnType } from '../chunk/column.js';
import { firstOf } from '../text/first-of.js';
import { foldName, groupIndices, indexNames, isSlip } from './column-names.js';
import type { ColumnContract } from './contract.js';
import { unreadableHint } from './unreadable-hint.js';

/** A column as in a file; `type` is null if the file does not say (CSV). */
export interface FileColumn {
  readonly name: string;
  /** Original header text of a column that was given `name` because its own name was a duplicate (CSV). */
  readonly title?: string;
  readonly type: ColumnType | null;
  /** The file's own word for the type. */
  readonly native: string;
  readonly readable: boolean;
}

/** A difference in a file's columns; `column` is the contract's name, or the file's outside it. */
interface DriftNote {
  readonly code:
    | 'renamed-column'
    | 'absent-column'
    | 'added-column'
    | 'reordered-columns'
    | 'cast-column'
    | 'changed-type';
  readonly column: string | null;
  readonly message: string;
}

/** A difference in a file's columns that violates the contract; the hint says who must act. */
interface DriftError {
  readonly code: 'absent-column' | 'ambiguous-column' | 'unreadable-column' | 'mismatched-type';
  readonly column: string;
  readonly message: string;
  readonly hint: string;
}

/** Location of each column of the contract in one file; plain data. */
export interface ColumnMatch {
  /** In the contract's order; `source` is the index in the file, null if it is absent there. */
  readonly columns: readonly { readonly name: string; readonly source: number | null }[];
  /** Names of absent columns that their policy allows: `RepairPlan.absent`. */
  readonly absent: readonly string[];
  /** Columns of the file outside the contract. */
  readonly added: readonly string[];
  readonly notes: readonly DriftNote[];
  readonly errors: readonly DriftError[];
}

/**
 * Finds the contract's columns in a file: by exact name, else ignoring case, surrounding blanks and Unicode
 * form, else as `NameIndex.respelled` says. `reference` is the first file of the run (null for that one
 * itself), with which order, additions and types are compared. `copied` are the columns that are only passed
 * through: they may be read from a column that another one reads.
 */
export function matchColumns(
  contract: readonly ColumnContract[],
  file: readonly FileColumn[],
  reference: readonly FileColumn[] | null,
  copied: ReadonlySet<string> = new Set(),
): ColumnMatch {
  const notes: DriftNote[] = [];
  const errors: DriftError[] = [];
  const absent: string[] = [];
  const used = new Set<number>();
  const find = columnFinder(contract, file, copied);
  const columns = contract.map((column) => {
    const indices = find(column);
    if (indices.length > 1) errors.push(ambiguous(column, file, indices));
    const source = indices.length === 1 ? indices[0]! : null;
    for (const index of indices) used.add(index);
    if (source !== null) describe(column, file[source]!, notes, errors);
    else if (indices.length === 0) {
      if (column.absent.kind === 'fail')
        errors.push(
          missing(
            column,
            contract,
            file,
            errors.some(({ code }) => code === 'absent-column'),
          ),
        );
      else {
        absent.push(column.name);
        notes.push({
          code: 'absent-column',
          column: column.name,
          message: `column "${column.source}" is not in the file`,
        });
      }
    }
    return { name: column.name, source };
  });
  errors.push(...shared(contract, columns, file, copied));
  const added = file.filter((_, index) => !used.has(index)).map(({ name }) => name);
  if (reference !== null) notes.push(...compareFiles(reference, file));
  return { columns, absent, added, notes, errors };
}

/** Returns what changed between files: new columns, order, types. The contract handles missing columns. */
function compareFiles(first: readonly FileColumn[], second: readonly FileColumn[]): readonly DriftNote[] {
  const notes: DriftNote[] = [];
  const before = new Map(first.map((column) => [foldName(column.name), column]));
  for (const column of second) {
    const old = before.get(foldName(column.name));
    if (old === undefined) {
      notes.push({
        code: 'added-column',
        column: column.name,
        message: `column "${column.name}" was not in the first file`,
      });
    } else if (old.type !== column.type || (old.type === null && old.native !== column.native)) {
      notes.push({
        code: 'changed-type',
        column: column.name,
        message: `column "${column.name}" is ${column.native}, but ${old.native} in the first file`,
      });
    }
  }
  const after = new Set(second.map(({ name }) => foldName(name)));
  const inFirst = first.map(({ name }) => foldName(name)).filter((name) => after.has(name));
  const inSecond = second.map(({ name }) => foldName(name)).filter((name) => before.has(name));
  if (inFirst.some((name, i) => name !== inSecond[i])) {
    notes.push({
      code: 'reordered-columns',
      column: null,
      message: 'the columns are in a different order than in the first file',
    });
  }
  return notes;
}

/**
 * Returns a function that finds the columns of a file from which a column of the contract may be read. Exact
 * names win, and a name means all columns of that name in the file except those that the contract names
 * separately; else names that differ only in case, blanks and Unicode form and that no other column of the
 * contract claims exactly; else, unless the job writes the name under `source`, names that are only spelled
 * differently and that no other column claims.
 */
function columnFinder(
  contract: readonly ColumnContract[],
  file: readonly FileColumn[],
  copied: ReadonlySet<string>,
): (column: ColumnContract) => readonly number[] {
  const index = indexNames(file.map(({ name }) => name));
  const titled = groupIndices(file.map(({ name, title }) => title ?? name));
  const read = contract.filter(({ name }) => !copied.has(name)).map(({ source }) => source);
  const sources = groupIndices(read);
  const folds = groupIndices(read.map(foldName));
  return ({ name: own, source }) => {
    const isAlone = copied.has(own);
    const mine = foldName(source);
    const isClaimed = (name: string) => !isAlone && count(sources, name) > (name === source ? 1 : 0);
    const isMeant = (fold: string) => !isAlone && count(folds, fold) > (fold === mine ? 1 : 0);
    const nameOf = (i: number) => file[i]!.name;
    const exact = [
      ...index.named(source),
      ...(titled.get(source) ?? []).filter((i) => nameOf(i) !== source && !isClaimed(nameOf(i))),
    ];
    if (exact.length > 0) return exact.sort((a, b) => a - b);
    const alike = index.folded(source).filter((i) => !isClaimed(nameOf(i)));
    if (alike.length > 0 || source !== own) return alike;
    return index.respelled(source).filter((i) => !isMeant(foldName(nameOf(i))));
  };
}

function count(groups: ReadonlyMap<string, readonly number[]>, text: string): number {
  return groups.get(text)?.length ?? 0;
}

/**
 * Returns a function that finds the column of a file from which a column with a given name is read if no
 * other claims it; undefined if none or several match.
 */
export function sourceFinder<Column extends { readonly name: string }>(
  file: readonly Column[],
): (name: string) => Column | undefined {
  const index = indexNames(file.map(({ name }) => name));
  return (name) => {
    const [exact] = index.named(name);
    if (exact !== undefined) return file[exact];
    const alike = index.folded(name);
    const found = alike.length > 0 ? alike : index.respelled(name);
    return found.length === 1 ? file[found[0]!] : undefined;
  };
}

function describe(
  { name, source, type, key }: ColumnContract,
  found: FileColumn,
  notes: DriftNote[],
  errors: DriftError[],
): void {
  if (found.name !== source) {
    notes.push({
      code: 'renamed-column',
      column: name,
      message: `column "${source}" is read from "${shortName(found.name)}"`,
    });
  }
  if (key && type === 'int64' && /UINT_64|UInt64/.test(found.native)) {
    notes.push({
      code: 'cast-column',
      column: name,
      message: `column "${found.name}" is ${found.native}: keys above 9223372036854775807 do not fit int64, "type: string" keeps them exactly`,
    });
  }
  if (!found.readable) {
    errors.push({
      code: 'unreadable-column',
      column: name,
      message: `column "${found.name}" is of a type that cannot be read: ${found.native}`,
      hint: `${unreadableHint(found.native)}, or leave it out of the contract`,
    });
  } else if (found.type !== null && found.type !== type) {
    if (!canCast(found.type, type)) {
      errors.push({
        code: 'mismatched-type',
        column: name,
        message: `column "${found.name}" must be readable as ${type}, found ${found.native}`,
        hint: 'correct "type", or the file',
      });
      return;
    }
    notes.push({
      code: 'cast-column',
      column: name,
      message: `column "${found.name}" is ${found.native}, read as ${type}`,
    });
  }
}

/** Returns true if one type can be read as the other, except vectors as single values, times as booleans. */
function canCast(from: ColumnType, to: ColumnType): boolean {
  if (from === 'list<float32>' || to === 'list<float32>') return from === 'string' || to === 'string';
  const isTime = (type: ColumnType): boolean => type === 'date' || type === 'timestamp';
  return !(isTime(from) && to === 'boolean') && !(from === 'boolean' && isTime(to));
}

/** Returns columns of the contract that share a column of the file under names other than their own. */
function shared(
  contract: readonly ColumnContract[],
  found: ColumnMatch['columns'],
  file: readonly FileColumn[],
  copied: ReadonlySet<string>,
): DriftError[] {
  const first = new Map<number, ColumnContract>();
  return contract.flatMap((column, i): DriftError[] => {
    const index = found[i]!.source;
    if (index === null || copied.has(column.name)) return [];
    const before = first.get(index);
    if (before === undefined) first.set(index, column);
    if (before === undefined || before.source === column.source) return [];
    return [
      {
        code: 'ambiguous-column',
        column: column.name,
        message: `columns "${before.name}" and "${column.name}" would both be read from "${file[index]!.name}"`,
        hint: `write "source: ${file[index]!.name}" under both if that is meant, or correct one`,
      },
    ];
  });
}

function ambiguous(
  { name, source }: ColumnContract,
  file: readonly FileColumn[],
  at: readonly number[],
): DriftError {
  const names = at.map((index) => `"${shortName(file[index]!.name)}" (column ${index + 1})`).join(' and ');
  return {
    code: 'ambiguous-column',
    column: name,
    message: `column "${source}" must be in the file once, found ${names}`,
    hint: 'rename one of them, or write its exact name under "source"',
  };
}

/** Maximum number of columns of a file that an error lists. */
const mostNames = 20;

/** Returns the error for an absent column; lists the columns that are there instead once per file. */
function missing(
  { name, source, type }: ColumnContract,
  contract: readonly ColumnContract[],
  file: readonly FileColumn[],
  isListedBefore: boolean,
): DriftError {
  const claimed = new Set(contract.map((other) => foldName(other.source)));
  const free = file.filter((column) => !claimed.has(foldName(column.name)));
  const meant = free.filter((column) => isSlip(foldName(source), foldName(column.name)));
  const names = file.slice(0, mostNames).map((column) => shortName(column.name));
  const found = isListedBefore ? '' : `, found ${firstOf(names, mostNames, file.length)}`;
  return {
    code: 'absent-column',
    column: name,
    message: `column "${source}" must be in the file${found}`,
    hint:
      type === 'list<float32>'
        ? 'if it is packed from single columns, name them in their order under "model.inputs"; else correct "source"'
        : meant.length === 1
          ? `if ${JSON.stringify(meant[0]!.name)} is meant, write: columns: { ${yamlName(name)}: { source: ${yamlName(meant[0]!.name)} } }`
          : 'correct its name or "source", or say under "absent" what to do without it',
  };
}

/** Formats a name for YAML. */
export function yamlName(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
}

/** Shows a name from a file, which may be binary: invisible characters as numbers, `<U+200B>`. */
function shortName(name: string): string {
  const shown = name.replace(/(?! )[\p{Cc}\p{Cf}\p{Zs}\p{Zl}\p{Zp}]/gu, byNumber);
  return shown.length <= 40 ? shown : `${shown.slice(0, 40)}…`;
}

function byNumber(character: string): string {
  return `<U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}>`;
}
