import type { AddMistake } from './check-columns.js';
import type { JobFile } from './schema.js';
import { showValue } from './show.js';
import type { Path } from './yaml-tree.js';

/** Finds mistakes in the decisions about an output: invalid curves, bands that no score can be in. */
export function checkDecisions(
  path: Path,
  { calibration, threshold, bands, ...ranks }: JobFile['model']['outputs'][string],
  add: AddMistake,
): void {
  if (calibration !== null && 'platt' in calibration) {
    const [slope] = calibration.platt;
    if (slope === 0)
      add([...path, 'calibration', 'platt', 0], 'must not be 0, which gives every row the same score');
  }
  if (calibration !== null && 'table' in calibration)
    checkTable([...path, 'calibration', 'table'], calibration.table, add);
  if (threshold !== null && typeof threshold === 'object' && threshold.yes === threshold.no)
    add([...path, 'threshold', 'no'], `must differ from "yes", found ${showValue(threshold.no)}`);
  if (bands !== null) checkBands([...path, 'bands'], bands, add);
  for (const key of ['rank', 'decile'] as const)
    if (ranks[key] === 'run')
      add(
        [...path, key],
        'cannot be over the run: a partition is published before the scores of the next are known',
        'write "partition", and put all rows into one input',
      );
}

function checkTable(path: Path, table: readonly (readonly [number, number])[], add: AddMistake): void {
  if (table.length < 2) add(path, `must have two points or more, found ${table.length}`);
  const falls = table.length > 1 && table.at(-1)![1] < table[0]![1];
  table.forEach(([from, to], i) => {
    const before = table[i - 1];
    if (before === undefined) return;
    if (from <= before[0])
      add([...path, i, 0], `must be above the score before it, ${before[0]}, found ${from}`);
    if (falls ? to > before[1] : to < before[1])
      add(
        [...path, i, 1],
        `must not ${falls ? 'rise' : 'fall'} where the curve ${falls ? 'falls' : 'rises'}: ${before[1]} precedes it, found ${to}`,
      );
  });
}

function checkBands(path: Path, bands: Readonly<Record<string, number | null>>, add: AddMistake): void {
  const names = Object.keys(bands);
  if (names.length === 0) add(path, 'must have one band or more');
  names.forEach((name, i) => {
    const same = names.slice(0, i).find((other) => bands[other] === bands[name]);
    if (same !== undefined)
      add([...path, name], `must differ from the end of "${same}", found ${showValue(bands[name])}`);
  });
}
