import type { Column } from '../../chunk/column.js';
import { defaultParse, type ReadPlan } from '../../chunk/read-plan.js';
import type { Source } from '../../formats/format.js';
import { guessType, usualNulls } from '../../formats/text/guess-types.js';
import { textPlan } from '../../formats/text/text-plan.js';
import { cellAt } from '../../repair/cell.js';
import { openDecoder } from '../slice/open-decoder.js';

/** Amount of an input that is read. */
export const sampledBytes = 4 * 1024 * 1024;

/** A column of an input as the first rows show it. */
export interface SampledColumn {
  readonly name: string;
  /** What its values are: numbers (whole ones), texts, lists; `empty` without any value. */
  readonly kind: 'whole' | 'number' | 'text' | 'boolean' | 'date' | 'timestamp' | 'list' | 'empty';
  readonly missing: number;
  /** True if no value occurs twice and none is missing. */
  readonly isUnique: boolean;
}

interface SampledInput {
  readonly columns: readonly SampledColumn[];
  readonly rows: number;
}

/** Reads the first rows of an input with its own types, without malformed ones. Costs one slice of 4 MiB. */
export async function sampleInput(source: Source): Promise<SampledInput> {
  const { description, cells } = source;
  const readable = description.columns.filter((column) => column.readable);
  const plan = cells.kind === 'texts' ? textPlan(description) : ownTypes(source);
  const decoder = await openDecoder(description, plan);
  try {
    for await (const slice of source.cut(sampledBytes)) {
      const chunk = await decoder.decode(slice);
      const rejected = new Set<number>();
      for (const { kind, row } of chunk.problems) if (kind.outcome === 'rejected') rejected.add(row);
      const columns = readable.map(({ name }) => sampled(name, chunk.columns.get(name)!, rejected));
      return { columns, rows: chunk.rows - rejected.size };
    }
    return { columns: readable.map(({ name }) => emptyColumn(name)), rows: 0 };
  } finally {
    await decoder.close();
  }
}

function ownTypes({ description }: Source): ReadPlan {
  return {
    columns: description.columns.flatMap(({ name, type, readable }, source) =>
      readable
        ? [
            {
              name,
              source,
              type: type ?? 'string',
              layout: 'text' as const,
              categories: [],
              nullValues: [],
              parse: defaultParse,
            },
          ]
        : [],
    ),
  };
}

function emptyColumn(name: string): SampledColumn {
  return { name, kind: 'empty', missing: 0, isUnique: false };
}

function sampled(name: string, column: Column, rejected: ReadonlySet<number>): SampledColumn {
  const seen = new Set<string>();
  let missing = 0;
  let numbers = 0;
  for (let row = 0; row < column.length; row++) {
    if (rejected.has(row)) continue;
    const cell = cellAt(column, row);
    const text = cell === null ? '' : String(cell).trim();
    if (cell === null || (column.type === 'string' && usualNulls.includes(text))) {
      missing++;
      continue;
    }
    seen.add(text);
    if (column.type === 'string' && number.test(text)) numbers++;
  }
  const rows = column.length - rejected.size;
  const filled = rows - missing;
  return {
    name,
    kind: filled === 0 ? 'empty' : kindOf(column, numbers / filled),
    missing,
    isUnique: missing === 0 && seen.size === rows && rows > 1,
  };
}

/** A number in any usual form: with thousands mark, decimal comma, exponent, currency or percent sign. */
const number = /^[-+(]?[$€£¥]?\s?(?:\d+(?:[.,'\s]\d+)*[.,]?|[.,]\d+)(?:e[-+]?\d+)?\s?[%$€£¥]?\)?$/i;

/** Share of numbers above which a text column counts as one of numbers with some invalid cells. */
const mostlyNumbers = 0.8;

function kindOf(column: Column, shareOfNumbers: number): SampledColumn['kind'] {
  switch (column.type) {
    case 'int32':
    case 'int64':
      return 'whole';
    case 'float32':
    case 'float64':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'date':
    case 'timestamp':
      return column.type;
    case 'list<float32>':
      return 'list';
    case 'string': {
      const guess = column.layout === 'text' ? guessType(column).type : 'string';
      if (guess === 'int64') return 'whole';
      if (guess === 'float64') return 'number';
      if (guess === 'boolean') return 'boolean';
      if (guess === 'date' || guess === 'timestamp') return guess;
      return shareOfNumbers >= mostlyNumbers ? 'number' : 'text';
    }
  }
}
