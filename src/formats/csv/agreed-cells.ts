import { isBeyond, isLastDigit, isWhole, mayHold } from './certain-row.js';
import type { ColumnShape } from './column-shapes.js';

type Cells = readonly (string | null)[];

/** A row that would need more tests than this keeps none of its cells. */
const mostLooks = 4096;
/** Longer texts are assumed to be two cells that ran together. */
const longestParted = 200;

/**
 * Returns the cells of an uncertain row that are beyond doubt: those in the same column in every alignment of
 * any of its readings. In a row that is too short any cells may be lost, or pairs of them have run together,
 * but not both, and a cell may be cut where the row breaks off or begins late; in one that is too long any
 * cell may have been added, and some may be parts of one. If no alignment is left, a reading with the right
 * number of cells is used; otherwise cells that match no column may belong to any, and are not kept.
 */
export function agreedCells(
  readings: readonly (readonly string[])[],
  shapes: readonly ColumnShape[],
  delimiter: string,
): Cells {
  const laid = (mayStand: Laying['mayStand']): Cells[] =>
    readings
      .flatMap((tokens) => {
        const laying = { tokens, shapes, delimiter, mayStand };
        const waysOf = tokens.length < shapes.length ? [lostSteps, pairSteps] : [longSteps];
        return waysOf.map((steps) => cellsInAllWays(laying, steps));
      })
      .filter((cells) => cells !== null);
  let all = laid((text, shape) => mayHold(text, shape) && !isBeyond(Number(text), shape));
  if (all.length === 0) all = readings.filter(({ length }) => length === shapes.length);
  if (all.length === 0)
    all = laid((text, shape) => mayHold(text, shape) || !shapes.some((other) => mayHold(text, other)));
  return shapes.map((_, i) => (all.every((cells) => cells[i] === all[0]![i]) ? (all[0]?.[i] ?? null) : null));
}

/** Takes one step of an alignment over some columns and cells; the resulting cell is null if in doubt. */
type Take = (columns: number, taken: number, cell: string | null) => void;

/** Takes every step that an alignment may continue with. */
type Steps = (laying: Laying, column: number, token: number, take: Take) => void;

/** Returns the cells that one reading has in the same column in every alignment; null if there is none. */
function cellsInAllWays(laying: Laying, steps: Steps): Cells | null {
  const { tokens, shapes } = laying;
  const lost = shapes.length - tokens.length;
  const band = Math.abs(lost) + 1;
  if (Math.max(tokens.length, shapes.length) * band > mostLooks) return null;
  const cells: (string | null | undefined)[] = shapes.map(() => undefined);
  /** Indexed by column and offset of the cells: 0 not computed, 1 the rest can be aligned, 2 it cannot. */
  const known = new Uint8Array((shapes.length + 1) * band);
  const lay = (column: number, token: number): boolean => {
    const shift = lost > 0 ? column - token : token - column;
    if (shift < 0 || shift >= band || column > shapes.length || token > tokens.length) return false;
    if (column === shapes.length && token === tokens.length) return true;
    const at = column * band + shift;
    if (known[at] !== 0) return known[at] === 1;
    known[at] = 2;
    steps(laying, column, token, (columns, taken, cell) => {
      if (!lay(column + columns, token + taken)) return;
      known[at] = 1;
      for (let i = column; i < column + columns; i++)
        cells[i] = cells[i] === undefined || cells[i] === cell ? cell : null;
    });
    return known[at] === 1;
  };
  return lay(0, 0) ? cells.map((cell) => cell ?? null) : null;
}

interface Laying {
  readonly tokens: readonly string[];
  readonly shapes: readonly ColumnShape[];
  readonly delimiter: string;
  /** Returns true if a cell may belong to a column, even if doubtful. */
  mayStand(text: string, shape: ColumnShape): boolean;
}

/**
 * Steps of a row that lost cells: a cell is its column's, or was lost. After a gap of two all is uncertain.
 */
function lostSteps(laying: Laying, column: number, token: number, take: Take): void {
  const { shapes } = laying;
  if (column === shapes.length) return;
  take(1, 0, null);
  ownStep(laying, column, token, take);
}

/** Steps of a row in which pairs of cells ran together. After two such pairs nothing is certain. */
function pairSteps(laying: Laying, column: number, token: number, take: Take): void {
  const { tokens, shapes } = laying;
  const text = tokens[token];
  if (shapes[column]?.empty === true) take(1, 0, null);
  ownStep(laying, column, token, take);
  if (text !== undefined && column + 1 < shapes.length && mayPart(text, shapes[column]!, shapes[column + 1]!))
    take(2, 1, null);
}

/** The step of a cell that belongs to its column. It may be cut where the row breaks off or begins late. */
function ownStep(laying: Laying, column: number, token: number, take: Take): void {
  const { tokens, shapes, mayStand } = laying;
  const text = tokens[token];
  const shape = shapes[column];
  if (text === undefined || shape === undefined || !mayStand(text, shape)) return;
  const isMoved = column > token && shapes.length > tokens.length + 1;
  const isCutHead = token === 0 && column > 0 && !isWhole(text, shape);
  const isEnd = token === tokens.length - 1 && column < shapes.length - 1;
  const isCutEnd = isEnd && !isWhole(text, shape) && !isLastDigit(text, shape);
  take(1, 1, isMoved || isCutHead || isCutEnd || !mayHold(text, shape) ? null : text);
}

/** Steps of a row with too many cells, or enough: a cell is its column's, an extra, or a part of another. */
function longSteps(laying: Laying, column: number, token: number, take: Take): void {
  const { tokens, shapes, delimiter, mayStand } = laying;
  const text = tokens[token];
  if (text === undefined) return;
  take(0, 1, null);
  const shape = shapes[column];
  if (shape === undefined) return;
  if (mayStand(text, shape)) take(1, 1, mayHold(text, shape) ? text : null);
  const most = tokens.length - token - (shapes.length - column) + 1;
  for (let taken = 2; taken <= most; taken++) {
    const parts = tokens.slice(token, token + taken);
    if (mayHold(parts.join(delimiter), shape) || mayHold(parts.join(''), shape)) take(1, taken, null);
  }
}

/** Returns true if a text may be two cells that ran together, or whose delimiter another mark replaced. */
function mayPart(text: string, left: ColumnShape, right: ColumnShape): boolean {
  if (text.length > longestParted) return true;
  for (let at = 1; at < text.length; at++) {
    if (!mayHold(text.slice(0, at), left)) continue;
    if (mayHold(text.slice(at), right)) return true;
    if (/[^\p{L}\p{N}]/u.test(text[at]!) && mayHold(text.slice(at + 1), right)) return true;
  }
  return false;
}
