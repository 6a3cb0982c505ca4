import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectRows } from '../../src/chunk/select-rows.js';
import type { ColumnContract } from '../../src/repair/contract.js';
import { createRepair } from '../../src/repair/create-repair.js';
import fc from '../seeded.js';
import { type Cell, cellsOf, chunkOf, contract, fill, planOf, type TestColumn } from './tables.js';

// A correct table of flights, one column of each kind; cells are spoiled with exactly one correct code.

const carriers = ['AA', 'B6', 'DL', 'UA', 'WN'];
const contracts: readonly ColumnContract[] = [
  contract('id', 'int64', { key: true, range: { low: 1n, high: 2n ** 60n } }),
  contract('delay', 'float32', { range: { low: -120, high: 2000 }, missing: { kind: 'flag' } }),
  contract('distance', 'int32', {
    range: { low: 1, high: 5000 },
    missing: { kind: 'flag' },
    sentinels: [-999],
  }),
  contract('hours', 'float64', { range: { low: 0, high: 24 }, missing: { kind: 'flag' } }),
  contract('carrier', 'string', { categories: carriers, match: ['trim', 'case'], missing: { kind: 'flag' } }),
  contract('tail', 'string', { pattern: 'N\\d{3}[A-Z]{2}', missing: { kind: 'flag' } }),
  contract('day', 'date', { range: { low: 15706, high: 16070 }, missing: { kind: 'flag' } }),
];
const layouts: Readonly<Record<string, Partial<TestColumn>>> = {
  carrier: { categories: carriers },
  tail: { layout: 'text' },
};

const cleanRow = fc.record({
  delay: fc.integer({ min: -120, max: 2000 }),
  distance: fc.integer({ min: 1, max: 5000 }),
  hours: fc.double({ min: 0, max: 24, noNaN: true }),
  carrier: fc.constantFrom(...carriers),
  tail: fc
    .tuple(fc.integer({ min: 100, max: 999 }), fc.constantFrom('AA', 'UA', 'JB'))
    .map(([n, s]) => `N${n}${s}`),
  day: fc.integer({ min: 15706, max: 16070 }),
});

interface Injection {
  readonly cell: Cell;
  readonly code: string;
  /** The cell's value after a repair that only flags; undefined: the injected value. */
  readonly became?: Cell;
  /** Noted by the decoder, as it does for text that is no value of the type. */
  readonly noted?: boolean;
}

const dropped: Injection = { cell: null, code: 'missing' };
const retyped = (code: string): Injection => ({ cell: null, code, noted: true, became: null });
const injections: Readonly<Record<string, (clean: Cell) => readonly Injection[]>> = {
  id: () => [{ cell: null, code: 'missing-key' }, retyped('overflow')],
  delay: (clean) => [
    dropped,
    retyped('unreadable'),
    { cell: Number(clean) * 60 + 200_000, code: 'out-of-range' },
    { cell: Number.POSITIVE_INFINITY, code: 'infinite', became: null },
  ],
  distance: (clean) => [
    dropped,
    retyped('unreadable'),
    { cell: -Number(clean), code: 'out-of-range' },
    { cell: -999, code: 'sentinel', became: null },
  ],
  hours: (clean) => [
    dropped,
    { cell: Number(clean) * 60 + 60, code: 'out-of-range' },
    { cell: Number.NaN, code: 'missing', became: null },
  ],
  carrier: (clean) => [
    dropped,
    { cell: 'N123AA', code: 'unknown-category' },
    { cell: '', code: 'unknown-category' },
    { cell: `${String(clean).toLowerCase()} `, code: 'category-alias', became: clean },
    { cell: 'ZZ', code: 'unknown-category' },
  ],
  tail: (clean) => [
    dropped,
    { cell: ' ', code: 'disallowed' },
    { cell: '517', code: 'disallowed' },
    { cell: `${clean}X`, code: 'disallowed' },
  ],
  day: (clean) => [
    dropped,
    retyped('date-ambiguous'),
    { cell: Number(clean) - 36_525, code: 'out-of-range' },
  ],
};
const names = Object.keys(injections);

interface Spoiled {
  readonly clean: Readonly<Record<string, readonly Cell[]>>;
  readonly injected: ReadonlyMap<string, Injection & { readonly row: number; readonly column: string }>;
}

const spoiled: fc.Arbitrary<Spoiled> = fc.array(cleanRow, { minLength: 1, maxLength: 60 }).chain((rows) => {
  const clean: Record<string, Cell[]> = { id: rows.map((_, i) => BigInt(i + 1)) };
  for (const name of names.slice(1)) clean[name] = rows.map((row) => row[name as keyof typeof row]);
  const spot = fc.record({
    row: fc.nat(rows.length - 1),
    column: fc.constantFrom(...names),
    pick: fc.nat(100),
  });
  return fc.array(spot, { maxLength: rows.length * 2 }).map((spots) => {
    const injected = new Map(
      spots.map(({ row, column, pick }) => {
        const choices = injections[column]!(clean[column]![row]!);
        return [`${row} ${column}`, { row, column, ...choices[pick % choices.length]! }];
      }),
    );
    return { clean, injected };
  });
});

function spoiledChunk({ clean, injected }: Spoiled) {
  const columns = Object.fromEntries(
    contracts.map(({ name, type }) => {
      const cells = clean[name]!.map(
        (cell, row) => injected.get(`${row} ${name}`)?.cell ?? (injected.has(`${row} ${name}`) ? null : cell),
      );
      return [name, { type, cells, ...layouts[name] }];
    }),
  );
  const chunk = chunkOf(columns);
  for (const { row, column, code, noted } of injected.values()) {
    if (noted) chunk.problems.add({ code, column, expected: '', outcome: 'flagged' }, row, 'x');
  }
  return chunk;
}

/** Returns the problems that must be found: an unreadable or lost cell is missing too. */
function wantedProblems({ injected }: Spoiled): string[] {
  return [...injected.values()]
    .flatMap(({ row, column, code, became }) => {
      const isMissing = became === null && code !== 'missing';
      const missing = column === 'id' ? `${row} missing-key:id` : `${row} missing:${column}`;
      return isMissing ? [`${row} ${code}:${column}`, missing] : [`${row} ${code}:${column}`];
    })
    .sort();
}

test('finds every injected cell under its code, and nothing else, and touches no other cell (property)', () => {
  const repair = createRepair(planOf(contracts));
  fc.assert(
    fc.property(spoiled, (table) => {
      const { chunk } = repair.apply(spoiledChunk(table), null);
      const found = Array.from(
        chunk.problems,
        ({ kind, row }) => `${row} ${kind.code}:${kind.column}`,
      ).sort();
      assert.deepEqual(found, wantedProblems(table));
      for (const { name } of contracts) {
        const wanted = table.clean[name]!.map((cell, row) => {
          const injection = table.injected.get(`${row} ${name}`);
          if (injection === undefined) return cell;
          return injection.became === undefined ? injection.cell : injection.became;
        });
        assert.deepEqual(cellsOf(chunk.columns.get(name)!), wanted, name);
      }
    }),
    { numRuns: 300 },
  );
});

test('rejects exactly the rows with an injected cell where every policy rejects, and keeps the others bit by bit (property)', () => {
  const strict = contracts.map((one) => ({
    ...one,
    missing: { kind: 'reject' } as const,
    unreadable: { kind: 'reject' } as const,
    outside: { kind: 'reject' } as const,
    unknown: { kind: 'reject' } as const,
    infinity: { kind: 'reject' } as const,
    disallowed: 'reject' as const,
    match: [],
  }));
  const repair = createRepair(planOf(strict));
  fc.assert(
    fc.property(spoiled, (table) => {
      const { chunk, kept, status } = repair.apply(spoiledChunk(table), null);
      const bad = new Set([...table.injected.values()].map(({ row }) => row));
      const rows = Array.from({ length: chunk.rows }, (_, row) => row).filter((row) => !bad.has(row));
      assert.deepEqual(kept === null ? null : [...kept], bad.size === 0 ? null : rows);
      for (const row of bad) assert.equal(status![row], 3);
      for (const { name } of contracts) {
        const cells = cellsOf(selectRows(chunk.columns.get(name)!, kept));
        assert.deepEqual(
          cells,
          rows.map((row) => table.clean[name]![row]),
        );
      }
    }),
    { numRuns: 200 },
  );
});

test('leaves no missing and no odd value behind where every policy fills (property)', () => {
  const fills: Readonly<Record<string, Cell>> = {
    id: 0n,
    delay: 0,
    distance: 1000,
    hours: 2,
    carrier: 'OTHER',
    tail: 'N000XX',
    day: 15706,
  };
  const mild = contracts.map((one): ColumnContract => {
    const value = fill(fills[one.name]! as number);
    return {
      ...one,
      key: false,
      missing: value,
      unreadable: value,
      outside: value,
      unknown: value,
      infinity: value,
      disallowed: 'null',
    };
  });
  const repair = createRepair(planOf(mild, { audit: true }));
  fc.assert(
    fc.property(spoiled, (table) => {
      const { chunk, kept, status, became } = repair.apply(spoiledChunk(table), null);
      const bad = new Set([...table.injected.values()].map(({ row }) => row));
      assert.equal(kept, null);
      for (let row = 0; row < chunk.rows; row++) assert.equal(status?.[row] ?? 0, bad.has(row) ? 1 : 0);
      assert.equal(became!.length, chunk.problems.length);
      for (const { name } of contracts) {
        const wanted = table.clean[name]!.map((cell, row) => {
          const injection = table.injected.get(`${row} ${name}`);
          if (injection === undefined) return cell;
          return injection.code === 'category-alias' ? injection.became : fills[name];
        });
        assert.deepEqual(cellsOf(chunk.columns.get(name)!), wanted, name);
      }
      // The last change of a cell is what it became.
      const problems = [...chunk.problems];
      for (const { row, column } of table.injected.values()) {
        const last = problems.findLastIndex((one) => one.kind.column === column && one.row === row);
        const cell = cellsOf(chunk.columns.get(column)!)[row]!;
        assert.equal(became![last], column === 'day' ? '2013-01-01' : cell);
      }
    }),
    { numRuns: 200 },
  );
});

test('says of every row that a column is gone, and repairs the others as before (property)', () => {
  fc.assert(
    fc.property(spoiled, fc.constantFrom(...names.slice(1)), (table, gone) => {
      const bearing = contracts.map((one) => ({ ...one, absent: { kind: 'missing' } as const }));
      const repair = createRepair(planOf(bearing, { absent: [gone] }));
      const without = {
        ...table,
        injected: new Map([...table.injected].filter(([, { column }]) => column !== gone)),
      };
      const read = spoiledChunk(without);
      const { chunk } = repair.apply(
        { ...read, columns: new Map([...read.columns].filter(([name]) => name !== gone)) },
        null,
      );
      const found = Array.from(
        chunk.problems,
        ({ kind, row }) => `${row} ${kind.code}:${kind.column}`,
      ).sort();
      const all = Array.from({ length: chunk.rows }, (_, row) => `${row} absent-column:${gone}`);
      assert.deepEqual(found, [...wantedProblems(without), ...all].sort());
      assert.deepEqual(
        cellsOf(chunk.columns.get(gone)!),
        all.map(() => null),
      );
    }),
    { numRuns: 100 },
  );
});
