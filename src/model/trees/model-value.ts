import { checkHeapRoom, checkRoomForNumbers } from '../../process/heap-room.js';

/** A value of a JSON or UBJSON document; a list of numbers alone is an array of float64. */
export type ModelValue =
  | null
  | boolean
  | number
  | string
  | Float64Array
  | readonly ModelValue[]
  | ReadonlyMap<string, ModelValue>;

/** A defect of a document, and its location: `at byte 17`, `in tree 3`. */
export class ModelFault extends Error {
  constructor(
    message: string,
    /** The hint for a defect that saving or exporting the model again does not mend. */
    readonly hint: string | null = null,
  ) {
    super(message);
  }
}

/** Throws the fault `what` at byte `at` of the file. */
export function failAt(what: string, at: number): never {
  throw new ModelFault(`${what} at byte ${at}`);
}

/** Maximum depth of a document: each level of a tree is a level of LightGBM's JSON. */
export const deepest = 1000;

/** Number of counts between two checks of the memory. */
const between = 4096;

/**
 * Counts the values of a document, so that a small file cannot fill the memory; numbers in lists of their own
 * are counted by themselves. Throws `BudgetError` if the document takes most of the memory.
 */
export class Budget {
  #containers = 2_000_000;
  #values = 30_000_000;
  #numbers = 0;

  container(at: number): void {
    if (--this.#containers < 0) failAt('too many lists and objects', at);
    if (this.#containers % between === 0) checkHeapRoom('reading the model');
  }

  value(at: number): void {
    if (--this.#values < 0) failAt('too many values', at);
    if (this.#values % between === 0) checkHeapRoom('reading the model');
  }

  /** Counts numbers in lists of their own, before memory for them is allocated. */
  numbers(count: number): void {
    this.#numbers += count;
    checkRoomForNumbers(this.#numbers, 'reading the model');
  }
}

/** A list of numbers that grows. */
export class NumberList {
  readonly #budget: Budget;
  #values = new Float64Array(8);
  #length = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      this.#budget.numbers(this.#length);
      const wider = new Float64Array(this.#length * 2);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[this.#length++] = value;
  }

  get length(): number {
    return this.#length;
  }

  /** Returns the numbers so far, without room for more. */
  take(): Float64Array {
    return this.#values.slice(0, this.#length);
  }
}

/** Reads the members of an object by name; `where` names the object in a fault. */
export class Members {
  readonly #map: ReadonlyMap<string, ModelValue>;
  readonly where: string;

  constructor(value: ModelValue | undefined, where: string) {
    if (!(value instanceof Map)) throw new ModelFault(`${where} is not an object`);
    this.#map = value;
    this.where = where;
  }

  has(name: string): boolean {
    return this.#map.has(name);
  }

  /** Returns the value under `name`; undefined if there is none. */
  get(name: string): ModelValue | undefined {
    return this.#map.get(name);
  }

  object(name: string): Members {
    return new Members(this.#map.get(name), this.#path(name));
  }

  /** Returns a text; throws where it is missing, unless `fallback` is given. */
  text(name: string, fallback?: string): string {
    const value = this.#map.get(name);
    if (value === undefined && fallback !== undefined) return fallback;
    return typeof value === 'string' ? value : this.#fail(name, 'a text');
  }

  /** Returns a whole number, which XGBoost writes as a text. */
  whole(name: string, fallback?: number): number {
    const value = this.#map.get(name);
    if (value === undefined && fallback !== undefined) return fallback;
    const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
    return typeof number === 'number' && Number.isSafeInteger(number)
      ? number
      : this.#fail(name, 'a whole number');
  }

  number(name: string): number {
    const value = this.#map.get(name);
    return typeof value === 'number' ? value : this.#fail(name, 'a number');
  }

  /** Returns a list of numbers, of `length` if given. */
  numbers(name: string, length?: number): Float64Array {
    const value = numbersOf(this.#map.get(name)) ?? this.#fail(name, 'a list of numbers');
    if (length !== undefined && value.length !== length)
      throw new ModelFault(`${this.#path(name)} has ${value.length} values, expected ${length}`);
    return value;
  }

  list(name: string): readonly ModelValue[] {
    const value = this.#map.get(name);
    if (value instanceof Float64Array) return Array.from(value);
    return Array.isArray(value) ? value : this.#fail(name, 'a list');
  }

  texts(name: string): readonly string[] {
    const value = this.list(name);
    return value.every((one) => typeof one === 'string')
      ? (value as readonly string[])
      : this.#fail(name, 'a list of texts');
  }

  #path(name: string): string {
    return this.where === '' ? `"${name}"` : `"${name}" of ${this.where}`;
  }

  #fail(name: string, expected: string): never {
    throw new ModelFault(
      this.#map.has(name) ? `${this.#path(name)} is not ${expected}` : `${this.#path(name)} is missing`,
    );
  }
}

/** Returns a list of numbers, and a list of true and false as 1 and 0; null for anything else. */
function numbersOf(value: ModelValue | undefined): Float64Array | null {
  if (value instanceof Float64Array) return value;
  if (!Array.isArray(value)) return null;
  const isPlain = value.every((one) => typeof one === 'boolean' || typeof one === 'number');
  return isPlain ? Float64Array.from(value, Number) : null;
}
