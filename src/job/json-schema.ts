import * as z from 'zod';
import { jobSchema } from './schema.js';

/** Returns the JSON Schema of job files (draft 2020-12) for editors, generated from `loadJob`'s schema. */
export function jobJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(jobSchema, {
    io: 'input',
    unrepresentable: ({ zodSchema }) => (zodSchema._zod.def.type === 'bigint' ? { type: 'integer' } : {}),
  });
  return { ...schema, title: 'Nightshift job file' };
}
