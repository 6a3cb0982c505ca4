import type * as z from 'zod';
import type { ColumnType } from '../chunk/column.js';
import { isZone } from '../text/time-zone.js';
import type { Value } from './job.js';
import { applies, column as columnSchema, policyKeys } from './schema/contract.js';
import type { JobFile } from './schema.js';
import { showValue } from './show.js';
import { showType, valueOfType } from './value.js';
import type { Path } from './yaml-tree.js';

/** Adds a mistake at `path`; `message` follows the quoted path. */
export type AddMistake = (path: Path, message: string, hint?: string) => void;

/** Input of the checks across keys: the file's content, and whether a key was written at all. */
export interface Checked {
  readonly file: JobFile;
  /** `output.path` with marks for its variables; null if it has none. */
  readonly series: string | null;
  written(path: Path): boolean;
}

export type ColumnFile = JobFile['columns'][string];

const numeric: readonly ColumnType[] = ['int32', 'int64', 'float32', 'float64'];
const dates: readonly ColumnType[] = ['date', 'timestamp'];

const policies = ['missing', ...policyKeys] as const;
const keys = Object.entries(columnSchema.shape) as [keyof ColumnFile, z.ZodType][];
const statistics: readonly unknown[] = ['mean', 'median', 'mode'];

/** Checks each column's keys against its type and against each other. */
export function checkColumns(checked: Checked, add: AddMistake): void {
  for (const [name, column] of Object.entries(checked.file.columns)) {
    const path = ['columns', name];
    checkKeys(checked, path, column, add);
    checkDerived(checked, path, column, add);
    checkRange([...path, 'range'], column.range, column.type ?? null, add);
    checkTexts(path, column, add);
    for (const policy of policies) checkPolicy([...path, policy], column, policy, checked.file, add);
    column.sentinels.forEach((sentinel, i) => {
      checkValue([...path, 'sentinels', i], sentinel, column.type, add);
    });
    if (Array.isArray(column.categories) && column.type !== 'string') {
      column.categories.forEach((category, i) => {
        checkValue([...path, 'categories', i], category as Value, column.type, add);
      });
    }
    if (column.categories === 'baseline') needBaseline([...path, 'categories'], checked.file, add);
  }
}

function checkKeys(checked: Checked, path: Path, column: ColumnFile, add: AddMistake): void {
  for (const [key, schema] of keys) {
    const { types, needs, notAbove } = applies.get(schema) ?? {};
    const at = [...path, key];
    if (!checked.written(at)) continue;
    if (types !== undefined && column.type !== undefined && !types.includes(column.type))
      add(at, `is not valid for type ${column.type}`, `valid for ${types.join(', ')}`);
    if (needs?.some((need) => checked.written([...path, need])) === false) {
      const hint = needs.includes('categories')
        ? 'list them, or write "categories: model" for the model\'s own'
        : undefined;
      add(at, `has no effect without ${needs.map((need) => `"${need}"`).join(' or ')}`, hint);
    }
    if (notAbove !== undefined) checkNotAbove(at, column, key, notAbove as keyof ColumnFile, add);
  }
  if (column.key && column.type === 'list<float32>') add([...path, 'key'], 'cannot be a list');
}

function checkNotAbove(
  path: Path,
  column: ColumnFile,
  key: keyof ColumnFile,
  limit: keyof ColumnFile,
  add: AddMistake,
): void {
  const [low, high] = [column[key], column[limit]];
  if (typeof low === 'number' && typeof high === 'number' && low > high)
    add(path, `must not be above "${limit}" ${high}, found ${low}`);
}

/** Checks the keys of a column that is derived from others: it is not read. */
function checkDerived(checked: Checked, path: Path, column: ColumnFile, add: AddMistake): void {
  if (column.from === null) return;
  for (const [key, schema] of keys) {
    if (applies.get(schema)?.isRead !== true || !checked.written([...path, key])) continue;
    const hint =
      key === 'zone' ? 'write it in the expression: hour(local(departure, "Europe/Berlin"))' : undefined;
    add([...path, key], 'is not valid for a column with "from", which is not read from the file', hint);
  }
  if (column.type === 'list<float32>')
    add([...path, 'type'], 'is not valid for a column with "from"', 'derive single values');
  for (const [text, to] of Object.entries(column.map ?? {}))
    checkValue([...path, 'map', text], to, column.type, add);
}

/** Checks that the bounds have the column's type and are in order. */
export function checkRange(
  path: Path,
  range: readonly [unknown, unknown] | null,
  type: ColumnType | null,
  add: AddMistake,
): void {
  if (range === null) return;
  const bounds = range.map((bound, i) => {
    if (bound === null || (type !== null && !numeric.includes(type) && !dates.includes(type))) return null;
    const value = type !== null && dates.includes(type) ? valueOfType(bound as Value, type) : bound;
    if (typeof value === 'number' || typeof value === 'bigint') return value;
    add([...path, i], `must be ${type === null ? 'a number' : showType(type)}, found ${showValue(bound)}`);
    return null;
  });
  const [low, high] = bounds as [number | bigint | null, number | bigint | null];
  if (low !== null && high !== null && low > high) {
    add(path, `must run from low to high, found [${range.join(', ')}]`);
  }
}

function checkTexts(path: Path, column: ColumnFile, add: AddMistake): void {
  if (column.pattern !== null && !isPattern(column.pattern)) {
    add([...path, 'pattern'], `must be a regular expression, found ${showValue(column.pattern)}`);
  }
  if (!isZone(column.zone)) {
    add(
      [...path, 'zone'],
      `must be an IANA time zone, found ${showValue(column.zone)}`,
      'for example Europe/Berlin',
    );
  }
  const owners = new Map<string, string>();
  for (const [value, texts] of Object.entries(column.aliases)) {
    for (const text of texts.map(String)) {
      const owner = owners.get(text) ?? value;
      if (owner !== value) add([...path, 'aliases', value], `shares ${showValue(text)} with "${owner}"`);
      owners.set(text, owner);
    }
  }
}

function isPattern(source: string): boolean {
  try {
    new RegExp(source, 'u');
    return true;
  } catch {
    return false;
  }
}

function checkPolicy(
  path: Path,
  column: ColumnFile,
  policy: (typeof policies)[number],
  file: JobFile,
  add: AddMistake,
): void {
  const written = column[policy];
  if (typeof written === 'string' || written === null) return;
  const key = 'as' in written ? 'as' : 'fill';
  const value = 'as' in written ? written.as : written.fill;
  const at = [...path, key];
  const statistic = policy === 'missing' && statistics.includes(value);
  const named = 'from' in written && written.from === 'baseline';
  if (named && !statistic)
    add(at, `must be mean, median or mode with "from: baseline", found ${showValue(value)}`);
  else if (statistic && column.type === undefined && !named) {
    add(
      at,
      `is ambiguous: the text ${showValue(value)} or a statistic of the column`,
      'add "from: baseline", or the column\'s type',
    );
  } else if (statistic && (named || column.type !== 'string')) {
    if (value !== 'mode' && column.type !== undefined && !numeric.includes(column.type)) {
      add(
        at,
        `is not valid for type ${column.type}, found ${showValue(value)}`,
        'mode is valid for every type',
      );
    }
    needBaseline(at, file, add);
  } else checkValue(at, value, column.type, add);
}

function checkValue(path: Path, value: Value, type: ColumnType | undefined, add: AddMistake): void {
  if (type === undefined || valueOfType(value, type) !== null) return;
  const quotes = type === 'string' && !Array.isArray(value) ? `write it in quotes: "${value}"` : undefined;
  add(path, `must be ${showType(type)}, found ${showValue(value)}`, quotes);
}

function needBaseline(path: Path, file: JobFile, add: AddMistake): void {
  if (file.quality.baseline !== null) return;
  add(path, 'needs a baseline', 'set "quality.baseline" to a file written by nightshift profile');
}
