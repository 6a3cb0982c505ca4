import { camelKeys } from './camel-keys.js';
import type { ColumnFile } from './check-columns.js';
import type { FigureGate, Fill, JobColumn, Missing, Policies, Range, Statistic, Value } from './job.js';
import { figureGate, limitGate } from './resolve-gate.js';
import { policyKeys } from './schema/contract.js';
import { valueOfType } from './value.js';
import type { Path } from './yaml-tree.js';

/** Returns the text of a scalar as it is written in the job file. */
export type TextAt = (path: Path, written: unknown) => string;

/** Settings of the job for columns without their own. */
interface ColumnDefaults {
  readonly maxDrift: FigureGate;
}

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
  const { from, map, ...same } = file;
  return {
    ...camelKeys(same),
    ...resolvePolicies(file, own),
    name,
    source: file.source ?? name,
    derivation:
      from === null
        ? null
        : {
            from,
            map: map === null ? null : Object.entries(map).map(([from, to]) => ({ from, to: own(to) })),
          },
    type,
    missing: missingOf(file, own),
    range: resolveRange(file.range, own),
    categories: Array.isArray(file.categories)
      ? { kind: 'list', values: texts('categories', file.categories) }
      : file.categories === null
        ? null
        : { kind: file.categories as 'model' | 'baseline' },
    aliases: Object.entries(file.aliases).map(([value, from]) => ({
      value,
      from: from.map((item, i) => textAt(['columns', name, 'aliases', value, i], item)),
    })),
    nullValues: file.null_values === undefined ? null : texts('null_values', file.null_values),
    sentinels: file.sentinels.map(own),
    trueValues: file.true_values === undefined ? null : texts('true_values', file.true_values),
    falseValues: file.false_values === undefined ? null : texts('false_values', file.false_values),
    disallowed: file.disallowed ?? 'null',
    maxProblems: file.max_problems === undefined ? null : limitGate(file.max_problems),
    maxNull: limitGate(file.max_null),
    maxUnknown: limitGate(file.max_unknown),
    maxDrift: file.max_drift === undefined ? defaults.maxDrift : figureGate(file.max_drift),
  };
}

function resolvePolicies(file: ColumnFile, own: (written: Value) => Value): Policies {
  const policies = policyKeys.map((key) => {
    const written = file[key] ?? 'null';
    if (typeof written === 'string') return [key, { kind: written }];
    return [key, fill(own('as' in written ? written.as : written.fill))];
  });
  return Object.fromEntries(policies) as Policies;
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
