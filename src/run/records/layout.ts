import { ownFormat } from '../../formats/formats.js';
import { join } from '../../storage/paths.js';
import { storeOf } from '../../storage/store-of.js';

/** Paths of everything in a run's output folder. Readers of data sets ignore names that begin with `_`. */
export interface Layout {
  readonly output: string;
  readonly records: string;
  /** Commits that are decided and must be carried out, also by the next run. */
  readonly intents: string;
  /** Partitions that are completely staged and wait for the gates of the run. */
  readonly held: string;
  readonly attempts: string;
  readonly staging: string;
  /** One file for each run in progress here. */
  readonly claims: string;
  readonly events: string;
  /** The inputs that `plan --save` pinned for all shards. */
  readonly plan: string;
  readonly summary: string;
  readonly page: string;
  readonly manifest: string;
  readonly success: string;
  /** Published files of a partition, relative to `output`. */
  scored(partition: string): string;
  rejects(partition: string): string;
  audit(partition: string): string;
  /** Rejected rows of a partition that a gate held back, relative to `output`. */
  heldRejects(partition: string): string;
}

const own = '_nightshift';
const folders = ['partitions', 'intents', 'held', 'attempts', 'staging', 'claims'] as const;

/** Returns the layout of the run folder `output`, whose scored files have `extension`. */
export function layoutOf(output: string, extension: string): Layout {
  const below = (name: string) => join(output, own, name);
  return {
    output,
    records: below('partitions'),
    intents: below('intents'),
    held: below('held'),
    attempts: below('attempts'),
    staging: below('staging'),
    claims: below('claims'),
    events: below('events.ndjson'),
    plan: below('plan.json'),
    summary: join(output, '_summary.json'),
    page: join(output, '_summary.html'),
    manifest: join(output, '_manifest.json'),
    success: join(output, '_SUCCESS'),
    scored: (partition) => `part-${partition}.${extension}`,
    rejects: (partition) => `_rejects/part-${partition}.ndjson`,
    heldRejects: (partition) => `${own}/partitions/${partition}.rejects.ndjson`,
    audit: (partition) => `_audit/part-${partition}.${ownFormat}`,
  };
}

/**
 * Makes the run folder and its subfolders. Throws if it cannot be written, and `InvalidError` if one of them
 * is a link or a file: nothing may be written through it.
 */
export async function openRunFolder({ output }: Layout): Promise<void> {
  await storeOf(output).openFolder(
    output,
    folders.map((name) => `${own}/${name}`),
  );
}
