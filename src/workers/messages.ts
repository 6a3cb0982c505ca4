import type { ErrorLocation } from '../errors.js';
import type { Reason } from '../reasons.js';

/** An error in transit between processes: enough to recreate it in its class. */
export interface ErrorMessage {
  readonly name: string;
  readonly message: string;
  readonly reason: Reason | null;
  readonly hint: string | null;
  readonly location: ErrorLocation;
  readonly stack: string | null;
}

/**
 * Messages from the pool to a worker. A context holds what many tasks share (a partition's plan), opened once
 * per worker by its key.
 */
export type ToWorker =
  | { readonly kind: 'warm'; readonly stage: string; readonly what: unknown }
  | { readonly kind: 'trial'; readonly stage: string; readonly request: unknown }
  /** A worker that another pool has opened stays as it is. */
  | { readonly kind: 'open'; readonly stage: string; readonly plan: unknown }
  | {
      readonly kind: 'task';
      readonly id: number;
      readonly context: string;
      readonly task: unknown;
      readonly opened?: unknown;
      /** Parts of `opened` that are those of the context sent before, see `withoutKnown`. */
      readonly known?: readonly string[];
    }
  | { readonly kind: 'drop'; readonly context: string }
  | { readonly kind: 'trim' }
  | { readonly kind: 'close' };

/** Messages from a worker. */
export type FromWorker =
  | { readonly kind: 'started' }
  | { readonly kind: 'said'; readonly said: unknown }
  | { readonly kind: 'opened'; readonly report: unknown }
  | { readonly kind: 'open-failed'; readonly error: ErrorMessage }
  | { readonly kind: 'needs-context'; readonly id: number }
  | { readonly kind: 'alive'; readonly id: number }
  | {
      readonly kind: 'done';
      readonly id: number;
      readonly result: unknown;
      readonly rssBytes: number;
      /** Processor time of the process since it started, of all its threads. */
      readonly cpuMicros: number;
    }
  | { readonly kind: 'failed'; readonly id: number; readonly error: ErrorMessage }
  | { readonly kind: 'part'; readonly part: unknown }
  | { readonly kind: 'dropped'; readonly context: string; readonly gathered: unknown };
