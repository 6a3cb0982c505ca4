import type { RowCounts } from './ledger.js';
import type { PartitionState } from './record.js';

/** What a run tells while it goes on; who listens (a bar, a log, nobody) is not the run's concern. */
export type RunEvent =
  | {
      readonly kind: 'planned';
      readonly runId: string;
      readonly partitions: number;
      readonly skipped: number;
      readonly bytes: number;
      readonly workers: number;
    }
  | { readonly kind: 'partition-started'; readonly partition: string; readonly bytes: number }
  | {
      readonly kind: 'slice-scored';
      readonly partition: string;
      readonly rows: number;
      readonly bytes: number;
    }
  | {
      readonly kind: 'partition-ended';
      readonly partition: string;
      readonly state: PartitionState | 'held' | 'skipped' | 'not-started' | 'profiled';
      readonly rows: RowCounts;
      readonly message: string | null;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'note';
      readonly level: 'info' | 'warn';
      readonly message: string;
      /** Left out where it is about the run. */
      readonly partition?: string;
    };

export type Observe = (event: RunEvent) => void;

/** Tells `observe` of which partition the notes are. */
export function ofPartition(observe: Observe, partition: string): Observe {
  return (event) => observe(event.kind === 'note' ? { ...event, partition } : event);
}
