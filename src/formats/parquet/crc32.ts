import * as zlib from 'node:zlib';

/** Returns the CRC-32 of some bytes (RFC 1952, section 8): Node's own from 20.15 on, else by table. */
export const crc32: (bytes: Uint8Array) => number =
  typeof zlib.crc32 === 'function' ? zlib.crc32 : crc32ByTable;

/** Returns the CRC-32 of some bytes, without Node's help. */
function crc32ByTable(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});
