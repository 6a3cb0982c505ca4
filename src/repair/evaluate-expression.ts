import { blockRows } from '../chunk/block-rows.js';
import type { BooleanColumn, Column, NumberColumn } from '../chunk/column.js';
import { doubleAt, halvesOf } from '../chunk/halves.js';
import { isPresent } from '../chunk/validity.js';
import { localClock } from '../text/time-zone.js';
import { applyFunction, lengthsOf } from './apply-function.js';
import { textReader } from './dictionary.js';
import type { Calculation, Comparison, Expression } from './expression.js';
import { eachMissing } from './missing-rows.js';
import { type Numbers, type Scratch, scratchSpace, type Texts, type Truths, truth } from './vectors.js';
import type { Work as WholeWork } from './work.js';

/** The part of a chunk that an expression reads. */
type Work = Pick<WholeWork, 'rows'> & { readonly columns: ReadonlyMap<string, Column> };

/**
 * Returns a function that evaluates the expression for all rows of a chunk, node by node over whole vectors:
 * 0 false, 1 true, 2 missing, in Kleene's three-valued logic. The result is valid until the next call; its
 * vectors are reused between calls, 8 bytes per row and node.
 */
export function evaluator(expression: Expression): (work: Work) => Truths {
  const scratch = scratchSpace();
  return (work) => {
    scratch.reset();
    return truthsOf(expression, work, scratch);
  };
}

/**
 * Returns a function that computes the value of the expression in all rows of a chunk: texts for a string, 0,
 * 1 and 2 for a boolean, else numbers. The result is valid until the next call.
 */
export function valueEvaluator(expression: Expression): (work: Work) => Numbers | Texts | Truths {
  const scratch = scratchSpace();
  const evaluate =
    expression.valueType === 'string' ? textsOf : expression.valueType === 'boolean' ? truthsOf : numbersOf;
  return (work) => {
    scratch.reset();
    return evaluate(expression, work, scratch);
  };
}

function truthsOf(node: Expression, work: Work, scratch: Scratch): Truths {
  const { rows } = work;
  const out = scratch.truths(rows);
  switch (node.op) {
    case 'literal':
      return out.fill(node.value === true ? truth.yes : truth.no);
    case 'column':
      return columnTruths(work.columns.get(node.name) as BooleanColumn, out);
    case 'and':
    case 'or': {
      const left = truthsOf(node.left, work, scratch);
      const right = truthsOf(node.right, work, scratch);
      const table = node.op === 'and' ? andTable : orTable;
      for (let row = 0; row < rows; row++) out[row] = table[left[row]! * 3 + right[row]!]!;
      return out;
    }
    case 'not': {
      const of = truthsOf(node.of, work, scratch);
      for (let row = 0; row < rows; row++) out[row] = notTable[of[row]!]!;
      return out;
    }
    case 'is-missing':
      return missingTruths(node.of, work, scratch, out);
    case 'among':
      return amongTruths(node, work, scratch, out);
    case 'compare':
      return compareTruths(node, work, scratch, out);
    case 'if': {
      const of = truthsOf(node.of, work, scratch);
      const left = truthsOf(node.left, work, scratch);
      const right = truthsOf(node.right, work, scratch);
      for (let row = 0; row < rows; row++)
        out[row] = choose(of[row]!, left[row]!, right[row]!, truth.missing);
      return out;
    }
    case 'coalesce': {
      const left = truthsOf(node.left, work, scratch);
      const right = truthsOf(node.right, work, scratch);
      for (let row = 0; row < rows; row++) out[row] = left[row] === truth.missing ? right[row]! : left[row]!;
      return out;
    }
    case 'call':
      return callOf(node, work, scratch) as Truths;
    default:
      throw new Error(`${node.op} does not evaluate to a boolean`);
  }
}

function numbersOf(node: Expression, work: Work, scratch: Scratch): Numbers {
  const { rows } = work;
  switch (node.op) {
    case 'literal':
      return scratch.numbers(rows).fill(node.value as number);
    case 'column':
      return columnNumbers(work.columns.get(node.name) as NumberColumn, scratch.numbers(rows));
    case 'calculate':
      return calculate(
        node.operator,
        numbersOf(node.left, work, scratch),
        numbersOf(node.right, work, scratch),
        scratch.numbers(rows),
      );
    case 'if': {
      const of = truthsOf(node.of, work, scratch);
      const left = numbersOf(node.left, work, scratch);
      const right = numbersOf(node.right, work, scratch);
      const out = scratch.numbers(rows);
      for (let row = 0; row < rows; row++) out[row] = choose(of[row]!, left[row]!, right[row]!, Number.NaN);
      return out;
    }
    case 'coalesce': {
      const left = numbersOf(node.left, work, scratch);
      const right = numbersOf(node.right, work, scratch);
      const out = scratch.numbers(rows);
      for (let row = 0; row < rows; row++) out[row] = Number.isNaN(left[row]!) ? right[row]! : left[row]!;
      return out;
    }
    case 'bin':
      return binOf(numbersOf(node.of, work, scratch), node.edges, scratch.numbers(rows));
    case 'local': {
      const times = numbersOf(node.of, work, scratch);
      const out = scratch.numbers(rows);
      clockOf(node.zone)(times, out);
      return out;
    }
    case 'call':
      return callOf(node, work, scratch) as Numbers;
    default:
      throw new Error(`${node.op} does not evaluate to a number`);
  }
}

function textsOf(node: Expression, work: Work, scratch: Scratch): Texts {
  switch (node.op) {
    case 'literal':
      return { codes: scratch.codes(work.rows).fill(0), dictionary: [node.value as string] };
    case 'column': {
      const column = work.columns.get(node.name)!;
      if (column.type !== 'string') throw new Error(`column ${node.name} holds no text`);
      if (column.layout === 'dictionary') return column;
      return scratch.kept(node, textReader)(column, () => scratch.codes(work.rows));
    }
    case 'if':
    case 'coalesce':
      return chooseTexts(node, work, scratch);
    case 'call':
      return callOf(node, work, scratch) as Texts;
    default:
      throw new Error(`${node.op} does not evaluate to a text`);
  }
}

function choose(condition: number, yes: number, no: number, missing: number): number {
  return condition === truth.yes ? yes : condition === truth.no ? no : missing;
}

function chooseTexts(node: Expression & { op: 'if' | 'coalesce' }, work: Work, scratch: Scratch): Texts {
  const left = textsOf(node.left, work, scratch);
  const right = textsOf(node.right, work, scratch);
  const codes = scratch.codes(work.rows);
  const after = left.dictionary.length;
  const of = node.op === 'if' ? truthsOf(node.of, work, scratch) : null;
  for (let row = 0; row < work.rows; row++) {
    const condition = of === null ? Number(left.codes[row]! >= 0) : of[row]!;
    const other = right.codes[row]!;
    codes[row] = choose(condition, left.codes[row]!, other < 0 ? -1 : after + other, -1);
  }
  return { codes, dictionary: [...left.dictionary, ...right.dictionary] };
}

/** Counts the edges that are at most the value, as numpy.digitize does. */
function binOf(values: Numbers, edges: readonly number[], out: Numbers): Numbers {
  for (let row = 0; row < out.length; row++) {
    const value = values[row]!;
    let bin = 0;
    while (bin < edges.length && value >= edges[bin]!) bin++;
    out[row] = Number.isNaN(value) ? value : bin;
  }
  return out;
}

const clocks = new Map<string, ReturnType<typeof localClock>>();

function clockOf(zone: string): ReturnType<typeof localClock> {
  const known = clocks.get(zone) ?? localClock(zone);
  clocks.set(zone, known);
  return known;
}

function callOf(node: Expression & { op: 'call' }, work: Work, scratch: Scratch): Numbers | Texts | Truths {
  const [first] = node.args;
  if (node.name === 'length' && first!.op === 'column') {
    const column = work.columns.get(first!.name)!;
    if (column.type === 'string' && column.layout === 'text')
      return lengthsOf(column, scratch.numbers(work.rows));
  }
  const args = node.args.map((argument) =>
    argument.valueType === 'string' ? textsOf(argument, work, scratch) : numbersOf(argument, work, scratch),
  );
  return applyFunction(node, args, work.rows, scratch);
}

const andTable = Uint8Array.of(0, 0, 0, 0, 1, 2, 0, 2, 2);
const orTable = Uint8Array.of(0, 1, 2, 1, 1, 1, 2, 1, 2);
const notTable = Uint8Array.of(1, 0, 2);

function columnTruths(column: BooleanColumn, out: Truths): Truths {
  out.set(column.values.subarray(0, column.length));
  eachMissing(column.validity, column.length, (row) => {
    out[row] = truth.missing;
  });
  return out;
}

/** Converts missing values to NaN, and 64-bit whole numbers to the nearest float64: exact to 2^53. */
function columnNumbers(column: NumberColumn, out: Numbers): Numbers {
  const { length } = column;
  switch (column.type) {
    case 'int64':
    case 'timestamp': {
      const halves = halvesOf(column.values);
      for (let row = 0; row < length; row++) out[row] = doubleAt(halves, row);
      break;
    }
    default:
      out.set(column.values.subarray(0, length));
  }
  eachMissing(column.validity, length, (row) => {
    out[row] = Number.NaN;
  });
  return out;
}

function missingTruths(of: Expression, work: Work, scratch: Scratch, out: Truths): Truths {
  const { rows } = work;
  if (of.op === 'column') {
    const { validity } = work.columns.get(of.name)!;
    for (let row = 0; row < rows; row++) out[row] = isPresent(validity, row) ? truth.no : truth.yes;
  } else if (of.valueType === 'string') {
    const { codes } = textsOf(of, work, scratch);
    for (let row = 0; row < rows; row++) out[row] = codes[row]! < 0 ? truth.yes : truth.no;
  } else if (of.valueType === 'boolean') {
    const truths = truthsOf(of, work, scratch);
    for (let row = 0; row < rows; row++) out[row] = truths[row] === truth.missing ? truth.yes : truth.no;
  } else {
    const numbers = numbersOf(of, work, scratch);
    for (let row = 0; row < rows; row++) out[row] = Number.isNaN(numbers[row]!) ? truth.yes : truth.no;
  }
  return out;
}

function amongTruths(
  { of, values }: Expression & { op: 'among' },
  work: Work,
  scratch: Scratch,
  out: Truths,
): Truths {
  const { rows } = work;
  const wanted = new Set(values.map((value) => (value as Expression & { op: 'literal' }).value));
  if (of.valueType === 'string') {
    const { codes, dictionary } = textsOf(of, work, scratch);
    const table = Uint8Array.from(dictionary, (text) => (wanted.has(text) ? truth.yes : truth.no));
    for (let row = 0; row < rows; row++) out[row] = codes[row]! < 0 ? truth.missing : table[codes[row]!]!;
  } else if (of.valueType === 'boolean') {
    const truths = truthsOf(of, work, scratch);
    const table = Uint8Array.of(Number(wanted.has(false)), Number(wanted.has(true)), truth.missing);
    for (let row = 0; row < rows; row++) out[row] = table[truths[row]!]!;
  } else {
    const numbers = numbersOf(of, work, scratch);
    for (let row = 0; row < rows; row++) {
      const value = numbers[row]!;
      out[row] = Number.isNaN(value) ? truth.missing : wanted.has(value) ? truth.yes : truth.no;
    }
  }
  return out;
}

function compareTruths(
  { operator, left, right }: Expression & { op: 'compare' },
  work: Work,
  scratch: Scratch,
  out: Truths,
): Truths {
  if (left.valueType === 'string') {
    return compareTexts(operator, textsOf(left, work, scratch), textsOf(right, work, scratch), out);
  }
  if (left.valueType === 'boolean') {
    const a = truthsOf(left, work, scratch);
    const b = truthsOf(right, work, scratch);
    const same = operator === '==' ? truth.yes : truth.no;
    for (let row = 0; row < out.length; row++) {
      const missing = a[row] === truth.missing || b[row] === truth.missing;
      out[row] = missing ? truth.missing : a[row] === b[row] ? same : 1 - same;
    }
    return out;
  }
  const [a, b] = [operandOf(left, work, scratch), operandOf(right, work, scratch)];
  for (let row = 0; row < out.length; row += blockRows)
    compareNumbers(operator, a, b, out, row, Math.min(out.length, row + blockRows));
  return out;
}

/**
 * Returns the numbers of a node without copying: a single one for a literal, the values of a column of
 * floats, which hold NaN if missing.
 */
function operandOf(node: Expression, work: Work, scratch: Scratch): Numbers | Float32Array {
  if (node.op === 'literal') return Float64Array.of(node.value as number);
  const column = node.op === 'column' ? work.columns.get(node.name) : undefined;
  return column?.type === 'float32' || column?.type === 'float64'
    ? column.values
    : numbersOf(node, work, scratch);
}

/**
 * Compares the rows `[start, end)`. One loop per operator, so that no row tests the operator and no branch depends on the values, which would
 * often be mispredicted. A missing number is NaN, for which every comparison and its opposite are false.
 */
function compareNumbers(
  operator: Comparison,
  a: Numbers | Float32Array,
  b: Numbers | Float32Array,
  out: Truths,
  start: number,
  end: number,
): void {
  const left = a.length === 1 ? 0 : -1;
  const right = b.length === 1 ? 0 : -1;
  switch (operator) {
    case '<':
      compareNumbers('>', b, a, out, start, end);
      return;
    case '<=':
      compareNumbers('>=', b, a, out, start, end);
      return;
    case '>':
      for (let row = start; row < end; row++) {
        const x = a[row & left]!;
        const y = b[row & right]!;
        out[row] = truthOf(x > y, x <= y);
      }
      return;
    case '>=':
      for (let row = start; row < end; row++) {
        const x = a[row & left]!;
        const y = b[row & right]!;
        out[row] = truthOf(x >= y, x < y);
      }
      return;
    case '==':
      for (let row = start; row < end; row++) {
        const x = a[row & left]!;
        const y = b[row & right]!;
        out[row] = truthOf(x === y, x < y !== x > y);
      }
      return;
    case '!=':
      for (let row = start; row < end; row++) {
        const x = a[row & left]!;
        const y = b[row & right]!;
        out[row] = truthOf(x < y !== x > y, x === y);
      }
      return;
  }
}

/**
 * Returns `yes`, `no` or, where neither is true, `missing`, as the numbers of `truth`: a caller pays for one
 * load.
 */
function truthOf(isTrue: boolean, isFalse: boolean): number {
  return 2 - Number(isTrue) - 2 * Number(isFalse);
}

/** Compares texts by their UTF-16 units; compares each dictionary entry once with a constant text. */
function compareTexts(operator: Comparison, a: Texts, b: Texts, out: Truths): Truths {
  const test = textTests[operator];
  if (b.dictionary.length === 1) {
    const only = b.dictionary[0]!;
    const table = Uint8Array.from(a.dictionary, (text) => (test(text, only) ? truth.yes : truth.no));
    for (let row = 0; row < out.length; row++) {
      const code = a.codes[row]!;
      out[row] = code < 0 || b.codes[row]! < 0 ? truth.missing : table[code]!;
    }
    return out;
  }
  for (let row = 0; row < out.length; row++) {
    const left = a.codes[row]!;
    const right = b.codes[row]!;
    const missing = left < 0 || right < 0;
    out[row] = missing
      ? truth.missing
      : test(a.dictionary[left]!, b.dictionary[right]!)
        ? truth.yes
        : truth.no;
  }
  return out;
}

const textTests: Readonly<Record<Comparison, (a: string, b: string) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};

function calculate(operator: Calculation, a: Numbers, b: Numbers, out: Numbers): Numbers {
  const rows = out.length;
  switch (operator) {
    case '+':
      for (let row = 0; row < rows; row++) out[row] = a[row]! + b[row]!;
      return out;
    case '-':
      for (let row = 0; row < rows; row++) out[row] = a[row]! - b[row]!;
      return out;
    case '*':
      for (let row = 0; row < rows; row++) out[row] = a[row]! * b[row]!;
      return out;
    case '/':
      for (let row = 0; row < rows; row++) out[row] = a[row]! / b[row]!;
      return out;
    case '%':
      for (let row = 0; row < rows; row++) out[row] = a[row]! % b[row]!;
      return out;
  }
}
