import { isName } from './table-bounds.js';

/**
 * Returns true if a row names groups of the columns whose names are in the row below it: most of its names
 * span several columns, or names repeat from group to group. A name with none below it is a separate column.
 */
export function isGroupRow(row: readonly string[], below: readonly string[]): boolean {
  const groups = groupsOf(row, below);
  const filled = row.filter((cell) => cell.trim() !== '').length;
  if (groups.length === 0 || filled === row.length || filled > below.length) return false;
  if (!groups.every(({ name }) => isName(name) || isYear(name))) return false;
  const names = below.filter((cell) => cell.trim() !== '');
  const isRepeated = groups.length >= 2 && new Set(names).size < names.length;
  const isWide = groups.every(({ columns }) => columns >= 2);
  return isRepeated || (isWide && (groups.length >= 2 || filled > groups.length));
}

/** Returns group names filled to the right, over the columns that have a name below and none above. */
export function filledGroups(row: readonly string[], below: readonly string[]): readonly string[] {
  let group = '';
  return below.map((name, i) => {
    const own = (row[i] ?? '').trim();
    if (own !== '') group = name.trim() === '' ? '' : own;
    return own !== '' || name.trim() === '' ? own : group;
  });
}

interface Group {
  readonly name: string;
  readonly columns: number;
}

function groupsOf(row: readonly string[], below: readonly string[]): Group[] {
  const groups: Group[] = [];
  const filled = filledGroups(row, below);
  for (let i = 0; i < below.length; i++) {
    if ((row[i] ?? '').trim() === '' || below[i]!.trim() === '') continue;
    let end = i + 1;
    while (end < below.length && (row[end] ?? '').trim() === '' && filled[end] !== '') end++;
    groups.push({ name: row[i]!, columns: end - i });
  }
  return groups;
}

function isYear(text: string): boolean {
  return /^(?:1[89]|20)\d\d$/.test(text.trim());
}
