import type { ReadPlan } from '../../chunk/read-plan.js';
import { defaultParse } from '../../chunk/read-plan.js';
import type { SourceDescription } from '../format.js';

/** A plan that reads every column as the text that stands in the file, blanks and empty texts too; only cells that are not there are missing. */
export function textPlan({ columns }: SourceDescription): ReadPlan {
  return {
    columns: columns.map(({ name }, source) => ({
      name,
      source,
      type: 'string' as const,
      layout: 'text' as const,
      categories: [],
      nullValues: [],
      parse: defaultParse,
    })),
  };
}
