import type { ColumnType } from '../../chunk/column.js';
import { InvalidError } from '../../errors.js';
import { formats } from '../../formats/formats.js';
import type { Baseline } from '../../quality/baseline.js';
import { mostSegments } from '../../quality/segment.js';
import { cellAt } from '../../repair/cell.js';
import { createRepair } from '../../repair/create-repair.js';
import { parseExpression } from '../../repair/parse-expression.js';
import type { SegmentEntry } from '../slice/segment-plan.js';
import type { OpenPartition } from './open-partition.js';
import type { RunColumn } from './resolve-contract.js';

/** Amount of the first input that is read to find the frequent values of a column. */
const sampleBytes = 1024 * 1024;

/** Maximum number of its rows that are examined. */
const sampleRows = 20_000;

/**
 * Plans how rows are assigned to segments, according to `quality.slices`. Decides here which values of a
 * column get a segment, so that it depends neither on workers nor on retries: those of the baseline's slices,
 * else its most frequent texts, else the most frequent of `openFirst`, which is only read if needed. Throws
 * `InvalidError` naming the slice.
 */
export async function planSegments(
  slices: readonly string[],
  columns: readonly RunColumn[],
  baseline: Baseline | null,
  redact: readonly string[],
  openFirst: (() => Promise<OpenPartition>) | null,
): Promise<readonly SegmentEntry[]> {
  if (slices.length === 0) return [];
  const types = new Map(columns.map(({ contract: { name, type } }) => [name, type] as const));
  const byValue = slices.filter((slice) => types.has(slice));
  for (const slice of byValue) checkByValue(slice, types.get(slice)!, redact);
  const conditions = slices.length - byValue.length;
  // One of each column's segments is for all other values.
  const each = Math.floor((mostSegments - conditions) / Math.max(1, byValue.length)) - 1;
  if (byValue.length > 0 && each < 1) throw tooMany();
  const known = new Map(byValue.map((slice) => [slice, baselineValues(slice, baseline)] as const));
  const unknown = byValue.filter((slice) => known.get(slice) === null);
  const sampled =
    unknown.length === 0 || openFirst === null
      ? new Map<string, string[]>()
      : await sampleValues(unknown, openFirst);
  return slices.map((slice): SegmentEntry => {
    if (!types.has(slice))
      return { kind: 'condition', slice, expression: parseExpression(slice, types, slice, 'slice') };
    const values = known.get(slice) ?? sampled.get(slice) ?? [];
    return { kind: 'value', slice, values: values.slice(0, each) };
  });
}

function checkByValue(slice: string, type: ColumnType, redact: readonly string[]): void {
  if (redact.includes(slice)) {
    throw new InvalidError('bad-slice', `slice "${slice}" would show the values of a redacted column`, {
      column: slice,
      hint: 'remove it from "quality.slices", or write a condition, whose rows are only counted',
    });
  }
  if (type !== 'timestamp' && type !== 'list<float32>') return;
  throw new InvalidError(
    'bad-slice',
    `slice "${slice}" is a column of type ${type}, which has too many values`,
    {
      column: slice,
      hint: 'write a condition, such as hour(departure) < 6',
    },
  );
}

function tooMany(): InvalidError {
  return new InvalidError('bad-slice', `"quality.slices" has more than ${mostSegments} slices`, {
    hint: 'a column takes at least two: one of its values, and all others',
  });
}

/** Returns the values with slices in the baseline, or its most frequent texts; null if it has neither. */
function baselineValues(slice: string, baseline: Baseline | null): readonly string[] | null {
  const segments = (baseline?.segments ?? []).filter((segment) => segment.slice === slice);
  if (segments.length > 0) return segments.flatMap(({ value }) => (value === null ? [] : [value]));
  const listed = baseline?.columns.find(({ name }) => name === slice)?.values?.listed ?? [];
  return listed.length === 0 ? null : listed.map(([value]) => value);
}

/** Returns the most frequent values of columns at the beginning of an input, after repair. */
async function sampleValues(
  names: readonly string[],
  openFirst: () => Promise<OpenPartition>,
): Promise<Map<string, string[]>> {
  const { source, context } = await openFirst();
  const decoder = await (await formats[source.description.format]()).decoder(context.source, context.read);
  try {
    for await (const slice of source.cut(sampleBytes)) {
      const { chunk } = createRepair(context.repair).apply(await decoder.decode(slice), null);
      return new Map(
        names.map((name) => {
          const column = chunk.columns.get(name);
          const counts = new Map<string, number>();
          for (let row = 0; column !== undefined && row < Math.min(chunk.rows, sampleRows); row++) {
            const value = cellAt(column, row);
            if (value !== null) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
          }
          return [name, mostFrequent(counts)];
        }),
      );
    }
    return new Map();
  } finally {
    await decoder.close();
  }
}

function mostFrequent(counts: ReadonlyMap<string, number>): string[] {
  return [...counts]
    .sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1))
    .map(([value]) => value)
    .slice(0, mostSegments);
}
