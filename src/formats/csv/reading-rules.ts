/** What a row's text is read by. */
export interface ReadingRules {
  readonly delimiter: string;
  readonly quote: string | null;
  readonly escape: string | null;
  /** Per column, whether its cells are always quoted: a lone quote at an edge there is dropped. */
  readonly quotedColumns: readonly boolean[];
}
