import {
  ANY_CARRIAGE_RETURN,
  ANY_QUOTE,
  BLANK,
  BLANKS,
  CARRIAGE_RETURN,
  COMMENT,
  ENCODING,
  END,
  ESCAPE,
  FIELDS,
  FLAGS,
  FULL,
  INCOMPLETE,
  LINES,
  LONG,
  NON_ASCII,
  NUL,
  OPEN_QUOTE,
  QUOTE,
  REASON,
  RESULT,
  ROWS,
  STOP,
} from '../layout';
import { anyOf, bitsOf, lowestOf, writePositions } from './blocks';
import { comment, delimiter, escapeByte, fields, maxRowBytes, quote } from './dialect';
import { invalidBytes } from './utf8';

const LF: u8 = 10;
const CR: u8 = 13;

/** Returns true if a byte occurs in 64 bytes. */
// @ts-ignore: decorator
@inline
function occurs(a: v128, b: v128, c: v128, d: v128, byte: v128): bool {
  return v128.any_true(anyOf(a, b, c, d, byte));
}

/** Returns the parity of all bits up to and including each bit: a carry-less product with all ones. */
// @ts-ignore: decorator
@inline
function prefixXor(bits: u64): u64 {
  bits ^= bits << 1;
  bits ^= bits << 2;
  bits ^= bits << 4;
  bits ^= bits << 8;
  bits ^= bits << 16;
  bits ^= bits << 32;
  return bits;
}

/**
 * Walks regular rows 64 bytes at a time; `plain/walk.ts` defines what is regular. Quoted regions come from a
 * prefix-xor over the quotes' bits (G. Langdale, D. Lemire, "Parsing Gigabytes of JSON per Second", 2019);
 * the same bits prove that every quote is in a valid position. Bits of `bad` are bytes that make their row
 * irregular; rows that end before the first of them are valid. One function, because its parts would share
 * some twenty variables, which calls pass through memory.
 */
// @ts-ignore: decorator
@inline
function walk(
  writing: bool,
  strict: bool,
  start: usize,
  end: usize,
  ends: usize,
  endsLimit: usize,
  starts: usize,
  startsLimit: usize,
): void {
  const delimiters = i8x16.splat(<i8>delimiter);
  const quotes = i8x16.splat(<i8>quote);
  const lineFeeds = i8x16.splat(<i8>LF);
  const returns = i8x16.splat(<i8>CR);
  const escapes = i8x16.splat(<i8>escapeByte);
  const zeros = i8x16.splat(0);
  const ones = i8x16.splat(1);
  const quoting: u64 = quote != 0 ? ~0 : 0;
  const escaping = escapeByte != 0;
  const commenting = comment != 0;
  const width = <i32>fields;
  const longest = <usize>maxRowBytes;

  let out = ends;
  let starting = starts;
  let rowStart = start;
  // Separators before this block, and before this row.
  let seen: i32 = 0;
  let seenBefore: i32 = 0;
  let blanks: i32 = 0;
  let counted: i32 = 0;
  let lines: i32 = 0;
  let flags: i32 = 0;
  let anyQuote: u64 = 0;
  let anyReturn: u64 = 0;
  let rowQuotes: u64 = 0;
  // State after the last block: within quotes (all ones), after a separator or quote, a closing quote, a
  // CR.
  let inside: u64 = 0;
  let mayOpen: u64 = 1;
  let afterClosing: u64 = 0;
  let afterReturn: u64 = 0;
  let previous = zeros;
  let isWide = false;
  let reason: i32 = END;
  let block = start;
  // End of the line feeds counted so far.
  let reached = start;
  const quick = !escaping && !commenting;

  if (commenting && start < end && load<u8>(start) == <u8>comment) reason = COMMENT;
  else if (writing && (out > endsLimit || starting > startsLimit)) reason = FULL;
  // One exit from the loop, at its end, so the engine keeps the constants above in registers.
  if (reason == END && start < end) do {
    if (quick && !isWide && (afterClosing | afterReturn) == 0) {
      if (inside == 0) {
        // Whole blocks of plain bytes, the usual case: no quote, CR, NUL or non-ASCII. Records row ends
        // without branches.
        while (block + 64 <= end && (!writing || out <= endsLimit)) {
          const a = v128.load(block);
          const b = v128.load(block, 16);
          const c = v128.load(block, 32);
          const d = v128.load(block, 48);
          const odd = v128.or(anyOf(a, b, c, d, quotes), anyOf(a, b, c, d, returns));
          if (v128.any_true(writing ? v128.or(odd, i8x16.gt_s(ones, lowestOf(a, b, c, d))) : odd)) break;
          const feeds = bitsOf(a, b, c, d, lineFeeds);
          const separators = bitsOf(a, b, c, d, delimiters) | feeds;
          if (writing) {
            writePositions(out, block, separators);
          } else {
            // Blank lines, which are counted separately.
            if ((feeds & ((feeds << 1) | u64(rowStart == block))) != 0) break;
            lines += <i32>popcnt(feeds);
            reached = block + 64;
          }
          const endsRow = <i32>(feeds != 0);
          const rowEnd = block + <usize>ctz(feeds);
          const upTo = seen + <i32>popcnt(separators & (feeds ^ (feeds - 1)));
          const isOdd = <i32>(upTo - seenBefore != width) & <i32>(strict || rowQuotes != 0);
          const isWrong = isOdd | <i32>(rowEnd - rowStart - 1 >= longest);
          if (isWrong & endsRow) {
            reason = rowEnd == rowStart ? BLANK : rowEnd - rowStart > longest ? LONG : FIELDS;
            break;
          }
          if (writing) {
            store<u32>(starting, <u32>(rowStart - 1));
            starting += <usize>endsRow << 2;
          } else {
            counted += endsRow;
            rowQuotes = endsRow ? 0 : rowQuotes;
          }
          seenBefore = endsRow ? upTo : seenBefore;
          rowStart = endsRow ? rowEnd + 1 : rowStart;
          let rest = feeds & (feeds - 1);
          while (rest != 0) {
            const nextEnd = block + <usize>ctz(rest);
            const nextUpTo = seen + <i32>popcnt(separators & (rest ^ (rest - 1)));
            rest &= rest - 1;
            if ((<i32>(nextUpTo - seenBefore != width) & <i32>strict) | <i32>(nextEnd - rowStart - 1 >= longest)) {
              reason = nextEnd == rowStart ? BLANK : nextEnd - rowStart > longest ? LONG : FIELDS;
              break;
            }
            if (writing) {
              store<u32>(starting, <u32>(rowStart - 1));
              starting += 4;
            } else {
              counted++;
            }
            seenBefore = nextUpTo;
            rowStart = nextEnd + 1;
          }
          const count = <i32>popcnt(separators);
          seen += count;
          out += <usize>count << 2;
          block += 64;
          mayOpen = separators >> 63;
          const isMany = <i32>strict & <i32>(seen - seenBefore >= width);
          if (<i32>(reason != END) | isMany | <i32>(<isize>(block - 1 - rowStart) > <isize>longest)) {
            if (reason == END) reason = isMany ? FIELDS : LONG;
            break;
          }
        }
      } else {
        // Whole blocks of plain bytes inside quotes.
        while (block + 64 <= end) {
          const a = v128.load(block);
          const b = v128.load(block, 16);
          const c = v128.load(block, 32);
          const d = v128.load(block, 48);
          const odd = anyOf(a, b, c, d, quotes);
          if (v128.any_true(writing ? v128.or(odd, i8x16.gt_s(ones, lowestOf(a, b, c, d))) : odd)) break;
          if (!writing) {
            lines += <i32>popcnt(bitsOf(a, b, c, d, lineFeeds));
            reached = block + 64;
          }
          block += 64;
          mayOpen = 0;
          if (block - 1 - rowStart > longest) {
            reason = LONG;
            break;
          }
        }
      }
      if (reason != END || block >= end) break;
    }
    const a = v128.load(block);
    const b = v128.load(block, 16);
    const c = v128.load(block, 32);
    const d = v128.load(block, 48);
    const valid: u64 = end - block < 64 ? (<u64>1 << (end - block)) - 1 : ~0;
    const feeds = bitsOf(a, b, c, d, lineFeeds) & valid;
    let separators = (bitsOf(a, b, c, d, delimiters) & valid) | feeds;
    const quoteBits = bitsOf(a, b, c, d, quotes) & quoting & valid;
    let returnBits: u64 = 0;
    if (occurs(a, b, c, d, returns)) returnBits = bitsOf(a, b, c, d, returns) & valid;

    let badQuote: u64 = 0;
    let badReturn: u64 = 0;
    let badByte: u64 = 0;
    let badUtf8: u64 = 0;
    let badEscape: u64 = 0;
    if ((quoteBits | inside | afterClosing) != 0) {
      const within = prefixXor(quoteBits) ^ inside;
      const opening = quoteBits & within;
      const closing = quoteBits & ~within;
      const everySeparator = separators;
      separators &= ~within;
      const before = separators | closing;
      badQuote =
        (opening & ~((before << 1) | mayOpen)) |
        (((closing << 1) | afterClosing) & ~(everySeparator | returnBits | quoteBits));
      returnBits &= ~within;
      mayOpen = before >> 63;
      afterClosing = closing >> 63;
      inside = <u64>(<i64>within >> 63);
      if (!writing) anyQuote |= quoteBits;
    } else {
      mayOpen = separators >> 63;
    }
    if ((returnBits | afterReturn) != 0) {
      badReturn = ((returnBits << 1) | afterReturn) & ~feeds;
      afterReturn = returnBits >> 63;
      if (!writing) anyReturn |= returnBits;
    }
    if (escaping) badEscape = bitsOf(a, b, c, d, escapes);
    if (writing) {
      const lowest = lowestOf(a, b, c, d);
      if (isWide || v128.any_true(i8x16.gt_s(ones, lowest))) {
        badByte = bitsOf(a, b, c, d, zeros);
        badUtf8 = invalidBytes(a, b, c, d, previous);
        previous = d;
        isWide = v128.any_true(i8x16.lt_s(lowest, zeros));
        if (isWide) flags |= NON_ASCII;
        else previous = zeros;
      }
    }
    const bad = (badQuote | badReturn | badByte | badUtf8 | badEscape) & valid;
    let good: u64 = ~0;
    if (bad != 0) {
      good = (bad & (0 - bad)) - 1;
      separators &= good;
    }

    const count = <i32>popcnt(separators);
    if (writing) {
      writePositions(out, block, separators);
    }

    let rowEnds = separators & feeds;
    while (rowEnds != 0) {
      const bit = rowEnds & (0 - rowEnds);
      const rowEnd = block + <usize>ctz(rowEnds);
      const upTo = seen + <i32>popcnt(separators & (bit - 1)) + 1;
      rowEnds ^= bit;
      if (rowEnd - rowStart > longest) {
        reason = LONG;
        break;
      }
      const hasReturn = rowEnd > rowStart && load<u8>(rowEnd - 1) == CR;
      const isBlank = rowEnd - usize(hasReturn) == rowStart;
      if (writing) {
        if (isBlank) {
          reason = BLANK;
          break;
        }
        if (upTo - seenBefore != width) {
          reason = FIELDS;
          break;
        }
        store<u32>(starting, <u32>(rowStart - 1));
        starting += 4;
        if (hasReturn) store<u32>(ends + (<usize>(upTo - 1) << 2), <u32>(rowEnd - 1));
      } else {
        rowQuotes |= quoteBits & (bit - 1) & (<u64>~0 << (rowStart > block ? <u64>(rowStart - block) : 0));
        if (isBlank) {
          blanks++;
        } else {
          if (upTo - seenBefore != width && (strict || rowQuotes != 0)) {
            reason = FIELDS;
            break;
          }
          counted++;
        }
        rowQuotes = 0;
      }
      seenBefore = upTo;
      rowStart = rowEnd + 1;
      if (commenting && rowStart < end && load<u8>(rowStart) == <u8>comment) {
        reason = COMMENT;
        break;
      }
    }
    if (!writing) {
      lines += <i32>popcnt(feeds);
      reached = min(block + 64, end);
      if (rowStart >= block + 64) rowQuotes = 0;
      else rowQuotes |= quoteBits & (<u64>~0 << (rowStart > block ? <u64>(rowStart - block) : 0));
    }
    seen += count;
    out += <usize>count << 2;
    if (reason == END) {
      if (bad != 0) {
        const first = good + 1;
        if (block + <usize>ctz(first) - rowStart > longest) reason = LONG;
        else if (badByte & first) reason = NUL;
        else if (badEscape & first) reason = ESCAPE;
        else if (badUtf8 & first) reason = ENCODING;
        else if (badReturn & first) reason = CARRIAGE_RETURN;
        else reason = QUOTE;
      } else {
        const last = min(block + 64, end);
        if (last > rowStart && last - 1 - rowStart > longest) reason = LONG;
        else if ((writing || strict) && seen - seenBefore >= width) reason = FIELDS;
        else if (writing && last < end && (out > endsLimit || starting > startsLimit)) reason = FULL;
      }
    }
    block += 64;
  } while (reason == END && block < end);
  if (reason == END && rowStart < end) {
    reason = INCOMPLETE;
    if (inside != 0) flags |= OPEN_QUOTE;
  }
  if (!writing) {
    if (anyQuote != 0) flags |= ANY_QUOTE;
    if (anyReturn != 0) flags |= ANY_CARRIAGE_RETURN;
    store<i32>(RESULT + LINES * 4, reached > rowStart ? lines - countLines(rowStart, reached) : lines);
    store<i32>(RESULT + BLANKS * 4, blanks);
  }
  store<i32>(RESULT + ROWS * 4, writing ? <i32>((starting - starts) >> 2) : counted);
  store<i32>(RESULT + STOP * 4, <i32>rowStart);
  store<i32>(RESULT + REASON * 4, reason);
  store<i32>(RESULT + FLAGS * 4, flags);
}

export function scan(
  start: usize,
  end: usize,
  ends: usize,
  endsLimit: usize,
  starts: usize,
  startsLimit: usize,
): void {
  walk(true, true, start, end, ends, endsLimit, starts, startsLimit);
}

export function count(start: usize, end: usize, strict: bool): void {
  walk(false, strict, start, end, 0, 0, 0, 0);
}

/** Counts LF bytes in `[start, end)`. */
export function countLines(start: usize, end: usize): i32 {
  const lineFeeds = i8x16.splat(<i8>LF);
  let lines: i32 = 0;
  let at = start;
  for (; at + 64 <= end; at += 64) {
    lines += <i32>popcnt(bitsOf(v128.load(at), v128.load(at, 16), v128.load(at, 32), v128.load(at, 48), lineFeeds));
  }
  for (; at < end; at++) lines += i32(load<u8>(at) == LF);
  return lines;
}
