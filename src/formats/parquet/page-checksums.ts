import * as zlib from 'node:zlib';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';

/**
 * Checks the CRC-32 of every page of a small file (its first page begins at byte 4), when the first page has one: the reader itself would let a
 * flipped bit through as a value. Throws a plain error that names the page.
 */
export function checkPages(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - 8 - view.getUint32(bytes.length - 8, true);
  for (let at = 4, page = 0; at < end; page++) {
    const reader = { view, offset: at };
    const { field_3: size, field_4: expected } = deserializeTCompactProtocol(reader);
    if (typeof expected !== 'number') return;
    if (!(size >= 0) || reader.offset + size > end) throw new Error(`page ${page} goes beyond its column`);
    const found = crc32(bytes.subarray(reader.offset, reader.offset + size));
    if (found !== expected >>> 0) throw new Error(`page ${page} does not match its checksum`);
    at = reader.offset + size;
  }
}

/** Node's own from 20.15 on, else by table (RFC 1952, section 8). */
const crc32: (bytes: Uint8Array) => number = typeof zlib.crc32 === 'function' ? zlib.crc32 : crc32ByTable;

/** The CRC-32 of some bytes, without Node's help. */
export function crc32ByTable(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});
