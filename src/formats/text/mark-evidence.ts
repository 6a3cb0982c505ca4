import type { SignCounts } from './number-signs.js';
import { exactInteger, plainNumber } from './parse-number.js';
import { isPlainWhole } from './plain-whole.js';

/**
 * Decimal mark that a column's texts prove; `either` if each reads as a number both ways, null if none has a
 * mark.
 */
export type MarkSign = '.' | ',' | 'either' | null;

/** A column's evidence about its decimal mark: `1.234` proves a comma if only whole numbers are allowed. */
export interface MarkEvidence {
  readonly fractions: MarkSign;
  readonly wholes: MarkSign;
  /** True if some texts prove one mark and some the other. */
  readonly isMixed: boolean;
  /**
   * Texts that read as two different numbers, `1,234` with a comma and `1.234` with a point; their sizes if
   * the mark separates thousands, a thousandth of it if not.
   */
  readonly open: { readonly commas: Sizes; readonly points: Sizes };
  /** The numbers by their currency or percent sign. */
  readonly signs: SignCounts;
  /** The texts that can only be read as one number; `areWhole` is true if all of them are whole numbers. */
  readonly known: Sizes & { readonly areWhole: boolean };
}

/** How many numbers, and the minimum and maximum of their absolute values, without zeros. */
export interface Sizes {
  readonly count: number;
  readonly least: number;
  readonly most: number;
}

/**
 * Weighs the decimal marks in texts, each with its number of occurrences, ignoring those that are not
 * numbers; if both are proven, the more frequent one wins. `plain` are whole numbers besides these texts.
 * About 1 µs a text with a mark, a tenth of it for most fractions.
 */
export function weighMarks(different: ReadonlyMap<string, number>, plain: Sizes = noSizes()): MarkEvidence {
  const fractions = scales();
  const wholes = scales();
  const known = { ...plain, areWhole: true };
  const open = { commas: noSizes(), points: noSizes() };
  const know = (value: number, times: number): void => {
    measure(known, value, times);
    if (!Number.isInteger(value)) known.areWhole = false;
  };
  const signs: Record<string, number> = {};
  const sign = (mark: string | undefined, times: number): void => {
    if (mark !== undefined) signs[mark] = (signs[mark] ?? 0) + times;
  };
  if (plain.count > 0) sign('', plain.count);
  for (const [text, times] of different) {
    if (isPlainWhole(text)) {
      know(Number(text), times);
      sign('', times);
      continue;
    }
    if (!text.includes('.') && !text.includes(',')) {
      if (whole.test(text)) {
        know(Number(text), times);
        sign('', times);
      } else if (signed.test(text)) sign(plainNumber(text, '.')?.sign, times);
      continue;
    }
    if (pointFraction.test(text) && text.charAt(text.length - 4) !== '.') {
      sign('', times);
      fractions.point += times;
      know(Number(text), times);
      continue;
    }
    const pointed = plainNumber(text, '.');
    const commaed = plainNumber(text, ',');
    sign((pointed ?? commaed)?.sign, times);
    const point = pointed?.text ?? null;
    const comma = commaed?.text ?? null;
    const [asPoint, asComma] = [point, comma].map((plain) => (plain === null ? null : Number(plain)));
    weigh(fractions, asPoint!, asComma!, times);
    weigh(wholes, wholeOf(point), wholeOf(comma), times);
    const one =
      asPoint === asComma ? asPoint : asPoint === null ? asComma : asComma === null ? asPoint : null;
    if (one !== null && one !== undefined) know(one, times);
    else if (asPoint !== null && asComma !== null)
      measure(
        text.includes(',') ? open.commas : open.points,
        Math.max(Math.abs(asPoint!), Math.abs(asComma!)),
        times,
      );
  }
  return {
    fractions: signOf(fractions),
    wholes: signOf(wholes),
    isMixed: fractions.point > 0 && fractions.comma > 0,
    open,
    known,
    signs,
  };
}

/** A digit and a sign that may be a currency's or percent. */
const signed = /\d.*[%$\u0080-\uffff]|[$\u0080-\uffff].*\d/;
const whole = /^ *[+-]?\d{1,15} *$/;
/** A fraction after a point: nothing else if not of three digits, which a point may separate as thousands. */
const pointFraction = /^-?\d+\.\d*[1-9]$/;

function noSizes(): { count: number; least: number; most: number } {
  return { count: 0, least: Number.POSITIVE_INFINITY, most: 0 };
}

function measure(sizes: { count: number; least: number; most: number }, value: number, times: number): void {
  const size = Math.abs(value);
  sizes.count += times;
  if (size > 0) sizes.least = Math.min(sizes.least, size);
  sizes.most = Math.max(sizes.most, size);
}

interface Scales {
  point: number;
  comma: number;
  either: number;
}

function scales(): Scales {
  return { point: 0, comma: 0, either: 0 };
}

function weigh(
  onto: Scales,
  point: number | bigint | string | null,
  comma: number | bigint | string | null,
  times: number,
): void {
  if (point === comma) return;
  if (point === null) onto.comma += times;
  else if (comma === null) onto.point += times;
  else onto.either += times;
}

function wholeOf(plain: string | null): bigint | string | null {
  return plain === null ? null : exactInteger(plain);
}

function signOf({ point, comma, either }: Scales): MarkSign {
  if (comma > point) return ',';
  if (point > 0) return '.';
  return either > 0 ? 'either' : null;
}
