/** The outcome for a cell or row with a problem; the strongest outcome of a row is its status. */
export type Outcome = 'repaired' | 'flagged' | 'rejected';

/**
 * The part of a problem shared by all its occurrences; created once by the rule or decoder that finds it.
 * `code` is stable kebab-case; `column` is null for a problem of the whole row; `expected` describes what the
 * contract allows.
 */
export interface ProblemKind {
  readonly code: string;
  readonly column: string | null;
  readonly expected: string;
  readonly outcome: Outcome;
}

/** The value found in the cell: its text, or its typed value if it never was text. */
export type Found = string | number | bigint | boolean | null;

/** One occurrence of a problem: `row` counts from 0 within the chunk. */
export interface Problem {
  readonly kind: ProblemKind;
  readonly row: number;
  readonly found: Found;
}

const pageSize = 256;

/**
 * The problems of a chunk in the order in which they were found. One costs 16 bytes, half of them outside of
 * the heap, and is never copied in the heap: a chunk may have one for every tenth cell.
 */
export class Problems implements Iterable<Problem> {
  /** Never collected: if no list is alive when V8 collects garbage, it drops all code compiled for such lists. */
  protected static readonly first = new Problems();

  private count = 0;
  private readonly kinds: ProblemKind[] = [];
  private readonly codeOf = new Map<ProblemKind, number>();
  /** Each problem's kind, as an index into `kinds`. */
  private codes = new Int32Array(0);
  private rows = new Int32Array(0);
  /** The values found, in pages of `pageSize`. */
  private readonly pages: Found[][] = [];
  private lastCode = -1;

  get length(): number {
    return this.count;
  }

  /** Records a problem of `kind` in `row` (from 0 within the chunk); `found` is the value found there. */
  add(kind: ProblemKind, row: number, found: Found): void {
    const i = this.count++;
    if (i === this.rows.length) this.grow();
    // Problems come by rule and column: most are of the same kind as the one before.
    if (kind !== this.kinds[this.lastCode]) this.lastCode = this.codeFor(kind);
    this.codes[i] = this.lastCode;
    this.rows[i] = row;
    if (i % pageSize === 0) this.pages.push(new Array<Found>(pageSize).fill(null));
    this.setFound(i, found);
  }

  kind(i: number): ProblemKind {
    return this.kinds[this.codes[i]!]!;
  }

  row(i: number): number {
    return this.rows[i]!;
  }

  found(i: number): Found {
    return this.pages[(i / pageSize) | 0]![i % pageSize]!;
  }

  setKind(i: number, kind: ProblemKind): void {
    this.codes[i] = this.codeFor(kind);
  }

  setFound(i: number, found: Found): void {
    this.pages[(i / pageSize) | 0]![i % pageSize] = found;
  }

  /** Returns a list of the same problems, to which others can be added. */
  copy(): Problems {
    const copy = new Problems();
    for (const { kind, row, found } of this) copy.add(kind, row, found);
    return copy;
  }

  *[Symbol.iterator](): Generator<Problem> {
    for (let i = 0; i < this.count; i++) yield { kind: this.kind(i), row: this.row(i), found: this.found(i) };
  }

  private codeFor(kind: ProblemKind): number {
    let code = this.codeOf.get(kind);
    if (code === undefined) this.codeOf.set(kind, (code = this.kinds.push(kind) - 1));
    return code;
  }

  private grow(): void {
    const capacity = Math.max(64, 2 * this.rows.length);
    for (const name of ['codes', 'rows'] as const) {
      const grown = new Int32Array(capacity);
      grown.set(this[name]);
      this[name] = grown;
    }
  }
}
