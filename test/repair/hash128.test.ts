import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hash128 } from '../../src/repair/hash128.js';

/** Made with the reference implementation (mmh3, x86, seed 0). */
const known: readonly (readonly [text: string, words: readonly number[]])[] = [
  ['', [0, 0, 0, 0]],
  ['a', [0xa794933c, 0x5556b01b, 0x5556b01b, 0x5556b01b]],
  ['hello world', [0xc0b21a88, 0x14f3c1e1, 0x1c0d151a, 0x9b0c9e2c]],
  ['0123456789abcdef', [0xfb7d4409, 0x36aed30a, 0x48ad1d9b, 0x572b3bfd]],
  ['0123456789abcdef0', [0x1f8a3855, 0x60920c06, 0xb5182f1c, 0x718c0b9c]],
  ['The quick brown fox jumps over the lazy dog', [0x2f1583c3, 0xecee2c67, 0x5d7bf66c, 0xe5e91d2c]],
  ['äöü€𝄞'.repeat(5), [0x1502dccd, 0x0b736d2a, 0xcb8cbe53, 0x93001fe8]],
];

for (const [text, words] of known) {
  test(`hashes "${text}" as the reference does, wherever it lies`, () => {
    const bytes = Buffer.from(`xx${text}yyyy`);
    const out = new Uint32Array(6);
    hash128(bytes, 2, bytes.length - 4, out, 1);
    assert.deepEqual([...out], [0, ...words, 0]);
  });
}
