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
  let at = 0;
  while (at < bytes.length) {
    const start = at;
    const tag = varintAt(bytes, at);
    at = tag.end;
    const wireType = tag.value % 8;
    const number = Math.floor(tag.value / 8);
    let valueStart = at;
    let varint = 0;
    if (wireType === 0) {
      const value = varintAt(bytes, at);
      varint = value.value;
      at = value.end;
    } else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else if (wireType === 2) {
      const length = varintAt(bytes, at);
      valueStart = length.end;
      at = length.end + length.value;
    } else throw new RangeError(`wire type ${wireType} at byte ${start}`);
    if (number === 0 || at > bytes.length)
      throw new RangeError(`field ${number} at byte ${start} is cut off`);
    yield { number, start, valueStart, end: at, varint };
  }
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

// Plain arithmetic instead of shifts: lengths may exceed 2^31, and of 64-bit varints the low 53 bits matter.
function varintAt(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  let scale = 1;
  for (let i = at; i < at + 10; i++) {
    if (i >= bytes.length) break;
    const byte = bytes[i]!;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, end: i + 1 };
    scale *= 128;
  }
  throw new RangeError(`the number at byte ${at} is cut off`);
}
