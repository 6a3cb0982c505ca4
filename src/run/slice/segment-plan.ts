import type { Expression } from '../../repair/expression.js';

/** How rows are assigned to segments; plain data, sent to each worker once. */
export type SegmentEntry =
  | { readonly kind: 'condition'; readonly slice: string; readonly expression: Expression }
  /** By the values of a column: those listed, as texts, and all others together. */
  | { readonly kind: 'value'; readonly slice: string; readonly values: readonly string[] };
