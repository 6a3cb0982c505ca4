import { Budget, deepest, failAt, type ModelValue, NumberList } from './model-value.js';

/**
 * Reads the JSON of a model. `JSON.parse` keeps the last of two equal keys, says no position for some faults,
 * and takes a hundred times the memory of a text of brackets; a wrong model must not become a wrong score.
 * Throws `ModelFault` with the position.
 */
export function readJson(bytes: Buffer): ModelValue {
  const reader = new JsonReader(bytes);
  return reader.readAll();
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [34, 92, 44, 58];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125];

class JsonReader {
  readonly #bytes: Buffer;
  #at = 0;
  #depth = 0;
  readonly #budget = new Budget();
  readonly #keys = new Map<string, string>();

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  readAll(): ModelValue {
    // A byte order mark may precede the text.
    if (this.#bytes[0] === 0xef && this.#bytes[1] === 0xbb && this.#bytes[2] === 0xbf) this.#at = 3;
    this.#skipBlanks();
    const value = this.#value();
    this.#skipBlanks();
    if (this.#at < this.#bytes.length) failAt('more text after the end of the model', this.#at);
    return value;
  }

  #value(): ModelValue {
    const code = this.#bytes[this.#at];
    if (code === undefined) return this.#cut();
    if (code === QUOTE) return this.#text();
    if (code === OPEN_LIST) return this.#list();
    if (code === OPEN_OBJECT) return this.#object();
    if (code === 45 || (code >= 48 && code <= 57)) return this.#number();
    for (const [word, value] of words) {
      if (this.#bytes.toString('latin1', this.#at, this.#at + word.length) !== word) continue;
      this.#at += word.length;
      return value;
    }
    return failAt(
      /^(nan|inf|-inf)/i.test(this.#ahead()) ? `the value ${this.#ahead()}` : 'no value',
      this.#at,
    );
  }

  #open(): void {
    if (++this.#depth > deepest) failAt(`more than ${deepest} nested lists and objects`, this.#at);
    this.#budget.container(this.#at);
    this.#at++;
    this.#skipBlanks();
  }

  #object(): ReadonlyMap<string, ModelValue> {
    this.#open();
    const members = new Map<string, ModelValue>();
    if (!this.#takes(CLOSE_OBJECT)) {
      do {
        this.#skipBlanks();
        const start = this.#at;
        if (this.#bytes[start] !== QUOTE) this.#expected('a key');
        const key = this.#shared(this.#text());
        if (members.has(key)) failAt(`the key ${JSON.stringify(key)} occurs twice, the second time`, start);
        this.#skipBlanks();
        if (!this.#takes(COLON)) this.#expected('a colon');
        this.#skipBlanks();
        this.#budget.value(start);
        members.set(key, this.#value());
        this.#skipBlanks();
      } while (this.#takes(COMMA));
      if (!this.#takes(CLOSE_OBJECT)) this.#expected('a comma or the end of the object');
    }
    this.#depth--;
    return members;
  }

  #list(): ModelValue {
    this.#open();
    const numbers = new NumberList(this.#budget);
    let values: ModelValue[] | null = null;
    if (!this.#takes(CLOSE_LIST)) {
      do {
        this.#skipBlanks();
        const value = this.#value();
        if (values === null && typeof value === 'number') numbers.push(value);
        else {
          if (values === null) {
            this.#budget.numbers(2 * numbers.length);
            values = Array.from(numbers.take());
          }
          this.#budget.value(this.#at);
          values.push(value);
        }
        this.#skipBlanks();
      } while (this.#takes(COMMA));
      if (!this.#takes(CLOSE_LIST)) this.#expected('a comma or the end of the list');
    }
    this.#depth--;
    return values ?? numbers.take();
  }

  #number(): number {
    const start = this.#at;
    let end = start;
    while (isNumberByte(this.#bytes[end])) end++;
    const text = this.#bytes.toString('latin1', start, end);
    if (!numberForm.test(text)) failAt(`"${text.slice(0, 40)}" is not a number`, start);
    this.#at = end;
    const value = Number(text);
    if (!Number.isFinite(value)) failAt(`${text.slice(0, 40)} is too large for a number`, start);
    return value;
  }

  #text(): string {
    const start = this.#at;
    let end = start + 1;
    let isPlain = true;
    for (; this.#bytes[end] !== QUOTE; end++) {
      const code = this.#bytes[end];
      if (code === undefined) return this.#cut();
      if (code === BACKSLASH) {
        end++;
        isPlain = false;
      } else if (code < 32) failAt('a control character in a text', end);
    }
    this.#at = end + 1;
    if (isPlain) return this.#bytes.toString('utf8', start + 1, end);
    try {
      return JSON.parse(this.#bytes.toString('utf8', start, end + 1)) as string;
    } catch {
      return failAt('an invalid escape in a text', start);
    }
  }

  /** Returns the first text equal to `key`: every node of a tree has the same keys. */
  #shared(key: string): string {
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    if (this.#keys.size < 1000) this.#keys.set(key, key);
    return key;
  }

  #takes(code: number): boolean {
    if (this.#bytes[this.#at] !== code) return false;
    this.#at++;
    return true;
  }

  #skipBlanks(): void {
    for (;;) {
      const code = this.#bytes[this.#at];
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.#at++;
    }
  }

  #expected(what: string): never {
    if (this.#at >= this.#bytes.length) this.#cut();
    return failAt(`expected ${what}, found "${this.#ahead()}"`, this.#at);
  }

  #ahead(): string {
    return this.#bytes.toString('utf8', this.#at, this.#at + 8).replace(/[^\w.,:{}[\]-].*$/s, '');
  }

  #cut(): never {
    return failAt('the file ends within the model,', this.#bytes.length);
  }
}

const words = [
  ['true', true],
  ['false', false],
  ['null', null],
] as const;

const numberForm = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function isNumberByte(code: number | undefined): boolean {
  return (
    code !== undefined &&
    ((code >= 48 && code <= 57) || code === 45 || code === 43 || code === 46 || code === 69 || code === 101)
  );
}
