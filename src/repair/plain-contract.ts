import type { ColumnType } from '../chunk/column.js';
import { noKey } from './check-keys.js';
import { anyValue } from './clamp-range.js';
import type { ColumnContract } from './contract.js';
import { notAbsent } from './fill-absent.js';
import { passMissing } from './fill-missing.js';
import { noCategories } from './map-category.js';
import { anyForm } from './match-pattern.js';
import { noSentinels } from './null-sentinels.js';
import { noInfinities } from './settle-infinity.js';
import { flagUnreadable } from './settle-unreadable.js';

/** Returns a contract that requires only a column's type: the default of every key of the job file. */
export function plainContract(name: string, type: ColumnType): ColumnContract {
  return {
    name,
    source: name,
    derivation: null,
    type,
    ...noKey,
    ...passMissing,
    ...flagUnreadable,
    ...anyValue,
    ...noCategories,
    ...notAbsent,
    ...noSentinels,
    ...anyForm,
    ...noInfinities,
  };
}
