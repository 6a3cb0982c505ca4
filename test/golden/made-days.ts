import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../quality/made-columns.js';

/** A day of flights as text, header and rows. */
export interface Day {
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** 4 January 2013 before it was spoiled: a usual day of the year that the sample job's baseline describes. */
export const cleanDay: Day = readDay(join('data-samples', 'truth', '2013-01-04.csv'));

function readDay(path: string): Day {
  const [header, ...rows] = readFileSync(path, 'utf8').trimEnd().split('\n');
  return { names: header!.split(','), rows: rows.map((row) => row.split(',')) };
}

/** `count` rows drawn from a day with replacement, with unique keys; missing departures as in the year. */
export function resample({ names, rows }: Day, count: number, seed: number): Day {
  const random = seededRandom(seed);
  const drawn = Array.from({ length: count }, (_, i) => {
    const row = [...rows[Math.floor(random() * rows.length)]!];
    row[0] = String(1_000_000 + i);
    if (i % 55 === 7) for (const name of ['dep_time', 'dep_delay']) row[names.indexOf(name)] = '';
    return row;
  });
  return { names, rows: drawn };
}

/** Returns the day with changed cells of some columns, in the given share of the rows, evenly spaced. */
export function changed(
  day: Day,
  columns: readonly string[],
  change: (cell: string, row: number) => string,
  share = 1,
): Day {
  const indices = columns.map((name) => day.names.indexOf(name));
  const isHit = (row: number) => Math.floor((row + 1) * share) > Math.floor(row * share);
  const rows = day.rows.map((cells, row) =>
    isHit(row) ? cells.map((cell, i) => (indices.includes(i) ? change(cell, row) : cell)) : cells,
  );
  return { names: day.names, rows };
}

/** The day as a file. */
export function csvOf({ names, rows }: Day, delimiter = ','): string {
  return `${[names, ...rows].map((cells) => cells.join(delimiter)).join('\n')}\n`;
}
