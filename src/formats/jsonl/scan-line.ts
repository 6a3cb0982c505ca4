/** Kinds of a cell's token. */
export const token = {
  absent: 0,
  null: 1,
  /** A string without escapes; its range excludes the quotes. */
  text: 2,
  /** A string with escapes. */
  escaped: 3,
  /** A number without point and exponent. */
  whole: 4,
  number: 5,
  /** `NaN`, `Infinity` or `-Infinity`, which Python writes and JSON does not have. */
  special: 6,
  true: 7,
  false: 8,
  array: 9,
  object: 10,
  /** A key that the object has several times with different values. */
  repeated: 11,
} as const;

/** The outcome of scanning a line. */
export const scanned = {
  object: 0,
  /** Valid JSON, but no object. */
  other: 1,
  /** Not JSON; `faultAt` is where. */
  invalid: 2,
  /** The beginning of a JSON text. */
  cutOff: 3,
  tooDeep: 4,
} as const;

export type Scanned = (typeof scanned)[keyof typeof scanned];

/** Receives the cells of a line; those of a line that turns out not to be an object are discarded. */
interface LineSink {
  /** Returns the column number of a key, -1 if it is not read; called once for each spelling of a key. */
  slot(key: string): number;
  cell(slot: number, kind: number, start: number, end: number): void;
}

/** Deepest nesting that is read; RFC 8259 leaves the limit to the reader. */
export const deepest = 512;
/** Distinct keys whose columns are remembered, and the bytes of the longest of them. */
const mostKeys = 20_000;
const longestKey = 1024;

/**
 * Scans lines of JSON (RFC 8259, plus `NaN` and infinities) and reports the token of each key at the top,
 * without parsing it. Expects keys in the order of the previous line, so a regular line costs one comparison
 * for each key and one look at each byte.
 */
export class LineScanner {
  /** Where the last line that is not JSON breaks the grammar. */
  faultAt = 0;
  private bytes: Uint8Array = new Uint8Array(0);
  private end = 0;
  private fault: Scanned = scanned.invalid;
  private kind: number = token.null;
  private hasEscape = false;
  private readonly keys: Uint8Array[] = [];
  private readonly slots: number[] = [];
  /** By key, plus one: the key that followed it in the last line. */
  private readonly following: number[] = [];
  private readonly known = new Map<string, number>();

  constructor(private readonly sink: LineSink) {}

  /**
   * Scans `bytes[start, end)`, which has no line end but may end with CR and blanks. Skips byte order marks
   * before the text, which a file has where another was appended.
   */
  scan(bytes: Uint8Array, start: number, end: number): Scanned {
    this.bytes = bytes;
    this.end = end;
    let at = this.blanks(start);
    while (bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf && at + 3 <= end)
      at = this.blanks(at + 3);
    if (at < end && bytes[at] === OPEN_BRACE) at = this.members(at);
    else {
      at = this.value(at, 0);
      if (at >= 0 && this.blanks(at) === end) return scanned.other;
    }
    if (at < 0) return this.fault;
    at = this.blanks(at);
    if (at === end) return scanned.object;
    this.faultAt = at;
    return scanned.invalid;
  }

  /** Scans the object at the top; returns its end, -1 for a fault. */
  private members(open: number): number {
    const { bytes, end, sink } = this;
    let at = this.blanks(open + 1);
    if (at < end && bytes[at] === CLOSE_BRACE) return at + 1;
    let last = -1;
    for (;;) {
      if (at >= end) return this.cut(at);
      if (bytes[at] !== QUOTE) return this.fail(at);
      const begin = at + 1;
      at = this.text(at);
      if (at < 0) return at;
      last = this.keyOf(begin, at - 1, last);
      const slot = last < 0 ? -2 - last : this.slots[last]!;
      at = this.blanks(at);
      if (at >= end) return this.cut(at);
      if (bytes[at] !== COLON) return this.fail(at);
      const from = this.blanks(at + 1);
      at = this.value(from, 1);
      if (at < 0) return at;
      if (slot >= 0) {
        const isText = this.kind === token.text || this.kind === token.escaped;
        sink.cell(slot, this.kind, isText ? from + 1 : from, isText ? at - 1 : at);
      }
      at = this.blanks(at);
      if (at >= end) return this.cut(at);
      if (bytes[at] === CLOSE_BRACE) return at + 1;
      if (bytes[at] !== COMMA) return this.fail(at);
      at = this.blanks(at + 1);
    }
  }

  /** Returns the number of the key between two quotes; `-2 - slot` for a key beyond the limit. */
  private keyOf(start: number, end: number, last: number): number {
    const expected = this.following[last < 0 ? 0 : last + 1] ?? -1;
    if (expected >= 0 && this.isKey(expected, start, end)) return expected;
    const raw = Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, end - start);
    const spelling = raw.toString('latin1');
    let key = this.known.get(spelling);
    if (key === undefined) {
      const text = raw.toString('utf8');
      const slot = this.sink.slot(this.hasEscape ? (JSON.parse(`"${text}"`) as string) : text);
      if (this.keys.length >= mostKeys || raw.length > longestKey) return -2 - slot;
      key = this.keys.length;
      this.keys.push(Uint8Array.from(raw));
      this.slots.push(slot);
      this.known.set(spelling, key);
    }
    this.following[last < 0 ? 0 : last + 1] = key;
    return key;
  }

  private isKey(key: number, start: number, end: number): boolean {
    const known = this.keys[key]!;
    if (known.length !== end - start) return false;
    const { bytes } = this;
    for (let i = 0; i < known.length; i++) if (known[i] !== bytes[start + i]) return false;
    return true;
  }

  /** Scans a value and sets its kind; returns its end, -1 for a fault. */
  private value(at: number, depth: number): number {
    if (at >= this.end) return this.cut(at);
    const byte = this.bytes[at]!;
    switch (byte) {
      case QUOTE: {
        const after = this.text(at);
        this.kind = this.hasEscape ? token.escaped : token.text;
        return after;
      }
      case OPEN_BRACE:
      case OPEN_BRACKET:
        return this.nested(at, depth + 1);
      case 116:
        return this.word(at, words.true, token.true);
      case 102:
        return this.word(at, words.false, token.false);
      case 110:
        return this.word(at, words.null, token.null);
      case 78:
        return this.word(at, words.nan, token.special);
      case 73:
        return this.word(at, words.infinity, token.special);
      default:
        return this.number(at);
    }
  }

  /** Scans an array or an object below the top. */
  private nested(open: number, depth: number): number {
    if (depth > deepest) {
      this.faultAt = open;
      this.fault = scanned.tooDeep;
      return -1;
    }
    const { bytes, end } = this;
    const isObject = bytes[open] === OPEN_BRACE;
    const close = isObject ? CLOSE_BRACE : CLOSE_BRACKET;
    let at = this.blanks(open + 1);
    if (at < end && bytes[at] === close) {
      this.kind = isObject ? token.object : token.array;
      return at + 1;
    }
    for (;;) {
      if (isObject) {
        if (at >= end) return this.cut(at);
        if (bytes[at] !== QUOTE) return this.fail(at);
        at = this.text(at);
        if (at < 0) return at;
        at = this.blanks(at);
        if (at >= end) return this.cut(at);
        if (bytes[at] !== COLON) return this.fail(at);
        at = this.blanks(at + 1);
      }
      at = this.value(at, depth);
      if (at < 0) return at;
      at = this.blanks(at);
      if (at >= end) return this.cut(at);
      if (bytes[at] === close) {
        this.kind = isObject ? token.object : token.array;
        return at + 1;
      }
      if (bytes[at] !== COMMA) return this.fail(at);
      at = this.blanks(at + 1);
    }
  }

  /** Scans a string from its opening quote; returns the offset after its closing one. */
  private text(open: number): number {
    const { bytes, end } = this;
    this.hasEscape = false;
    for (let at = open + 1; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE) return at + 1;
      if (byte < SPACE) return this.fail(at);
      if (byte !== BACKSLASH) continue;
      this.hasEscape = true;
      at++;
      if (at >= end) break;
      if (bytes[at] === 117) {
        for (let i = 1; i <= 4; i++) {
          if (at + i >= end) return this.cut(end);
          if (!isHex(bytes[at + i]!)) return this.fail(at + i);
        }
        at += 4;
      } else if (!isEscape(bytes[at]!)) return this.fail(at);
    }
    return this.cut(end);
  }

  private number(start: number): number {
    const { bytes, end } = this;
    let at = start;
    if (bytes[at] === MINUS) {
      at++;
      if (at < end && bytes[at] === 73) return this.word(at, words.infinity, token.special);
    }
    if (at >= end) return this.cut(at);
    if (!isDigit(bytes[at]!)) return this.fail(at);
    if (bytes[at] === ZERO) at++;
    else while (at < end && isDigit(bytes[at]!)) at++;
    this.kind = token.whole;
    if (at < end && bytes[at] === DOT) {
      this.kind = token.number;
      at = this.digits(at + 1);
      if (at < 0) return at;
    }
    if (at < end && (bytes[at]! | 32) === 101) {
      this.kind = token.number;
      at++;
      if (at < end && (bytes[at] === MINUS || bytes[at] === PLUS)) at++;
      at = this.digits(at);
    }
    return at;
  }

  /** Scans one digit or more. */
  private digits(start: number): number {
    const { bytes, end } = this;
    if (start >= end) return this.cut(start);
    let at = start;
    while (at < end && isDigit(bytes[at]!)) at++;
    return at === start ? this.fail(at) : at;
  }

  private word(start: number, word: Uint8Array, kind: number): number {
    for (let i = 0; i < word.length; i++) {
      if (start + i >= this.end) return this.cut(this.end);
      if (this.bytes[start + i] !== word[i]) return this.fail(start + i);
    }
    this.kind = kind;
    return start + word.length;
  }

  private blanks(start: number): number {
    const { bytes, end } = this;
    let at = start;
    while (at < end && isBlank(bytes[at]!)) at++;
    return at;
  }

  private fail(at: number): -1 {
    this.faultAt = at;
    this.fault = scanned.invalid;
    return -1;
  }

  private cut(at: number): -1 {
    this.faultAt = at;
    this.fault = scanned.cutOff;
    return -1;
  }
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const COLON = 58;
const COMMA = 44;
const MINUS = 45;
const PLUS = 43;
const DOT = 46;
const ZERO = 48;
const SPACE = 32;

const words = {
  true: Buffer.from('true'),
  false: Buffer.from('false'),
  null: Buffer.from('null'),
  nan: Buffer.from('NaN'),
  infinity: Buffer.from('Infinity'),
};

/** Returns true for a blank of JSON within a line. */
export function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 13;
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

function isHex(byte: number): boolean {
  return isDigit(byte) || ((byte | 32) >= 97 && (byte | 32) <= 102);
}

function isEscape(byte: number): boolean {
  switch (byte) {
    case 34:
    case 92:
    case 47:
    case 98:
    case 102:
    case 110:
    case 114:
    case 116:
      return true;
    default:
      return false;
  }
}
