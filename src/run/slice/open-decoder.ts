import type { ReadPlan } from '../../chunk/read-plan.js';
import type { Decoder, SourceDescription } from '../../formats/format.js';
import { formats } from '../../formats/formats.js';
import { constantColumn } from '../../repair/fill-absent.js';
import { onStorage } from '../../storage/storage-error.js';

/** Opens a decoder whose chunks also have the columns from names of folders. Throws like `storageError`. */
export function openDecoder(source: SourceDescription, read: ReadPlan): Promise<Decoder> {
  const { constants = [] } = read;
  return onStorage('input', source.path, async () => {
    const decoder = await (await formats[source.format]()).decoder(source, read);
    return {
      async decode(slice) {
        const chunk = await onStorage('input', source.path, () => decoder.decode(slice));
        if (constants.length === 0) return chunk;
        const columns = new Map(chunk.columns);
        for (const { name, type, value, categories } of constants)
          columns.set(name, constantColumn(type, chunk.rows, value, categories));
        return { ...chunk, columns };
      },
      close: () => decoder.close(),
    };
  });
}
