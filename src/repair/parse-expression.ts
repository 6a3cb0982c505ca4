import jsep from 'jsep';
import type { ColumnType } from '../chunk/column.js';
import { InvalidError } from '../errors.js';
import { isZone } from '../text/time-zone.js';
import {
  type Calculation,
  type Comparison,
  type Expression,
  type FunctionName,
  functions,
  specialFunctions,
  type ValueType,
} from './expression.js';

/** Maximum length of a rule's text, which also bounds its nesting. */
const maxLength = 2000;

jsep.addBinaryOp('or', 1);
jsep.addBinaryOp('and', 2);
jsep.addBinaryOp('in', 7);
jsep.addUnaryOp('not');

/**
 * Parses a rule's text (with jsep, only the nodes named here) and checks it against the columns' types. Never
 * runs it as code. Throws `InvalidError` with the position and what is allowed there.
 */
export function parseExpression(
  text: string,
  columns: ReadonlyMap<string, ColumnType>,
  rule: string,
  kind: 'rule' | 'slice' | 'reasons' = 'rule',
): Expression {
  const fail = failure(`bad-${kind}`, `${kind === 'reasons' ? '' : `${kind} `}"${rule}"`);
  const expression = checkNode(parse(text, fail), columns, fail);
  if (expression.valueType !== 'boolean') {
    fail(
      `must be true or false, found a ${expression.valueType}`,
      'compare it with something, such as x < 0',
    );
  }
  return expression;
}

/** Parses the expression of a derived column like a rule's, with a result of any type. */
export function parseDerivation(text: string, columns: Columns, name: string): Expression {
  const fail = failDerivation(name);
  return checkNode(parse(text, fail), columns, fail);
}

/**
 * Returns the columns in the expression of a derived column, each once, with the type that the expression
 * requires; null where it allows several, as in a comparison of two columns.
 */
export function namesInDerivation(text: string, name: string): ReadonlyMap<string, ValueType | null> {
  const fail = failDerivation(name);
  const names = new Map<string, ValueType | null>();
  visitNames(parse(text, fail), null, (column, wanted) => {
    const known = names.get(column) ?? null;
    // Parts of a date are defined for timestamps too, but not the other way round.
    names.set(column, wanted === 'timestamp' ? wanted : (known ?? wanted));
  });
  return names;
}

function failDerivation(name: string): Fail {
  return failure('bad-derivation', `"columns.${name}.from"`);
}

function failure(reason: 'bad-rule' | 'bad-slice' | 'bad-reasons' | 'bad-derivation', subject: string): Fail {
  return (message, hint) => {
    throw new InvalidError(reason, `${subject} ${message}`, { hint });
  };
}

type Fail = (message: string, hint: string) => never;
type Columns = ReadonlyMap<string, ColumnType>;
type OnName = (column: string, wanted: ValueType | null) => void;

/** Calls back with the name of every column below a node, and the type required there; null: any. */
function visitNames(node: jsep.CoreExpression, wanted: ValueType | null, found: OnName): void {
  const visit = (child: unknown, type: ValueType | null) =>
    visitNames(child as jsep.CoreExpression, type, found);
  switch (node.type) {
    case 'Identifier':
      found(node.name, wanted);
      break;
    case 'UnaryExpression':
      visit(node.argument, node.operator === '-' || node.operator === '+' ? 'number' : 'boolean');
      break;
    case 'BinaryExpression': {
      const type = operandType(node);
      visit(node.left, type);
      if (node.operator !== 'in') visit(node.right, type);
      break;
    }
    case 'CallExpression': {
      const { name } = node.callee as jsep.Identifier;
      const [first] = node.arguments as (jsep.CoreExpression | undefined)[];
      if (name === 'column') {
        if (first?.type === 'Literal') found(String(first.value), wanted);
        break;
      }
      const takes = Object.hasOwn(functions, name) ? functions[name as FunctionName].takes : null;
      const args = node.arguments as jsep.CoreExpression[];
      for (const [i, argument] of args.entries())
        visit(argument, takes?.[i] ?? specialArgument(name, i, args, wanted));
      break;
    }
    default:
  }
}

/** Returns the type of both sides of an operator; null where a date, a timestamp or a number would do. */
function operandType({ operator, left, right }: jsep.BinaryExpression): ValueType | null {
  if (['and', 'or', '&&', '||'].includes(operator)) return 'boolean';
  if (['*', '/', '%'].includes(operator)) return 'number';
  const sides = operator === 'in' ? [(right as jsep.ArrayExpression).elements?.[0]] : [left, right];
  for (const side of sides as (jsep.CoreExpression | null | undefined)[]) {
    if (side?.type !== 'Literal') continue;
    // A text may be a date that the other side is compared with.
    if (typeof side.value === 'number') return 'number';
    if (typeof side.value === 'boolean') return 'boolean';
    if (typeof side.value === 'string') return Number.isNaN(Date.parse(side.value)) ? 'string' : null;
  }
  return null;
}

function specialArgument(
  name: string,
  index: number,
  args: readonly jsep.CoreExpression[],
  wanted: ValueType | null,
): ValueType | null {
  if (name === 'bin') return 'number';
  if (name === 'local') return 'timestamp';
  if (name === 'if' && index === 0) return 'boolean';
  if (name !== 'if' && name !== 'coalesce') return null;
  const literal = args.find((argument, i) => argument.type === 'Literal' && !(name === 'if' && i === 0));
  if (literal?.type !== 'Literal') return wanted;
  return typeof literal.value === 'number'
    ? 'number'
    : typeof literal.value === 'boolean'
      ? 'boolean'
      : 'string';
}

function parse(text: string, fail: Fail): jsep.CoreExpression {
  if (text.length > maxLength) {
    fail(`must be at most ${maxLength} characters, found ${text.length}`, 'make it several');
  }
  try {
    return jsep(text) as jsep.CoreExpression;
  } catch (cause) {
    const { description, index } = cause as { description?: string; index?: number };
    return fail(
      `cannot be read at character ${(index ?? 0) + 1}: ${(description ?? String(cause)).toLowerCase()}`,
      'write it as in arr_delay < dep_delay - 600 and not is_missing(carrier)',
    );
  }
}

function checkNode(node: jsep.CoreExpression, columns: Columns, fail: Fail): Expression {
  const check = (child: unknown): Expression => checkNode(child as jsep.CoreExpression, columns, fail);
  switch (node.type) {
    case 'Literal':
      return literal(node, fail);
    case 'Identifier':
      return column(node.name, columns, fail);
    case 'UnaryExpression':
      return unary(node.operator, check(node.argument), fail);
    case 'BinaryExpression':
      if (node.operator === 'in')
        return among(check(node.left), node.right as jsep.CoreExpression, check, fail);
      return binary(node.operator, check(node.left), check(node.right), fail);
    case 'CallExpression':
      return call(node, columns, check, fail);
    default:
      return fail(`cannot use ${constructs[node.type] ?? node.type}`, operators);
  }
}

const constructs: Readonly<Record<string, string>> = {
  Compound: 'several expressions, or none',
  SequenceExpression: 'several expressions',
  MemberExpression: 'a dot or brackets after a name; for a column whose name has them write column("name")',
  ThisExpression: 'this',
  ConditionalExpression: '? :',
  ArrayExpression: 'a list except after in',
};

const operators =
  'use + - * / %, < <= > >= == !=, in [..], and, or, not, is_missing(x) and the functions listed in docs/contract.md';

function literal({ value, raw }: jsep.Literal, fail: Fail): Expression {
  if (typeof value === 'number') return { op: 'literal', valueType: 'number', value };
  if (typeof value === 'string') return { op: 'literal', valueType: 'string', value };
  if (typeof value === 'boolean') return { op: 'literal', valueType: 'boolean', value };
  return fail(`cannot use ${raw}`, 'use is_missing(x) to test for a missing value');
}

function column(name: string, columns: Columns, fail: Fail): Expression {
  const type = columns.get(name);
  if (type === undefined) {
    const names = [...columns.keys()];
    const shown = `${names.slice(0, 30).join(', ')}${names.length > 30 ? ', …' : ''}`;
    return fail(`names a column that the contract does not have: ${name}`, `its columns are ${shown}`);
  }
  const valueType = valueTypeOf[type];
  return valueType === null
    ? fail(`cannot use column ${name} of type ${type}`, 'use single values')
    : { op: 'column', valueType, name };
}

const valueTypeOf: Readonly<Record<ColumnType, ValueType | null>> = {
  int32: 'number',
  int64: 'number',
  float32: 'number',
  float64: 'number',
  boolean: 'boolean',
  string: 'string',
  date: 'date',
  timestamp: 'timestamp',
  'list<float32>': null,
};

function unary(operator: string, of: Expression, fail: Fail): Expression {
  if (operator === '!' || operator === 'not') {
    return { op: 'not', valueType: 'boolean', of: expect(of, 'boolean', operator, fail) };
  }
  if (operator !== '-' && operator !== '+') return fail(`cannot use ${operator}`, operators);
  const operand = expect(of, 'number', operator, fail);
  if (operator === '+') return operand;
  if (operand.op === 'literal') return { ...operand, value: -(operand.value as number) };
  const zero: Expression = { op: 'literal', valueType: 'number', value: 0 };
  return { op: 'calculate', valueType: 'number', operator: '-', left: zero, right: operand };
}

function binary(operator: string, left: Expression, right: Expression, fail: Fail): Expression {
  switch (operator) {
    case 'and':
    case '&&':
    case 'or':
    case '||':
      return {
        op: operator === 'and' || operator === '&&' ? 'and' : 'or',
        valueType: 'boolean',
        left: expect(left, 'boolean', operator, fail),
        right: expect(right, 'boolean', operator, fail),
      };
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '==':
    case '!=':
      return compare(operator, left, right, fail);
    case '===':
    case '!==':
      return compare(operator === '===' ? '==' : '!=', left, right, fail);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return calculate(operator, left, right, fail);
    default:
      return fail(`cannot use ${operator}`, operators);
  }
}

function compare(operator: Comparison, a: Expression, b: Expression, fail: Fail): Expression {
  const [left, right] = alike(a, b, fail);
  if (left.valueType !== right.valueType) {
    fail(`cannot compare a ${left.valueType} with a ${right.valueType}`, 'compare values of one type');
  }
  if (left.valueType === 'boolean' && operator !== '==' && operator !== '!=') {
    fail(`cannot use ${operator} between true and false`, 'use == or !=');
  }
  return { op: 'compare', valueType: 'boolean', operator, left, right };
}

/**
 * Converts a text that is compared with a date or a timestamp to one, and a date that is compared with a
 * timestamp to its midnight in UTC.
 */
function alike(a: Expression, b: Expression, fail: Fail): readonly [Expression, Expression] {
  if (isTime(a.valueType) && b.op === 'literal' && b.valueType === 'string')
    return [a, timeLiteral(b, a.valueType, fail)];
  if (isTime(b.valueType) && a.op === 'literal' && a.valueType === 'string')
    return [timeLiteral(a, b.valueType, fail), b];
  if (a.valueType === 'date' && b.valueType === 'timestamp') return [midnight(a), b];
  if (a.valueType === 'timestamp' && b.valueType === 'date') return [a, midnight(b)];
  return [a, b];
}

function isTime(valueType: ValueType): valueType is 'date' | 'timestamp' {
  return valueType === 'date' || valueType === 'timestamp';
}

const microsPerDay = 86_400_000_000;

function midnight(date: Expression): Expression {
  const day: Expression = { op: 'literal', valueType: 'number', value: microsPerDay };
  return { op: 'calculate', valueType: 'timestamp', operator: '*', left: date, right: day };
}

function timeLiteral(
  node: Expression & { op: 'literal' },
  valueType: 'date' | 'timestamp',
  fail: Fail,
): Expression {
  const text = String(node.value);
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const zoned = /(Z|[+-]\d{2}:\d{2})$/.test(text) || isDate ? text : `${text}Z`;
  const millis = Date.parse(zoned.replace(' ', 'T'));
  const isReal = !isDate || new Date(millis || 0).toISOString().startsWith(text);
  if (Number.isNaN(millis) || !isReal || (valueType === 'date' && !isDate)) {
    fail(
      `compares a ${valueType} with "${text}"`,
      'write dates as "2013-01-04", timestamps as "2013-01-04T06:00:00Z"',
    );
  }
  return { op: 'literal', valueType, value: valueType === 'date' ? millis / 86_400_000 : millis * 1000 };
}

/** Checks a calculation: numbers; two dates differ by days, timestamps by seconds; a date moves by days. */
function calculate(operator: Calculation, a: Expression, b: Expression, fail: Fail): Expression {
  const [left, right] = operator === '-' ? alike(a, b, fail) : [a, b];
  const node = { op: 'calculate', operator, left, right } as const;
  if (left.valueType === 'number' && right.valueType === 'number') return { ...node, valueType: 'number' };
  if (operator === '-' && left.valueType === 'date' && right.valueType === 'date')
    return { ...node, valueType: 'number' };
  if (operator === '-' && left.valueType === 'timestamp' && right.valueType === 'timestamp') {
    const second: Expression = { op: 'literal', valueType: 'number', value: 1_000_000 };
    const micros: Expression = { ...node, valueType: 'number' };
    return { op: 'calculate', valueType: 'number', operator: '/', left: micros, right: second };
  }
  const moves =
    (operator === '+' || operator === '-') && left.valueType === 'date' && right.valueType === 'number';
  if (moves) return { ...node, valueType: 'date' };
  return fail(
    `cannot use ${operator} between a ${left.valueType} and a ${right.valueType}`,
    left.valueType === 'string' ? 'use concat(a, b) for texts' : 'calculate with numbers',
  );
}

function among(
  of: Expression,
  list: jsep.CoreExpression,
  check: (child: unknown) => Expression,
  fail: Fail,
): Expression {
  if (list.type !== 'ArrayExpression') {
    return fail('must have a list after in', 'write it as in carrier in ["AA", "UA"]');
  }
  const values = list.elements.map((element) => {
    const value = element === null ? null : check(element);
    if (value?.op !== 'literal')
      return fail('must have only values in the list after in', 'compare columns with ==');
    const [left, right] = alike(of, value, fail);
    return left.valueType === right.valueType
      ? right
      : fail(`cannot look for a ${right.valueType} with a ${left.valueType}`, 'list values of one type');
  });
  return { op: 'among', valueType: 'boolean', of, values };
}

function call(
  node: jsep.CallExpression,
  columns: Columns,
  check: (child: unknown) => Expression,
  fail: Fail,
): Expression {
  const callee = node.callee as jsep.CoreExpression;
  if (callee.type !== 'Identifier') return fail('calls something that is not a function', operators);
  const { name } = callee;
  if (name === 'column') {
    const [argument] = node.arguments as (jsep.CoreExpression | undefined)[];
    return node.arguments.length === 1 && argument?.type === 'Literal' && typeof argument.value === 'string'
      ? column(argument.value, columns, fail)
      : fail('must pass column() one name in quotes', 'write it as in column("dep delay")');
  }
  const args = node.arguments.map(check);
  const special = specialCall(name, args, fail);
  if (special !== null) return special;
  if (!Object.hasOwn(functions, name)) {
    return fail(
      `calls ${name}(), which does not exist`,
      `functions are ${[...specialFunctions, ...Object.keys(functions)].join(', ')}`,
    );
  }
  const { takes, gives } = functions[name as FunctionName];
  if (args.length !== takes.length) {
    fail(`must give ${name}() ${takes.length} values, found ${args.length}`, `it takes ${takes.join(', ')}`);
  }
  const checked = args.map((argument, i) =>
    takes[i] === 'date' && argument.valueType === 'timestamp'
      ? argument
      : expect(argument, takes[i]!, `${name}()`, fail),
  );
  return { op: 'call', valueType: gives, name: name as FunctionName, args: checked };
}

/** Checks a call of a function with its own rules for arguments or result; null for any other. */
function specialCall(name: string, args: readonly Expression[], fail: Fail): Expression | null {
  const [first, second, third] = args;
  switch (name) {
    case 'is_missing':
      return args.length === 1
        ? { op: 'is-missing', valueType: 'boolean', of: first! }
        : fail('must give is_missing() one value', 'write it as in is_missing(carrier)');
    case 'if': {
      if (args.length !== 3)
        fail('must give if() a condition and two values', 'write it as in if(x < 0, 0, x)');
      const of = expect(first!, 'boolean', 'if()', fail);
      const [left, right] = ofOneType(second!, third!, 'if()', fail);
      return { op: 'if', valueType: left.valueType, of, left, right };
    }
    case 'coalesce': {
      if (args.length < 2)
        fail('must give coalesce() two values or more', 'write it as in coalesce(dep_delay, 0)');
      return args.reduceRight((right, before) => {
        const [left, other] = ofOneType(before, right, 'coalesce()', fail);
        return { op: 'coalesce', valueType: left.valueType, left, right: other };
      });
    }
    case 'bin': {
      const edges = args.slice(1).map((edge) => (edge.op === 'literal' ? edge.value : null));
      const ascend = edges.every(
        (edge, i) => typeof edge === 'number' && !(edge <= (edges[i - 1] as number)),
      );
      if (edges.length === 0 || !ascend)
        fail('must give bin() a number and ascending edges', 'write it as in bin(distance, 500, 1000, 2000)');
      const of = expect(first!, 'number', 'bin()', fail);
      return { op: 'bin', valueType: 'number', of, edges: edges as number[] };
    }
    case 'local': {
      const zone = second?.op === 'literal' ? second.value : null;
      if (args.length !== 2 || typeof zone !== 'string' || !isZone(zone))
        return fail(
          'must give local() a timestamp and a time zone',
          'write it as in local(departure, "America/New_York")',
        );
      return { op: 'local', valueType: 'timestamp', of: expect(first!, 'timestamp', 'local()', fail), zone };
    }
    default:
      return null;
  }
}

/** Converts two values to one type where one of them is a date or a timestamp. */
function ofOneType(
  a: Expression,
  b: Expression,
  what: string,
  fail: Fail,
): readonly [Expression, Expression] {
  const [left, right] = alike(a, b, fail);
  return left.valueType === right.valueType
    ? [left, right]
    : fail(`cannot give ${what} a ${left.valueType} and a ${right.valueType}`, 'give it values of one type');
}

/** Returns a hint for a value of the wrong type: a column gets its type in the contract. */
function wayTo(node: Expression, wanted: ValueType): string {
  if (node.op !== 'column') return operators;
  const type = wanted === 'number' ? 'float64' : wanted;
  return `say how "${node.name}" is read, under "columns": type: ${type}`;
}

function expect(node: Expression, valueType: ValueType, what: string, fail: Fail): Expression {
  return node.valueType === valueType
    ? node
    : fail(`must give ${what} a ${valueType}, found a ${node.valueType}`, wayTo(node, valueType));
}
