import * as z from 'zod';
import { text, withError } from './values.js';

const address = withError('must be a URL that begins with http:// or https://');

export const telemetry = z.strictObject({
  lineage: text
    .nullable()
    .default(null)
    .meta({
      description:
        'Destination of OpenLineage events: a file, to which they are appended as lines, or the URL of an endpoint (the environment variable `OPENLINEAGE_API_KEY` holds its bearer token).',
      examples: ['../lineage.ndjson'],
    }),
  namespace: text.default('nightshift').meta({
    description: 'The namespace of the job in lineage.',
    examples: ['scoring'],
  }),
  webhook: z
    .string(address)
    .regex(/^https?:\/\//i, address)
    .nullable()
    .default(null)
    .meta({
      description:
        'URL that receives a JSON report when a run does not end well; the environment variable `NIGHTSHIFT_WEBHOOK` overrides it, for a secret URL.',
      examples: ['https://alerts.example.com/nightshift'],
    }),
});
