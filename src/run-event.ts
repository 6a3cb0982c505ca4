import type { RowCounts } from './chunk/row-counts.js';
import type { Slice } from './chunk/slice.js';

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
  /** Sent again if the partition is scored again from its beginning. */
  | { readonly kind: 'partition-started'; readonly partition: string; readonly bytes: number }
  | {
      readonly kind: 'slice-scored';
      readonly partition: string;
      readonly rows: number;
      readonly rejected: number;
      /** The slice's share of the input's bytes; null if unknown: the input is compressed or converted. */
      readonly bytes: number | null;
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
        | 'profiled'
        | 'compared';
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

/** Returns the event of a scored slice; bytes that the slice carries itself are not bytes of the input. */
export function sliceScored(partition: string, slice: Slice, { read, rejected }: RowCounts): RunEvent {
  const isOfFile = slice.kind === 'rows' || slice.bytes === null;
  return { kind: 'slice-scored', partition, rows: read, rejected, bytes: isOfFile ? slice.inputBytes : null };
}
