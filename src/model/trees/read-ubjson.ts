import { Budget, deepest, failAt, type ModelValue } from './model-value.js';

/**
 * Reads UBJSON (Draft 12) as XGBoost writes it: objects, lists, typed lists of numbers, texts. Throws
 * `ModelFault` with the position.
 */
export function readUbjson(bytes: Buffer): ModelValue {
  const reader = new UbjsonReader(bytes);
  return reader.readAll();
}

interface NumberType {
  readonly size: number;
  read(view: DataView, at: number): number;
}

/** A Buffer's own functions take several times as long as a view's. */
const numberTypes: Readonly<Record<string, NumberType>> = {
  i: { size: 1, read: (view, at) => view.getInt8(at) },
  U: { size: 1, read: (view, at) => view.getUint8(at) },
  I: { size: 2, read: (view, at) => view.getInt16(at) },
  l: { size: 4, read: (view, at) => view.getInt32(at) },
  L: { size: 8, read: (view, at) => Number(view.getBigInt64(at)) },
  d: { size: 4, read: (view, at) => view.getFloat32(at) },
  D: { size: 8, read: (view, at) => view.getFloat64(at) },
};

class UbjsonReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #at = 0;
  #depth = 0;
  readonly #budget = new Budget();

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  readAll(): ModelValue {
    const value = this.#value(this.#marker());
    while (this.#bytes[this.#at] === 0x4e) this.#at++;
    if (this.#at < this.#bytes.length) failAt('more bytes after the end of the model', this.#at);
    return value;
  }

  #marker(): string {
    while (this.#bytes[this.#at] === 0x4e) this.#at++;
    if (this.#at >= this.#bytes.length) failAt('the file ends within the model,', this.#bytes.length);
    return String.fromCharCode(this.#bytes[this.#at++]!);
  }

  #value(type: string): ModelValue {
    switch (type) {
      case '{':
        return this.#object();
      case '[':
        return this.#list();
      case 'S':
        return this.#text();
      case 'T':
        return true;
      case 'F':
        return false;
      case 'Z':
        return null;
      case 'C':
        return String.fromCharCode(this.#bytes[this.#take(1)]!);
      default:
        return this.#number(type);
    }
  }

  #object(): ReadonlyMap<string, ModelValue> {
    this.#open();
    if (this.#bytes[this.#at] === 0x24 || this.#bytes[this.#at] === 0x23)
      failAt('an object of a fixed type or count, which XGBoost does not write,', this.#at);
    const members = new Map<string, ModelValue>();
    while (this.#bytes[this.#at] !== 0x7d) {
      const start = this.#at;
      const key = this.#text();
      if (members.has(key)) failAt(`the key ${JSON.stringify(key)} occurs twice, the second time`, start);
      this.#budget.value(start);
      members.set(key, this.#value(this.#marker()));
    }
    this.#at++;
    this.#depth--;
    return members;
  }

  #list(): ModelValue {
    this.#open();
    let type: string | null = null;
    if (this.#bytes[this.#at] === 0x24) {
      this.#at++;
      type = this.#marker();
      if (numberTypes[type] === undefined) failAt(`a list of the type "${type}"`, this.#at - 1);
      if (this.#bytes[this.#at] !== 0x23) failAt('a typed list without its length', this.#at);
    }
    let count: number | null = null;
    if (this.#bytes[this.#at] === 0x23) {
      this.#at++;
      count = this.#length();
    }
    const value = type !== null ? this.#numbers(type, count!) : this.#values(count);
    this.#depth--;
    return value;
  }

  #values(count: number | null): ModelValue {
    if (count !== null && count > this.#bytes.length - this.#at) this.#tooLong(count);
    const values: ModelValue[] = [];
    while (count === null ? this.#bytes[this.#at] !== 0x5d : values.length < count) {
      this.#budget.value(this.#at);
      values.push(this.#value(this.#marker()));
    }
    if (count === null) this.#at++;
    return values.every((value) => typeof value === 'number') ? Float64Array.from(values) : values;
  }

  #numbers(type: string, count: number): Float64Array {
    const { size, read } = numberTypes[type]!;
    if (count > (this.#bytes.length - this.#at) / size) this.#tooLong(count);
    this.#budget.numbers(count);
    const start = this.#take(count * size);
    const view = this.#view;
    const values = new Float64Array(count);
    for (let i = 0; i < count; i++) values[i] = read(view, start + i * size);
    return values;
  }

  #number(type: string): number {
    const found = numberTypes[type];
    if (found === undefined) return failAt(`the type "${type}", which is not one of UBJSON,`, this.#at - 1);
    return found.read(this.#view, this.#take(found.size));
  }

  #text(): string {
    const length = this.#length();
    if (length > this.#bytes.length - this.#at) this.#tooLong(length);
    const start = this.#take(length);
    return this.#bytes.toString('utf8', start, start + length);
  }

  #length(): number {
    const type = this.#marker();
    const start = this.#at;
    const length = 'iUIlL'.includes(type) ? this.#number(type) : failAt('no length', start - 1);
    return Number.isSafeInteger(length) && length >= 0 ? length : failAt(`the length ${length}`, start);
  }

  #open(): void {
    if (++this.#depth > deepest) failAt(`more than ${deepest} nested lists and objects`, this.#at);
    this.#budget.container(this.#at);
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#bytes.length - at) failAt('the file ends within the model,', this.#bytes.length);
    this.#at += count;
    return at;
  }

  #tooLong(count: number): never {
    return failAt(`${count} values or bytes are declared, more than the file has left,`, this.#at);
  }
}
