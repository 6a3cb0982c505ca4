// Read by both tsc and asc: untyped integer constants only.

/** Address of the result slots (32-bit each) that a loop fills; index them from here. */
export const RESULT = 64;
/** Memory below this address belongs to the loops: result slots, constants, tables of powers. */
export const FIRST = 65536;
/** Address of the 128-bit powers of five from 5^-342 to 5^308, low half first (see `powers.ts`). */
export const POWERS = 16384;
export const SMALLEST_POWER = -342;
export const LARGEST_POWER = 308;

/** Result slots of `scan` and `count`. */
export const ROWS = 0;
export const STOP = 1;
export const REASON = 2;
export const FLAGS = 3;
export const LINES = 4;
export const BLANKS = 5;
/** Result slots of `look`. */
export const LINE_END = 0;
export const CELLS = 1;
export const QUOTES = 2;
export const FIRST_QUOTE = 3;
export const LAST_QUOTE = 4;
export const MARKS = 5;
/** Result slots of the column loops, which add to them. */
export const MISSING = 0;
export const SLOW = 1;
export const ABSENT = 2;

/** Values of the REASON slot, ordered as `stopReasons` in `csv-kernel.ts`; FULL stays inside the arena. */
export const END = 0;
export const INCOMPLETE = 1;
export const FIELDS = 2;
export const QUOTE = 3;
export const CARRIAGE_RETURN = 4;
export const BLANK = 5;
export const COMMENT = 6;
export const NUL = 7;
export const ENCODING = 8;
export const ESCAPE = 9;
export const LONG = 10;
export const FULL = 11;

/** Bits of the FLAGS slot. */
export const NON_ASCII = 1;
export const OPEN_QUOTE = 2;
export const ANY_QUOTE = 4;
export const ANY_CARRIAGE_RETURN = 8;

/** Bits of the MARKS slot, which describe a line. */
export const HAS_HIGH = 1;
export const HAS_NUL = 2;
export const HAS_ESCAPE = 4;
export const HAS_RETURN = 8;
/** Another delimiter, frequent enough to split a row into the right number of cells. */
export const HAS_FOREIGN = 16;
export const HAS_OTHER_QUOTE = 32;
/** A quote that begins a cell. */
export const HAS_OPENING = 64;
/** Two consecutive quotes. */
export const HAS_DOUBLED = 128;
/** Text other than blanks where no cell begins. */
export const HAS_TEXT = 256;
/** Anything but blanks and control characters after the row's last cell. */
export const HAS_SURPLUS = 512;

/** Bits of a column's flags. */
export const EMPTY_IS_NULL = 1;
export const NULLS_FIRST = 2;
export const LOCAL_IS_UTC = 4;
/**
 * Times finer than microseconds, and dates with a time of day, go to the exact parser, which reports them.
 */
export const EXACT_TIMES = 8;

/**
 * A token table: 16 bytes (capacity, used, next code, longest token), then slots of 24 bytes (first 8 bytes,
 * length, code, address, hash).
 */
export const TABLE_HEADER = 16;
export const TABLE_SLOT = 24;

/**
 * A column to read, as 32-bit numbers: its kind, the addresses of cells and values, its loop's parameters,
 * its progress.
 */
export const COLUMN_BYTES = 64;
export const KIND = 0;
export const STARTS = 4;
export const START_STRIDE = 8;
export const ENDS = 12;
export const END_STRIDE = 16;
export const VALUES = 20;
export const VALIDITY = 24;
/** Bits of slow rows; for texts the bytes, for codes the table. */
export const EXTRA = 28;
export const DECIMAL = 32;
export const NULLS = 36;
export const WORDS = 40;
export const COLUMN_FLAGS = 44;
/** The first row that is not read yet. */
export const NEXT_ROW = 48;
/** Three counts: of MISSING, SLOW and ABSENT. */
export const COUNTS = 52;

/** Values of a column's KIND. */
export const FLOAT32 = 0;
export const FLOAT64 = 1;
export const INT32 = 2;
export const INT64 = 3;
export const BOOLEAN = 4;
export const DATE = 5;
export const TIMESTAMP = 6;
export const CODES = 7;
export const TEXTS = 8;

/** Rows read column by column before the next tile, whose bytes and ends stay in the first-level cache. */
export const TILE_ROWS = 256;
