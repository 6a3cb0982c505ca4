import { checkKeys } from './check-keys.js';
import { checkRows } from './check-rows.js';
import { deriveColumns } from './derive-columns.js';
import { rejectMissing } from './reject-missing.js';
import { rejectUnfit } from './reject-unfit.js';
import type { Rule } from './rule.js';
import { valueRules } from './value-rules.js';

/**
 * The rules in the order in which they apply. First those that determine the values (so that missing values
 * are missing before any other rule looks), then those that judge them, then those about the state of the
 * model's columns as read, then fills (so that no rule judges a value that the contract itself wrote), then
 * columns that are computed from these, to which the same rules apply, and last the rules across columns,
 * which see the model's input.
 */
export const rules: readonly Rule[] = [
  ...valueRules, // of columns in the file
  deriveColumns, // columns derived from them, and the same rules for their values
  checkKeys, // missing or repeated keys
  checkRows, // conditions over several columns
  rejectMissing, // still missing where the model requires a value
  rejectUnfit, // anything else that the model cannot take
];
