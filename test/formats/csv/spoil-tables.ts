import { type Writing, written } from './pollute.js';

/** Random numbers from a seed: the same ones in every run. */
interface Dice {
  /** A whole number from 0, less than `limit`. */
  below(limit: number): number;
  /** One of a list. */
  of<T>(list: readonly T[]): T;
}

/** Mulberry32: small, and good enough to make tables. */
export function dice(seed: number): Dice {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * limit);
  };
  return { below, of: (list) => list[below(list.length)]! };
}

const first = ['Ann', 'Bob', 'Cid', 'Dora', 'Émile', 'Zoë', 'Jürgen', 'Łukasz', 'Øystein', 'Иван', '李雷'];
const last = ['Smith', "O'Neill", 'Müller', 'van Dyk', 'García', 'Lee', 'de la Cruz'];
const things = ['Hat', 'Vest', 'Rake', 'Tropic Cap', 'Steel kettle', 'Pen', 'Tuinslang', 'Bücherregal'];
const units = ['2 l', '8 Wt.', '12 cm', 'size 10', 'XL', '3/4 inch', 'No. 7', '40W', 'Mk II'];
const words = [
  'old',
  'red',
  'with',
  'even',
  'when',
  'wet',
  'best',
  'for',
  'kids',
  'naïve',
  'größer',
  '5',
  '1984',
];
const pad = (value: number, digits = 2): string => String(value).padStart(digits, '0');
const sentence = (d: Dice, most: number): string =>
  Array.from({ length: 1 + d.below(most) }, () => d.of(words)).join(' ');

/** Makes a column: a function from a row to its cell, with random choices made by `d`. */
type ColumnMaker = (d: Dice) => (row: number) => string;

/** Columns of the kinds that files have. */
const columnKinds: Readonly<Record<string, ColumnMaker>> = {
  sequence: (d) => {
    const start = d.of([1, 0, 1, 95, 990, 1000, 100000]);
    return (i) => String(start + i);
  },
  count: (d) => () => String(d.below(d.of([2, 10, 100]))),
  whole: (d) => () => String(d.below(100_000) - 20_000),
  price: (d) => () => (d.below(20_000) / 100).toFixed(2),
  dollars: (d) => () => `$${(d.below(20_000) / 100).toFixed(2)}`,
  measure: (d) => () => String(d.below(1_000_000) / 10 ** d.below(5)),
  share: (d) => () => `${d.below(100)}%`,
  date: (d) => () => `20${pad(d.below(25))}-${pad(1 + d.below(12))}-${pad(1 + d.below(28))}`,
  american: (d) => () => `${1 + d.below(12)}/${1 + d.below(28)}/20${pad(d.below(25))}`,
  time: (d) => () => `${pad(d.below(24))}:${pad(d.below(60))}`,
  moment: (d) => () =>
    `2024-${pad(1 + d.below(12))}-${pad(1 + d.below(28))} ${pad(d.below(24))}:${pad(d.below(60))}:00`,
  year: (d) => () => String(1950 + d.below(75)),
  code: (d) => (i) => `${'ABC'[d.below(3)]}-${100 + i * 3}`,
  sku: (d) => () => `P${d.below(3000)}`,
  zip: (d) => () => pad(d.below(100_000), 5),
  hex: (d) => () => d.below(0xffffff).toString(16),
  flag: (d) => () => d.of(['true', 'false']),
  sex: (d) => () => d.of(['M', 'F']),
  category: (d) => () => d.of(['Garden', 'Kitchen', 'Office']),
  country: (d) => () => d.of(['US', 'DE', 'FR', 'JP', 'BR', 'IN', 'SE', 'PL', 'NL', 'ES', 'IT', 'PT']),
  name: (d) => () => `${d.of(first)} ${d.of(last)}`,
  product: (d) => () => (d.below(3) === 0 ? d.of(things) : `${d.of(things)} ${d.of(units)}`),
  listed: (d) => () => (d.below(2) === 0 ? d.of(things) : `${d.of(things)}, ${d.of(units)}`),
  said: (d) => () => (d.below(3) > 0 ? sentence(d, 3) : `${d.of(things)} "${d.of(words)}"`),
  text: (d) => () => sentence(d, 6),
  note: (d) => () => (d.below(2) === 0 ? '' : sentence(d, 3)),
  gaps: (d) => () => (d.below(4) === 0 ? '' : String(d.below(500))),
  mixed: (d) => () => (d.below(3) === 0 ? String(d.below(900)) : d.of(words)),
  url: (d) => () => `https://shop.example/p/${d.below(400)}`,
  mail: (d) => () => `${d.of(['ann', 'bob', 'cid'])}${d.below(90)}@mail.example`,
};

/** A clean table and the way it is written. */
export interface CleanTable {
  readonly kinds: readonly string[];
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly writing: Writing;
  readonly lines: readonly string[];
  readonly cells: readonly (readonly string[])[];
}

/** A table of 3 to 60 rows, in some cases more, and 2 to 12 columns. */
export function cleanTable(d: Dice): CleanTable {
  const all = Object.keys(columnKinds);
  const width = d.of([2, 3, 3, 4, 4, 5, 6, 8, 12]);
  const kinds = Array.from({ length: width }, () => d.of(all));
  const makers = kinds.map((kind) => columnKinds[kind]!(d));
  const height = d.of([3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 60, 200]);
  const rows = Array.from({ length: height }, (_, i) => makers.map((maker) => maker(i)));
  const names = kinds.map((kind, i) => `${kind}_${'abcdefghijkl'[i]}`);
  const style = d.below(4);
  const delimiter = d.of([',', ',', ',', ';', '\t', '|']);
  const writing: Writing = { delimiter, quote: '"', escape: '"', lineEnd: '\n', all: style === 0 };
  const isFigure = (cell: string): boolean => /^[-$]?[\d.]*%?$/.test(cell);
  const cells = rows.map((row) =>
    row.map((cell) => written(cell, style === 1 ? { ...writing, all: !isFigure(cell) } : writing)),
  );
  const lines = [names.map((name) => written(name, writing)), ...cells].map((row) => row.join(delimiter));
  return { kinds, names, rows, writing, lines, cells };
}

/** A row's form in the spoiled file: one line, two, or one together with the row below it. */
type Spoil = (cells: readonly string[], d: Dice, writing: Writing, below: string | null) => string | null;

const put = (cells: readonly string[], i: number, cell: string): string[] => cells.with(i, cell);
const cutAt = (d: Dice, text: string): number => d.below(text.length + 1);
const quoted = (cells: readonly string[], d: Dice, { quote }: Writing): number => {
  const places = [...cells.keys()].filter((i) => cells[i]!.length > 1 && cells[i]!.startsWith(quote));
  return places.length === 0 ? -1 : d.of(places);
};

/** Ways to damage rows of files. */
const rowDefects: Readonly<Record<string, Spoil>> = {
  'delimiter lost': (cells, d, { delimiter }) => {
    const i = d.below(cells.length - 1);
    return [...cells.slice(0, i), cells[i]! + cells[i + 1]!, ...cells.slice(i + 2)].join(delimiter);
  },
  'two delimiters lost': (cells, d, { delimiter }) => {
    if (cells.length < 4) return null;
    const i = d.below(cells.length - 3);
    const joined = [cells[i]! + cells[i + 1]!, cells[i + 2]! + cells[i + 3]!];
    return [...cells.slice(0, i), ...joined, ...cells.slice(i + 4)].join(delimiter);
  },
  'delimiter a blank': (cells, d, { delimiter }) => {
    const i = d.below(cells.length - 1);
    return [...cells.slice(0, i), `${cells[i]} ${cells[i + 1]}`, ...cells.slice(i + 2)].join(delimiter);
  },
  'delimiter another': (cells, d, { delimiter }) => {
    const i = d.below(cells.length - 1);
    const other = d.of([',', ';', '\t', '|', '.', ':'].filter((each) => each !== delimiter));
    return [...cells.slice(0, i), `${cells[i]}${other}${cells[i + 1]}`, ...cells.slice(i + 2)].join(
      delimiter,
    );
  },
  'delimiter gained': (cells, d, { delimiter }) => {
    const i = d.below(cells.length + 1);
    return [...cells.slice(0, i), '', ...cells.slice(i)].join(delimiter);
  },
  'two delimiters gained': (cells, d, { delimiter }) => {
    const i = d.below(cells.length + 1);
    return [...cells.slice(0, i), '', '', ...cells.slice(i)].join(delimiter);
  },
  'delimiter gained within': (cells, d, { delimiter }) => {
    const i = d.below(cells.length);
    const at = cutAt(d, cells[i]!);
    return put(cells, i, cells[i]!.slice(0, at) + delimiter + cells[i]!.slice(at)).join(delimiter);
  },
  'opening quote lost': (cells, d, writing) => {
    const i = quoted(cells, d, writing);
    return i < 0 ? null : put(cells, i, cells[i]!.slice(1)).join(writing.delimiter);
  },
  'closing quote lost': (cells, d, writing) => {
    const i = quoted(cells, d, writing);
    return i < 0 ? null : put(cells, i, cells[i]!.slice(0, -1)).join(writing.delimiter);
  },
  'both quotes lost': (cells, d, writing) => {
    const i = quoted(cells, d, writing);
    return i < 0 ? null : put(cells, i, cells[i]!.slice(1, -1)).join(writing.delimiter);
  },
  'doubled quote single': (cells, _, { delimiter }) => {
    const i = cells.findIndex((cell) => cell.slice(1, -1).includes('""'));
    return i < 0 ? null : put(cells, i, `"${cells[i]!.slice(1, -1).replaceAll('""', '"')}"`).join(delimiter);
  },
  'quote gained before': (cells, d, { delimiter }) => {
    const i = d.below(cells.length);
    return put(cells, i, `"${cells[i]}`).join(delimiter);
  },
  'quote gained after': (cells, d, { delimiter }) => {
    const i = d.below(cells.length);
    return put(cells, i, `${cells[i]}"`).join(delimiter);
  },
  'quote gained within': (cells, d, { delimiter }) => {
    const i = d.below(cells.length);
    const at = cutAt(d, cells[i]!);
    return put(cells, i, `${cells[i]!.slice(0, at)}"${cells[i]!.slice(at)}`).join(delimiter);
  },
  'text after a quote': (cells, d, writing) => {
    const i = d.below(cells.length);
    const cell = cells[i]!.startsWith('"') ? cells[i]! : `"${cells[i]}"`;
    return put(cells, i, cell + d.of(['x', 'bla', '5', ' Inc.', '12.50'])).join(writing.delimiter);
  },
  'text before a quote': (cells, d, writing) => {
    const i = d.below(cells.length);
    const cell = cells[i]!.startsWith('"') ? cells[i]! : `"${cells[i]}"`;
    return put(cells, i, d.of(['x', 'bla', '5', 'The ']) + cell).join(writing.delimiter);
  },
  'text after a quote and a delimiter lost': (cells, d, { delimiter }) => {
    const i = d.below(cells.length);
    const cell = cells[i]!.startsWith('"') ? cells[i]! : `"${cells[i]}"`;
    const row = put(cells, i, cell + d.of(['x', 'bla', '5'])).slice(0, -1);
    return i === cells.length - 1 ? null : row.join(delimiter);
  },
  'another delimiter': (cells, d, { delimiter }) =>
    cells.join(d.of([',', ';', '\t', '|', ' ', ' '].filter((each) => each !== delimiter))),
  'single quotes': (cells, _, { delimiter }) => {
    const row = cells.map((cell) => (cell.startsWith('"') ? `'${cell.slice(1, -1)}'` : cell));
    return row.every((cell, i) => cell === cells[i]) ? null : row.join(delimiter);
  },
  'cut at a cell': (cells, d, { delimiter }) => cells.slice(0, 1 + d.below(cells.length - 1)).join(delimiter),
  'cut within a cell': (cells, d, { delimiter }) => {
    const line = cells.join(delimiter);
    return line.slice(0, 1 + d.below(line.length - 1));
  },
  'cell dropped': (cells, d, { delimiter }) => cells.toSpliced(d.below(cells.length), 1).join(delimiter),
  'cell twice': (cells, d, { delimiter }) => {
    const i = d.below(cells.length);
    return cells.toSpliced(i, 0, cells[i]!).join(delimiter);
  },
  'cell gained': (cells, d, { delimiter }) =>
    cells.toSpliced(d.below(cells.length + 1), 0, d.of(['5', 'x', 'old red', '2020-01-01'])).join(delimiter),
  'cell gained, the last lost': (cells, d, { delimiter }) =>
    cells
      .toSpliced(d.below(cells.length), 0, d.of(['5', 'x', '']))
      .slice(0, -1)
      .slice(0, -1)
      .join(delimiter),
  'line end lost': (cells, _, { delimiter }, below) =>
    below === null ? null : cells.join(delimiter) + below,
  'line end a delimiter': (cells, _, { delimiter }, below) =>
    below === null ? null : cells.join(delimiter) + delimiter + below,
  'line end gained': (cells, d, { delimiter }) => {
    const line = cells.join(delimiter);
    const at = 1 + d.below(line.length - 1);
    return `${line.slice(0, at)}\n${line.slice(at)}`;
  },
};

/** A spoiled file: its text, and by physical line (from 1) the clean rows in it and how they were spoiled. */
export interface SpoiledFile {
  readonly text: string;
  readonly rowOf: ReadonlyMap<number, number>;
  readonly defects: ReadonlyMap<number, string>;
}

/** The table with one to some of its rows spoiled. */
export function spoiled(table: CleanTable, d: Dice): SpoiledFile {
  const height = table.rows.length;
  const spots = new Set(
    Array.from({ length: 1 + (d.below(3) === 0 ? d.below(Math.max(1, height >> 3)) : 0) }, () =>
      d.below(height),
    ),
  );
  const names = Object.keys(rowDefects);
  const out: string[] = [table.lines[0]!];
  const rowOf = new Map<number, number>();
  const defects = new Map<number, string>();
  let line = 2;
  for (let row = 0; row < height; row++) {
    const own = row;
    const lines = table.lines[row + 1]!;
    let text = lines;
    if (spots.has(row)) {
      const defect = d.of(names);
      const below = spots.has(row + 1) ? null : (table.lines[row + 2] ?? null);
      const found = rowDefects[defect]!(table.cells[row]!, d, table.writing, below);
      if (found !== null && found !== lines) {
        text = found;
        for (let i = 0; i <= text.split('\n').length; i++) defects.set(line + i, defect);
        if (defect.startsWith('line end') && !defect.endsWith('gained')) row++;
      }
    }
    const count = text.split('\n').length;
    for (let i = 0; i < count; i++) rowOf.set(line + i, own);
    line += count;
    out.push(text);
  }
  const end = d.below(6) === 0 ? '' : '\n';
  return { text: out.join('\n') + end, rowOf, defects };
}
