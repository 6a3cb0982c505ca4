import { type RowCounts, statusCounts } from '../../chunk/row-counts.js';
import type { PartitionFacts } from '../../quality/build-summary.js';
import type { InputFile } from '../../storage/list-inputs.js';
import type { Gathered } from '../records/gathered.js';
import { isCovered, type PartitionOutcome, recordEntry } from '../records/outcomes.js';

/** Yields the facts of each partition for the summary, in the order of the plan. */
export function* partitionFacts(
  planned: readonly InputFile[],
  outcomes: readonly PartitionOutcome[],
  sources: Gathered['inputs'],
): Generator<PartitionFacts> {
  for (const [i, outcome] of outcomes.entries()) yield factsOf(outcome, planned[i]!, sources);
}

function factsOf(outcome: PartitionOutcome, input: InputFile, sources: Gathered['inputs']): PartitionFacts {
  const { partition, state, failure } = outcome;
  const record = recordEntry(outcome);
  const covered = isCovered(outcome);
  return {
    partition,
    state: states[state],
    failure,
    attempts: record?.attempts ?? 0,
    input: {
      path: input.path,
      format: record?.input.format ?? null,
      bytes: input.bytes,
    },
    outputs: record?.outputs ?? [],
    rows: record === null || !covered ? null : summaryRows(record.rows),
    gates: record?.closed ?? [],
    findings: record?.doubts ?? [],
    startedAt: record?.startedAt ?? null,
    durationMs: record?.durationMs ?? null,
    notes: () => (covered ? (sources.get(partition)?.notes ?? []) : []),
  };
}

function summaryRows(rows: RowCounts): PartitionFacts['rows'] {
  const { skipped, left_out: leftOut } = rows;
  return { ...statusCounts(rows), skipped, ...(leftOut === undefined ? {} : { left_out: leftOut }) };
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
