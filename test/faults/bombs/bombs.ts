import { arrowLengthBombs } from './arrow-lengths.js';
import type { Bomb } from './bomb.js';
import { cellBombs } from './cells.js';
import { dictionaryBombs } from './dictionaries.js';
import { gzipBombs } from './gzip.js';
import { listBombs } from './lists.js';
import { modelBombs } from './models.js';
import { nestedBombs } from './nested.js';
import { runLengthBombs } from './run-lengths.js';
import { wideBombs } from './wide.js';
import { zstdBombs } from './zstd.js';

/** Every bomb, by kind. */
export const bombs: readonly Bomb[] = [
  ...dictionaryBombs,
  ...runLengthBombs,
  ...gzipBombs,
  ...zstdBombs,
  ...listBombs,
  ...nestedBombs,
  ...wideBombs,
  ...cellBombs,
  ...arrowLengthBombs,
  ...modelBombs,
];
