import { hashInput } from '../../storage/hash-input.js';
import type { InputFile } from '../../storage/list-inputs.js';
import type { Identity } from '../records/identity.js';
import { programVersion } from '../records/program-version.js';
import type { VersionedJob } from './run-plan.js';
import { scoredBefore } from './scored-before.js';

/** Returns the parts on which a partition of this plan depends; hashes the input if the job asks for it. */
export async function identityOf(plan: VersionedJob, input: InputFile): Promise<Identity> {
  const identity = identityUnread(plan, input);
  if (plan.job.identity !== 'sha256') return identity;
  return { ...identity, input: { ...identity.input, sha256: await hashInput(input) } };
}

/** Returns the identity without reading the input, even if the job asks for a hash. */
export function identityUnread(plan: VersionedJob, input: InputFile): Identity {
  const { description } = plan;
  const { bytes, mtimeMs, etag } = input;
  const weights = description.externalFiles.map(({ sha256 }) => sha256).join('');
  const before = scoredBefore(plan, input);
  return {
    input: { bytes, mtimeMs, ...(etag === undefined ? {} : { etag }), sha256: null },
    model: description.sha256 + weights,
    job: plan.jobHash,
    program: programVersion(),
    ...(before === null ? {} : { before }),
  };
}
