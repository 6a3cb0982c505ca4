import type { LimitGate } from '../job/job.js';
import { type ColumnProfile, isConstant } from './column-profile.js';
import { type GateContext, type GateResult, limitGate } from './gate.js';
import { type SliceQuality, usedColumn } from './slice-quality.js';
import { mostFrequent } from './top-values.js';
import { countOf, shownText } from './wording.js';

/** Gates on features for which neither the contract nor a baseline defines the usual values. */
export interface FeatureGates {
  /** On missing values; `except` are the features that have a limit elsewhere. */
  readonly maxNull: { readonly limit: LimitGate; readonly except: readonly string[] };
  /** Policy for a feature with the same value in every row. */
  readonly constant: {
    readonly severity: 'ignore' | 'warn' | 'fail';
    readonly except: readonly string[];
    /** Features that may hold more than 0 and 1: any other with only one of them may be a flag never set. */
    readonly moreThanFlags: readonly string[];
    /** Texts that identify the run's data, such as its date: a feature that repeats them is expected. */
    readonly ofRun: readonly string[];
    readonly redact: readonly string[];
  };
}

/** Rows below which one value throughout may be chance, and below which many missing ones may be. */
const leastForConstant = 1000;
const leastForMissing = 100;

/** Checks features: those that are mostly missing, and those of one value. Returns the closed gates. */
export function featureGates(
  quality: SliceQuality,
  { maxNull, constant }: FeatureGates,
  context: GateContext,
): GateResult[] {
  return context.features.flatMap((name) => {
    const raw = quality.raw.find((column) => column.name === name);
    const used = usedColumn(quality, name);
    if (raw === undefined || used === null) return [];
    const missing = maxNull.except.includes(name) ? null : mostlyMissing(raw, maxNull.limit, context);
    if (missing !== null) return [missing];
    const isAsked = constant.severity !== 'ignore' && !constant.except.includes(name);
    const single = isAsked ? singleValue(used) : null;
    if (single === null || isExpected(single, name, constant)) return [];
    const value = constant.redact.includes(name) ? '' : `, ${shownText(single, 40)},`;
    return [
      {
        gate: 'constant_features',
        code: null,
        column: name,
        scope: context.scope,
        figure: 1,
        limit: 0,
        severity: constant.severity as 'warn' | 'fail',
        passed: false,
        sentence: `feature ${name} has the same value${value} in all ${countOf(used.rows - used.missing, 'row')}`,
      },
    ];
  });
}

/** The gate on missing values if it closed; `empty_features` handles a column without any value. */
function mostlyMissing(raw: ColumnProfile, limit: LimitGate, context: GateContext): GateResult | null {
  const missing = raw.missing + (raw.numbers?.nan ?? 0);
  if (raw.rows < leastForMissing || missing === raw.rows) return null;
  const what = `values of ${raw.name} missing`;
  const result = limitGate(context, 'max_null', raw.name, limit, missing, raw.rows, what);
  return result === null || result.passed ? null : result;
}

/** The only value of a column, as text; null for several values, few rows, or times, which advance. */
function singleValue(profile: ColumnProfile): string | null {
  const { type, rows, missing, numbers, values, trues } = profile;
  const present = rows - missing - (numbers?.nan ?? 0);
  if (present < leastForConstant || type === 'date' || type === 'timestamp' || !isConstant(profile))
    return null;
  if (trues !== null) return trues === 0 ? 'false' : 'true';
  if (values !== null) return mostFrequent(values, 1)[0]?.value ?? '';
  return String(numbers?.min ?? '');
}

function isExpected(
  value: string,
  name: string,
  { moreThanFlags, ofRun }: FeatureGates['constant'],
): boolean {
  const isFlag = /^(0|1|true|false)$/.test(value) && !moreThanFlags.includes(name);
  const number = value === '' ? Number.NaN : Number(value);
  return isFlag || ofRun.some((text) => text === value || (/^\d+$/.test(text) && Number(text) === number));
}
