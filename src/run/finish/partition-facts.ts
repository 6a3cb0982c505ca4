import type { PartitionFacts } from '../../quality/build-summary.js';
import type { InputFile } from '../../storage/list-inputs.js';
import type { PartitionOutcome } from './report.js';

/** What the summary is told of each partition. */
export function partitionFacts(
  planned: readonly InputFile[],
  outcomes: readonly PartitionOutcome[],
): PartitionFacts[] {
  const inputs = new Map(planned.map((input) => [input.partition, input]));
  return outcomes.map(({ partition, state, failure, record }) => ({
    partition,
    state: states[state],
    failure,
    attempts: record?.attempts ?? 0,
    input: {
      path: inputs.get(partition)!.path,
      format: record?.input.format ?? null,
      bytes: inputs.get(partition)!.bytes,
    },
    outputs: record?.outputs ?? [],
    quality: record?.quality ?? null,
    skipped: record?.skipped ?? {},
    gates: record?.gates ?? [],
    startedAt: record?.startedAt ?? null,
    durationMs: record?.durationMs ?? null,
    notes: record?.input.notes ?? [],
  }));
}

const states = {
  published: 'published',
  failed: 'failed',
  gated: 'held_back',
  held: 'held_back',
  interrupted: 'interrupted',
  skipped: 'skipped',
  'not-started': 'not_started',
} as const;
