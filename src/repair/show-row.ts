import type { Found } from '../chunk/problem.js';
import { cellAt } from './cell.js';
import type { Work } from './work.js';

/** Formats some values of a row for people: `dep_delay=3, carrier=missing`; null without columns. */
export function showRow(work: Work, names: readonly string[], row: number): Found {
  if (names.length === 0) return null;
  return names.map((name) => `${name}=${cellAt(work.columns.get(name)!, row) ?? 'missing'}`).join(', ');
}
