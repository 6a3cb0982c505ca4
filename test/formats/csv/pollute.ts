export const header = [
  'id',
  'date',
  'time',
  'qty',
  'code',
  'price',
  'category',
  'description',
  'url',
  'note',
];

const categories = ['Garden', 'Kitchen', 'Office'];
const descriptions = [
  'Steel kettle, 2 l',
  'Desk lamp',
  'Rake, long',
  'Chopping board',
  'Pen "classic"',
  'Hose',
];
const notes = ['', 'fragile', 'sold out soon', '', 'ask Ann'];

/** A table with all kinds of columns: keys, dates, times, numbers, codes, categories, texts, gaps. */
export const table: readonly (readonly string[])[] = Array.from({ length: 24 }, (_, i) => [
  String(1000 + i * 7),
  `2024-0${(i % 9) + 1}-${String(((i * 3) % 28) + 1).padStart(2, '0')}`,
  `${String(i % 24).padStart(2, '0')}:${String((i * 7) % 60).padStart(2, '0')}`,
  String((i * 5) % 13),
  `${'ABC'[i % 3]}-${String(100 + i)}`,
  (((i * 37) % 500) / 4 + 0.5).toFixed(2),
  categories[i % 3]!,
  descriptions[i % descriptions.length]!,
  `https://shop.example/item/${i}`,
  notes[i % notes.length]!,
]);

export interface Writing {
  readonly delimiter: string;
  readonly quote: string;
  readonly escape: string;
  readonly lineEnd: string;
  /** True if every cell is quoted. */
  readonly all: boolean;
}

export const plain: Writing = { delimiter: ',', quote: '"', escape: '"', lineEnd: '\n', all: false };

/** A cell in the way a dialect writes it. */
export function written(value: string, { delimiter, quote, escape: mark, lineEnd, all }: Writing): string {
  const needs = all || [delimiter, quote, '\n', '\r', lineEnd].some((part) => value.includes(part));
  return needs ? `${quote}${value.replaceAll(quote, mark + quote)}${quote}` : value;
}

/** Rows as the lines of a file. */
export function lines(rows: readonly (readonly string[])[], writing: Writing): string[] {
  return rows.map((row) => row.map((cell) => written(cell, writing)).join(writing.delimiter));
}

/** The whole clean file. */
export function cleanFile(writing: Writing): string {
  return lines([header, ...table], writing).join(writing.lineEnd) + writing.lineEnd;
}

/** Ways to damage one cell of one row. */
export const cellDefects = {
  'delimiter lost after': (cells: string[], i: number, { delimiter }: Writing) =>
    cells.slice(0, i).join(delimiter) +
    (i > 0 ? delimiter : '') +
    cells[i] +
    cells.slice(i + 1).join(delimiter),
  'delimiter gained after': (cells: string[], i: number, { delimiter }: Writing) =>
    [...cells.slice(0, i + 1), '', ...cells.slice(i + 1)].join(delimiter),
  'quote gained before': (cells: string[], i: number, { delimiter, quote }: Writing) =>
    cells.map((cell, j) => (i === j ? quote + cell : cell)).join(delimiter),
  'quote gained after': (cells: string[], i: number, { delimiter, quote }: Writing) =>
    cells.map((cell, j) => (i === j ? cell + quote : cell)).join(delimiter),
  'quote gained within': (cells: string[], i: number, { delimiter, quote }: Writing) =>
    cells
      .map((cell, j) =>
        i === j ? cell.slice(0, cell.length / 2) + quote + cell.slice(cell.length / 2) : cell,
      )
      .join(delimiter),
  'opening quote lost': (cells: string[], i: number, { delimiter, quote }: Writing) =>
    cells.map((cell, j) => (i === j && cell.startsWith(quote) ? cell.slice(1) : cell)).join(delimiter),
  'closing quote lost': (cells: string[], i: number, { delimiter, quote }: Writing) =>
    cells.map((cell, j) => (i === j && cell.endsWith(quote) ? cell.slice(0, -1) : cell)).join(delimiter),
} satisfies Record<string, (cells: string[], i: number, writing: Writing) => string>;

export type CellDefect = keyof typeof cellDefects;

/** The clean file with one cell of one row spoiled; null where the defect changes nothing. */
export function spoilCell(defect: CellDefect, row: number, column: number, writing: Writing): string | null {
  if (defect === 'delimiter lost after' && column === header.length - 1) return null;
  const all = lines([header, ...table], writing);
  const cells = table[row]!.map((cell) => written(cell, writing));
  const spoiled = cellDefects[defect](cells, column, writing);
  if (spoiled === all[row + 1]) return null;
  all[row + 1] = spoiled;
  return all.join(writing.lineEnd) + writing.lineEnd;
}
