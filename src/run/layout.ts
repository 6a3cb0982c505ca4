import { join } from 'node:path';

/** Where everything of a run lies under its output folder (design.md section 5). Names that begin with `_` are ignored by readers of data sets. */
export interface Layout {
  readonly output: string;
  readonly records: string;
  readonly intents: string;
  readonly attempts: string;
  readonly staging: string;
  readonly lock: string;
  readonly events: string;
  readonly summary: string;
  readonly page: string;
  readonly manifest: string;
  readonly success: string;
  /** Published files of a partition, relative to `output`. */
  scored(partition: string): string;
  rejects(partition: string): string;
  audit(partition: string): string;
}

/** The layout of the run folder `output`, whose scored files end in `extension`. */
export function layoutOf(output: string, extension: string): Layout {
  const own = join(output, '_nightshift');
  return {
    output,
    records: join(own, 'partitions'),
    intents: join(own, 'intents'),
    attempts: join(own, 'attempts'),
    staging: join(own, 'staging'),
    lock: join(own, 'lock.json'),
    events: join(own, 'events.ndjson'),
    summary: join(output, '_summary.json'),
    page: join(output, '_summary.html'),
    manifest: join(output, '_manifest.json'),
    success: join(output, '_SUCCESS'),
    scored: (partition) => `part-${partition}.${extension}`,
    rejects: (partition) => join('_rejects', `part-${partition}.ndjson`),
    audit: (partition) => join('_audit', `part-${partition}.parquet`),
  };
}
