import type { TextColumn } from '../../chunk/column.js';
import { sliceOf } from '../../chunk/slice.js';
import type { ReadOptions, TextInspection } from '../format.js';
import { inspectedProblems } from '../inspected-problems.js';
import { guessType } from '../text/guess-types.js';
import { textPlan } from '../text/text-plan.js';
import { openDecoder } from './decode.js';
import { openSource } from './open-source.js';

const lookedBytes = 4 * 1024 * 1024;

/** Inspects the first 4 MiB of a CSV file: dialect, columns with types and samples, first problems. */
export async function inspectCsv(path: string, options: ReadOptions): Promise<TextInspection> {
  const source = await openSource(path, options);
  const { description } = source;
  const decoder = await openDecoder(description, textPlan(description));
  try {
    for await (const slice of source.cut(lookedBytes)) {
      const chunk = await decoder.decode(slice);
      const { columns, rows } = chunk;
      return {
        source,
        columns: [...columns].map(([name, column]) => ({ name, ...guessType(column as TextColumn) })),
        rows,
        isWhole: sliceOf('bytes', slice).last,
        ...inspectedProblems(chunk),
      };
    }
    const columns = description.columns.map(({ name }) => ({
      name,
      type: 'string' as const,
      missing: 0,
      samples: [],
    }));
    return { source, columns, rows: 0, isWhole: true, problems: [], problemCount: 0 };
  } finally {
    await decoder.close();
  }
}
