import type { ColumnFile } from './check-columns.js';
import type { FigureGate, Fill, JobColumn, Missing, Range, Statistic, Value } from './job.js';
import { figureGate, limitGate } from './resolve-gate.js';
import { valueOfType } from './value.js';
import type { Path } from './yaml-tree.js';

/** Returns the text of a scalar as it is written in the job file. */
export type TextAt = (path: Path, written: unknown) => string;

/** Settings of the job for columns without their own. */
interface ColumnDefaults {
  readonly maxDrift: FigureGate;
}

type Replacement = Exclude<ColumnFile['unreadable'], string>;

/** Returns the column `name` of the contract with its defaults; `file` must be valid. */
export function resolveColumn(
  name: string,
  file: ColumnFile,
  defaults: ColumnDefaults,
  textAt: TextAt,
): JobColumn {
  const type = file.type ?? null;
  const own = (written: Value): Value => (type === null ? written : (valueOfType(written, type) ?? written));
  const texts = (key: string, written: readonly unknown[]) =>
    written.map((item, i) => textAt(['columns', name, key, i], item));
  const policy = <Word extends string>(written: Word | Replacement): { readonly kind: Word } | Fill =>
    typeof written === 'string' ? { kind: written } : fill(own('as' in written ? written.as : written.fill));
  return {
    name,
    source: file.source ?? name,
    derivation:
      file.from === null
        ? null
        : {
            from: file.from,
            map:
              file.map === null
                ? null
                : Object.entries(file.map).map(([from, to]) => ({ from, to: own(to) })),
          },
    type,
    key: file.key,
    missing: missingOf(file, own),
    unreadable: policy(file.unreadable),
    range: resolveRange(file.range, own),
    outside: policy(file.outside ?? 'null'),
    categories: Array.isArray(file.categories)
      ? { kind: 'list', values: texts('categories', file.categories) }
      : file.categories === null
        ? null
        : { kind: file.categories as 'model' | 'baseline' },
    unknown: policy(file.unknown),
    aliases: Object.entries(file.aliases).map(([value, from]) => ({
      value,
      from: from.map((item, i) => textAt(['columns', name, 'aliases', value, i], item)),
    })),
    match: file.match,
    absent: policy(file.absent),
    nullValues: file.null_values === undefined ? null : texts('null_values', file.null_values),
    sentinels: file.sentinels.map(own),
    decimal: file.decimal,
    layouts: file.layouts,
    zone: file.zone,
    trueValues: file.true_values === undefined ? null : texts('true_values', file.true_values),
    falseValues: file.false_values === undefined ? null : texts('false_values', file.false_values),
    pattern: file.pattern,
    minLength: file.min_length,
    maxLength: file.max_length,
    disallowed: file.disallowed ?? 'null',
    infinity: policy(file.infinity),
    repeated: file.repeated,
    maxProblems: file.max_problems === undefined ? null : limitGate(file.max_problems),
    maxNull: limitGate(file.max_null),
    maxUnknown: limitGate(file.max_unknown),
    maxDrift: file.max_drift === undefined ? defaults.maxDrift : figureGate(file.max_drift),
  };
}

/** Returns the interval `[low, high]`, with bounds in the units of `own`. */
export function resolveRange(
  written: readonly [Value | null, Value | null] | null,
  own: (bound: Value) => Value,
): Range | null {
  if (written === null) return null;
  const bound = (value: Value | null) => {
    if (value === null || typeof value === 'number' || typeof value === 'bigint') return value;
    return own(value) as number | bigint;
  };
  return { low: bound(written[0]), high: bound(written[1]) };
}

function missingOf(file: ColumnFile, own: (written: Value) => Value): Missing {
  const written = file.missing;
  if (typeof written === 'string') return { kind: written };
  if ('as' in written) return fill(own(written.as));
  const statistic = written.fill;
  const isWord = statistic === 'mean' || statistic === 'median' || statistic === 'mode';
  if (isWord && (written.from === 'baseline' || file.type !== 'string')) {
    return { kind: 'fill-from-baseline', statistic: statistic satisfies Statistic };
  }
  return fill(own(written.fill));
}

function fill(value: Value): Fill {
  return { kind: 'fill', value };
}
