import type { ColumnType } from '../../chunk/column.js';
import type { FeatureColumn } from '../../features/feature-plan.js';
import type { ProblemCount } from '../../quality/problem-count.js';
import { yamlText } from '../../text/yaml-text.js';
import type { DraftColumn } from './draft.js';
import type { ColumnFacts } from './try-draft.js';

/** A column that feeds the model, and the facts known about it. */
interface FedColumn {
  readonly need: FeatureColumn;
  readonly facts: ColumnFacts;
  readonly rows: number;
  /** True if it is a text that is fed as a number, its index in the list. */
  readonly isIndex: boolean;
  /** Texts that mean a missing value in every column. */
  readonly nullTexts: readonly string[];
  /** Problems of the column in the sample. */
  readonly problems: readonly ProblemCount[];
}

/**
 * Proposes the contract of a column. A proposal that would change a score, or reject a row that the model
 * scores, is only a comment; a range is far wider than the sample and only marks rows.
 */
export function proposeColumn({ need, facts, rows, isIndex, nullTexts, problems }: FedColumn): DraftColumn {
  const { name, type } = need;
  const doubts: string[] = [];
  const settings: [string, string][] = [['type', type]];
  const remarks: string[] = [];
  const nulls = missingWords(facts);
  if (nulls.length > 0) settings.push(['null_values', list([...nullTexts, ...nulls.map(([text]) => text)])]);
  if (type === 'date')
    doubts.push(
      'dates are fed as days since 1970-01-01: it must be how the model was trained; else derive what it takes with "from"',
    );
  doubts.push(...unreadableDoubts(facts, nulls, type, rows));
  for (const { code, count } of problems) {
    const said = cellDoubts[code];
    if (said !== undefined) doubts.push(`${count} of ${rows} ${said}`);
    if (code === 'infinite') settings.push(['infinity', 'flag']);
  }
  const sentinel = sentinelOf(facts);
  if (sentinel !== null)
    doubts.push(
      `${sentinel.text} occurs ${sentinel.count} times, far from all other values: if it means missing, add "sentinels: [${sentinel.text}]"`,
    );
  const range = sentinel === null ? rangeOf(type, facts, rows) : null;
  if (range !== null) settings.push(['range', `[${range.join(', ')}]`]);
  const categories = categoriesOf(need, facts, isIndex, rows);
  settings.push(...categories.settings);
  doubts.push(...categories.doubts);
  if (facts.missing > 0) {
    const share = `${facts.missing} of ${rows} missing`;
    const fill = fillOf(type, facts, sentinel?.value ?? null);
    const instead =
      fill === null ? '' : `; to score them with a typical value, write "missing: { fill: ${fill} }"`;
    if (need.cannotBeMissing) {
      settings.push(['missing', 'reject']);
      doubts.push(
        `${share}: the model cannot take a missing value here, so these rows are rejected${instead}`,
      );
    } else remarks.push(`${share}: fed as missing values`);
  }
  remarks.push(...seenOf(type, facts));
  return { name, settings, remark: remarks.join('; '), doubts };
}

/** What the run does with cells that have a problem, by its code; other codes are described elsewhere. */
const cellDoubts: Readonly<Record<string, string>> = {
  infinite:
    'cells are infinite: they are fed as they are, and their rows are flagged; if they mean missing, write "infinity: missing"',
  overflow: 'cells do not fit the type of the model and become missing',
  'out-of-range': 'cells do not fit the type of the model, and their rows are rejected',
  'number-ambiguous':
    'cells, such as 1,234, may have a decimal or a thousands mark: add "decimal" with the right one',
  'date-ambiguous': 'cells may be read as month or day first: add "layouts" with the right one',
  'mixed-units': 'cells are in another unit or currency than the rest',
  shortened: 'cells have more digits than the type holds',
};

const missingWord =
  /^(?:-+|\.+|\?+|\*+|#?n\/?a|n\.a\.?|#n\/a!?|none|nil|null|nan|-nan|missing|unknown|undefined|not available|\\n)$/i;

/** Returns the texts that cannot be read and usually mean a missing value, with their counts. */
function missingWords({ unreadable }: ColumnFacts): readonly (readonly [string, number])[] {
  return [...unreadable]
    .filter(([text]) => missingWord.test(text.trim()))
    .map(([text, count]) => [text.trim(), count]);
}

function unreadableDoubts(
  { unreadable }: ColumnFacts,
  nulls: readonly (readonly [string, number])[],
  type: ColumnType,
  rows: number,
): readonly string[] {
  const words = new Set(nulls.map(([text]) => text));
  const others = [...unreadable].filter(([text]) => !words.has(text.trim()));
  if (others.length === 0) return [];
  const count = others.reduce((sum, [, each]) => sum + each, 0);
  const shown = others.slice(0, 3).map(([text]) => yamlText(text.slice(0, 40)));
  return [
    `${count} of ${rows} cells cannot be read as ${type}, such as ${shown.join(', ')}: they become missing, and their rows are flagged`,
  ];
}

const usualSentinels = [-99999, -9999, -999, -99, 999, 9999, 99999, 999999];

/** Returns a usual number for "missing" that recurs far outside all other values; null if there is none. */
function sentinelOf({
  values,
  isComplete,
}: ColumnFacts): { text: string; value: number; count: number } | null {
  if (!isComplete || values.size < 5) return null;
  const numbers = [...values.keys()].map(Number);
  if (numbers.some(Number.isNaN)) return null;
  for (const value of usualSentinels) {
    const count = values.get(String(value)) ?? 0;
    if (count < 2) continue;
    const others = numbers.filter((one) => one !== value);
    const [low, high] = [Math.min(...others), Math.max(...others)];
    const span = Math.max(high - low, 1);
    if (value < low - span || value > high + span) return { text: String(value), value, count };
  }
  return null;
}

/** Minimum number of values for a range: fewer say too little about tomorrow's. */
const leastValues = 100;
const leastDistinct = 20;

/** Returns a range that exceeds the sample by its width on both sides; null if the sample is too small. */
function rangeOf(
  type: ColumnType,
  { values, range, missing }: ColumnFacts,
  rows: number,
): readonly [number, number] | null {
  if (range === null || type === 'date' || type === 'timestamp' || type === 'boolean' || type === 'string')
    return null;
  if (rows - missing < leastValues || values.size < leastDistinct) return null;
  const { min, max } = range;
  const span = max - min;
  if (!Number.isFinite(span) || Math.abs(min) > 1e15 || Math.abs(max) > 1e15) return null;
  const low = min >= 0 ? 0 : roundOutwards(min - span, Math.floor);
  return [low, roundOutwards(max + span, Math.ceil)];
}

/** Returns the nearest number of two significant digits that is not inside. */
function roundOutwards(value: number, round: (value: number) => number): number {
  if (value === 0) return 0;
  const step = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 1);
  return step >= 1 ? round(value / step) * step : round(value / step) / Math.round(1 / step);
}

function categoriesOf(
  { categories, type, unknownFails }: FeatureColumn,
  { values }: ColumnFacts,
  isIndex: boolean,
  rows: number,
): { readonly settings: [string, string][]; readonly doubts: readonly string[] } {
  if (isIndex)
    return {
      settings: [['categories', list([...values.keys()].sort())]],
      doubts: [
        'the model takes this text as a number, its index in the list of categories: the list must be that of training, in its order (pandas: sorted); this one is from the sample, sorted',
      ],
    };
  if (categories === null || type !== 'string') return { settings: [], doubts: [] };
  const known = new Set(categories);
  const unknown = [...values].filter(([text]) => !known.has(text) && !known.has(text.trim()));
  if (unknown.length === 0) return { settings: [['categories', 'model']], doubts: [] };
  const count = unknown.reduce((sum, [, each]) => sum + each, 0);
  const shown = unknown.slice(0, 5).map(([text]) => yamlText(text.slice(0, 40)));
  const folded = new Set(categories.map((text) => text.toLowerCase()));
  const spelt = unknown.every(([text]) => folded.has(text.trim().toLowerCase()));
  const fate = unknownFails
    ? 'their rows are rejected'
    : 'their rows are flagged, and the model scores them like any unknown value';
  const wayOut = spelt
    ? '; they differ from known values only in case: "match: [trim, case]" reads them as these'
    : '';
  return {
    settings: [['categories', 'model']],
    doubts: [
      `${count} of ${rows} values are unknown to the model, such as ${shown.join(', ')}: ${fate}${wayOut}`,
    ],
  };
}

/** Returns the median or the most frequent value as YAML, as a suggestion; null without any. */
function fillOf(
  type: ColumnType,
  { values, isComplete }: ColumnFacts,
  sentinel: number | null,
): string | null {
  if (values.size === 0 || type === 'list<float32>') return null;
  if (type === 'string' || type === 'boolean' || type === 'date' || type === 'timestamp') {
    const [most] = [...values].sort((a, b) => b[1] - a[1])[0]!;
    return type === 'boolean' ? most : type === 'string' ? yamlText(most) : JSON.stringify(most);
  }
  if (!isComplete) return null;
  const sorted = [...values]
    .map(([text, count]) => [Number(text), count] as const)
    .sort((a, b) => a[0] - b[0]);
  const numbers = sorted.filter(([value]) => value !== sentinel);
  const half = numbers.reduce((sum, [, count]) => sum + count, 0) / 2;
  let sum = 0;
  for (const [value, count] of numbers) {
    sum += count;
    if (sum >= half) return String(value);
  }
  return null;
}

function seenOf(type: ColumnType, { values, range, isComplete }: ColumnFacts): readonly string[] {
  if (values.size === 0) return ['no value in the sample'];
  if (range !== null)
    return [`seen: ${range.min === range.max ? `only ${range.min}` : `${range.min} to ${range.max}`}`];
  if (type === 'list<float32>') return [];
  if (values.size > 6) return [`seen: ${values.size}${isComplete ? '' : ' or more'} values`];
  return [`seen: ${[...values.keys()].map((text) => yamlText(text.slice(0, 30))).join(', ')}`];
}

function list(texts: readonly string[]): string {
  return `[${texts.map((text) => (text === 'null' || text === '' ? JSON.stringify(text) : yamlText(text))).join(', ')}]`;
}
