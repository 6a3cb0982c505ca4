import type { ReadPlan } from '../../chunk/read-plan.js';
import { defaultParse } from '../../chunk/read-plan.js';
import type { SourceDescription } from '../format.js';

/**
 * Returns a plan that reads all columns as texts, even blank or empty ones; only absent cells are missing.
 */
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
