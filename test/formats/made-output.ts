import type { OutputBatch, OutputField } from '../../src/chunk/batch.js';
import type { Format } from '../../src/formats/format.js';

/** A scored output of every type, with a missing row in each column but the lists of problems. */
export const outputFields: readonly OutputField[] = [
  { name: 'id', type: 'int64', dictionary: false },
  { name: 'small', type: 'int32', dictionary: false },
  { name: 'score', type: 'float32', dictionary: false },
  { name: 'exact', type: 'float64', dictionary: false },
  { name: 'yes', type: 'boolean', dictionary: false },
  { name: 'label', type: 'string', dictionary: true },
  { name: 'note', type: 'string', dictionary: false },
  { name: 'day', type: 'date', dictionary: false },
  { name: 'at', type: 'timestamp', dictionary: false },
  { name: 'vector', type: 'list<float32>', dictionary: false },
  { name: '_problems', type: 'list<string>', dictionary: true },
];

/** Three rows of it, the last one missing; `shift` distinguishes batches. */
export function outputBatch(shift: number): OutputBatch {
  const length = 3;
  const validity = Uint8Array.of(0b11111011);
  const numbers = { length, validity };
  return {
    rows: length,
    columns: [
      { type: 'int64', ...numbers, values: BigInt64Array.of(2n ** 62n + BigInt(shift), -1n, 0n) },
      { type: 'int32', ...numbers, values: Int32Array.of(shift, -2147483648, 0) },
      { type: 'float32', ...numbers, values: Float32Array.of(0.25, shift, Number.NaN) },
      { type: 'float64', ...numbers, values: Float64Array.of(0.1, 1e300, Number.NaN) },
      { type: 'boolean', ...numbers, values: Uint8Array.of(1, 0, 0) },
      {
        type: 'string',
        layout: 'dictionary',
        ...numbers,
        codes: Int32Array.of(1, 0, -1),
        dictionary: ['no', 'yës'],
      },
      {
        type: 'string',
        layout: 'text',
        ...numbers,
        offsets: Int32Array.of(2, 5, 5, 5),
        bytes: Buffer.from('..abc'),
      },
      { type: 'date', ...numbers, values: Int32Array.of(15709, -1, 0) },
      { type: 'timestamp', ...numbers, values: BigInt64Array.of(1357275600123456n, -1n, 0n) },
      {
        type: 'list<float32>',
        ...numbers,
        offsets: Int32Array.of(0, 2, 2, 2),
        items: Float32Array.of(0.5, -1),
      },
      {
        type: 'list<string>',
        length,
        validity: null,
        offsets: Int32Array.of(0, 0, 2, 3),
        codes: Int32Array.of(0, 1, 0),
        dictionary: ['missing:id', 'unreadable:day'],
      },
    ],
  };
}

/** The bytes of a file of some batches. */
export async function outputBytes(
  format: Format,
  batches: readonly OutputBatch[],
  fields: readonly OutputField[] = outputFields,
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const encoder = await format.encoder(fields);
  const assembler = await format.assembler(fields, {
    write: async (bytes) => void parts.push(bytes.slice()),
  });
  for (const batch of batches) await assembler.append(await encoder.encode(batch), batch.rows);
  await assembler.finish();
  return Buffer.concat(parts);
}
