/** No footer nests deeper: row group, column, its description, statistics. */
const mostDepth = 32;

/**
 * Counts the values of a struct of Thrift's compact protocol without keeping any of them: numbers, texts,
 * structs and lists at every depth. Throws `RangeError` if the bytes end early or nest deeper than any footer
 * does.
 */
export function countValues(bytes: Uint8Array): number {
  return walk(bytes).values;
}

/** Locations of the row groups in a footer: the list with its head, and the start of each. */
export interface GroupLocations {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly number[];
}

/** Finds the row groups of a footer, null if it has no list of them; throws as `countValues` does. */
export function findGroups(bytes: Uint8Array): GroupLocations | null {
  return walk(bytes).locations;
}

/** Field of parquet.thrift, FileMetaData: row_groups. */
const rowGroupsField = 4;

function walk(bytes: Uint8Array): { readonly values: number; readonly locations: GroupLocations | null } {
  let at = 0;
  let values = 0;
  let locations: GroupLocations | null = null;

  function varint(): number {
    for (let value = 0, scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new RangeError('it ends within a number');
  }

  function skip(type: number, depth: number): void {
    values++;
    if (depth > mostDepth) throw new RangeError('it is nested deeper than any footer');
    if (type === 3) at++;
    else if (type >= 4 && type <= 6) varint();
    else if (type === 7) at += 8;
    else if (type === 8) text();
    else if (type === 9 || type === 10) list(depth);
    else if (type === 12) struct(depth);
    else if (type !== 1 && type !== 2) throw new RangeError(`type ${type} is unknown`);
    if (at > bytes.length) throw new RangeError('it ends within a value');
  }

  function text(): void {
    const length = varint();
    at += length;
  }

  function list(depth: number, starts: number[] | null = null): void {
    const head = bytes[at++] ?? 0;
    const length = head >> 4 === 15 ? varint() : head >> 4;
    const type = head & 15;
    if (length > bytes.length - at)
      throw new RangeError(`a list of ${length} values in ${bytes.length - at} bytes`);
    for (let i = 0; i < length; i++) {
      starts?.push(at);
      // A boolean takes a byte in a list, and none in a struct.
      skip(type === 1 || type === 2 ? 3 : type, depth + 1);
    }
  }

  function groups(): void {
    const start = at;
    const starts: number[] = [];
    values++;
    list(0, starts);
    locations = { start, end: at, groups: starts };
  }

  function struct(depth: number): void {
    for (let field = 0; ; ) {
      const head = bytes[at++];
      if (head === undefined) throw new RangeError('it ends within a struct');
      if (head === 0) return;
      const encoded = head >> 4 === 0 ? varint() : 0;
      // ZigZag: whole numbers with a sign.
      field = head >> 4 === 0 ? (encoded % 2 === 0 ? encoded / 2 : -(encoded + 1) / 2) : field + (head >> 4);
      if (depth === 0 && field === rowGroupsField && (head & 15) === 9) groups();
      else skip(head & 15, depth + 1);
    }
  }

  struct(0);
  return { values, locations };
}
