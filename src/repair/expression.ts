/** Type of an expression's value. Dates count days, timestamps microseconds since 1970, as numbers. */
export type ValueType = 'number' | 'date' | 'timestamp' | 'string' | 'boolean';

export type Calculation = '+' | '-' | '*' | '/' | '%';
export type Comparison = '<' | '<=' | '>' | '>=' | '==' | '!=';

/** An expression, parsed and checked against the columns: plain data, and the only form that is evaluated. */
export type Expression =
  | { readonly op: 'column'; readonly valueType: ValueType; readonly name: string }
  | { readonly op: 'literal'; readonly valueType: ValueType; readonly value: number | string | boolean }
  | {
      readonly op: 'calculate';
      readonly valueType: ValueType;
      readonly operator: Calculation;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly op: 'compare';
      readonly valueType: 'boolean';
      readonly operator: Comparison;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly op: 'and' | 'or';
      readonly valueType: 'boolean';
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly op: 'not' | 'is-missing'; readonly valueType: 'boolean'; readonly of: Expression }
  | {
      readonly op: 'among';
      readonly valueType: 'boolean';
      readonly of: Expression;
      readonly values: readonly Expression[];
    }
  | {
      readonly op: 'if';
      readonly valueType: ValueType;
      /** A boolean; if it is missing, so is the result. */
      readonly of: Expression;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      /** `right` where `left` is missing. */
      readonly op: 'coalesce';
      readonly valueType: ValueType;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      /** How many of the ascending edges are at most the value. */
      readonly op: 'bin';
      readonly valueType: 'number';
      readonly of: Expression;
      readonly edges: readonly number[];
    }
  | {
      /** The reading of a zone's clocks at a timestamp. */
      readonly op: 'local';
      readonly valueType: 'timestamp';
      readonly of: Expression;
      readonly zone: string;
    }
  | {
      readonly op: 'call';
      readonly valueType: ValueType;
      readonly name: FunctionName;
      readonly args: readonly Expression[];
    };

/** The functions of expressions with one type of result: their argument types and their result. */
export const functions = {
  abs: { takes: ['number'], gives: 'number' },
  floor: { takes: ['number'], gives: 'number' },
  ceil: { takes: ['number'], gives: 'number' },
  round: { takes: ['number'], gives: 'number' },
  sign: { takes: ['number'], gives: 'number' },
  sqrt: { takes: ['number'], gives: 'number' },
  exp: { takes: ['number'], gives: 'number' },
  log: { takes: ['number'], gives: 'number' },
  log10: { takes: ['number'], gives: 'number' },
  log1p: { takes: ['number'], gives: 'number' },
  power: { takes: ['number', 'number'], gives: 'number' },
  min: { takes: ['number', 'number'], gives: 'number' },
  max: { takes: ['number', 'number'], gives: 'number' },
  length: { takes: ['string'], gives: 'number' },
  lower: { takes: ['string'], gives: 'string' },
  upper: { takes: ['string'], gives: 'string' },
  trim: { takes: ['string'], gives: 'string' },
  concat: { takes: ['string', 'string'], gives: 'string' },
  starts_with: { takes: ['string', 'string'], gives: 'boolean' },
  ends_with: { takes: ['string', 'string'], gives: 'boolean' },
  contains: { takes: ['string', 'string'], gives: 'boolean' },
  year: { takes: ['date'], gives: 'number' },
  quarter: { takes: ['date'], gives: 'number' },
  month: { takes: ['date'], gives: 'number' },
  day: { takes: ['date'], gives: 'number' },
  weekday: { takes: ['date'], gives: 'number' },
  week: { takes: ['date'], gives: 'number' },
  day_of_year: { takes: ['date'], gives: 'number' },
  hour: { takes: ['timestamp'], gives: 'number' },
  minute: { takes: ['timestamp'], gives: 'number' },
  second: { takes: ['timestamp'], gives: 'number' },
} as const satisfies Readonly<
  Record<string, { readonly takes: readonly ValueType[]; readonly gives: ValueType }>
>;

export type FunctionName = keyof typeof functions;

/** Functions whose arguments or results have other rules: see `parse-expression.ts`. */
export const specialFunctions = ['is_missing', 'column', 'if', 'coalesce', 'bin', 'local'] as const;

/** Returns the columns of an expression, each once, in order of appearance. */
export function columnsOf(expression: Expression): readonly string[] {
  const names = new Set<string>();
  const visit = (node: Expression): void => {
    if (node.op === 'column') names.add(node.name);
    if ('left' in node) {
      visit(node.left);
      visit(node.right);
    }
    if ('of' in node) visit(node.of);
    if ('values' in node) node.values.forEach(visit);
    if ('args' in node) node.args.forEach(visit);
  };
  visit(expression);
  return [...names];
}
