import { InvalidError } from '../../errors.js';
import { storeOf } from '../../storage/store-of.js';
import { parseJson } from '../../text/parse-json.js';
import type { Layout } from '../records/layout.js';

/** Throws `InvalidError` if another job published to the run folder: both would overwrite each other. */
export async function refuseOtherJob({ manifest, output }: Layout, job: string): Promise<void> {
  const text = await storeOf(manifest)
    .read(manifest)
    .catch(() => null);
  const before = text === null ? null : jobNameIn(text);
  if (before === null || before === job) return;
  throw new InvalidError(
    'other-job',
    `output "${output}" contains files published by job "${before}", not by "${job}"`,
    {
      file: output,
      hint: 'give each job its own folder ("output.path" may contain the variable job); if the job was renamed, remove the folder or run with --force',
    },
  );
}

/** Returns the job that a manifest names; null for any other text. */
export function jobNameIn(manifest: string): string | null {
  try {
    const { job } = parseJson(manifest) as { job?: { name?: unknown } };
    return typeof job?.name === 'string' ? job.name : null;
  } catch {
    return null;
  }
}
