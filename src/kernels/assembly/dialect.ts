/** The dialect of the rows, see `KernelDialect` in csv-kernel.ts. */
export let delimiter: i32 = 44;
export let quote: i32 = 34;
export let escapeByte: i32 = 0;
export let comment: i32 = 0;
export let fields: i32 = 1;
export let maxRowBytes: i32 = 0;

export function setDialect(
  delimiterByte: i32,
  quoteByte: i32,
  escape: i32,
  commentByte: i32,
  width: i32,
  longest: i32,
): void {
  delimiter = delimiterByte;
  quote = quoteByte;
  escapeByte = escape;
  comment = commentByte;
  fields = width;
  maxRowBytes = longest;
}
