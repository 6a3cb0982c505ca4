import { clampRange } from './clamp-range.js';
import { fillAbsent } from './fill-absent.js';
import { fillMissing } from './fill-missing.js';
import { mapCategory } from './map-category.js';
import { markNan } from './mark-nan.js';
import { matchPattern } from './match-pattern.js';
import { nullSentinels } from './null-sentinels.js';
import type { Rule } from './rule.js';
import { settleInfinity } from './settle-infinity.js';
import { settleUnreadable } from './settle-unreadable.js';

/** The rules about the values of one column, in the order in which they apply (see `rules.ts`). */
export const valueRules: readonly Rule[] = [
  markNan, // NaN that no other rule has marked is missing
  nullSentinels, // -999 is missing
  clampRange, // outside its range
  settleInfinity, // infinite
  mapCategory, // spelled differently, or unknown
  matchPattern, // wrong pattern or length
  settleUnreadable, // what the decoder could not read
  fillAbsent, // columns that the source does not have
  fillMissing, // still missing
];
