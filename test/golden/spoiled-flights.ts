import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { numberFeatures, textFeatures } from '../samples/samples.js';
import fc from '../seeded.js';

// Real flights with single cells spoiled in ways that have exactly one correct code.

/** A cell's value as the contract leaves it, null for a missing one. */
type Value = string | null;

/** One way to spoil a cell: its text in the file, the expected problems, and the expected value. */
interface Spoiling {
  readonly text: string;
  readonly codes: readonly string[];
  readonly became: Value;
  readonly outcome: 'repaired' | 'flagged' | 'rejected';
  /** The audit's lines about it as code, found, became. */
  readonly audit: readonly (readonly [string, Value, Value])[];
}

/** A spoiled cell and its row, counted from 1, and column. */
interface Injection extends Spoiling {
  readonly row: number;
  readonly column: string;
}

/** Three forms of one table: original, spoiled, and as it must be read; null is a missing cell. */
export interface SpoiledTable {
  readonly clean: Table;
  readonly spoiled: Table;
  readonly repaired: Table;
  readonly injections: readonly Injection[];
  /** A column that the spoiled file does not have. */
  readonly removed: string | null;
}

export interface Table {
  /** Names as the file has them. */
  readonly names: readonly string[];
  readonly rows: readonly (readonly Value[])[];
}

/** The contract that the tables are held to, as a job file has it. */
export const contractLines = `
columns:
  flight_id: { type: int64, key: true }
  flight: { type: int32, missing: flag }
  tailnum: { type: string, pattern: "N[0-9A-Z]+", missing: flag }
  time_hour: { type: timestamp, missing: flag }
  month: { type: float32, range: [1, 12] }
  day: { type: float32, range: [1, 31], infinity: reject }
  dep_time: { type: float32, range: [0, 2400], outside: null, missing: flag }
  sched_dep_time: { type: float32, range: [0, 2400], unreadable: reject }
  dep_delay: { type: float32, range: [-120, 2000], missing: flag, absent: missing, null_values: ["", "  "] }
  sched_arr_time: { type: float32, range: [0, 2400], outside: clamp }
  distance: { type: float32, range: [1, 6000], missing: flag, sentinels: [-999], null_values: ["", "null"] }
  hour: { type: float32, range: [0, 23] }
  minute: { type: float32, range: [0, 59] }
  carrier: { type: string, categories: model, match: [trim, case], aliases: { UA: [United] } }
  origin: { type: string, categories: [EWR, JFK, LGA], match: [], unknown: reject }
  dest: { type: string, categories: model, missing: { fill: ATL } }
rules:
  - { name: times-disagree, when: "hour * 100 + minute != sched_dep_time", then: flag }
`;

export const flightNames = [
  'flight_id',
  'flight',
  'tailnum',
  'time_hour',
  ...numberFeatures,
  ...textFeatures,
] as const;
type Name = (typeof flightNames)[number];

/** The flights of a sample day that have every value. */
export function completeFlights(day: string): readonly (readonly string[])[] {
  const [header = '', ...lines] = readFileSync(join('data-samples', 'flights', `${day}.csv`), 'utf8')
    .trimEnd()
    .split(/\r?\n/);
  const indices = flightNames.map((name) => header.split(',').indexOf(name));
  return lines
    .map((line) => line.split(','))
    .map((cells) => indices.map((index) => cells[index]!))
    .filter((cells) => !cells.includes(''));
}

const missing = (text: string): Spoiling => ({
  text,
  codes: ['missing'],
  became: null,
  outcome: 'flagged',
  audit: [],
});
/** Read, or settled, as missing, which the column's policy flags too. */
const lost = (text: string, code: string, found: string = text): Spoiling => ({
  text,
  codes: [code, 'missing'],
  became: null,
  outcome: 'flagged',
  audit: [[code, found, null]],
});
const kept = (text: string, code: string): Spoiling => ({
  text,
  codes: [code],
  became: text,
  outcome: 'flagged',
  audit: [],
});
const put = (text: string, code: string, became: string, found: Value = text): Spoiling => ({
  text,
  codes: [code],
  became,
  outcome: 'repaired',
  audit: [[code, found, became]],
});
const rejected = (text: string, code: string): Spoiling => ({
  text,
  codes: [code],
  became: null,
  outcome: 'rejected',
  audit: [],
});

function fullWidth(number: string): string {
  return number.replace(/[-\d]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0));
}

/** By column, the ways to spoil a cell that holds `clean`. */
const ways: Readonly<Record<Name, (clean: string) => readonly Spoiling[]>> = {
  flight_id: () => [{ ...missing(''), codes: ['missing-key'] }],
  flight: (clean) => [
    missing(''),
    lost('99999999999', 'overflow'),
    lost(`${clean}.5`, 'unreadable'),
    put(`$${clean}`, 'number-format', clean),
  ],
  tailnum: (clean) => [
    missing(''),
    missing('NA'),
    kept(`${clean}!`, 'disallowed'),
    kept('517', 'disallowed'),
  ],
  time_hour: () => [missing(''), lost('03/04/2013 10:00', 'date-ambiguous'), lost('yesterday', 'unreadable')],
  month: (clean) => [kept(String(Number(clean) * 100), 'out-of-range')],
  day: (clean) => [rejected('inf', 'infinite'), kept(String(-Number(clean)), 'out-of-range')],
  dep_time: () => [missing(''), lost('9999', 'out-of-range'), lost('N14228', 'unreadable')],
  sched_dep_time: () => [rejected('5h15', 'unreadable')],
  dep_delay: (clean) => [
    missing(''),
    missing('NaN'),
    missing('  '),
    lost('late', 'unreadable'),
    lost('1e39', 'overflow'),
    lost('-inf', 'infinite', '-Infinity'),
    kept(String(Number(clean) * 60 + 200_000), 'out-of-range'),
    put(`${clean} %`, 'number-format', clean),
    put(fullWidth(clean), 'number-format', clean),
  ],
  sched_arr_time: () => [put('9000', 'out-of-range', '2400'), put('-1', 'out-of-range', '0')],
  distance: (clean) => [
    missing('null'),
    lost('-999', 'sentinel'),
    kept(String(Number(clean) * 5280), 'out-of-range'),
    put(`€${clean}`, 'number-format', clean),
    put(`${clean}\u00a0`, 'number-format', clean),
  ],
  hour: () => [{ ...lost('Infinity', 'infinite'), codes: ['infinite'] }],
  // Within its range: only a rule that looks at several columns can know.
  minute: (clean) => {
    const other = String((Number(clean) + 1) % 60);
    return [{ text: other, codes: ['rule'], became: other, outcome: 'flagged', audit: [] }];
  },
  carrier: (clean) => [
    put('United', 'category-alias', 'UA'),
    ...(clean.toLowerCase() === clean ? [] : [put(clean.toLowerCase(), 'category-alias', clean)]),
    kept('ZZ', 'unknown-category'),
    rejected('', 'missing'),
  ],
  origin: (clean) => [rejected(clean.toLowerCase(), 'unknown-category'), rejected('BOS', 'unknown-category')],
  dest: () => [put('', 'missing', 'ATL', null), kept('XYZ', 'unknown-category')],
};

/**
 * Tables of up to `most` flights; every second file has its columns in another order, some under other
 * spellings of their names, some without `dep_delay`.
 */
export function spoiledTables(
  flights: readonly (readonly string[])[],
  most: number,
): fc.Arbitrary<SpoiledTable> {
  const index = fc.record({
    row: fc.nat(most - 1),
    column: fc.constantFrom(...flightNames),
    pick: fc.nat(100),
  });
  return fc
    .record({
      from: fc.nat(flights.length - most),
      count: fc.integer({ min: 1, max: most }),
      indices: fc.array(index, { maxLength: most }),
      order: fc.shuffledSubarray([...flightNames.keys()], { minLength: flightNames.length }),
      isDrifted: fc.boolean(),
      isRemoved: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
    })
    .map(({ from, count, indices, order, isDrifted, isRemoved }) => {
      const rows = flights.slice(from, from + count);
      const removed = isRemoved ? 'dep_delay' : null;
      const injections = inject(rows, indices, removed);
      const clean = tableOf(rows, [...flightNames.keys()], String);
      const file = isDrifted ? order.filter((at) => flightNames[at] !== removed) : withoutOne(removed);
      const spelled = (name: string) => (isDrifted ? ` ${name.toUpperCase()} ` : name);
      const change = (to: (injection: Injection) => Value) =>
        rows.map((row, i) =>
          row.map((cell, at): Value => {
            const injection = injections.find((one) => one.row === i + 1 && one.column === flightNames[at]);
            if (injection !== undefined) return to(injection);
            return cell;
          }),
        );
      const spoiled = tableOf(
        change(({ text }) => (text === '' ? null : text)),
        file,
        spelled,
      );
      const settled = change(({ became }) => became).map((row) =>
        row.map((cell, at) => (flightNames[at] === removed ? null : cell)),
      );
      return {
        clean,
        spoiled,
        repaired: tableOf(settled, [...flightNames.keys()], String),
        injections,
        removed,
      };
    });
}

function withoutOne(removed: string | null): number[] {
  return [...flightNames.keys()].filter((at) => flightNames[at] !== removed);
}

function inject(
  rows: readonly (readonly string[])[],
  indices: readonly { readonly row: number; readonly column: Name; readonly pick: number }[],
  removed: string | null,
): Injection[] {
  const injected = new Map<string, Injection>();
  for (const { row: at, column, pick } of indices) {
    const row = at % rows.length;
    if (column === removed) continue;
    const choices = ways[column](rows[row]![flightNames.indexOf(column)]!);
    injected.set(`${row} ${column}`, { row: row + 1, column, ...choices[pick % choices.length]! });
  }
  return [...injected.values()].filter(({ row, column }) => {
    // A defect across columns is found by cells of the other columns, which must be intact.
    return (
      column !== 'minute' || !['hour', 'sched_dep_time'].some((other) => injected.has(`${row - 1} ${other}`))
    );
  });
}

function tableOf(
  rows: readonly (readonly Value[])[],
  order: readonly number[],
  spelled: (name: string) => string,
): Table {
  return {
    names: order.map((at) => spelled(flightNames[at]!)),
    rows: rows.map((row) => order.map((at) => row[at]!)),
  };
}

/** Returns the expected report of the spoiled file: status and problems by row, without `ok` rows. */
export function expectedNotes({ injections, removed, spoiled }: SpoiledTable): string[] {
  return spoiled.rows.flatMap((_, i) => {
    const row = i + 1;
    const here = injections.filter((injection) => injection.row === row);
    const labels = here.flatMap(({ codes, column }) =>
      codes.map((code) => (code === 'rule' ? 'rule:times-disagree' : `${code}:${column}`)),
    );
    if (removed !== null) labels.push(`absent-column:${removed}`);
    if (labels.length === 0) return [];
    const outcomes = [...here.map(({ outcome }) => outcome), ...(removed === null ? [] : ['flagged'])];
    const status = ['rejected', 'flagged', 'repaired'].find((outcome) => outcomes.includes(outcome))!;
    return [`${row} ${status} ${labels.sort().join(' ')}`];
  });
}

/** The audit's lines about the spoiled file: none about rejected rows. */
export function expectedAudit({ injections }: SpoiledTable): string[] {
  const lost = new Set(injections.filter(({ outcome }) => outcome === 'rejected').map(({ row }) => row));
  return injections
    .filter(({ row }) => !lost.has(row))
    .flatMap(({ row, column, audit }) =>
      audit.map(([code, found, became]) => `${row} ${column} ${code} ${found} -> ${became}`),
    )
    .sort();
}
