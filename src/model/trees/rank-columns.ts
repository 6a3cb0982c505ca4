import { defaultLeft, rule, type TreeTable } from './tree-table.js';
import { isMember, valuesOfSet } from './walk-trees.js';

/** A column of ranks that nodes test: `rank > place` goes right. */
export type RankColumn =
  | {
      readonly kind: 'rank';
      readonly feature: number;
      /** All thresholds of the feature, ascending, each once. */
      readonly thresholds: Float64Array;
      readonly isStrict: boolean;
      readonly isZeroMissing: boolean;
      /** The rank of a missing value: that of 0, or one that goes to the default side at every threshold. */
      readonly fill: number;
    }
  | {
      readonly kind: 'set';
      readonly feature: number;
      /** For each category, for any other value and for NaN: 1 to go right. */
      readonly table: Uint8Array;
      /** A category is above it. */
      readonly low: number;
    }
  | {
      readonly kind: 'equal';
      readonly feature: number;
      /** The values that go left, ascending, each once. */
      readonly values: Float64Array;
      /** True if a row's value is cut to a whole number first. */
      readonly isCut: boolean;
      readonly isMissingLeft: boolean;
    };

/** The columns of a table, and what each node tests. */
export interface RankColumns {
  readonly columns: readonly RankColumn[];
  readonly columnOf: Int32Array;
  readonly placeOf: Int32Array;
  /** The most thresholds of a feature. */
  readonly mostThresholds: number;
}

/** With more columns, categories or thresholds than this, the plain walk is used. */
const most = { columns: 20_000, tableBytes: 2 ** 26, thresholds: 65_535 } as const;

/** The columns of nodes: those who score and those who explain a table ask for the same. */
const madeFor = new WeakMap<TreeTable['nodes'], RankColumns | null>();

/**
 * Turns the tests of all nodes into tests of ranks: a feature has a column for each way with missing values,
 * a set of categories, and values that are tested for, one of their own. Null if there are too many.
 */
export function rankColumns(table: TreeTable): RankColumns | null {
  const made = madeFor.get(table.nodes);
  if (made !== undefined) return made;
  const ranks = makeColumns(table);
  madeFor.set(table.nodes, ranks);
  return ranks;
}

function makeColumns(table: TreeTable): RankColumns | null {
  const { nodes, setStarts, setWords } = table;
  const count = nodes.feature.length;
  const thresholds = thresholdsOf(table);
  let mostThresholds = 0;
  for (const { length } of thresholds.values()) mostThresholds = Math.max(mostThresholds, length);
  if (mostThresholds > most.thresholds) return null;
  const columns: RankColumn[] = [];
  const known = new Map<number, number>();
  const equals = new Map<string, number>();
  const [columnOf, placeOf] = [new Int32Array(count), new Int32Array(count)];
  let tableBytes = 0;
  for (let node = 0; node < count; node++) {
    const feature = nodes.feature[node]!;
    const code = nodes.rule[node]!;
    const kind = code & ~defaultLeft;
    const isLeft = (code & defaultLeft) !== 0;
    if (columns.length >= most.columns) return null;
    if (kind === rule.membersLeft || kind === rule.membersRight) {
      const set = nodes.set[node]!;
      const categories = (setStarts[set + 1]! - setStarts[set]!) * 32;
      tableBytes += categories + 2;
      if (tableBytes > most.tableBytes) return null;
      const goesRight = kind === rule.membersRight;
      const bytes = new Uint8Array(categories + 2).fill(goesRight ? 0 : 1);
      for (let category = 0; category < categories; category++)
        if (isMember(setStarts, setWords, set, category)) bytes[category] = goesRight ? 1 : 0;
      bytes[categories + 1] = goesRight && isLeft ? 0 : 1;
      columnOf[node] = columns.length;
      // Truncated to whole numbers: LightGBM takes values above -1 as category 0, XGBoost none below 0.
      columns.push({ kind: 'set', feature, table: bytes, low: goesRight ? -Number.MIN_VALUE : -1 });
      continue;
    }
    if (kind === rule.equal || kind === rule.among) {
      const isCut = kind === rule.among;
      const values =
        nodes.set[node]! >= 0
          ? valuesOfSet(setStarts, setWords, nodes.set[node]!)
          : Float64Array.of(nodes.threshold[node]!);
      const key = `${feature} ${values.join()} ${isCut} ${isLeft}`;
      const before = equals.get(key) ?? columns.length;
      if (before === columns.length) {
        equals.set(key, before);
        columns.push({ kind: 'equal', feature, values, isCut, isMissingLeft: isLeft });
        tableBytes += values.byteLength;
        if (tableBytes > most.tableBytes) return null;
      }
      columnOf[node] = before;
      continue;
    }
    const key = feature * 16 + code;
    const list = thresholds.get(feature)!;
    placeOf[node] = lowerBound(list, nodes.threshold[node]!);
    const before = known.get(key);
    if (before === undefined) {
      known.set(key, columns.length);
      const fill = kind === rule.atMost ? lowerBound(list, 0) : isLeft ? 0 : list.length;
      const isStrict = kind === rule.below;
      columns.push({
        kind: 'rank',
        feature,
        thresholds: list,
        isStrict,
        isZeroMissing: kind === rule.atMostZeroMissing,
        fill,
      });
    }
    columnOf[node] = before ?? columns.length - 1;
  }
  return { columns, columnOf, placeOf, mostThresholds };
}

/** Returns the thresholds of each feature that is compared with some, ascending, each once. */
function thresholdsOf({ nodes }: TreeTable): Map<number, Float64Array> {
  const lists = new Map<number, number[]>();
  for (let node = 0; node < nodes.feature.length; node++) {
    if (nodes.set[node]! >= 0 || (nodes.rule[node]! & ~defaultLeft) === rule.equal) continue;
    const list = lists.get(nodes.feature[node]!);
    if (list === undefined) lists.set(nodes.feature[node]!, [nodes.threshold[node]!]);
    else list.push(nodes.threshold[node]!);
  }
  const sorted = new Map<number, Float64Array>();
  for (const [feature, list] of lists)
    sorted.set(
      feature,
      Float64Array.from(list)
        .sort()
        .filter((value, i, all) => i === 0 || value !== all[i - 1]),
    );
  return sorted;
}

/** Returns how many values of an ascending list are below `value`. */
function lowerBound(list: Float64Array, value: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
