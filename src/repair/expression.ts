/** Type of an expression's value in each row. Dates count days and timestamps microseconds since 1970, both as numbers. */
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
      readonly op: 'call';
      readonly valueType: ValueType;
      readonly name: FunctionName;
      readonly args: readonly Expression[];
    };

/** The functions of expressions: their argument types, their result, and the maximum number of repeated arguments. */
export const functions = {
  abs: { takes: ['number'], gives: 'number' },
  floor: { takes: ['number'], gives: 'number' },
  ceil: { takes: ['number'], gives: 'number' },
  round: { takes: ['number'], gives: 'number' },
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
  month: { takes: ['date'], gives: 'number' },
  day: { takes: ['date'], gives: 'number' },
  weekday: { takes: ['date'], gives: 'number' },
  hour: { takes: ['timestamp'], gives: 'number' },
} as const satisfies Readonly<
  Record<string, { readonly takes: readonly ValueType[]; readonly gives: ValueType }>
>;

export type FunctionName = keyof typeof functions;

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
