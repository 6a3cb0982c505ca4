import type { Found } from '../../chunk/problem.js';
import type { ReadColumn } from '../../chunk/read-plan.js';
import type { SliceRoom } from '../slice-room.js';
import type { ValueCode } from '../text/cell-problem.js';
import type { Scratch } from './scratch.js';
import type { StringMemory } from './string-memory.js';

/** The state for casting one column, which a decoder keeps from chunk to chunk. */
export interface CastMemory {
  readonly column: ReadColumn;
  readonly scratch: Scratch;
  readonly strings: StringMemory;
  readonly room: Pick<SliceRoom, 'take'>;
  /** Records a problem of the chunk being cast. */
  note(code: ValueCode, row: number, found: Found): void;
}
