import type { RowCounts } from './chunk/row-counts.js';

/** Events of a run in progress; the run does not know its listeners (a bar, a log, none). */
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
      readonly state:
        | 'published'
        | 'failed'
        | 'gated'
        | 'interrupted'
        | 'held'
        | 'skipped'
        | 'not-started'
        | 'profiled';
      readonly rows: RowCounts;
      readonly message: string | null;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'note';
      readonly level: 'info' | 'warn';
      readonly message: string;
      /** Omitted if it concerns the run. */
      readonly partition?: string;
    };

export type Observe = (event: RunEvent) => void;

/** Adds the partition to notes before passing them to `observe`. */
export function ofPartition(observe: Observe, partition: string): Observe {
  return (event) => observe(event.kind === 'note' ? { ...event, partition } : event);
}
