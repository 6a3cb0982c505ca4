import { type RowCounts, statusCounts } from '../../chunk/row-counts.js';
import { listedPartitions, type PartitionFacts } from '../../quality/build-summary.js';
import type { InputFile } from '../../storage/list-inputs.js';
import type { Layout } from '../records/layout.js';
import { isCovered, type PartitionOutcome } from '../records/outcomes.js';
import type { RecentRecords } from '../records/recent-records.js';
import { inputOf } from './gather-quality.js';

/**
 * Returns the facts of each partition for the summary. For those that it lists, also reads from the run
 * folder how their columns were matched.
 */
export async function partitionFacts(
  layout: Layout,
  planned: readonly InputFile[],
  outcomes: readonly PartitionOutcome[],
  recent: RecentRecords | null,
): Promise<PartitionFacts[]> {
  const inputs = new Map(planned.map((input) => [input.partition, input]));
  const facts = outcomes.map((outcome) => factsOf(outcome, inputs.get(outcome.partition)!));
  const listed = listedPartitions(facts);
  for (const [i, outcome] of outcomes.entries()) {
    if (!listed.has(outcome.partition) || !isCovered(outcome)) continue;
    facts[i] = { ...facts[i]!, notes: (await inputOf(layout, outcome, recent)).notes };
  }
  return facts;
}

function factsOf({ partition, state, failure, record }: PartitionOutcome, input: InputFile): PartitionFacts {
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
    rows: record === null || !isCovered({ state }) ? null : summaryRows(record.rows),
    gates: record?.closed ?? [],
    findings: record?.doubts ?? [],
    startedAt: record?.startedAt ?? null,
    durationMs: record?.durationMs ?? null,
    notes: [],
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
