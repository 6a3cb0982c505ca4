import type { OutputField } from '../../chunk/batch.js';
import type { Encoder } from '../format.js';
import { batchMessage, endOfStream, schemaMessage } from '../ipc/write-messages.js';
import { dropParquetWasm, isTrap, type ParquetWasm, parquetWasm, trimParquetWasm } from './parquet-wasm.js';

/**
 * Makes each batch a small Parquet file of one row group, Snappy, with statistics: a dictionary only where a field asks for it, whole numbers and
 * times as DELTA_BINARY_PACKED otherwise. Columns are called `c0`, `c1` and so on there; the assembler knows the names.
 */
export async function parquetEncoder(fields: readonly OutputField[]): Promise<Encoder> {
  const schema = schemaMessage(fields.map((field, i) => ({ ...field, name: `c${i}` })));
  return {
    async encode(batch) {
      const message = batchMessage(batch);
      const stream = new Uint8Array(schema.length + message.length + endOfStream.length);
      stream.set(schema);
      stream.set(message, schema.length);
      stream.set(endOfStream, schema.length + message.length);
      const wasm = parquetWasm();
      try {
        const table = wasm.Table.fromIPCStream(stream);
        return wasm.writeParquet(table, writerProperties(wasm, fields));
      } catch (error) {
        if (isTrap(error)) dropParquetWasm();
        throw error;
      } finally {
        trimParquetWasm();
      }
    },
  };
}

function writerProperties(wasm: ParquetWasm, fields: readonly OutputField[]) {
  const lists = fields.filter(({ type }) => type.startsWith('list'));
  let builder = new wasm.WriterPropertiesBuilder()
    .setCompression(wasm.Compression.SNAPPY)
    .setStatisticsEnabled(wasm.EnabledStatistics.Chunk)
    .setDictionaryEnabled(lists.some(({ dictionary }) => dictionary))
    .setCreatedBy('nightshift');
  for (const [i, { type, dictionary }] of fields.entries()) {
    builder = builder.setColumnDictionaryEnabled(`c${i}`, dictionary);
    if (!dictionary && deltaTypes.has(type)) {
      builder = builder.setColumnEncoding(`c${i}`, wasm.Encoding.DELTA_BINARY_PACKED);
    }
  }
  return builder.build();
}

const deltaTypes: ReadonlySet<OutputField['type']> = new Set(['int32', 'int64', 'date', 'timestamp']);
