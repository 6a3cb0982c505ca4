import { TransientError } from '../../errors.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { storeOf } from '../../storage/store-of.js';
import type { Layout } from '../records/layout.js';
import { readJsonIfThere } from '../records/read-json.js';

/** An input of a pinned plan. */
type PinnedInput = Pick<InputFile, 'partition' | 'bytes' | 'mtimeMs' | 'etag'>;

interface PinnedPlan {
  readonly version: 1;
  readonly inputs: readonly PinnedInput[];
}

/**
 * Saves the inputs of a plan in the run folder, so that all shards work on the same inputs, or report that
 * they cannot.
 */
export async function pinPlan(layout: Layout, inputs: readonly InputFile[]): Promise<void> {
  const plan: PinnedPlan = {
    version: 1,
    inputs: inputs.map(({ partition, bytes, mtimeMs, etag }) => ({
      partition,
      bytes,
      mtimeMs,
      ...(etag === undefined ? {} : { etag }),
    })),
  };
  await storeOf(layout.plan).write(layout.plan, `${JSON.stringify(plan)}\n`);
}

/**
 * Throws `TransientError` naming the first input that differs from the pinned plan: added, gone or rewritten.
 * Does nothing without one.
 */
export async function checkPinned(layout: Layout, inputs: readonly InputFile[]): Promise<void> {
  const pinned = await readPinned(layout);
  if (pinned === null) return;
  const now = new Map(inputs.map((input) => [input.partition, input]));
  const before = new Set(pinned.map(({ partition }) => partition));
  const changed = pinned.find(({ partition, bytes, mtimeMs, etag }) => {
    const input = now.get(partition);
    return input === undefined || input.bytes !== bytes || input.mtimeMs !== mtimeMs || input.etag !== etag;
  });
  const added = inputs.find(({ partition }) => !before.has(partition));
  if (changed === undefined && added === undefined) return;
  const what =
    changed === undefined
      ? `partition "${added!.partition}" was added`
      : `partition "${changed.partition}" ${now.has(changed.partition) ? 'was written again' : 'is gone'}`;
  throw new TransientError('plan-changed', `the inputs differ from the saved plan: ${what}`, {
    file: layout.plan,
    hint: 'save the new plan with: nightshift plan JOB --save, then run every shard again: published and unchanged partitions are skipped',
  });
}

/** Returns the names of the pinned partitions; null without a pinned plan. */
export async function pinnedNames(layout: Layout): Promise<ReadonlySet<string> | null> {
  const pinned = await readPinned(layout);
  return pinned === null ? null : new Set(pinned.map(({ partition }) => partition));
}

/**
 * Returns the inputs of the pinned plan; null if there is none, or the file is no plan: plans are complete or
 * absent.
 */
async function readPinned(layout: Layout): Promise<readonly PinnedInput[] | null> {
  const plan = (await readJsonIfThere(layout.plan)) as PinnedPlan | null;
  return plan?.version === 1 && Array.isArray(plan.inputs) ? plan.inputs : null;
}
