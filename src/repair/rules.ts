import { checkKeys } from './check-keys.js';
import { checkRows } from './check-rows.js';
import { clampRange } from './clamp-range.js';
import { fillAbsent } from './fill-absent.js';
import { fillMissing } from './fill-missing.js';
import { mapCategory } from './map-category.js';
import { markNan } from './mark-nan.js';
import { matchPattern } from './match-pattern.js';
import { nullSentinels } from './null-sentinels.js';
import { rejectMissing } from './reject-missing.js';
import { rejectUnfit } from './reject-unfit.js';
import type { Rule } from './rule.js';
import { settleInfinity } from './settle-infinity.js';
import { settleUnreadable } from './settle-unreadable.js';

/**
 * The rules in the order of their application. First those that determine the values (so that missing values are missing before any other
 * rule looks), then those that judge them, then the state of the model's columns as they came, then fills (so that no rule judges a value
 * that the contract itself wrote), and last rules across columns, which see what the model gets.
 */
export const rules: readonly Rule[] = [
  markNan, // NaN that no other rule has marked is missing
  nullSentinels, // -999 is missing
  clampRange, // outside its range
  settleInfinity, // infinite
  mapCategory, // written another way, or unknown
  matchPattern, // of another form or length
  settleUnreadable, // what the decoder could not read
  fillAbsent, // columns that the source does not have
  fillMissing, // what is missing by now
  checkKeys, // missing or repeated keys
  checkRows, // conditions over several columns
  rejectMissing, // still missing where the model requires a value
  rejectUnfit, // anything else that the model cannot take
];
