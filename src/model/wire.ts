/** A field of a protobuf message: `[start, end)` with its tag, the value from `valueStart`. */
export interface WireField {
  readonly number: number;
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
  /** The value of a varint field; 0 for the other wire types. */
  readonly varint: number;
}

/**
 * Cuts a protobuf message into its fields without decoding them (protobuf.dev, "Encoding"); costs one step
 * per field of any size. Throws `RangeError` if the bytes are truncated or not protobuf.
 */
export function cutMessage(bytes: Uint8Array): WireField[] {
  return [...fieldsOf(bytes)];
}

/**
 * Yields the fields of `cutMessage` one at a time, without a list of them: a constant may have millions of
 * texts.
 */
export function* fieldsOf(bytes: Uint8Array): Generator<WireField> {
  for (let at = 0; at < bytes.length; ) {
    const field = noField();
    readField(bytes, at, field);
    at = field.end;
    yield field;
  }
}

/**
 * Visits the fields with this number, without an object for each: a forest has millions of numbers. The field
 * is valid until `visit` returns.
 */
export function eachField(bytes: Uint8Array, number: number, visit: (field: WireField) => void): void {
  const field = noField();
  for (let at = 0; at < bytes.length; at = field.end) {
    readField(bytes, at, field);
    if (field.number === number) visit(field);
  }
}

type Changing<T> = { -readonly [Name in keyof T]: T[Name] };

function noField(): Changing<WireField> {
  return { number: 0, start: 0, valueStart: 0, end: 0, varint: 0 };
}

/** Reads the field that starts at `start`. */
function readField(bytes: Uint8Array, start: number, field: Changing<WireField>): void {
  const tag = varintAt(bytes, start);
  let end = afterVarint;
  const wireType = tag % 8;
  const number = Math.floor(tag / 8);
  field.valueStart = end;
  field.varint = 0;
  if (wireType === 0) {
    field.varint = varintAt(bytes, end);
    end = afterVarint;
  } else if (wireType === 1) end += 8;
  else if (wireType === 5) end += 4;
  else if (wireType === 2) {
    const length = varintAt(bytes, end);
    field.valueStart = afterVarint;
    end = afterVarint + length;
  } else throw new RangeError(`wire type ${wireType} at byte ${start}`);
  if (number === 0 || end > bytes.length) throw new RangeError(`field ${number} at byte ${start} is cut off`);
  field.number = number;
  field.start = start;
  field.end = end;
}

/** Returns the bytes of a field's value, as a view. */
export function bytesOf(bytes: Uint8Array, wire: WireField): Uint8Array {
  return bytes.subarray(wire.valueStart, wire.end);
}

/** Returns the text of a string field. */
export function textOf(bytes: Uint8Array, wire: WireField): string {
  return utf8.decode(bytesOf(bytes, wire));
}

/** Returns a length-delimited field as pieces: its tag, the length of `value` and `value` itself. */
export function lengthDelimited(number: number, value: readonly Uint8Array[]): Uint8Array[] {
  let length = 0;
  for (const piece of value) length += piece.length;
  const head: number[] = [];
  for (let rest = number * 8 + 2; ; rest = Math.floor(rest / 128)) {
    head.push(rest >= 128 ? (rest % 128) + 128 : rest);
    if (rest < 128) break;
  }
  for (let rest = length; ; rest = Math.floor(rest / 128)) {
    head.push(rest >= 128 ? (rest % 128) + 128 : rest);
    if (rest < 128) break;
  }
  return [Uint8Array.from(head), ...value];
}

const utf8 = new TextDecoder();

/** The index after the number that `varintAt` read last. */
let afterVarint = 0;

// Plain arithmetic instead of shifts: lengths may exceed 2^31, and of 64-bit varints the low 53 bits matter.
function varintAt(bytes: Uint8Array, at: number): number {
  let value = 0;
  let scale = 1;
  for (let i = at; i < at + 10; i++) {
    if (i >= bytes.length) break;
    const byte = bytes[i]!;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      afterVarint = i + 1;
      return value;
    }
    scale *= 128;
  }
  throw new RangeError(`the number at byte ${at} is cut off`);
}
